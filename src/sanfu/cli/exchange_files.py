"""What the commands of `exchange` share: options, reading of days and offers, findings."""

from __future__ import annotations

import datetime as dt
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING

import typer

from sanfu.cli.app import fail, t
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

JSON_OPTION = typer.Option(False, "--json", help=t("输出 JSON", "print JSON"))
ON_OPTION = typer.Option(
    "", "--on", help=t("日期，缺省为今天", "day (YYYY-MM-DD); today by default")
)
OFFERS_OPTION = typer.Option(
    None, "--offers", "-o", help=t("供给文件，可重复", "offers file; may be repeated")
)
LEDGER_OPTION = typer.Option(
    None, "--ledger", "-l", help=t("企业名单（作为能力供给）", "firm list (as capability offers)")
)


def offers_of(offers: Sequence[Path] | None, ledger: Path | None) -> pl.DataFrame:
    """Read offers files and a firm list into one frame of offers."""
    from sanfu.exchange import join_offers, load_offers, offer_frame, offers_from_list

    parts: list[pl.DataFrame] = []
    for path in offers or []:
        read = load_offers(path)
        say_problems(read.problems)
        parts.append(offer_frame(read.offers))
    if ledger is not None:
        parts.append(offers_from_list(ledger))
    if not parts:
        raise fail(
            Text(
                "没有供给：请用 --offers 给出供给文件，或用 --ledger 给出企业名单。",
                "no offers: give an offers file with --offers, or a firm list with --ledger.",
            )
        )
    return join_offers(parts)


def say_problems(problems: pl.DataFrame) -> None:
    """Print each finding with its place and remedy on standard error."""
    for row in problems.iter_rows(named=True):
        place = f"{row['file']} {row['sheet']} {row['row']} {row['column']}"
        said = Text(f"{row['zh']}{row['remedy_zh']}", f"{row['en']} {row['remedy_en']}")
        typer.echo(f"{place} {said}", err=True)


def day_of(text: str) -> dt.date:
    """Read a day of the command line; today where none is given."""
    if not text:
        return dt.datetime.now(tz=dt.UTC).astimezone().date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise fail(
            Text(f"日期“{text}”应写作 2026-05-01。", f"write the day “{text}” as 2026-05-01.")
        ) from None
