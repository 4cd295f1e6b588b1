"""The rulebook: one standard in one version, as an official can read and sign it.

A rulebook is YAML. Its ``criteria`` must all hold; a criterion is a formula (``when``), a matter
for a person (``judge``), a floor of points (``points_of`` with ``at_least``), or others joined by
``all`` or ``any``. Its ``indicators`` give points. `read_rulebook` reads one by its name
(``"cn-2026/little-giant"``) or path, with every fault at once and its line.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from sanfu.content import Declaration, Label, content_path, load_yaml, plain, validate_declaration
from sanfu.errors import FileFault, InputError
from sanfu.ladder.amend import amend
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CheckKind = Literal["new", "review"]
Tier = Literal["innovative", "tech", "srdi", "little-giant"]
Mark = Literal["published", "encoded", "derived", "to-check"]
Role = Literal["condition", "exemption", "route", "score"]
Identifier = Field(pattern=r"^[a-z][a-z0-9_]*$")

MARKS: Mapping[Mark, Text] = {
    "published": Text("公开页面可查", "a published page shows it"),
    "encoded": Text("公开代码库已编码并引用原文，发布前核对", "encoded elsewhere, citing the text"),
    "derived": Text("由其他条款推出", "derived from other clauses"),
    "to-check": Text("一般知识，待核对原文", "general knowledge, to be checked"),
}
"""How well each rule is attested, in words."""


class Clause(Declaration):
    """What criteria and indicators share: what the text says, and for whom and when it holds."""

    id: str = Identifier
    label: Label
    article: str = ""
    """Where the text has it; empty takes the one above."""
    text: str = ""
    """The official sentence as far as it is at hand; it stands beside the rule for the lawyer."""
    mark: Mark | None = None
    """How well it is attested; null takes the one above."""
    note: Label | None = None
    kinds: tuple[CheckKind, ...] = ("new", "review")
    since: dt.date | None = None
    until: dt.date | None = None
    """Last day on which it holds."""
    evidence: tuple[Label, ...] = ()
    """What to hold ready for the examiner."""

    def holds(self, kind: CheckKind, on: dt.date) -> bool:
        """Tell whether the clause is for this kind of check on this day."""
        return (
            kind in self.kinds
            and (self.since is None or self.since <= on)
            and (self.until is None or on <= self.until)
        )


class Criterion(Clause):
    """One condition; exactly one of `when`, `judge`, `points_of`, `all`, `any`."""

    role: Role = "condition"
    when: str | None = None
    """A formula that must hold, such as ``rd_expense / revenue >= 3%``."""
    judge: str | None = None
    """A flag that a person decides; while it is empty the outcome is ``judge``."""
    points_of: str | None = None
    """``total``, a group or an indicator, whose points must reach `at_least`."""
    at_least: str | None = None
    all: tuple[Criterion, ...] | None = None
    any: tuple[Criterion, ...] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Criterion:
        ways = ("when", "judge", "points_of", "all", "any")
        given = [way for way in ways if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(_one_of(ways, given))
        if (self.points_of is None) != (self.at_least is None):
            raise ValueError(
                Text("points_of 和 at_least 要写就都写", "points_of and at_least belong together")
            )
        if self.all == () or self.any == ():
            raise ValueError(
                Text("all、any 里至少要有一条", "all and any need at least one criterion")
            )
        return self


class Band(Declaration):
    """One band: an edge that is part of it, and its points. A value on an edge is in the better."""

    from_: str | None = Field(default=None, alias="from")
    """Lower edge, where more is better."""
    to: str | None = None
    """Upper edge, where less is better."""
    when: str | None = None
    """A condition, in `cases`."""
    rest: Literal[True] | None = None
    """Everything below."""
    points: int = Field(ge=0)

    @model_validator(mode="after")
    def _one_edge(self) -> Band:
        edges = (self.from_, self.to, self.when, self.rest)
        if sum(edge is not None for edge in edges) != 1:
            raise ValueError(
                Text(
                    "一档只写一个界：from、to、when 或 rest: true",
                    "a band has one edge: from, to, when, or rest: true",
                )
            )
        return self


class Scale(Declaration):
    """Bands over one quantity, from best to worst."""

    of: str
    better: Literal["higher", "lower"] = "higher"
    bands: tuple[Band, ...] = Field(min_length=2)


class Each(Declaration):
    """So many points for each thing that a firm has, up to the indicator's maximum."""

    points: int = Field(gt=0)
    items: tuple[Item, ...] = Field(min_length=1)


