"""What a figure is, and what must stand with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from sanfu.errors import SanfuError
from sanfu.language import Text
from sanfu.report.blocks import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from sanfu.report.facts import Fact

SEQUENTIAL = ("#F1F6F4", "#C9DFDA", "#94C0BC", "#5B9DA3", "#2F7588", "#174D66")
"""Light to dark, told apart by lightness alone: right for colour-blind readers and grey print."""
DIVERGING = ("#B35806", "#F1A340", "#FEE0B6", "#F7F7F7", "#D1E5F0", "#67A9CF", "#2166AC")
"""Orange to blue (ColorBrewer, colour-blind safe): below, none, above."""
CATEGORIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7F7F7F")
"""Okabe and Ito's palette (2008), safe for the common kinds of colour blindness."""
INK, QUIET, PALE, WARN = "#222222", "#6B7780", "#C4CBD0", "#8A1C0E"


class FigureFault(SanfuError):
    """A figure lacks what must stand with it, or its data cannot be drawn."""


class NothingToDraw(FigureFault):
    """There is no number that a figure could show: there are none, or none is published."""

    def __init__(self, title: str, why: Text | None = None) -> None:
        super().__init__(Text(f"图“{title}”没有数据。", f"figure “{title}” has no data."))
        self.title = title
        self.why = why or Text("没有可画的数据", "there are no data for it")


class About(TypedDict):
    """What every figure is told beside its data.

    `title`, `unit`, `source`, `as_of` (date), `n` (over how many) and `method` are words, none
    empty; `synthetic` says whether any firm in it is synthetic.
    """

    title: str
    unit: str
    source: str
    as_of: str
    n: str
    method: str
    synthetic: bool


@dataclass(frozen=True)
class Native:
    """How a spreadsheet or a slide draws the same data with its own charts.

    `label` and `values` name columns of the figure's table.
    """

    kind: Literal["bar", "column", "line"]
    label: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """A picture with all that must stand beside it.

    Parameters
    ----------
    spec
        The Vega-Lite specification, its data inside.
    title, unit, source, as_of, n, method
        What is shown, in which unit, from where, of which date, over how many, and how computed.
        None may be empty.
    alt
        The text alternative: what a reader who does not see the picture should learn from it.
    table
        The data that the picture shows, as printed beside it.
    synthetic
        Whether any firm in it is synthetic; the picture is then stamped so.
    headings
        Headings of the table's columns; a column without one is headed by its name.
    native
        How Excel and PowerPoint draw it themselves, where they can.
    notes
        What a reader must be told besides, such as labels left out or an approval number.
    """

    spec: dict[str, Any]
    title: str
    unit: str
    source: str
    as_of: str
    n: str
    method: str
    alt: str
    table: pl.DataFrame
    synthetic: bool
    headings: Mapping[str, Text] = field(default_factory=dict)
    native: Native | None = None
    notes: tuple[str, ...] = ()
    behind: tuple[tuple[str, Fact | str], ...] = field(default=(), repr=False)
    """Name and fact of what its data came from; they stand in its trace."""

    def __post_init__(self) -> None:
        required = ("title", "unit", "source", "as_of", "n", "method", "alt")
        empty = [name for name in required if not getattr(self, name).strip()]
        if empty:
            raise FigureFault(
                Text(
                    f"图“{self.title}”缺少：{'、'.join(empty)}。每张图都要写明标题、单位、来源、日期、"
                    "样本量、方法和替代文字。",
                    f"figure “{self.title}” lacks {', '.join(empty)}. Every figure states title, "
                    "unit, source, date, n, method and text alternative.",
                )
            )

    def caption(self) -> str:
        """Give the line under the picture: unit, n, date, method, source and notes."""
        parts = (
            Text(f"单位：{self.unit}", f"unit: {self.unit}"),
            Text(f"样本：{self.n}", f"n: {self.n}"),
            Text(f"时点：{self.as_of}", f"as of: {self.as_of}"),
            Text(f"方法：{self.method}", f"method: {self.method}"),
            Text(f"来源：{self.source}", f"source: {self.source}"),
        )
        stamp = (str(Text("合成数据，非真实企业", "synthetic data, no real firms")),)
        said = (*(str(part) for part in parts), *self.notes, *(stamp if self.synthetic else ()))
        return str(Text("；", "; ")).join(said)

    def cells(self) -> list[tuple[str, ...]]:
        """Give the rows of the data table as printed; a missing value is a dash."""
        return [tuple(_printed(value) for value in row) for row in self.table.rows()]

    def heading(self, column: str) -> str:
        """Give the heading of one column of the table."""
        return str(self.headings[column]) if column in self.headings else column


def _printed(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, float):
        words = f"{value:,.4f}".rstrip("0").rstrip(".")
        return "0" if words == "-0" else words
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:,}"
    return printable(str(value))
