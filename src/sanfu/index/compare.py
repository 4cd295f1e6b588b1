"""Set two results side by side: two methods, two editions, two years, or a published table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.why.words import listed
from sanfu.language import Text

if TYPE_CHECKING:
    from pathlib import Path

    from sanfu.index.result import Index

COLUMNS = {
    "unit": Text("单元", "unit"),
    "rank_before": Text("名次（前）", "rank before"),
    "rank_after": Text("名次（后）", "rank after"),
    "rank_change": Text("上升位次", "places gained"),
    "score_before": Text("得分（前）", "score before"),
    "score_after": Text("得分（后）", "score after"),
    "score_change": Text("得分变动", "change of score"),
}


@dataclass(frozen=True)
class Comparison:
    """Two results side by side.

    Attributes
    ----------
    frame
        ``unit, rank_before, rank_after, rank_change`` (places gained; + is up), ``score_before,
        score_after, score_change``; the order of the second, units of only one side last.
    correlation
        Spearman's, over the units of both.
    """

    before: str
    after: str
    frame: pl.DataFrame
    correlation: float
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]

    def in_words(self, most: int = 3) -> Text:
        """Say how alike the rankings are and who moves most."""
        both = self.frame.drop_nulls("rank_change")
        moved = both.filter(pl.col("rank_change") != 0).sort(
            pl.col("rank_change").abs(), descending=True, maintain_order=True
        )
        said = listed(
            [
                f"{row['unit']} {row['rank_before']} → {row['rank_after']}"
                for row in moved.head(most).to_dicts()
            ]
        )
        zh = (
            f"{self.before} 与 {self.after}：{both.height} 个共同单元，"
            f"名次相关 {self.correlation:.3f}（Spearman），{moved.height} 个名次不同"
        )
        en = (
            f"{self.before} and {self.after}: {both.height} units in both, rank correlation "
            f"{self.correlation:.3f} (Spearman), {moved.height} ranks differ"
        )
        if moved.height:
            zh, en = f"{zh}；变动最大的是 {said.zh}", f"{en}; most moved: {said.en}"
        for names, zh_only, en_only in (
            (self.only_before, "只在前者", "only in the first"),
            (self.only_after, "只在后者", "only in the second"),
        ):
            if names:
                who = listed(names[:most])
                zh += f"；{zh_only}的 {len(names)} 个：{who.zh}"
                en += f"; {en_only}: {len(names)} ({who.en})"
        return Text(f"{zh}。", f"{en}.")

    def to_excel(self, path: Path | str) -> None:
        """Write the table, with the sentence above it."""
        from sanfu.workbook import Column, Sheet, write_workbook  # noqa: PLC0415 - when asked for

        columns = [
            Column(
                name,
                COLUMNS[name],
                "number" if dtype.is_float() else "integer" if dtype.is_integer() else "text",
            )
            for name, dtype in self.frame.schema.items()
        ]
        notes = [str(self.in_words())]
        write_workbook(path, [Sheet(str(Text("比较", "comparison")), self.frame, columns, notes)])


def compare_results(
    first: Index,
    second: Index,
    *,
    before: int | None = None,
    after: int | None = None,
    node: str | None = None,
    names: tuple[str, str] | None = None,
) -> Comparison:
    """Set the ranks and scores of two built indices side by side.

    Parameters
    ----------
    first, second
        Two indices; the same one twice to compare two of its years.
    before, after
        The year of each; the last if nothing is said.
    node
        Which node; each index's own top if nothing is said.
    names
        What to call them; by default framework, version and year.

    Raises
    ------
    InputError
        A year or node is not there, or they have no unit in common.
    """
    left, name_left = _ranking(first, before, node)
    right, name_right = _ranking(second, after, node)
    said = names or (name_left, name_right)
    return compare_rankings(left, right, names=said)


def compare_rankings(
    before: pl.DataFrame, after: pl.DataFrame, *, names: tuple[str, str]
) -> Comparison:
    """Set two tables of ``unit, score`` (and ``rank``, else from the scores) side by side."""
    left, right = (_with_ranks(frame) for frame in (before, after))
    both = right.join(left, on="unit", how="full", coalesce=True, suffix="_before").select(
        "unit",
        rank_before="rank_before",
        rank_after="rank",
        rank_change=pl.col("rank_before") - pl.col("rank"),
        score_before="score_before",
        score_after="score",
        score_change=pl.col("score") - pl.col("score_before"),
    )
    common = both.drop_nulls(["rank_before", "rank_after"])
    if common.is_empty():
        raise InputError(
            Text(
                f"“{names[0]}”与“{names[1]}”没有共同的单元，请核对名称",
                f"{names[0]} and {names[1]} have no unit in common; check the names",
            )
        )
    ranks = common.select("rank_before", "rank_after").to_numpy().astype(float)
    return Comparison(
        *names,
        both.sort("rank_after", "rank_before", "unit", nulls_last=True),
        _spearman(ranks),
        _only(both, "rank_before", "rank_after"),
        _only(both, "rank_after", "rank_before"),
    )


def _only(frame: pl.DataFrame, there: str, missing: str) -> tuple[str, ...]:
    rows = frame.filter(pl.col(there).is_not_null(), pl.col(missing).is_null())
    return tuple(rows["unit"].sort())


def _spearman(ranks: np.ndarray) -> float:
    from sanfu.index.ranking import rank_ascending  # noqa: PLC0415 - numbers only here

    placed = rank_ascending(ranks, "average")
    if len(placed) < 2 or (placed == placed[0]).all(axis=0).any():
        return float("nan")
    return float(np.corrcoef(placed[:, 0], placed[:, 1])[0, 1])


def _with_ranks(frame: pl.DataFrame) -> pl.DataFrame:
    if "rank" in frame.columns:
        return frame.select("unit", "score", pl.col("rank").cast(pl.Int64))
    ranked = pl.col("score").rank("min", descending=True).cast(pl.Int64)
    return frame.select("unit", "score", rank=ranked)


def _ranking(index: Index, year: int | None, node: str | None) -> tuple[pl.DataFrame, str]:
    code = node or index.plan.nodes[-1]
    index.value(code)  # says so if there is no such node
    frame = index.frame.filter(pl.col("node") == code)
    name = f"{index.framework.name.text()} {index.framework.version}"
    if index.years is None:
        return frame.select("unit", "score", "rank"), name
    when = int(index.years.max()) if year is None else year
    rows = frame.filter(pl.col("year") == when)
    if rows.is_empty():
        known = ", ".join(str(y) for y in sorted(set(index.years.tolist())))
        raise InputError(Text(f"没有 {when} 年；有：{known}", f"no year {when}; there are {known}"))
    return rows.select("unit", "score", "rank"), f"{name}（{when}）"
