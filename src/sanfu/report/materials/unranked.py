"""What a report can still say where regions cannot be ranked, such as a ledger of one district."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sanfu.errors import InputError
from sanfu.language import Text
from sanfu.report.blocks import Table, TableColumn, Trace
from sanfu.report.confidential import HIDDEN, NOTE
from sanfu.report.facts import Fact
from sanfu.report.linked import Withheld, crossed
from sanfu.report.material import Item, Material
from sanfu.report.materials.index import STANDINGS
from sanfu.report.materials.index_view import in_unit, items_of, words_of

if TYPE_CHECKING:
    from sanfu.index import Framework, RegionFigures
    from sanfu.report.blocks import Inline
    from sanfu.report.facts import Facts


@dataclass(frozen=True)
class Unranked:
    """An index that gives no scores.

    Attributes
    ----------
    figures
        The regions' indicators; None where no firm names its region.
    why
        Why nothing is scored, as one sentence.
    """

    framework: Framework
    figures: RegionFigures | None
    why: Text
    synthetic: bool = False


def unranked_material(found: Unranked, *, focus: str = "") -> Material:
    """Offer the indicators' own figures, and the reason in place of scores, ranks and intervals."""
    from sanfu.index.method_words import method_text  # noqa: PLC0415 - when a report is made

    framework, figures = found.framework, found.figures
    rows = pl.DataFrame() if figures is None else _latest(figures)
    names = [] if rows.is_empty() else rows["unit"].unique(maintain_order=True).to_list()
    known = {} if figures is None else figures.names
    items = items_of(names, known)
    if focus and focus not in names:
        there = Text("、".join(names) or "无", ", ".join(names) or "none")
        raise InputError(
            Text(
                f"没有地区“{focus}”的数据；有：{there.zh}。{found.why.zh}",
                f"no figures of the region “{focus}”; there are: {there.en}. {found.why.en}",
            )
        )
    year = None if rows.is_empty() else str(rows["year"][0])
    about = framework.about

    def table(item: Item | None, facts: Facts) -> Table:
        one = item or items[0]
        own = rows.filter(pl.col("unit") == str(one.name))
        lines: list[tuple[Inline, ...]] = []
        for row in own.iter_rows(named=True):
            fact = _fact(framework, one, row)
            place = facts.add(f"index.raw.{one.code}.{row['indicator']}", fact)
            name = framework.label(row["indicator"])
            lines.append((str(name), facts.print(place), _formula(framework, row["indicator"])))
        columns = (
            TableColumn(str(Text("指标", "indicator")), "left", 2),
            TableColumn(str(Text("数值", "figure")), "right"),
            TableColumn(str(Text("算法", "formula")), "left", 3),
        )
        title = Text(f"{one.name.zh}：各项指标", f"{one.name.en}: its indicators")
        return Table(str(title), columns, tuple(lines), synthetic=found.synthetic)

    def withheld() -> list[Withheld]:
        what = Text("各地区指标值", "indicators by region")
        hidden = [] if rows.is_empty() else rows.drop_nulls("rule").iter_rows(named=True)
        return [
            Withheld(what, crossed(row["unit"], framework.label(row["indicator"])), row["rule"])
            for row in hidden
        ]

    return Material(
        facts={
            "index.name": Fact(str(framework.name.text())),
            "index.standing": Fact(str(STANDINGS[framework.standing])),
            "index.about": Fact(None if about is None else str(about.text())),
            "index.source": Fact(words_of(framework.source)),
            "index.year": Fact(year),
            "index.method": Fact(str(method_text(framework.method))),
            **({"focus": Fact(focus)} if focus else {}),
        },
        lists={
            "index.units": items,
            **({"index.focus": [one for one in items if str(one.name) == focus]} if focus else {}),
        },
        tables={"index.why": table} if items else {},
        withheld={"index.why": withheld},
        without=dict.fromkeys(("index", "robustness", "editions", "comparison"), found.why),
    )


def _latest(figures: RegionFigures) -> pl.DataFrame:
    """Give the finest regions' figures of the latest year, with the rule that hides one."""
    key = ["level", "unit", "year", "indicator"]
    return (
        figures.frame.filter(
            pl.col("level") == figures.levels[0], pl.col("year") == max(figures.measured)
        )
        .join(figures.log.select(*key, "rule").unique(key), on=key, how="left")
        .sort("unit", maintain_order=True)
    )


def _fact(framework: Framework, item: Item, row: dict[str, object]) -> Fact:
    code = str(row["indicator"])
    what = f"{item.name} · {framework.label(code)}"
    hidden = row["rule"] is not None
    said = (
        (HIDDEN, str(NOTE))
        if hidden
        else (str(Text("依据企业数", "firms behind it")), f"{row['n']}")
    )
    trace = Trace("", what, _formula(framework, code), (said,))
    if hidden:
        return Fact(HIDDEN, trace=trace)
    value = row["value"]
    number = float("nan") if value is None else float(str(value))
    return in_unit(framework.indicators[code].unit, number, trace, f"index.raw.{item.code}.{code}")


def _formula(framework: Framework, code: str) -> str:
    return framework.indicators[code].formula or ""
