"""The firms behind figures: pages of firms for each figure, and one card a firm with its cells."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.content.measures import measures
from sanfu.index.why.words import figure, number
from sanfu.language import Text
from sanfu.report.audit.model import CardLine, FirmCard, FirmLine, FirmPage

if TYPE_CHECKING:
    from sanfu.index import RegionFigures
    from sanfu.index.micro.figures import FigureTrace

A_PAGE = 100


class Firms:
    """Collects the firms that figures rest on, each once."""

    def __init__(self, regions: RegionFigures | None) -> None:
        self.regions = regions
        self._seen: dict[str, dict[tuple[str, str, str], CardLine]] = {}
        self._files: dict[str, str] = {}

    @property
    def known(self) -> bool:
        """Whether the index was computed from firms."""
        return self.regions is not None

    @cached_property
    def _table(self) -> pl.DataFrame:
        frame = None if self.regions is None else self.regions.frames.firms
        if frame is None:
            return pl.DataFrame(schema={"firm": pl.String})
        has = frame.collect_schema().names()
        kept = [name for name in ("firm", "name", "uscc", "synthetic") if name in has]
        found: pl.DataFrame = frame.select(*kept).collect("polars").to_native()
        return found

    @cached_property
    def _names(self) -> dict[str, tuple[str, str]]:
        columns = self._table.columns
        return {
            row["firm"]: (row.get("name") or row["firm"], row.get("uscc") or "")
            for row in self._table.to_dicts()
            if "firm" in columns
        }

    @cached_property
    def synthetic(self) -> bool:
        """Whether any firm is synthetic."""
        if "synthetic" not in self._table.columns:
            return False
        return bool(self._table["synthetic"].fill_null(value=False).any())

    def pages(self, traced: FigureTrace) -> tuple[FirmPage, ...]:
        """Give the firms of a figure by the hundred, and note their cells for the cards."""
        if "firm" not in traced.rows.columns:
            return ()
        self._note(traced)
        columns = [part["cell"] for part in traced.parts.to_dicts()]
        lines = [
            FirmLine(
                self._names.get(row["firm"], (row["firm"], ""))[0],
                self._key(row["firm"]),
                tuple(_plain(row[column]) for column in columns),
            )
            for row in traced.rows.to_dicts()
        ]
        return tuple(
            FirmPage(
                f"{start + 1}–{min(start + A_PAGE, len(lines))}", tuple(lines[start:][:A_PAGE])
            )
            for start in range(0, len(lines), A_PAGE)
        )

    def cards(self) -> tuple[FirmCard, ...]:
        """Give a card for each firm that was noted."""
        return tuple(
            FirmCard(self._key(firm), *self._names.get(firm, (firm, "")), tuple(lines.values()))
            for firm, lines in sorted(self._seen.items())
        )

    def files(self) -> tuple[str, ...]:
        """Give the files that the cells stand in, by their short signs."""
        return tuple(f"{sign} = {name}" for name, sign in self._files.items())

    def _key(self, firm: str) -> str:
        return f"f-{firm}"

    def _note(self, traced: FigureTrace) -> None:
        values = {row["firm"]: row for row in traced.rows.to_dicts()}
        for firm in values:
            self._seen.setdefault(firm, {})
        if traced.cells is None:
            return
        for cell in traced.cells.to_dicts():
            year = "" if cell.get("year") is None else str(cell["year"])
            place = (cell["column"], year, f"{cell['file']}{cell['sheet']}{cell['row']}")
            lines = self._seen[cell["firm"]]
            if place in lines:
                continue
            row = values[cell["firm"]]
            name = cell["column"]
            read = row.get(f"{name} ({year})", row.get(name))
            sign = self._files.setdefault(cell["file"], f"F{len(self._files) + 1}")
            lines[place] = CardLine(
                _label(name),
                year,
                _shown(name, read) if cell.get("frame") != "titles" else "",
                f"{sign} › {cell['sheet']} › {cell['row']} = {cell['raw']}",
            )


def _label(name: str) -> str:
    known = measures().get(name)
    return name if known is None else str(known.label())


def _shown(name: str, value: Any) -> str:
    """Show a value as it was read: money in fen as yuan, all else as it is."""
    if value is None:
        return ""
    known = measures().get(name)
    if known is not None and known.kind == "money":
        yuan = (
            f"{int(value) // 100:,}.{int(value) % 100:02d}" if value >= 0 else number(value / 100)
        )
        return str(Text(f"{yuan} 元", f"{yuan} yuan"))
    if isinstance(value, bool):
        return str(Text("是", "yes") if value else Text("否", "no"))
    return _plain(value)


def _plain(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, float):
        return figure(value)
    return f"{value:,}" if isinstance(value, int) else str(value)
