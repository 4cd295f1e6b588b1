"""What the commands of `ladder` read: the day, the rulebooks, the firms of a ledger or a list."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import typer

from sanfu.cli.app import day_of, say, t
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import polars as pl

    from sanfu.ladder.rulebook import CheckKind


def chosen(rulebook: str, tier: str, kind: str, on: str, *, quiet: bool = True) -> list[str]:
    """Name the rulebooks to check by, each of which can be read; say why unless `quiet`.

    Raises
    ------
    InputError, DeclarationFaults
        There is no such rulebook, before anything else is looked at.
    """
    from sanfu.ladder import make_book, which

    when = day_of(on)
    if rulebook:
        make_book(rulebook, kind=cast("CheckKind", kind), on=when)
        return [rulebook]
    if not tier:
        raise typer.BadParameter(t("请给出 --rulebook 或 --tier", "give --rulebook or --tier"))
    found = which(cast("Any", tier), cast("CheckKind", kind), when)
    for clause in () if quiet else found.clauses:
        say(f"{clause.rulebook}：{clause.why.text()}")
    return list(found.rulebooks)


def rows_of(
    workspace: Path, on: str, year: int | None, inputs: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, int]:
    """Give one row a firm with the districts by name, and the last full year."""
    return _rows(ledger_of(workspace), day_of(on), year, inputs)


def _rows(
    ledger: Any, when: dt.date, year: int | None, inputs: pl.DataFrame | None
) -> tuple[pl.DataFrame, int]:
    from sanfu.ladder import firm_rows

    rows = firm_rows(ledger, when, year=year, inputs=inputs)
    if ledger.region is not None and "district" in rows.columns:
        names = {code: str(name) for code, name in ledger.region.names().items()}
        rows = rows.with_columns(rows["district"].replace(names))
    return rows, when.year - 1 if year is None else year


def ledger_of(workspace: Path) -> Any:
    """Give the ledger of a workspace."""
    from sanfu.workspace import open_workspace

    return open_workspace(workspace).ledger


def rows_of_list(
    path: Path, on: str, year: int | None, inputs: pl.DataFrame | None, *, quiet: bool
) -> pl.DataFrame:
    """Give one row a firm of a list: as it is where it names measures, else as `import` reads it.

    An office's list goes through the ledger's reader, into a ledger that is thrown away: headings,
    units, years, codes and names are understood as on import, and what is not is said.

    Raises
    ------
    InputError
        The file cannot be read, names no firms, or has no figures of the year.
    """
    if "firm" in _first_row(path):
        rows = table(path)
        if inputs is None:
            return rows
        from sanfu.ladder.firm_rows import with_inputs

        return with_inputs(rows, inputs)
    from sanfu.cli.tables import say_kinds
    from sanfu.registry.reading import Hints
    from sanfu.workspace import new_workspace

    when = day_of(on)
    last = when.year - 1 if year is None else year
    with TemporaryDirectory() as folder:
        office = new_workspace(folder)
        done = office.take(path, Hints(year=last))
        serious = done.problems.filter(done.problems["severity"] != "note")
        if not quiet and serious.height:
            say_kinds(serious)
        rows, _ = _rows(office.ledger, when, year, inputs)
    if not quiet:
        said = f"{path.name}：{rows.height:,} 户，按 {last} 年测算"
        say(Text(said, f"{path.name}: {rows.height:,} firms, by the figures of {last}"))
    return rows


def _first_row(path: Path) -> set[str]:
    from sanfu.registry.reading.sheets import open_sheets

    for sheet in open_sheets(path):
        if sheet.header is not None:
            return set(sheet.header)
        if sheet.cells.height:
            return {str(cell).strip() for cell in sheet.cells.row(0) if cell is not None}
    return set()


def table(path: Path) -> pl.DataFrame:
    """Read a table whose columns are measures.

    Raises
    ------
    FileFault
        It cannot be read.
    """
    import polars as pl

    from sanfu.errors import FileFault, reading

    with reading(path):
        match path.suffix.lower():
            case ".parquet":
                return pl.read_parquet(path)
            case ".csv":
                return pl.read_csv(path, infer_schema_length=None)
            case ".xlsx":
                return pl.read_excel(path)
            case other:
                raise FileFault(
                    path,
                    Text(
                        f"不会读“{other}”；请用 .parquet、.csv 或 .xlsx。",
                        f"cannot read “{other}”; use .parquet, .csv or .xlsx.",
                    ),
                )
