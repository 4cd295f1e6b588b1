"""The results that a report's outline needs, from a version of a workspace's ledger."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sanfu.cli.app import day_of, fail, t
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sanfu.index import Framework, Index, RegionFigures
    from sanfu.index.robustness.result import Robustness
    from sanfu.report.materials.editions import Editions
    from sanfu.report.materials.unranked import Unranked
    from sanfu.report.options import ReportOptions
    from sanfu.report.outline import Outline


class Results:
    """Makes the results that an outline needs, each once, from a version of a ledger.

    Parameters
    ----------
    settings
        ``workspace`` (folder), ``version`` (of the ledger), ``framework``, ``year`` (0: the
        latest), ``before`` (version to set beside it, 0: none); all text, as a manifest keeps them.
    focus
        The region or firm that the report is about; a district by any of its names in either
        language, or by its code. `focus` then is its name in the language of the report.
    options
        The office's rules of confidentiality.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        seed: int,
        focus: str = "",
        options: ReportOptions | None = None,
    ) -> None:
        from sanfu.report.options import ReportOptions
        from sanfu.workspace import open_workspace

        self.settings = settings
        self.seed = seed
        self.options = options or ReportOptions()
        self.office = open_workspace(settings["workspace"])
        self.ledger = self.office.ledger_at(int(settings["version"]))
        unit = self.office.region.unit(focus) if focus else None
        self.focus = focus if unit is None else str(unit.name.text())

    def inputs(self) -> list[tuple[str, Path]]:
        """Give the files that decide the result, beside the ledger itself."""
        from sanfu.content import content_path

        framework = self.settings["framework"]
        own = framework.endswith((".yaml", ".yml"))
        path = Path(framework) if own else content_path("frameworks", f"{framework}.yaml")
        extra = [
            (role, Path(self.settings[role]))
            for role in ("records", "book")
            if self.settings.get(role)
        ]
        return [("framework", path), *self.declarations(), *extra]

    def declarations(self) -> list[tuple[str, Path]]:
        """Give the files by which the workspace's settings say what regions and industries are."""
        from sanfu.content import content_path

        def file(kind: str, named: str) -> Path:
            own = named.endswith((".yaml", ".yml"))
            return self.office.folder / named if own else content_path(kind, f"{named}.yaml")

        region = self.office.region
        named = self.office.settings.get("schemes", region.schemes)
        schemes = [*cast("tuple[str, ...]", named)]
        schemes += [scheme for unit in region.units for scheme in unit.schemes]
        kept = [file("schemes", scheme).resolve() for scheme in dict.fromkeys(schemes)]
        at = file("regions", str(self.office.settings.get("region", "shanghai"))).resolve()
        return [("region", at), *(("scheme", path) for path in kept)]

    def of(self, outline: Outline) -> list[Any]:
        """Give the results in the order in which the outline names them.

        Raises
        ------
        typer.Exit
            The outline names a result that no command makes.
        """
        makers: dict[str, Callable[[], Any]] = {
            "index": lambda: self._unranked or self.index,
            "ledger": lambda: self.ledger,
            "firm": self._firm_page,
            "desk": self._desk,
            "robustness": lambda: self._robustness,
        }
        unknown = [need for need in outline.needs if need not in makers]
        if unknown:
            known = "、".join(makers)
            raise fail(
                Text(
                    f"提纲需要“{'、'.join(unknown)}”，可用的有：{known}",
                    f"the outline needs {', '.join(unknown)}; there are: {', '.join(makers)}",
                )
            )
        if outline.asks_for_a_region() and not self.focus:
            units = "、".join(str(name) for name in self.office.region.names().values())
            raise fail(
                Text(
                    f"这份报告写一个地区，请用 --unit 指明。有：{units}",
                    f"this report is about one region: name it by --unit. There are: {units}",
                )
            )
        scored = not {"index", "robustness"} & set(outline.needs) or self._unranked is None
        made = [makers[need]() for need in outline.needs if scored or need != "robustness"]
        if self.settings.get("book") and "funnel" in outline.uses:
            made.append(self._funnel())
        if not scored:
            return made
        if int(self.settings["before"]) and "comparison" in outline.uses:
            made.append(self._compare())
        if "editions" in outline.uses:
            made.append(self._editions)
        return made

    def _firm_page(self) -> Any:
        from sanfu.report.firm import FirmPages

        if not self.focus:
            raise fail(
                t("请用 --unit 指明企业（编号、信用代码或名称）", "name the firm with --unit")
            )
        year = int(self.settings["year"]) or None
        on = day_of(self.settings.get("on", ""))
        pages = FirmPages(self.ledger, on, year=year, rules=self.options.rules())
        return pages.page(self.focus)

    def _desk(self) -> Any:
        """Report the services of the year of the day asked for."""
        import datetime as dt

        from sanfu.cli.exchange_files import Firms
        from sanfu.exchange import desk_report, desk_rules, read_desk

        if not self.settings.get("records"):
            raise fail(t("请用 --records 给出服务记录表", "give the list of services by --records"))
        names = {} if self.ledger.region is None else self.ledger.region.names()
        firms = Firms.of(self.ledger, {code: str(name) for code, name in names.items()}).firms
        rules = desk_rules()
        read = read_desk(self.settings["records"], firms, rules=rules)
        end = day_of(self.settings.get("on", ""))
        first = dt.date(int(self.settings["year"]) or end.year, 1, 1)
        last = min(dt.date(first.year, 12, 31), end) if first.year == end.year else end
        return desk_report(
            read.records, firms, self.ledger.titles, start=first, end=last, rules=rules
        )

    def _funnel(self) -> Any:
        from sanfu.exchange import FollowBook, build_funnel

        book = Path(self.settings["book"])
        if not book.exists():
            raise fail(t(f"没有跟进记录文件 {book}", f"no book {book}"))
        return build_funnel(FollowBook(book), on=day_of(self.settings.get("on", "")))

    def _compare(self) -> Any:
        from sanfu.index import compare_results

        before = int(self.settings["before"])
        now = self.index
        year = None if now.years is None else int(now.years.max())
        first = self._index_of(before, [] if year is None else [year], leave_absent=True)
        number = self.ledger.number
        labels = (
            str(Text(f"台账第 {before} 版", f"ledger version {before}")),
            str(Text(f"台账第 {number} 版", f"ledger version {number}")),
        )
        return compare_results(first, now, names=labels)

    @cached_property
    def index(self) -> Index:
        """The index of the year asked for, of which reports print the figures."""
        from sanfu.index import build_index

        return build_index(self._framework, self._measured)

    @cached_property
    def _measured(self) -> RegionFigures:
        """The indicators of the year asked for, as they may be printed."""
        from sanfu.report.materials.index_told import hide_what_exposes
        from sanfu.report.materials.ledger_facts import TIERS

        year = int(self.settings["year"])
        figures = self._figures_of(self.ledger.number, [year] if year else [])
        return hide_what_exposes(figures, self.ledger, list(TIERS), self.options.rules())

    @cached_property
    def _unranked(self) -> Unranked | None:
        """What can be said where regions cannot be ranked; None where they can."""
        from sanfu.index import NothingToScore
        from sanfu.report.materials.unranked import Unranked

        framework = self._framework
        known = self.ledger.is_synthetic
        try:
            figures = self._measured
        except NothingToScore as none:
            return Unranked(framework, None, none.text, known)
        try:
            self.index  # noqa: B018 - computed once, here or later
        except NothingToScore as none:
            lowest = figures.frame.filter(level=figures.levels[0])["unit"].unique()
            alone = Text(
                f"台账里只有一个地区（{lowest[0]}）有企业，无从与其他地区比较，"
                "因此不打分、不排名，只列各项指标的数值。",
                f"The ledger has firms of one region only ({lowest[0]}): there is none to compare "
                "it with, so it has no score and no rank, only its indicators' figures.",
            )
            all_same = Text(
                f"各地区不能打分、排名，只列各项指标的数值。{none.text.zh}",
                f"No region has a score or a rank, only its indicators' figures: {none.text.en}",
            )
            why = alone if len(lowest) == 1 else all_same
            return Unranked(framework, figures, why, known)
        return None

    @cached_property
    def _framework(self) -> Framework:
        """The framework, read once for the indices of all years."""
        from sanfu.index.framework import as_framework

        return as_framework(self.settings["framework"])

    @cached_property
    def _robustness(self) -> Robustness:
        return self.index.robustness(seed=self.seed)

    @cached_property
    def _editions(self) -> Editions:
        """Score every year of the ledger up to the report's, each by itself and all together."""
        from sanfu.report.materials.editions import Editions

        last = int(self.index.years.max()) if self.index.years is not None else 0
        known = sorted(self.ledger.figures["year"].unique().to_list())
        number = self.ledger.number
        earlier = [year for year in known if year < last]
        by_year = {year: self._index_of(number, [year], leave_absent=True) for year in earlier} | {
            last: self.index
        }
        thin = set(Editions(by_year).thin())
        whole = [year for year in by_year if year not in thin]
        together = self._index_of(number, whole, leave_absent=True) if len(whole) > 1 else None
        return Editions(by_year, together)

    def _index_of(self, version: int, years: list[int], *, leave_absent: bool = False) -> Index:
        from sanfu.index import build_index

        figures = self._figures_of(version, years, leave_absent=leave_absent)
        return build_index(self._framework, figures)

    def _figures_of(
        self, version: int, years: list[int], *, leave_absent: bool = False
    ) -> RegionFigures:
        from sanfu.cli.index_firms import figures_of_workspace

        return figures_of_workspace(
            self._framework,
            self.office.folder,
            years,
            version=version,
            leave_absent=leave_absent or bool(self.settings.get("leave_absent")),
            rules=self.options.rules(),
        )
