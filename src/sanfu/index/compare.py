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
    "rank_before": Text("原名次", "rank before"),
    "rank_after": Text("现名次", "rank after"),
    "rank_change": Text("升降", "places gained"),
    "score_before": Text("原得分", "score before"),
    "score_after": Text("现得分", "score after"),
    "score_change": Text("变动", "change of score"),
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


_HEADINGS = {
    "unit": ("unit", "单元", "地区", "省份", "区", "ucode", "name"),
    "score": ("score", "得分", "总分", "指数", "index"),
    "rank": ("rank", "名次", "排名"),
    "year": ("year", "年份", "年度"),
}


def read_ranking(path: Path | str, year: int | None = None) -> pl.DataFrame:
    """Read ``unit, score`` (and ``rank``) from a table of results, ours or a published one.

    Parameters
    ----------
    path
        ``.xlsx`` (the first sheet that has the columns; notes above the heading are passed over),
        ``.csv`` or ``.parquet``. Headings in Chinese or English: 单元, 得分, 名次, 年份.
    year
        Of a table with years; the last if nothing is said.

    Raises
    ------
    InputError
        No sheet has a column of units and one of scores; the headings found are named.
    """
    from pathlib import Path as FilePath  # noqa: PLC0415 - a type only above

    file = FilePath(path)
    if not file.is_file():
        raise InputError(Text(f"没有文件 {file}", f"no file {file}"))
    tables = _sheets(file)
    seen: list[str] = []
    for frame in tables:
        found = _named_columns(frame)
        if "unit" in found and "score" in found:
            table = frame.select(
                pl.col(column).alias(name) for name, column in found.items()
            ).with_columns(pl.col("unit").cast(pl.String), pl.col("score").cast(pl.Float64))
            return _of_year(table, year)
        seen += frame.columns
    shown = "、".join(dict.fromkeys(seen)) or "—"
    raise InputError(
        Text(
            f"{file} 里没有“单元”和“得分”两列；有：{shown}",
            f"{file} has no columns of units and scores; there are: {shown}",
        )
    )


def _of_year(table: pl.DataFrame, year: int | None) -> pl.DataFrame:
    if "year" not in table.columns:
        return table
    years = pl.col("year").cast(pl.Int64, strict=False)
    dated = table.with_columns(years)
    wanted = dated["year"].max() if year is None else year
    return dated.filter(pl.col("year") == wanted).drop("year")


def _named_columns(frame: pl.DataFrame) -> dict[str, str]:
    lower = {column.strip().lower(): column for column in frame.columns}
    return {
        name: lower[heading]
        for name, headings in _HEADINGS.items()
        for heading in [next((h for h in headings if h in lower), "")]
        if heading
    }


def _sheets(file: Path) -> list[pl.DataFrame]:
    from sanfu.index.figures import load_frame  # noqa: PLC0415 - when a file is read

    if file.suffix.lower() != ".xlsx":
        return [load_frame(file)]
    import openpyxl  # noqa: PLC0415 - only for workbooks

    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    return [frame for sheet in book for frame in _below_heading(list(sheet.values))]


def _below_heading(rows: list[tuple[object, ...]]) -> list[pl.DataFrame]:
    """Find the heading among the first rows, and give what stands below it."""
    words = {heading for headings in _HEADINGS.values() for heading in headings}
    for place, row in enumerate(rows[:30]):
        names = ["" if value is None else str(value).strip() for value in row]
        if sum(name.lower() in words for name in names) >= 2:
            kept = [c for c, name in enumerate(names) if name and name not in names[:c]]
            return [
                pl.DataFrame(
                    {
                        names[c]: pl.Series([r[c] for r in rows[place + 1 :]], strict=False)
                        for c in kept
                    }
                )
            ]
    return []


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
