"""The loop: what a firm is short of, or where a place is weak, becomes a service that helps.

The mapping is data (``content/services/mapping.yaml``), ours and to be edited by the office; no
service is promised to close a gap.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from sanfu.content import Declaration, content_path, read_declaration
from sanfu.content.measures import measures
from sanfu.errors import InputError
from sanfu.exchange.matching.match import match
from sanfu.exchange.matching.terms import fold
from sanfu.exchange.needs import Board, Condition, Need
from sanfu.exchange.offers import Offer, offer_frame
from sanfu.language import Text
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class BoardName(Declaration):
    """A board's name, long and short."""

    zh: str
    en: str
    short_zh: str
    short_en: str


class ServiceRule(Declaration):
    """What helps where something is short."""

    id: str
    about: tuple[str, ...]
    words: tuple[str, ...] = ()
    board: Board
    zh: str
    en: str
    seek: str


class ServiceMapping(Declaration):
    """Gaps and weak pillars → services of the four boards."""

    id: str
    version: int
    note: str = ""
    boards: dict[Board, BoardName]
    rules: tuple[ServiceRule, ...]

    def find(self, about: str, label: str = "") -> ServiceRule | None:
        """Find the rule for a measure, criterion or node; by name first, then by its words."""
        named = next((rule for rule in self.rules if about in rule.about), None)
        if named is not None:
            return named
        said = fold(f"{about} {label}")
        return next(
            (rule for rule in self.rules if any(fold(word) in said for word in rule.words)), None
        )


class SampleService(Declaration):
    """One sample service; synthetic."""

    id: str
    name: str
    board: Board
    title: str
    scope: str
    audience: str = ""
    price: str = ""
    capacity: int | None = None


class _Samples(Declaration):
    id: str
    version: int
    services: tuple[SampleService, ...]


@cache
def shipped_mapping() -> ServiceMapping:
    """Give the mapping that ships with Sanfu."""
    return read_declaration(content_path("services", "mapping.yaml"), ServiceMapping)


def read_mapping(path: Path | str) -> ServiceMapping:
    """Read an office's own mapping."""
    return read_declaration(path, ServiceMapping)


def sample_services() -> list[Offer]:
    """Give the sample services; synthetic and labelled so, no real provider stands behind them."""
    held = read_declaration(content_path("services", "samples.yaml"), _Samples)
    return [
        Offer(kind="service", firm=f"provider:{one.name}", synthetic=True, **one.model_dump())
        for one in held.services
    ]


def suggest_services(
    gaps: pl.DataFrame,
    offers: Iterable[Offer] | pl.DataFrame = (),
    *,
    mapping: ServiceMapping | None = None,
    top: int = 3,
) -> Suggestions:
    """Turn gaps of the ladder and weak pillars of an index into suggested services.

    Parameters
    ----------
    gaps
        One row a gap: ``who`` (or ``firm`` or ``unit``), ``about`` (or ``measure``, ``criterion``
        or ``node``), and where known ``gap`` (a number, in ``unit_of``), ``label`` (its name),
        ``unit_of`` (项, 万元 …), ``who_name``.
    offers
        Providers' services; each suggestion names the nearest of its board.
    mapping
        An office's own mapping instead of the one shipped.
    top
        At most so many services a gap.

    Returns
    -------
    Suggestions
        ``.frame`` with a row a gap and service; a gap for which the mapping has no rule stays,
        without a service.

    Raises
    ------
    InputError
        The frame has no column that says who, or none that says what about.
    """
    mapping = mapping or shipped_mapping()
    who = _one_of(gaps, ("who", "firm", "unit"))
    about = _one_of(gaps, ("about", "measure", "criterion", "node"))
    found: dict[str, list[tuple[str, str]]] = {}
    services = offer_frame(offers)
    rows = []
    for row in gaps.iter_rows(named=True):
        named = str(row[about])
        label = str(row.get("label") or "") or _label(named)
        rule = mapping.find(named, label)
        near: list[tuple[str, str]] = []
        if rule is not None and services.height:
            if rule.id not in found:
                found[rule.id] = _nearest(rule, services, top)
            near = found[rule.id]
        for offer, name in near or [("", "")]:
            said = _say(row, label, rule, mapping, name)
            rows.append(
                {
                    "who": str(row[who]),
                    "who_name": row.get("who_name"),
                    "about": named,
                    "label": label,
                    "gap": None if row.get("gap") is None else float(row["gap"]),
                    "rule": rule.id if rule else None,
                    "board": rule.board if rule else None,
                    "offer": offer or None,
                    "name": name or None,
                    "zh": said.zh,
                    "en": said.en,
                }
            )
    return Suggestions(pl.DataFrame(rows, schema=_SCHEMA), mapping, services)


