"""Statistics of an index's own figures: what moves together, how values spread, size and score."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.index.correlation import correlate
from sanfu.language import Text
from sanfu.report.figures import NothingToDraw, correlations, distribution, scatter
from sanfu.report.linked import hide_among
from sanfu.report.material import Item

if TYPE_CHECKING:
    from sanfu.index import Confidentiality
    from sanfu.report.facts import Facts
    from sanfu.report.figures import Figure
    from sanfu.report.materials.index_view import IndexView


FEWEST = 4
"""Regions that two indicators must have in common for their correlation to be told."""


_TOO_FEW = Text(
    f"共同有数的地区不足 {FEWEST} 个", f"fewer than {FEWEST} regions have figures of both"
)


class IndexStatistics:
    """Figures of the method's appendix.

    List: ``index.treated``, the indicators of which the method moved a value.
    """

    def __init__(self, view: IndexView, rules: Confidentiality) -> None:
        self.view = view
        self.rules = rules

    def lists(self) -> dict[str, Any]:
        """Give the lists."""
        framework = self.view.index.framework
        return {
            "index.treated": [
                Item(code, framework.label(code))
                for code in self.view.index.plan.indicators
                if self._moved(code)
            ]
        }

    def figures(self) -> dict[str, Any]:
        """Give the figures that the index's data allow."""
        found: dict[str, Any] = {
            "index.correlations": self._correlations,
            "index.distribution": self._distribution,
        }
        return found if self.sizes is None else {**found, "index.size": self._size}

    def sentences(self) -> dict[str, Any]:
        """Give the sentences."""
        return {} if self.sizes is None else {"index.size": self._size_said}

    def _correlations(self, _: Item | None) -> Figure:
        view = self.view
        codes = [
            code
            for pillar in view.pillars
            for code in view.index.framework.below(pillar)
            if code in view.index.plan.indicators
        ]
        found = correlate(np.column_stack([view.values(one) for one in codes]), method="spearman")
        known = (found.n >= FEWEST) & ~np.isnan(found.r)
        title = view.title("指标之间的秩相关", "rank correlations between the indicators")
        if not known.any():
            raise NothingToDraw(title, _TOO_FEW)
        cells = [
            {
                "row": view.name(code),
                "column": view.name(other),
                "value": float(found.r[i, j]) if known[i, j] else None,
            }
            for i, code in enumerate(codes)
            for j, other in enumerate(codes)
        ]
        about = view.about(
            title,
            str(Text("Spearman 相关系数", "Spearman's rank correlation")),
        )
        drawn = correlations(pl.DataFrame(cells, schema_overrides={"value": pl.Float64}), **about)
        behind = tuple((view.name(code), view.scores(code)[1]) for code in codes)
        return replace(drawn, behind=behind)

    def _moved(self, code: str) -> bool:
        before, after = self._treated(code)
        both = ~(np.isnan(before) | np.isnan(after))
        return bool(np.any(before[both] != after[both]))

    def _treated(self, code: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Give an indicator's figures before and after the treatment of outliers."""
        steps = self.view.index.steps
        rows = [self.view.row(item) for item in self.view.items]
        names = list(steps)
        after = steps["treat"].figures if "treat" in steps else None
        if after is None:
            raw = next(iter(steps.values())).figures
            own = np.asarray(raw.values)[rows, raw.codes.index(code)]
            return own, own
        before = steps[names[names.index("treat") - 1]].figures
        return (
            np.asarray(before.values)[rows, before.codes.index(code)],
            np.asarray(after.values)[rows, after.codes.index(code)],
        )

    def _distribution(self, item: Item | None) -> Figure:
        """Draw how an indicator's values spread, or the scores where no item is asked for."""
        view = self.view
        code = view.root if item is None else item.code
        measured = code in view.index.plan.indicators
        before, after = self._treated(code) if measured else (view.values(code),) * 2
        frame = pl.DataFrame(
            {"name": [str(one.name) for one in view.items], "value": before, "treated": after}
        ).with_columns(pl.col("value", "treated").fill_nan(None))
        label = view.index.framework.label(code)
        title = Text(f"{label.zh}的分布", f"how {label.en} spreads")
        if measured:
            about, given = view.about_own(str(title), code), view.raws(code)
        else:
            about, given = view.about(str(title), view.unit_of(code)), view.scores(code)
        return replace(distribution(frame, **about), behind=(given,))

    @cached_property
    def sizes(self) -> dict[str, int] | None:
        """Give how many firms stand behind each region, where the index knows."""
        regions = self.view.index.regions
        if regions is None:
            return None
        frame = regions.frame.filter(pl.col("year") == pl.col("year").max())
        sizes = dict(frame.group_by("unit").agg(pl.col("population").max()).iter_rows())
        known = {unit: sizes.get(unit) for unit in self.view.units}
        return None if None in known.values() else {unit: int(n or 0) for unit, n in known.items()}

    def _size(self, _: Item | None) -> Figure:
        sizes = self.sizes or {}
        hidden = hide_among(sizes, self.rules)
        scores = self.view.values(self.view.root)
        points = pl.DataFrame(
            {
                "name": list(self.view.units),
                "x": [float(sizes[unit]) for unit in self.view.units],
                "y": scores,
            }
        ).filter(~pl.col("name").is_in(list(hidden)))
        about = self.view.about(
            self.view.title("规模与得分", "size and score"),
            str(Text("横轴：户；纵轴：分", "across: firms; up: points")),
            gaps=len(hidden),
        )
        figure = scatter(
            points,
            x=str(Text("台账内企业数（户）", "firms in the ledger")),
            y=str(Text("总分（分）", "score (points)")),
            **about,
        )
        return replace(figure, behind=(self.view.scores(self.view.root),))

    def _size_said(self, _: Item | None, facts: Facts) -> list[str]:
        """Say how the score goes with the number of firms; no cause is claimed."""
        sizes = self.sizes or {}
        firms = np.array([[float(sizes[unit])] for unit in self.view.units])
        scores = self.view.values(self.view.root)[:, None]
        rho = float(correlate(firms, scores, method="spearman").r[0, 0])
        view = self.view
        value = None if np.isnan(rho) else rho
        words = Text("与企业数的秩相关", "rank correlation with the number of firms")
        rule = str(Text("Spearman 秩相关系数", "Spearman's rank correlation"))
        source = (str(Text("企业数", "firms")), view.source)
        over = view.over_units
        facts.add(
            "index.size-rho",
            over("size", view.root, value, words, rule, source, show="signed", decimals=2),
        )
        return [
            str(
                Text(
                    "总分与台账内企业数的秩相关系数为 {index.size-rho}；"
                    "这只说明两者是否同高同低，不表示原因。",
                    "The score and the number of firms have a rank correlation of "
                    "{index.size-rho}: whether both are high together, not why.",
                )
            )
        ]