class Item(Declaration):
    """One thing that gives points."""

    label: Label
    when: str


class Per(Declaration):
    """So many points for every full step of a quantity, up to the indicator's maximum."""

    of: str
    every: str
    points: int = Field(gt=0)


class Indicator(Clause):
    """One indicator; exactly one of `of` with `bands`, `cases`, `best_of`, `each`, `per`, `given`.

    `best_of` takes the better of several scales; `given` reads whole points that an office fills
    in (a provincial table that is not at hand).
    """

    group: str
    max: int = Field(gt=0)
    of: str | None = None
    better: Literal["higher", "lower"] = "higher"
    bands: tuple[Band, ...] | None = None
    cases: tuple[Band, ...] | None = None
    best_of: tuple[Scale, ...] | None = None
    each: Each | None = None
    per: Per | None = None
    given: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Indicator:
        ways = ("bands", "cases", "best_of", "each", "per", "given")
        given = [way for way in ways if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(_one_of(ways, given))
        if (self.of is None) != (self.bands is None):
            raise ValueError(Text("of 和 bands 要写就都写", "of and bands belong together"))
        scales = [self.bands or (), self.cases or (), *(one.bands for one in self.best_of or ())]
        most = max((band.points for bands in scales for band in bands), default=0)
        if most > self.max:
            raise ValueError(
                Text(
                    f"分数超过满分：有 {most} 分的档，满分 max 是 {self.max}",
                    f"points above the maximum: {most} points, max {self.max}",
                )
            )
        return self


class Group(Declaration):
    """Indicators that are added up; a floor on a group is a criterion with ``points_of``."""

    id: str = Identifier
    label: Label
    max: int = Field(gt=0)


class Instrument(Declaration):
    """The official document."""

    name: Label
    number: str = ""
    annex: str = ""
    sources: tuple[str, ...] = ()


class Effective(Declaration):
    """First and last day on which the standard is in force; other uses are in ``which.yaml``."""

    since: dt.date
    until: dt.date | None = None
    mark: Mark = "published"


class Transition(Declaration):
    """A clause on what happens to titles and cases between two versions."""

    label: Label
    article: str = ""
    mark: Mark


class Rulebook(Declaration):
    """A standard: hashable, diffable, validated. Its faults beyond form are found by `lint`."""

    rulebook: str = Field(pattern=r"^[a-z0-9-]+/[a-z0-9-]+(\+[a-z0-9-]+)?$")
    """Its name, version and tier: ``cn-2026/little-giant``; an overlay adds ``+place``."""
    name: Label
    tier: Tier
    standing: Literal["official", "local", "office", "sample"] = "official"
    kinds: tuple[CheckKind, ...] = ("new", "review")
    instrument: Instrument
    effective: Effective
    validity: str = "3 年"
    note: Label | None = None
    conventions: tuple[Label, ...] = ()
    transitions: tuple[Transition, ...] = ()
    evidence: tuple[Label, ...] = ()
    groups: tuple[Group, ...] = ()
    maximum: int | None = None
    """Stated maximum of all points."""
    indicators: tuple[Indicator, ...] = ()
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    def clauses(self) -> Iterator[Criterion | Indicator]:
        """Yield every indicator and criterion, parents first, in reading order."""
        yield from self.indicators
        for criterion in self.criteria:
            yield from below(criterion)


class Change(Declaration):
    """One change of a rulebook: what stands at a place, and what is put there."""

    at: str
    """A path of keys and ids: ``indicators/rd/bands/0/from``, ``criteria/niche``."""
    put: Any = None
    """What is put there; a list put at an item takes its place item by item; null removes it."""


class Overlay(Declaration):
    """A local version of a rulebook: the rulebook it is of, and the changes to it."""

    overlay: str
    of: str
    changes: tuple[Change, ...]


def _one_of(ways: Sequence[str], given: Sequence[str]) -> Text:
    return Text(
        f"{'、'.join(ways)} 只写其中一项；现有：{'、'.join(given) or '无'}",
        f"exactly one of {', '.join(ways)}; found {', '.join(given) or 'none'}",
    )


def below(criterion: Criterion) -> Iterator[Criterion]:
    """Yield a criterion and all below it, parents first."""
    yield criterion
    for child in criterion.all or criterion.any or ():
        yield from below(child)


def rulebooks() -> tuple[str, ...]:
    """Give the names of the rulebooks that ship, such as ``cn-2026/little-giant``."""
    home = content_path("rulebooks")
    return tuple(
        sorted(
            str(path.relative_to(home).with_suffix("")).replace("\\", "/")
            for path in home.glob("*/*.yaml")
        )
    )


def rulebook_path(name: str | Path) -> Path:
    """Find a rulebook's file: a shipped name, else a path.

    Raises
    ------
    InputError
        Neither; near names are proposed.
    """
    shipped = content_path("rulebooks", f"{name}.yaml")
    if shipped.is_file():
        return shipped
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return path
    from difflib import get_close_matches  # noqa: PLC0415 - only for a fault

    known = rulebooks()
    near = "、".join(get_close_matches(str(name), known, n=3, cutoff=0.4) or known)
    raise InputError(
        Text(
            f"没有规则书“{name}”；有：{near}；自己的规则书请给出 .yaml 文件",
            f"no rulebook “{name}”; there are: {near}; for your own give its .yaml file",
        )
    )


def load_rulebook(name: str | Path) -> tuple[Any, Path]:
    """Load a rulebook's document, overlay applied, and the path of the file it was read from."""
    path = rulebook_path(name)
    document = load_yaml(path)
    if not isinstance(document, dict):
        wrong = Text("不是规则书：应有 rulebook 一项。", "is no rulebook: `rulebook:` is wanted.")
        raise FileFault(path, wrong)
    if "overlay" not in document:
        return document, path
    overlay = validate_declaration(document, Overlay, path)
    base, _ = load_rulebook(overlay.of)
    changes = [(change.at, change.put) for change in overlay.changes]
    return amend(plain(base), changes, source=path), path


def read_rulebook(name: str | Path | Rulebook) -> Rulebook:
    """Read a rulebook, or an overlay applied to its rulebook.

    Parameters
    ----------
    name
        A shipped name (``"cn-2026/srdi"``), the path of a YAML file, or a rulebook already read.

    Raises
    ------
    FileFault, DeclarationFaults, InputError
        No such file or name; or faults of form, all at once with their lines.

    Examples
    --------
    >>> read_rulebook("cn-2026/little-giant").tier
    'little-giant'
    """
    if isinstance(name, Rulebook):
        return name
    path = rulebook_path(name)
    return _read(path, path.stat().st_mtime_ns if path.is_file() else 0)


@cache
def _read(path: Path, _changed: int) -> Rulebook:
    document, source = load_rulebook(path)
    return validate_declaration(document, Rulebook, source)


def amended(rulebook: str | Path | Rulebook, changes: Mapping[str, Any]) -> Rulebook:
    """Give a changed copy of a rulebook; a reform, an overlay and an amendment are the same thing.

    Parameters
    ----------
    rulebook
        As for `read_rulebook`; it is left as it was.
    changes
        Place → what is put there: ``{"criteria/growth/when": "…", "indicators/rd": None}``.

    Raises
    ------
    InputError
        No such place; says what stands there.
    DeclarationFaults
        The result is no rulebook.
    """
    base = read_rulebook(rulebook)
    document = base.model_dump(mode="json", by_alias=True, exclude_none=True)
    return validate_declaration(
        amend(document, list(changes.items()), source=base.rulebook), Rulebook, base.rulebook
    )


def rulebook_schema() -> dict[str, Any]:
    """Give the JSON Schema of rulebook files, for editors."""
    schema = Rulebook.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Sanfu rulebook"
    return schema
