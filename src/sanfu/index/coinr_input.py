"""Read COINr's inputs iMeta and iData; the COIN Tool's sheets are read by `coin_tool`.

COINr (R package, JRC) describes an index by two tables: iMeta, a row for each indicator,
aggregate, group and denominator (Level, iCode, iName, Direction, Weight, Parent, Type, optionally
Unit, Target, Denominator, goalposts); and iData, a row a unit (uCode, uName, optionally Time).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sanfu.errors import DeclarationFaults, Fault
from sanfu.index.figures import to_polars
from sanfu.index.framework import Framework, parse_framework
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

_NEEDED = ("Level", "iCode", "Direction", "Weight", "Parent", "Type")


def framework_from_coinr(
    imeta: Any, *, code: str = "coinr", method: Mapping[str, Any] | None = None
) -> Framework:
    """Make a framework of COINr's iMeta.

    Parameters
    ----------
    imeta
        A dataframe or a file (``.csv``, ``.xlsx``, ``.parquet``).
    code
        The framework's code.
    method
        The ``method`` section; iMeta itself says nothing of it.

    Raises
    ------
    DeclarationFaults
        All faults at once, each with the row of iMeta (the heading is row 1).
    """
    table = to_polars(imeta)
    faults = [
        Fault(1, "iMeta", Text(f"缺少列 {column}", f"no column {column}"))
        for column in _NEEDED
        if column not in table.columns
    ]
    if faults:
        raise DeclarationFaults("iMeta", faults)
    document: dict[str, Any] = {
        "framework": code,
        "name": {"zh": code, "en": code},
        "figures": {"unit": "uCode"},
        "nodes": {},
        "indicators": {},
        "method": dict(method or {}),
    }
    for line, row in enumerate(table.iter_rows(named=True), start=2):
        kind = str(row["Type"] or "")
        if kind not in ("Indicator", "Aggregate", "Group", "Denominator"):
            said = Text(
                f"Type 是“{kind}”，应为 Indicator、Aggregate、Group 或 Denominator",
                f"Type is “{kind}”, expected Indicator, Aggregate, Group or Denominator",
            )
            faults.append(Fault(line, str(row["iCode"]), said))
        if kind in ("Indicator", "Aggregate"):
            section = "indicators" if kind == "Indicator" else "nodes"
            document[section][str(row["iCode"])] = _part(row, kind)
    if faults:
        raise DeclarationFaults("iMeta", faults)
    return parse_framework(document, "iMeta")


def _part(row: Mapping[str, Any], kind: str) -> dict[str, Any]:
    name = _text(row.get("iName")) or str(row["iCode"])
    part: dict[str, Any] = {"name": {"zh": name, "en": name}}
    if _text(row["Parent"]):
        part["parent"] = str(row["Parent"])
    if row["Weight"] is not None:
        part["weight"] = float(row["Weight"])
    if kind == "Aggregate":
        return part
    part["direction"] = int(row["Direction"])
    for theirs, ours in (("Unit", "unit"), ("Denominator", "denominator")):
        if _text(row.get(theirs)):
            part[ours] = str(row[theirs])
    if row.get("Target") is not None:
        part["target"] = float(row["Target"])
    posts = (row.get("goalpost_lower"), row.get("goalpost_upper"))
    if None not in posts:
        part["goalposts"] = sorted(float(str(post)) for post in posts)
    return part


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def figures_from_coinr(idata: Any) -> pl.DataFrame:
    """Make our figures of COINr's iData: ``Time`` becomes ``year`` where it holds several years.

    A ``Time`` with a single year is kept as a plain column, as COINr does with a coin.
    """
    table = to_polars(idata)
    if "Time" in table.columns and table.get_column("Time").n_unique() > 1:
        table = table.rename({"Time": "year"})
    return table
