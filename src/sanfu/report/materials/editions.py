"""What one framework over several years offers to a report: ranks and scores as they changed.

Ranks are those of each year's own edition, so that the last year's are the report's own. Scores
of two editions cannot be set beside each other where the normalisation looks at one year's
figures; for them the years are scored once more together, by one yardstick.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.language import Text
from sanfu.report.facts import Derived, Fact
from sanfu.report.figures import bump, slope
from sanfu.report.material import Item, Material
from sanfu.report.materials.index_view import IndexView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanfu.index import Index
    from sanfu.report.facts import Facts, Show
    from sanfu.report.figures import Figure


@dataclass(frozen=True)
class Editions:
    """One framework over the years.

    Attributes
    ----------
    by_year
        Each year's own index, in order of the years; the last is the report's.
    together
        The index over those years in which every indicator is there, or None where there are not
        two of them.
    """

    by_year: Mapping[int, Index]
    together: Index | None = None

    def thin(self) -> list[int]:
        """Give the years in which indicators are missing, as growth is in a ledger's first."""
        return [
            year
            for year, index in self.by_year.items()
            if (index.frame["coverage"] < 1 - 1e-9).any()
        ]


def editions_material(found: Editions) -> Material:
    """Offer the years of an index: ``editions.…``; nothing where there is one year."""
    return _EditionsMaterial(found).material() if len(found.by_year) > 1 else Material()


