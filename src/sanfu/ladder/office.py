"""What an officer takes into the season: lists, second echelon, risks at the review, calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from sanfu.ladder.calendar import ATTESTED, calendar_entries, read_calendar, write_ics
from sanfu.ladder.changes import KINDS
from sanfu.ladder.checking import SELF_CHECK, check
from sanfu.ladder.consistency import find_inconsistencies
from sanfu.ladder.firm_rows import HOLDS
from sanfu.ladder.forecast import forecast
from sanfu.ladder.forecast_book import write_forecast
from sanfu.ladder.group import one_measure
from sanfu.ladder.list_book import (
    SYNTHETIC,
    firm_columns,
    list_sheet,
    plan_columns,
    settings_sheet,
)
from sanfu.ladder.plan import Planner
from sanfu.ladder.plan_settings import read_plan_settings
from sanfu.ladder.plan_words import PLAN_NOTE, plan_frame
from sanfu.ladder.validity import months_after
from sanfu.ladder.which import TIER_WORDS, which
from sanfu.language import Text, current_language
from sanfu.registry.titles import undated_note
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BELOW: dict[str, str] = {"srdi": "innovative", "little-giant": "srdi"}
"""Tier to be reached → the tier whose holders may rise to it."""
ECHELON = 500
"""Rows of the second echelon; ours."""


def write_office(
    rows: pl.DataFrame,
    titles: pl.DataFrame,
    on: dt.date,
    out: Path,
    *,
    year: int,
    months: int = 12,
    synthetic: bool = False,
    folder: Path | None = None,
    changes: pl.DataFrame | None = None,
    report: Callable[[Path], None] | None = None,
) -> list[Path]:
    """Write the officer's files.

    Parameters
    ----------
    rows, titles
        From `firm_rows` and the ledger.
    year
        The last full year of the figures; where it is not the year before `on`, every file says so.
    folder
        The workspace: its own ``plan.yaml`` and ``calendar.yaml`` are taken where they are.
    changes
        From `changes_of`: each dated one becomes a duty to report, the others are listed for the
        office to date.
    report
        Called with each file that is written.

    Returns
    -------
    list of Path
        The files: a list for each tier that firms may rise to, the second echelon with its ways
        up, the forecast with the risks at the review, the calendar as ``.xlsx`` and ``.ics``.
    """
    out.mkdir(parents=True, exist_ok=True)
    without = undated_note(titles)
    notes = [
        *_age_notes(on, year),
        *([] if without is None else [str(without)]),
        *([str(SYNTHETIC)] if synthetic else []),
    ]
    written: list[Path] = []

    def done(path: Path) -> None:
        written.append(path)
        if report is not None:
            report(path)

    mark = str(Text("合成数据_", "synthetic_")) if synthetic else ""
    settings = read_plan_settings(None if folder is None else folder / "plan.yaml")
    echelon: list[Sheet] = []
    for tier, below in BELOW.items():
        able = rows.filter(
            pl.col(HOLDS[below]).fill_null(value=False)
            & ~pl.col(HOLDS[tier]).fill_null(value=False)
        )
        if able.is_empty():
            continue
        name = which(cast("Any", tier), "new", on).rulebook
        planner = Planner(name, kind="new", on=on, settings=settings)
        plans = plan_frame(able["firm"].to_list(), planner.plans(able), on, year)
        keep = [column for column in ("name", "district") if column in able.columns]
        sheet = list_sheet(check(able, name, kind="new", on=on, keep=keep), plans=plans)
        path = out / f"{mark}{Text('自检清单', 'self-check')}_{TIER_WORDS[tier]}.xlsx"
        sheet = replace(sheet, notes=[*sheet.notes, *notes])
        write_workbook(path, [sheet, settings_sheet(settings)])
        done(path)
        echelon += [_echelon(able, plans, tier, notes), _lifts(planner, able, tier, notes)]
    path = out / f"{mark}{Text('第二梯队', 'second echelon')}.xlsx"
    write_workbook(path, [*echelon, settings_sheet(settings)])
    done(path)
    path = out / f"{mark}{Text('复核风险与预测', 'review risk and forecast')}.xlsx"
    write_forecast(forecast(rows, titles, on, months=months), path, synthetic=synthetic)
    done(path)
    path = out / f"{mark}{Text('申报前核查', 'before filing')}.xlsx"
    write_workbook(path, [_findings(rows, year, notes)])
    done(path)
    for path in _calendar(
        titles, changes, on, out, mark, months=months, folder=folder, notes=notes
    ):
        done(path)
    return written


def _age_notes(on: dt.date, year: int) -> list[str]:
    if year == on.year - 1:
        return []
    return [
        str(
            Text(
                f"注意：用的是 {year} 年数据，不是上一年（{on.year - 1} 年），只能作参考。",
                f"Note: the figures are of {year}, not of {on.year - 1}; for orientation only.",
            )
        )
    ]


def _echelon(able: pl.DataFrame, plans: pl.DataFrame, tier: str, notes: list[str]) -> Sheet:
    columns = firm_columns(able)
    near = (
        able.select(column.name for column in columns)
        .join(plans, on="firm", maintain_order="left")
        .filter(pl.col("effort").is_not_null())
        .sort("effort", "firm")
        .head(ECHELON)
        .with_row_index("place", offset=1)
    )
    said = Text(
        f"向{TIER_WORDS[tier].zh}：按最省路径由近到远，前 {ECHELON} 户；人工判断项未计。",
        f"Towards {TIER_WORDS[tier].en}: nearest first, at most {ECHELON}; judged matters apart.",
    )
    place = Column("place", Text("序号", "place"), "integer", 7)
    return Sheet(
        f"{TIER_WORDS[tier]}"[:24].replace("“", "").replace("”", ""),
        near,
        [place, *columns, *plan_columns()],
        [str(said), str(SELF_CHECK), str(PLAN_NOTE), *notes],
    )


def _lifts(planner: Planner, able: pl.DataFrame, tier: str, notes: list[str]) -> Sheet:
    table = one_measure(planner, able)
    columns = [
        Column("district", Text("所属区", "district"), width=12),
        Column(current_language(), Text("只做这一项", "this measure alone"), width=40),
        Column("firms", Text("可达标企业数", "firms lifted"), "integer", 13, Text(
            "只靠这一项（其余不变）就能达标的企业，人工判断项未计",
            "firms that this measure alone lifts over the line, judged matters apart")),
        Column("effort", Text("费用中位数", "median effort"), "points", 12),
    ]  # fmt: skip
    name = f"{Text('一项带动', 'one measure')}_{TIER_WORDS[tier]}"
    name = name.replace("“", "").replace("”", "")
    return Sheet(name[:30], table, columns, [str(SELF_CHECK), str(PLAN_NOTE), *notes])


def _findings(rows: pl.DataFrame, year: int, notes: list[str]) -> Sheet:
    found = find_inconsistencies(rows, year=year)
    columns = firm_columns(rows)
    language = current_language()
    table = found.join(rows.select(c.name for c in columns), on="firm", maintain_order="left")
    severities = {
        "error": str(Text("错误", "error")),
        "warning": str(Text("需核对", "check")),
        "note": str(Text("提示", "note")),
    }
    table = table.with_columns(pl.col("severity").replace(severities))
    shown = [
        *columns,
        Column("severity", Text("轻重", "severity"), width=9),
        Column(language, Text("问题", "finding"), width=44),
        Column("values", Text("有关的数", "figures"), width=50),
        Column(f"remedy_{language}", Text("怎么办", "remedy"), width=50),
    ]
    said = Text(
        "审核时会问到的数据问题，请企业申报前核对。",
        "What an examiner would ask; check it before filing.",
    )
    name = str(Text("申报前核查", "before filing"))
    return Sheet(name, table, shown, [str(said), str(SELF_CHECK), *notes], frozen=2)


def _calendar(
    titles: pl.DataFrame,
    changes: pl.DataFrame | None,
    on: dt.date,
    out: Path,
    mark: str,
    *,
    months: int,
    folder: Path | None,
    notes: list[str],
) -> list[Path]:
    duties = read_calendar(None if folder is None else folder / "calendar.yaml")
    known = None if changes is None else changes.filter(pl.col("date").is_not_null())
    entries = calendar_entries(duties, on, months_after(on, months), titles=titles, changes=known)
    ics = out / f"{mark}{Text('日历', 'calendar')}.ics"
    made = dt.datetime.combine(on, dt.time(), tzinfo=dt.UTC)
    write_ics(entries, ics, made=made, remind_days=duties.remind_days)
    language = current_language()
    said = entries.with_columns(
        pl.col("tiers")
        .str.split(" ")
        .list.eval(pl.element().replace({tier: str(word) for tier, word in TIER_WORDS.items()}))
        .list.join("、" if language == "zh" else ", "),
        pl.col("mark").replace({mark: str(words) for mark, words in ATTESTED.items()}),
    )
    columns = [
        Column("start", Text("开始", "from"), "date", 12),
        Column("end", Text("截止", "to"), "date", 12),
        Column(language, Text("事项", "what"), width=52),
        Column("tiers", Text("称号", "titles"), width=40),
        Column("firms", Text("企业数", "firms"), "integer", 8),
        Column(f"note_{language}", Text("说明", "note"), width=60),
        Column("source", Text("依据", "source"), width=30),
        Column("mark", Text("可信程度", "attested"), width=22),
    ]  # fmt: skip
    reminder = Text(
        "日程提醒，以主管部门当年通知为准。", "A reminder; the authorities' notices prevail."
    )
    book = out / f"{mark}{Text('日历', 'calendar')}.xlsx"
    sheets = [Sheet(str(Text("日历", "calendar")), said, columns, [str(reminder), *notes])]
    if changes is not None and changes["date"].null_count():
        sheets.append(_undated(changes.filter(pl.col("date").is_null()), notes))
    write_workbook(book, sheets)
    return [book, ics]


def _undated(changes: pl.DataFrame, notes: list[str]) -> Sheet:
    """List the changes that lists tell and nobody has dated, with what to do."""
    said = Text(
        "名单里看出、尚未写明日期的变更：核实后填上日期，才会排进三个月报告期限。"
        "合并用 sanfu ledger merge … --on 日期。",
        "Changes that lists tell and nobody has dated: check and date them, and the three months "
        "for the report are counted. For a merger: sanfu ledger merge … --on DAY.",
    )
    column = {str(KINDS["renamed"]): "name", str(KINDS["moved"]): "district"}
    table = changes.with_columns(
        pl.format(
            "sanfu ledger confirm {} {} {} --on {}",
            "firm",
            pl.col("kind").replace_strict(column, default="name"),
            "after",
            pl.lit(str(Text("日期", "DAY"))),
        ).alias("remedy")
    )
    columns = [
        Column("firm", Text("企业编号", "firm"), width=12),
        Column("name", Text("企业名称", "name"), width=32),
        Column("kind", Text("变更", "change"), width=10),
        Column("before", Text("原为", "before"), width=30),
        Column("after", Text("现为", "after"), width=30),
        Column("remedy", Text("核实后运行", "run once checked"), width=64),
    ]
    return Sheet(str(Text("待核变更", "changes to date")), table, columns, [str(said), *notes])