_SCHEMA = {
    "who": pl.String,
    "who_name": pl.String,
    "about": pl.String,
    "label": pl.String,
    "gap": pl.Float64,
    "rule": pl.String,
    "board": pl.String,
    "offer": pl.String,
    "name": pl.String,
    "zh": pl.String,
    "en": pl.String,
}


def _one_of(frame: pl.DataFrame, names: tuple[str, ...]) -> str:
    found = next((name for name in names if name in frame.columns), None)
    if found is None:
        raise InputError(
            Text(
                f"缺少列：应有 {'、'.join(names)} 之一，找到 {'、'.join(frame.columns)}。",
                f"a column is missing: one of {', '.join(names)} is needed; "
                f"found {', '.join(frame.columns)}.",
            )
        )
    return found


def _label(named: str) -> str:
    known = measures().get(named)
    return str(known.label()) if known else named


def _nearest(rule: ServiceRule, services: pl.DataFrame, top: int) -> list[tuple[str, str]]:
    words = rule.seek.split()
    need = Need(
        id=rule.id,
        title=" ".join(words),
        conditions=(Condition(kind="board", values=(rule.board,)),),
    )
    hits = match([need], services, top=top).hits
    return [(hit.offer, f"{hit.name}“{hit.title}”" if hit.title else hit.name) for hit in hits]


def _say(
    row: Mapping[str, object],
    label: str,
    rule: ServiceRule | None,
    mapping: ServiceMapping,
    name: str,
) -> Text:
    gap = row.get("gap")
    size = 0.0 if gap is None else abs(float(str(gap)))
    amount = "" if gap is None else f"{round(size, 2) or size:,.10g}"
    unit = str(row.get("unit_of") or "")
    points = Text("个百分点", "percentage points") if unit == "%" else Text(unit, unit)
    zh = f"{label}差 {amount} {points.zh}".strip() if amount else f"{label}偏弱"
    en = f"{label} is short by {amount} {points.en}".strip() if amount else f"{label} is weak"
    if rule is None:
        return Text(f"{zh} → 暂无对应服务", f"{en} → no service is mapped to it")
    board = mapping.boards[rule.board]
    zh, en = f"{zh} → {board.short_zh}：{rule.zh}", f"{en} → {board.short_en}: {rule.en}"
    if name:
        zh, en = f"{zh}（{name}）", f"{en} ({name})"
    return Text(zh, en)


class Suggestions:
    """Suggested services.

    Attributes
    ----------
    frame
        A row a gap and service.
    mapping, offers
        The mapping by which they were found, and the services that were searched.
    """

    def __init__(self, frame: pl.DataFrame, mapping: ServiceMapping, offers: pl.DataFrame) -> None:
        self.frame = frame
        self.mapping = mapping
        self.offers = offers

    def about(self, rule: str) -> Text:
        """Say what a rule's service is, without what the firm is short of: others may read it."""
        held = next(one for one in self.mapping.rules if one.id == rule)
        board = self.mapping.boards[held.board]
        return Text(f"{board.short_zh}：{held.zh}", f"{board.short_en}: {held.en}")

    @property
    def trace(self) -> pl.DataFrame:
        """Give which rule of which mapping each suggestion comes from."""
        return self.frame.select("who", "about", "rule").with_columns(
            mapping=pl.lit(f"{self.mapping.id}@{self.mapping.version}"),
            hash=pl.lit(self.mapping.content_hash()),
        )

    def explain(self, who: str) -> Text:
        """Say the suggestions for one firm or place, a line each."""
        held = self.frame.filter(pl.col("who") == who)
        return Text("\n".join(held["zh"].to_list()), "\n".join(held["en"].to_list()))

    def to_excel(self, path: Path | str) -> None:
        """Write the suggestions as a workbook."""
        said = str(Text("zh", "en"))
        columns = (
            Column("who", Text("企业/地区", "firm or place"), width=24),
            Column("label", Text("短板", "what is short"), width=24),
            Column("gap", Text("差额", "gap"), "number"),
            Column("board", Text("板块", "board")),
            Column("name", Text("服务", "service"), width=40),
            Column(said, Text("建议", "suggestion"), width=80),
        )
        notes = [str(Text(self.mapping.note, "The mapping is ours, for reference."))]
        write_workbook(path, [Sheet(str(Text("服务建议", "services")), self.frame, columns, notes)])