class _EditionsMaterial:
    def __init__(self, found: Editions) -> None:
        self.found = found
        self.years = list(found.by_year)
        self.view = IndexView(found.by_year[self.years[-1]])

    def material(self) -> Material:
        thin = str(Text("、", ", ")).join(map(str, self.found.thin()))
        figures: dict[str, Any] = {"editions.bump": self._bump}
        sentences: dict[str, Any] = {"editions.ranks": self._ranks_said}
        if self.found.together is not None:
            figures["editions.slope"] = self._slope
            sentences["editions.scores"] = self._scores_said
        return Material(
            facts={
                "editions.years": Fact(f"{self.years[0]}–{self.years[-1]}"),
                "editions.thin": Fact(thin or None),
            },
            figures=figures,
            sentences=sentences,
            synthetic=self.view.synthetic,
        )

    @cached_property
    def ranks(self) -> pl.DataFrame:
        """Ranks of every year: name, year, rank; units of the last year only."""
        rows = []
        for year, index in self.found.by_year.items():
            view = IndexView(index)
            rows += [
                {"name": str(item.name), "year": year, "rank": view.rank_of(item, view.root)}
                for item in view.items
                if str(item.name) in self.view.units
            ]
        return pl.DataFrame(rows)

    @cached_property
    def scores(self) -> pl.DataFrame:
        """Scores by one yardstick in the first and the last complete year: name, before, after."""
        index = self.found.together
        assert index is not None  # noqa: S101 - offered only where it is there
        first, last = self.ends
        frame = index.ranking.drop_nulls("score")
        ends = [
            frame.filter(pl.col("year") == year).select(pl.col("unit").alias("name"), "score")
            for year in (first, last)
        ]
        joined = ends[0].rename({"score": "before"}).join(ends[1], on="name")
        return joined.rename({"score": "after"})

    @cached_property
    def ends(self) -> tuple[int, int]:
        """The first and the last year that are scored together."""
        index = self.found.together
        assert index is not None  # noqa: S101
        assert index.years is not None  # noqa: S101
        return int(index.years.min()), int(index.years.max())

    def _bump(self, item: Item | None) -> Figure:
        about = self.view.about(
            self.view.title("名次的变化", "ranks over the years"), str(Text("名次", "rank"))
        )
        about["as_of"] = f"{self.years[0]}–{self.years[-1]}"
        each = Text("各年分别计算", "each year computed by itself")
        thin = self.found.thin()
        lacks = Text(
            f"；{'、'.join(map(str, thin))} 年缺需要上年数据的指标，名次仅供参考",
            f"; in {', '.join(map(str, thin))} indicators that need the year before are missing, "
            "so ranks are a hint only",
        )
        said = Text(each.zh + lacks.zh, each.en + lacks.en) if thin else each
        about["method"] = f"{about['method']}；{said}"
        figure = bump(self.ranks, highlight=[str(item.name)] if item else (), **about)
        return replace(figure, behind=self._ranks_of_years())

    def _slope(self, _: Item | None) -> Figure:
        first, last = self.ends
        about = self.view.about(
            self.view.title(
                f"{first} 年与 {last} 年的得分（同一把尺子）",
                f"scores of {first} and {last} by one yardstick",
            ),
            self.view.points,
        )
        about["as_of"] = f"{first}、{last}"
        together = Text(
            "两年数据合在一起标准化，因此与单年得分表略有不同",
            "both years normalised together, so scores differ a little from the year's own table",
        )
        about["method"] = f"{about['method']}；{together}"
        figure = slope(self.scores, before=str(first), after=str(last), **about)
        return replace(figure, behind=self._scores_together())

    def _ranks_of_years(self) -> tuple[tuple[str, Fact], ...]:
        """Give each year's ranks as one input; the last year's lead on to the report's scores."""
        found = []
        for year, index in self.found.by_year.items():
            view = self.view if year == self.years[-1] else IndexView(index)
            named, fact = view.scores(view.root)
            home = fact.home if view is self.view else f"editions.{year}.{fact.home}"
            found.append((f"{named} {year}", _flat(fact, home, view)))
        return tuple(found)

    def _scores_together(self) -> tuple[tuple[str, Fact], ...]:
        """Give the scores by one yardstick as an input: name, before and after."""

        def trace() -> Derived:
            first, last = self.ends
            return Derived(
                str(Text(f"{first}、{last} 年得分（同一把尺子）", f"scores of {first} and {last}")),
                str(
                    Text(
                        "两年数据合在一起标准化，再按体系合成",
                        "both years normalised together, then joined as the framework says",
                    )
                ),
                tuple(
                    (name, f"{first}：{before:.1f}；{last}：{after:.1f}")
                    for name, before, after in self.scores.iter_rows()
                ),
            )

        n = self.scores.height
        words = str(Text(f"{n} 个地区", f"{n} regions"))
        fact = Fact(words, "words", trace=trace, home="editions.together")
        return ((str(Text("两年得分", "scores of both years")), fact),)

    def _moved(self, value: int) -> Fact:
        trace = Derived(
            str(Text("名次的变化", "ranks over the years")),
            str(
                Text(
                    "上年名次 − 本年名次；按正、负、零计地区数，取最大",
                    "rank of the year before − rank now; regions by its sign, and the largest",
                )
            ),
            self._ranks_of_years()[-2:],
        )
        return Fact(value, "count", trace=trace, home="editions.moved")

    def _together(self, value: float, show: Show = "count") -> Fact:
        trace = Derived(
            str(Text("两年得分的变化", "scores of two years")),
            str(
                Text(
                    "Σ得分 ÷ n；得分提高的地区数；两年都有得分的地区数",
                    "Σ score ÷ n; regions whose score rose; regions scored in both years",
                )
            ),
            self._scores_together(),
        )
        return Fact(value, show, 1, trace, "editions.change")

    def _ranks_said(self, _: Item | None, facts: Facts) -> list[str]:
        """Say who gained and who lost most places against the year before."""
        before, now = self.years[-2:]
        wide = self.ranks.filter(pl.col("year").is_in([before, now])).pivot(
            "year", index="name", values="rank"
        )
        both = wide.drop_nulls().with_columns(
            gained=pl.col(str(before)).cast(pl.Int64) - pl.col(str(now)).cast(pl.Int64)
        )
        up, down = both.filter(pl.col("gained") > 0), both.filter(pl.col("gained") < 0)
        still = both.height - up.height - down.height
        for name, n in (("up", up.height), ("down", down.height), ("still", still)):
            facts.add(f"editions.{name}", self._moved(n))
        said = [
            Text(
                f"与 {before} 年相比，名次上升的有 {{editions.up}} 个地区，下降的有 "
                "{editions.down} 个，不变的有 {editions.still} 个。",
                f"Against {before}, {{editions.up}} regions gained places, {{editions.down}} lost "
                "some and {editions.still} stayed.",
            )
        ]
        for side, zh, en, most in (
            (up, "上升", "gained", up["gained"].max()),
            (down, "下降", "lost", down["gained"].min()),
        ):
            if side.is_empty():
                continue
            names = side.filter(pl.col("gained") == most)["name"].to_list()
            place = f"editions.most.{en}"
            facts.add(place, self._moved(abs(int(most))))  # type: ignore[arg-type]
            said.append(
                Text(
                    f"{zh}最多的是{'、'.join(names)}（{{{place}}} 位）。",
                    f"{', '.join(names)} {en} most ({{{place}}} places).",
                )
            )
        return [str(Text("", " ")).join(str(text) for text in said)]

    def _scores_said(self, _: Item | None, facts: Facts) -> list[str]:
        """Say how scores by one yardstick moved."""
        first, last = self.ends
        change = (self.scores["after"] - self.scores["before"]).to_numpy()
        for end in ("before", "after"):
            mean = float(np.mean(self.scores[end].to_numpy()))
            facts.add(f"editions.mean.{end}", self._together(mean, "number"))
        facts.add("editions.higher", self._together(int(np.sum(change > 0))))
        facts.add("editions.of", self._together(len(change)))
        return [
            str(
                Text(
                    f"用同一把尺子（{first}、{last} 两年合在一起标准化）看，平均得分由 "
                    "{editions.mean.before} 变为 {editions.mean.after}；{editions.of} 个地区中 "
                    "{editions.higher} 个提高。",
                    f"By one yardstick ({first} and {last} normalised together) the mean score "
                    "went from {editions.mean.before} to {editions.mean.after}; "
                    "{editions.higher} of {editions.of} regions rose.",
                )
            )
        ]


def _flat(fact: Fact, home: str, view: IndexView) -> Fact:
    """Give another year's scores by themselves: their own traces belong to that year's report."""
    if home == fact.home:
        return fact

    def trace() -> Derived:
        what = f"{view.name(view.root)} {view.year}"
        rule = Text(
            "用该年数据按同一体系重新计算：sanfu index build --year",
            "worked out anew from that year's figures: sanfu index build --year",
        )
        scores = zip(view.items, view.values(view.root), strict=True)
        return Derived(what, str(rule), tuple((str(i.name), f"{score:.1f}") for i, score in scores))

    return replace(fact, trace=trace, home=home)
