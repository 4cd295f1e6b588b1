"""The list as a workbook: one row a firm, one column a criterion, colours, filters, definitions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.ladder.book import VERDICT
from sanfu.ladder.checking import SELF_CHECK
from sanfu.ladder.plan_words import PLAN_NOTE
from sanfu.ladder.rulebook import MARKS
from sanfu.ladder.shortfalls import shortfalls
from sanfu.ladder.values import OUTCOME_WORDS, OUTCOMES
from sanfu.ladder.words import formula_words
from sanfu.language import Text, current_language
from sanfu.workbook import Column, Sheet, Tone, write_workbook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sanfu.ladder.book import Book
    from sanfu.ladder.checking import CheckResult
    from sanfu.ladder.plan_settings import PlanSettings
    from sanfu.ladder.values import Outcome

_TONES: dict[Outcome, Tone] = {"met": "good", "unmet": "bad", "missing": "warn", "judge": "quiet"}
SYNTHETIC = Text("合成数据，不代表任何真实企业。", "Synthetic data; no real firms.")


def firm_columns(frame: pl.DataFrame) -> list[Column]:
    """Give the columns that say who a firm is, as far as the frame has them."""
    known = [
        Column("firm", Text("企业编号", "firm"), width=12),
        Column("name", Text("企业名称", "name"), width=32),
        Column("district", Text("所属区", "district"), width=10),
    ]
    return [column for column in known if column.name in frame.columns]


def plan_columns() -> list[Column]:
    """Give the columns of a plan."""
    word = current_language()
    return [
        Column("ready", Text("最早日期", "earliest"), "date", 12, Text(
            "按提升路径，最早从这一天起可能符合", "first day on which it can hold by the way up")),
        Column("effort", Text("费用（相对值）", "effort"), "points", 11, Text(
            "最省路径的费用，以 1 万元研发费用为单位；含等待；本单位设置，不是官方口径",
            "effort of the cheapest way, 1 = 10,000 yuan of R&D; waiting included; settings")),
        Column(word, Text("最省的提升路径", "the cheapest way up"), width=70, meaning=PLAN_NOTE),
    ]  # fmt: skip


def write_list(
    path: Path | str,
    result: CheckResult,
    *,
    plans: pl.DataFrame | None = None,
    synthetic: bool = False,
    notes: Sequence[str] = (),
) -> None:
    """Write a check of many firms.

    Parameters
    ----------
    result
        A check of a Polars frame, with the columns kept (name, district).
    plans
        From `plan_frame`, to stand at the end of each row.
    notes
        Further lines above the table, such as `ESTIMATE_NOTE`.
    """
    sheet = list_sheet(result, plans=plans, synthetic=synthetic)
    write_workbook(path, [replace(sheet, notes=[*sheet.notes, *notes])])


def list_sheet(
    result: CheckResult, *, plans: pl.DataFrame | None = None, synthetic: bool = False
) -> Sheet:
    """Make the sheet of `write_list`."""
    book = result.book
    wide: pl.DataFrame = result.wide
    words = {code: str(OUTCOME_WORDS[outcome]) for code, outcome in enumerate(OUTCOMES)}
    indicators = [one.id for one in book.indicators]
    rules = [name for name in book.reading_order if name not in indicators]
    said: list[Any] = [
        pl.col(name).replace_strict(words, return_dtype=pl.String).alias(name) for name in rules
    ]
    points = [name for name in ("score", "score_low", "score_high") if name in wide.columns]
    marks = [pl.col(f"{name}_points").alias(name) for name in indicators]
    frame = wide.select(result.firm, *result.keep, *said, *marks, *points)
    short = shortfalls(result).select(result.firm, "short_of", "lacks")
    frame = frame.join(short, on=result.firm, how="left", maintain_order="left")
    tones = {str(OUTCOME_WORDS[outcome]): tone for outcome, tone in _TONES.items()}
    columns = [
        *firm_columns(frame),
        Column(VERDICT, Text("结论（自检）", "verdict (self-check)"), width=13, tones=tones,
               meaning=SELF_CHECK),
    ]  # fmt: skip
    if points:
        columns += [
            Column("score", Text("总分", "points"), "integer", 8, Text(
                "资料齐全时的总分；缺数据时空白", "points in total; empty while data are missing")),
            Column("score_low", Text("总分至少", "at least"), "integer", 8, Text(
                "缺的都按 0 分", "all that is missing as 0")),
            Column("score_high", Text("总分至多", "at most"), "integer", 8, Text(
                "缺的都按满分", "all that is missing as full")),
        ]  # fmt: skip
    columns += [
        Column("short_of", Text("差什么", "short of"), width=46),
        Column("lacks", Text("缺什么数据", "data missing"), width=30),
    ]
    notes = [
        f"{book.rulebook.name.text()}（{book.rulebook.rulebook}，{book.on}）",
        str(SELF_CHECK),
    ]
    if plans is not None:
        keyed = plans.rename({"firm": result.firm})
        frame = frame.join(keyed, on=result.firm, how="left", maintain_order="left")
        columns += plan_columns()
        notes.append(str(PLAN_NOTE))
    columns += [_indicator_column(name, book) for name in indicators]
    columns += [_rule_column(name, book, tones) for name in rules if name != VERDICT]
    if synthetic:
        notes.append(str(SYNTHETIC))
    return Sheet(str(Text("自检清单", "self-check")), frame, columns, notes, frozen=2)


def _indicator_column(name: str, book: Book) -> Column:
    clause = book.clause(name)
    label = clause.label.text() if clause else Text(name, name)
    most = next(one.max for one in book.indicators if one.id == name)
    return Column(
        name,
        Text(f"{label.zh}（满分 {most}）", f"{label.en} (of {most})"),
        "integer",
        12,
        _meaning(name, book),
    )


def _rule_column(name: str, book: Book, tones: dict[str, Tone]) -> Column:
    clause = book.clause(name)
    label = clause.label.text() if clause else Text(name, name)
    parent = book.by_id[name].parent
    above = book.clause(parent) if parent not in (None, VERDICT) else None
    if above is not None:
        outer = above.label.text()
        label = Text(f"{outer.zh} · {label.zh}", f"{outer.en} · {label.en}")
    return Column(name, label, width=13, meaning=_meaning(name, book), tones=tones)


def _meaning(name: str, book: Book) -> Text:
    article, mark = book.inherited(name, "article"), book.inherited(name, "mark")
    text = book.inherited(name, "text")
    rule = book.by_id.get(name)
    said = formula_words(rule.formula) if rule is not None and rule.formula else Text("", "")
    attested = MARKS.get(mark, Text("", ""))  # type: ignore[call-overload]
    zh = [article, said.zh, text, attested.zh]
    en = [article, said.en, text, attested.en]
    return Text("；".join(filter(None, zh)), "; ".join(filter(None, en)))


def settings_sheet(settings: PlanSettings) -> Sheet:
    """Show what each change costs, how soon it can count, and that these are settings."""
    frame = pl.DataFrame(
        [
            {
                "how": str(lever.how.text()),
                "unit": lever.unit,
                "cost": lever.cost if lever.costs is None else None,
                "costs": ""
                if lever.costs is None or lever.order is None
                else "；".join(f"{w} {c:g}" for w, c in zip(lever.order, lever.costs, strict=True)),
                "base": lever.base,
                "years": lever.years,
                "most": lever.most or "",
            }
            for lever in settings.levers
        ]
    )
    columns: Sequence[Column] = (
        Column("how", Text("做什么", "what"), width=36),
        Column("unit", Text("单位", "unit"), width=10),
        Column("cost", Text("每单位费用", "effort a unit"), "points", 12),
        Column("costs", Text("各级费用", "effort of each level"), width=48),
        Column("base", Text("起步费用", "effort to begin"), "points", 12),
        Column("years", Text("最快几年", "years at least"), "integer", 10),
        Column("most", Text("最多变动", "at most"), width=10),
    )
    notes = [
        str(settings.label.text()),
        str(
            Text(
                f"等待一年 {settings.wait:g}；补报一项 {settings.supply:g}；"
                "单位：1 = 1 万元研发费用；不是官方口径",
                f"a year of waiting {settings.wait:g}; handing in {settings.supply:g}; "
                "1 = 10,000 yuan of R&D; not official",
            )
        ),
    ]
    return Sheet(str(Text("费用设置", "efforts")), frame, columns, notes)
