"""What a change of the rules would do: who gains, who loses, where, and how sure that is.

A reform is a changed rulebook: another one, or an amendment by places. Both are checked over the
same firms on the same day. Where data are missing, or a person must judge, the count has bounds:
as if all that is open were met, and as if none were.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

import polars as pl

from sanfu.errors import InputError
from sanfu.ladder.book import VERDICT
from sanfu.ladder.checking import SELF_CHECK, check
from sanfu.ladder.rulebook import Rulebook, amended, read_rulebook
from sanfu.ladder.values import OUTCOMES
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sanfu.ladder.book import Book
    from sanfu.ladder.checking import CheckResult
    from sanfu.ladder.rulebook import CheckKind

Change = Literal["gains", "loses", "opens", "closes", "same"]
MET = OUTCOMES.index("met")
CHANGES: Mapping[Change, Text] = {
    "gains": Text("新符合", "gains"),
    "loses": Text("不再符合", "loses"),
    "opens": Text("可能新符合", "may gain"),
    "closes": Text("可能不再符合", "may lose"),
    "same": Text("不变", "unchanged"),
}
"""What becomes of a firm: for sure, or depending on what is still open."""


@dataclass(frozen=True)
class Reform:
    """Two rulebooks over the same firms, side by side.

    Attributes
    ----------
    before, after
        The checks by either rulebook.
    by
        Columns by which the counts can be told apart, such as ``district``.
    """

    before: CheckResult
    after: CheckResult
    by: tuple[str, ...]
    changes: tuple[str, ...] = ()
    """The amendment by places, where it is one."""

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row a firm: the columns of `by`, before, after (outcomes), change, decided_by.

        ``decided_by`` names the criteria whose outcome changed, and those that only one of the
        rulebooks has and that are unmet, joined by ``、``.
        """
        old, new = _eager(self.before.wide), _eager(self.after.wide)
        firm = self.before.firm
        joined = old.select(firm, *self.by, pl.col(VERDICT).alias("_old")).join(
            new.select(firm, pl.col(VERDICT).alias("_new")), on=firm, how="inner"
        )
        deciding = self._deciding(old, new)
        words = dict(enumerate(OUTCOMES))
        return (
            joined.join(deciding, on=firm, how="left")
            .with_columns(
                pl.col("_old").replace_strict(words, return_dtype=pl.String).alias("before"),
                pl.col("_new").replace_strict(words, return_dtype=pl.String).alias("after"),
                _change().alias("change"),
            )
            .select(firm, *self.by, "before", "after", "change", "decided_by")
        )

    @cached_property
    def summary(self) -> pl.DataFrame:
        """The whole at a glance: see `count_by`; one row."""
        return self.count_by()

    def count_by(self, *columns: str) -> pl.DataFrame:
        """Count before and after, gains and losses, each with its bounds.

        Parameters
        ----------
        columns
            Of `by`; none counts all firms.

        Returns
        -------
        pl.DataFrame
            The columns, ``firms``; ``before_low, before_high, after_low, after_high`` firms that
            meet the standard if nothing, or everything, that is open were met; ``gains,
            gains_high`` and ``loses, loses_high`` under these two; ``net_low, net_high`` the
            smaller and the larger of the two nets; ``before_judged, after_judged, gains_judged,
            loses_judged`` if what a person must judge were met, and what lacks data were not.

        Raises
        ------
        InputError
            A column is not among `by`.
        """
        unknown = [name for name in columns if name not in self.by]
        if unknown:
            raise InputError(
                Text(
                    f"没有分组列 {'、'.join(unknown)}；可用：{'、'.join(self.by) or '无'}",
                    f"cannot group by {', '.join(unknown)}; there are: {', '.join(self.by) or '-'}",
                )
            )
        low = {name: pl.col(name) == "met" for name in ("before", "after")}
        high = {name: pl.col(name) != "unmet" for name in ("before", "after")}
        judged = {name: pl.col(name).is_in(["met", "judge"]) for name in ("before", "after")}
        counts = [
            pl.len().alias("firms"),
            *(low[name].sum().alias(f"{name}_low") for name in low),
            *(high[name].sum().alias(f"{name}_high") for name in high),
            (~low["before"] & low["after"]).sum().alias("gains"),
            (~high["before"] & high["after"]).sum().alias("gains_high"),
            (low["before"] & ~low["after"]).sum().alias("loses"),
            (high["before"] & ~high["after"]).sum().alias("loses_high"),
            *(judged[name].sum().alias(f"{name}_judged") for name in judged),
            (~judged["before"] & judged["after"]).sum().alias("gains_judged"),
            (judged["before"] & ~judged["after"]).sum().alias("loses_judged"),
        ]
        found = (
            self.frame.group_by(columns, maintain_order=True).agg(counts)
            if columns
            else self.frame.select(counts)
        ).with_columns(pl.exclude(columns).cast(pl.Int64) if columns else pl.all().cast(pl.Int64))
        nets = (pl.col("gains") - pl.col("loses"), pl.col("gains_high") - pl.col("loses_high"))
        return found.with_columns(
            pl.min_horizontal(nets).alias("net_low"), pl.max_horizontal(nets).alias("net_high")
        ).sort(columns or "firms")

    @cached_property
    def criteria(self) -> pl.DataFrame:
        """How many firms each criterion turned: criterion, label, worse, better.

        Only criteria of the same id in both; one that is new or gone is not compared.
        """
        old, new = _eager(self.before.wide), _eager(self.after.wide)
        rows = []
        for name in self._shared():
            pair = old.select(self.before.firm, pl.col(name).alias("a")).join(
                new.select(self.after.firm, pl.col(name).alias("b")), on=self.before.firm
            )
            label = label_of(self.after.book, name)
            worse = int((pair["b"] < pair["a"]).sum())
            rows.append((name, label, worse, int((pair["b"] > pair["a"]).sum())))
        schema = {
            "criterion": pl.String,
            "label": pl.String,
            "worse": pl.Int64,
            "better": pl.Int64,
        }
        found = pl.DataFrame(rows, schema=schema, orient="row")
        return found.filter((pl.col("worse") > 0) | (pl.col("better") > 0)).sort(
            pl.max_horizontal("worse", "better"), descending=True
        )

    def in_words(self) -> Text:
        """Say what the change would do in a sentence."""
        one = self.summary.row(0, named=True)
        old, new = (result.book.rulebook.rulebook for result in (self.before, self.after))
        compared = f"{old}：{'；'.join(self.changes)}" if self.changes else f"{old} → {new}"
        judged = Text(
            f"；人工判断项按符合计，由 {one['before_judged']:,} 户变为 {one['after_judged']:,} 户"
            f"（新符合 {one['gains_judged']:,}，不再符合 {one['loses_judged']:,}）",
            f"; were all judged matters met, from {one['before_judged']:,} to "
            f"{one['after_judged']:,} ({one['gains_judged']:,} gain, {one['loses_judged']:,} lose)",
        )
        spread = one["before_high"] != one["before_low"] or one["after_high"] != one["after_low"]
        bounds = Text(
            f"；未定的全按符合算则为 {one['before_high']:,} → {one['after_high']:,}"
            if spread
            else "",
            f"; were all that is open met, {one['before_high']:,} → {one['after_high']:,}"
            if spread
            else "",
        )
        return Text(
            f"{one['firms']:,} 户中，符合的由 {one['before_low']:,} 户变为 {one['after_low']:,} 户"
            f"（新符合 {one['gains']:,}，不再符合 {one['loses']:,}）{judged.zh}{bounds.zh}。"
            f"对照：{compared}。{SELF_CHECK.zh}",
            f"Of {one['firms']:,} firms, those that qualify go from {one['before_low']:,} to "
            f"{one['after_low']:,} ({one['gains']:,} gain, {one['loses']:,} lose)"
            f"{judged.en}{bounds.en}. {compared}. {SELF_CHECK.en}",
        )

    def to_excel(self, path: Path | str) -> None:
        """Write the summary, the counts by each column, the criteria and the firms that change."""
        from sanfu.ladder.reform_book import write_reform  # noqa: PLC0415 - when asked for

        write_reform(self, path)

    def _shared(self) -> list[str]:
        """Name what both rulebooks have, as the same kind of thing, in the order of the second."""
        old, new = self.before.book, self.after.book
        known = {(name, name in old.by_id) for name in old.reading_order}
        order = [name for name in new.reading_order if name != VERDICT]
        return [name for name in order if (name, name in new.by_id) in known]

    def _deciding(self, old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
        """Name for each firm what turned it: a leaf whose outcome changed, came or went unmet."""
        firm = self.before.firm
        shared = set(self._shared())
        before, after = leaves_of(self.before.book), leaves_of(self.after.book)
        pairs = old.select(firm, *(pl.col(name).alias(f"{name}:old") for name in before)).join(
            new.select(firm, *(pl.col(name).alias(f"{name}:new") for name in after)), on=firm
        )
        turned = {
            name: pl.col(f"{name}:old") != pl.col(f"{name}:new")
            if name in shared and name in before
            else pl.col(f"{name}:new") == 0
            for name in after
        }
        said = [
            pl.when(moved).then(pl.lit(label_of(self.after.book, name)))
            for name, moved in turned.items()
        ] + [
            pl.when(pl.col(f"{name}:old") == 0).then(pl.lit(label_of(self.before.book, name)))
            for name in before
            if name not in shared
        ]
        joined = (
            pl.concat_str(said, separator=str(Text("、", ", ")), ignore_nulls=True)
            if said
            else pl.lit("")
        )
        return pairs.select(firm, joined.alias("decided_by"))


def leaves_of(book: Book) -> list[str]:
    """Name the rules that have no parts; points decide through the rules that read them."""
    return [rule.id for rule in book.rules if not rule.children and rule.id != VERDICT]


def label_of(book: Book, name: str) -> str:
    """Name a criterion or indicator in the current language."""
    clause = book.clause(name)
    return name if clause is None else str(clause.label.text())


def reform(
    firms: Any,
    rulebook: str | Path | Rulebook,
    to: str | Path | Rulebook | Mapping[str, Any],
    *,
    kind: CheckKind,
    on: dt.date,
    by: Sequence[str] = (),
    firm: str = "firm",
) -> Reform:
    """Check the same firms by two versions of the rules.

    Parameters
    ----------
    firms
        One row a firm, as for `check`.
    rulebook
        The rules as they are.
    to
        Other rules, or changes by place: ``{"criteria/revenue/when": "revenue >= 3000 万元"}``.
    kind, on
        The kind of check, and the day on which both are read.
    by
        Columns by which counts are told apart, such as ``district``, ``industry``, ``size``.

    Raises
    ------
    InputError, DeclarationFaults
        A place does not exist, or the changed rulebook is none.
    """
    base = read_rulebook(rulebook)
    other = amended(base, to) if isinstance(to, dict) else read_rulebook(cast("str", to))
    return Reform(
        check(firms, base, kind=kind, on=on, firm=firm, keep=tuple(by)),
        check(firms, other, kind=kind, on=on, firm=firm, keep=tuple(by)),
        tuple(by),
        tuple(f"{place} = {put}" for place, put in to.items()) if isinstance(to, dict) else (),
    )


def _change() -> pl.Expr:
    """Tell for each firm what becomes of it, surely or perhaps."""
    old, new = pl.col("_old"), pl.col("_new")
    return (
        pl.when((old != MET) & (new == MET))
        .then(pl.when(old == 0).then(pl.lit("gains")).otherwise(pl.lit("opens")))
        .when((old == MET) & (new != MET))
        .then(pl.when(new == 0).then(pl.lit("loses")).otherwise(pl.lit("closes")))
        .when((old == 0) & (new > 0))
        .then(pl.lit("opens"))
        .when((old > 0) & (new == 0))
        .then(pl.lit("closes"))
        .otherwise(pl.lit("same"))
    )


def _eager(frame: Any) -> pl.DataFrame:
    import narwhals as nw  # noqa: PLC0415 - the frames of any kind

    native = nw.from_native(frame)
    held = native.collect() if isinstance(native, nw.LazyFrame) else native
    return held.to_polars()
