"""Follow every unit's rank down: scores, pillars, indicators, steps, figures, firms, cells."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sanfu.errors import InputError
from sanfu.index.formulas import aggregate_formula
from sanfu.index.method_words import NORMALISER_NAMES, STEP_NAMES, weighting_text
from sanfu.index.tracing import aggregator_text
from sanfu.index.why import find_contributions, find_strengths, say_summary
from sanfu.index.why.words import figure, number
from sanfu.language import Text
from sanfu.report.audit.firms import Firms
from sanfu.report.audit.model import (
    Child,
    FirmsView,
    FollowView,
    IndicatorView,
    NodeView,
    PartLine,
    StepLine,
    UnitView,
)
from sanfu.report.audit.pictures import contribution_steps, strength_bars
from sanfu.report.blocks import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from sanfu.index import Index
    from sanfu.report.figures.model import About

MOST_UNITS = 400
"""Units whose way down stands on the page; of more only those that are asked for."""


class Follow:
    """The way down of one year of an index.

    Parameters
    ----------
    index
        A built index.
    year
        The year shown.
    units
        Units whose firms and cells are shown; where none is named, the best one.
    """

    def __init__(self, index: Index, year: int | None, units: Sequence[str] = ()) -> None:
        self.index, self.year = index, year
        rows = np.arange(len(index.units))
        self.rows = rows if year is None else rows[index.years == year]
        scored = self.rows[~np.isnan(index.scores[self.rows, -1])]
        order = np.argsort(-index.scores[scored, -1], kind="stable")
        self.order = [int(row) for row in scored[order]]
        names = {index.units[row] for row in self.order}
        for unit in units:
            if unit not in names:
                index.row(unit, year)  # says so, with near names
                raise InputError(Text(f"“{unit}”没有得分", f"{unit} has no score"))
        self.named = tuple(units) or tuple(index.units[row] for row in self.order[:1])
        if len(self.order) > MOST_UNITS:
            self.order = [row for row in self.order if index.units[row] in self.named]
        self.firms = Firms(index.regions)

    def key(self, row: int, code: str = "") -> str:
        """Give the anchor of a unit's number."""
        return f"u{row}" if not code else f"u{row}-{self._places[code]}"

    @cached_property
    def _places(self) -> dict[str, str]:
        plan = self.index.plan
        nodes = {code: f"n{place}" for place, code in enumerate(plan.nodes)}
        return nodes | {code: f"i{place}" for place, code in enumerate(plan.indicators)}

    @cached_property
    def has(self) -> frozenset[int]:
        """Rows that are on the page."""
        return frozenset(self.order)

    def view(self) -> FollowView:
        """Give everything that the page shows."""
        units = tuple(self._unit(row) for row in self.order)
        return FollowView(units, self.firms.cards(), self.firms.files(), self.firms.synthetic)

    def _unit(self, row: int) -> UnitView:
        index = self.index
        unit = index.units[row]
        nodes = tuple(self._node(row, node) for node in reversed(index.plan.nodes))
        followed = unit in self.named
        indicators = tuple(
            self._indicator(row, code, followed=followed) for code in index.plan.indicators
        )
        words = [str(say_summary(index, unit, self.year))]
        if index.framework.method.time.method == "levels":
            against = find_contributions(index, unit, None, self.year, against="mean")
            words.append(str(against.in_words()))
        words.append(str(find_strengths(index, unit, self.year).in_words()))
        return UnitView(
            self.key(row),
            unit,
            number(float(index.scores[row, -1])),
            str(int(index.ranks[row, -1])),
            tuple(words),
            nodes,
            indicators,
            self._pictures(row) if followed else (),
            followed and self.firms.known,
        )

    def _pictures(self, row: int) -> tuple[Picture, ...]:
        """Draw a followed unit's distance from the mean, and its strengths and weaknesses."""
        index = self.index
        unit = index.units[row]
        about: About = {
            "title": "",
            "unit": str(Text("得分", "score")),
            "source": str(index.framework.name.text()),
            "as_of": "—" if self.year is None else str(self.year),
            "n": str(Text(f"{len(self.rows)} 个单元", f"{len(self.rows)} units")),
            "method": "",
            "synthetic": self.firms.synthetic,
        }
        pictures = []
        if index.framework.method.time.method == "levels":
            found = find_contributions(index, unit, None, self.year, against="mean")
            title = Text(
                f"{unit}与各单元均值的差距由哪些指标构成", f"{unit} against the mean, by part"
            )
            method = Text("各项之和等于差距", "the parts add up to the difference")
            told: About = {**about, "title": str(title), "method": str(method)}
            pictures.append(Picture(contribution_steps(found, decimals=2, **told)))
        strong = find_strengths(index, unit, self.year)
        if strong.strengths.height + strong.weaknesses.height:
            title = Text(f"{unit}名次靠前与靠后的指标", f"{unit}: best and worst placed")
            told = {
                **about,
                "title": str(title),
                "unit": str(Text("排在其后的单元（%）", "units behind it (%)")),
                "method": str(Text("（名次/单元数）", "(rank/units)")),
            }
            pictures.append(Picture(strength_bars(strong, **told)))
        return tuple(pictures)

    def _node(self, row: int, node: str) -> NodeView:
        index = self.index
        unit = index.units[row]
        rule = index.framework.aggregate_of(node)
        told = index.explain(unit, node, self.year)
        children = tuple(
            Child(
                line["name"],
                self.key(row, line["child"]),
                number(line["score"], 4),
                f"{line['weight']:.4f}",
                number(line["contribution"], 4),
                "—" if line["rank"] is None else str(line["rank"]),
            )
            for line in told.to_dicts()
        )
        value = float(index.value(node)[row])
        place = index.plan.nodes.index(node)
        rank = index.ranks[row, place]
        return NodeView(
            self.key(row, node),
            str(index.framework.label(node)),
            number(value, 4),
            "—" if np.isnan(rank) else str(int(rank)),
            str(aggregator_text(rule)) + self._weighed(node),
            self._worked(rule.method, told, value) or aggregate_formula(rule),
            children,
        )

    def _weighed(self, node: str) -> str:
        """Say where a node's weights come from, if not from the framework as declared."""
        found = self.index.weightings.get(node)
        if found is None or found.method == "declared":
            return ""
        told = weighting_text(found)
        return str(Text(f"；权重：{told.zh}", f"; weights: {told.en}"))

    def _worked(self, method: str, told: pl.DataFrame, value: float) -> str:
        """Write a mean out with its numbers."""
        if method not in ("arithmetic", "geometric") or told["contribution"].null_count():
            return ""
        rows = told.drop_nulls("score").to_dicts()
        if method == "arithmetic":
            terms = [f"{row['weight']:.4f}×{number(row['score'], 4)}" for row in rows]
            return f"{' + '.join(terms)} = {number(value, 4)}"
        terms = [f"{number(row['score'], 4)}^{row['weight']:.4f}" for row in rows]
        return f"{' × '.join(terms)} = {number(value, 4)}"

    def _indicator(self, row: int, code: str, *, followed: bool) -> IndicatorView:
        index = self.index
        unit = index.units[row]
        lines = index.trace(unit, code, self.year).to_dicts()
        steps = tuple(
            StepLine(
                str(STEP_NAMES.get(line["step"], Text(line["step"], line["step"]))),
                figure(line["value"]) if line["step"] != "normalise" else number(line["value"], 4),
                self._done(line, code),
                line["formula"] or "" if line["step"] == "normalise" else "",
            )
            for line in lines
            if line["step"] != "cell"
        )
        of = index.framework.indicators[code]
        measure = "" if of.unit is None else of.unit if isinstance(of.unit, str) else of.unit.text()
        firms = self._from_firms(unit, code, followed=followed)
        return IndicatorView(
            key=self.key(row, code),
            name=str(index.framework.label(code)),
            unit=_measure(str(measure)),
            score=number(float(index.value(code)[row]), 4),
            steps=steps,
            extremes=self._extremes(code),
            cells=tuple(line["done"] for line in lines if line["step"] == "cell"),
            firms=firms,
        )

    def _done(self, line: dict[str, object], code: str) -> str:
        """Say what a step did; of the figures themselves where they come from."""
        if line["step"] == "raw":
            regions = self.index.regions
            if regions is not None and code in regions.plans:
                return str(Text("由企业算出，见下", "computed from firms, see below"))
            return str(Text("读入的数据", "as read"))
        if line["step"] == "normalise":
            rule = self.index.framework.indicators[code].normalise
            method = (rule or self.index.framework.method.normalise).method
            return str(NORMALISER_NAMES.get(method, Text(method, method)))
        return str(line["done"])

    def _extremes(self, code: str) -> tuple[tuple[str, str, str], ...]:
        """Name the units whose figures are the lowest and highest, which min-max takes."""
        rule = self.index.framework.indicators[code].normalise
        method = (rule or self.index.framework.method.normalise).method
        if method not in ("minmax", "efficacy", "distance_to_maximum"):
            return ()
        before = list(self.index.steps.values())[-2].figures
        column = before.values[self.rows, before.codes.index(code)]
        if np.isnan(column).all():
            return ()
        found = []
        for words, at in (
            (Text("最小", "lowest"), int(np.nanargmin(column))),
            (Text("最大", "highest"), int(np.nanargmax(column))),
        ):
            row = int(self.rows[at])
            key = self.key(row, code) if row in self.has else ""
            name = self.index.units[row]
            found.append((f"{words}：{name}", figure(float(column[at])), key))
        return tuple(found)

    def _from_firms(self, unit: str, code: str, *, followed: bool) -> FirmsView | None:
        regions = self.index.regions
        if regions is None or code not in regions.plans:
            return None
        worked = regions.work(unit, code, self.year)
        parts = tuple(
            PartLine(line["part"], line["what"], figure(line["value"]))
            for line in worked.parts.to_dicts()
        )
        said = Text(f"依据 {worked.n} 户企业", f"resting on {worked.n} firms")
        hidden = Text("按保密规则不公布此数", "hidden by the confidentiality rules")
        return FirmsView(
            formula=worked.formula,
            worked=f"{worked.worked} = {figure(worked.value)}",
            said=str(said),
            parts=parts,
            pages=self.firms.pages(regions.trace(unit, code, self.year)) if followed else (),
            note=str(hidden) if worked.value is None else "",
        )


def _measure(unit: str) -> str:
    return str(Text("占比，1 为 100%", "share of 1")) if unit == "share" else unit
