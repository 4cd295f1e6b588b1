"""Tables for a person: official terms for columns, money in 万元, findings summed up by kind."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sanfu.cli.app import say, t
from sanfu.language import current_language

if TYPE_CHECKING:
    import polars as pl

WAN = 1_000_000
"""Fen in 万元."""
_PLAIN = {
    "firm": ("编号", "id"), "version": ("版", "version"), "kind": ("事项", "event"),
    "before": ("原", "before"), "after": ("现", "after"), "file": ("文件", "file"),
    "sheet": ("工作表", "sheet"), "row": ("行", "row"), "synthetic": ("合成数据", "synthetic"),
    "merged_into": ("并入企业", "merged into"), "merged_on": ("合并日期", "merged on"),
    "on": ("生效日期", "on"), "confirmed": ("已确认", "confirmed"),
}  # fmt: skip
_WORDS = {
    "srdi": "专精特新中小企业", "little-giant": "专精特新“小巨人”企业", "tech": "科技型中小企业",
    "innovative": "创新型中小企业", "passed": "通过", "failed": "未通过", "lapsed": "到期未复核",
    "due": "待复核", "renamed": "更名", "moved": "迁移", "merged": "被合并", "True": "是", "False": "否", "true": "是",
    "false": "否",
}  # fmt: skip
_SEVERITIES = {"error": ("错误", "error"), "warning": ("提醒", "warning"), "note": ("说明", "note")}


def label_of(column: str) -> str:
    """Give the official term of a column, in the current language."""
    from sanfu.content.measures import measures

    if column in _PLAIN:
        return t(*_PLAIN[column])
    measure = measures().get(column)
    return str(measure.label()) if measure else column


def shown_value(column: str, value: Any) -> str | None:
    """Give a value as a person reads it: money in 万元 to the fen, words for flags and tiers."""
    from sanfu.content.measures import measures

    if value is None:
        return None
    measure = measures().get(column)
    if measure is not None and measure.kind == "money":
        wan = Decimal(int(value)) / WAN
        return f"{wan.normalize():,f}" + (" 万" if column == "capital" else " 万元")
    text = str(value)
    if measure is not None and measure.kind == "points":
        return f"{Decimal(text).normalize():f}"
    return _WORDS.get(text, text) if current_language() == "zh" else text


def for_people(
    frame: pl.DataFrame, districts: dict[str, str] | None = None
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Give a frame as text for a person, without its empty columns, and the headings."""
    import polars as pl

    kept = [name for name in frame.columns if frame[name].null_count() < frame.height]
    shown = {}
    for name in kept:
        values = [shown_value(name, value) for value in frame[name].to_list()]
        if districts and name in ("district", "before", "after"):
            values = [districts.get(v, v) if v else v for v in values]
        shown[name] = pl.Series(name, values, dtype=pl.String)
    return pl.DataFrame(shown), {name: label_of(name) for name in kept}


def say_kinds(problems: pl.DataFrame) -> None:
    """Print findings summed up: each kind with its count, one example and what mends it."""
    import polars as pl

    if problems.is_empty():
        say(t("没有发现问题", "nothing was found"))
        return
    language = current_language()
    order = list(_SEVERITIES)
    kinds = (
        problems.group_by("severity", "code", maintain_order=True)
        .agg(
            pl.len().alias("n"),
            pl.first("file", "row", language, f"remedy_{language}"),
        )
        .sort(
            pl.col("severity").replace_strict({s: i for i, s in enumerate(order)}),
            -pl.col("n").cast(pl.Int64),
        )
    )
    place = [
        f"{file} {t('第', 'row ')}{row}{t(' 行', '')}" if row is not None else file
        for file, row in kinds.select("file", "row").rows()
    ]
    print_table(
        kinds.with_columns(
            severity=pl.col("severity").replace_strict({s: t(*w) for s, w in _SEVERITIES.items()}),
            place=pl.Series(place, dtype=pl.String),
        ),
        {"severity": t("程度", "severity"), "n": t("处数", "count"),
         language: t("问题（例）", "finding (an example)"), "place": t("例在", "where"),
         f"remedy_{language}": t("怎么改", "remedy")},
        t("发现的问题，按种类", "findings by kind"),
    )  # fmt: skip


def print_table(frame: pl.DataFrame, headings: dict[str, str], title: str) -> None:
    """Print a frame as a table for a person; to a pipe as tab-separated text."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    shown = frame.select(name for name in headings if name in frame.columns)
    if not console.is_terminal:
        say("\t".join(headings[name] for name in shown.columns))
        for row in shown.rows():
            say("\t".join("" if cell is None else str(cell) for cell in row))
        return
    table = Table(title=title or None, header_style="bold")
    for name, dtype in shown.schema.items():
        table.add_column(headings[name], justify="right" if dtype.is_numeric() else "left")
    for row in shown.rows():
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console.print(table)
