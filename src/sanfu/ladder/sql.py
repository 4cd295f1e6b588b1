"""A book as one plain SQL statement: for DuckDB, for Spark at scale, and for an auditor to read.

The expressions here take the same operators as Narwhals' and give text, so that `Emitter` and the
steps of `pipeline` are the same for both; the texts are tested cell by cell like the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sanfu.ladder.emit import CODE, HIGH, INPUT, LOW, POINTS, Emitter
from sanfu.ladder.pipeline import finished, steps
from sanfu.ladder.values import BOUNDS, SCALES, type_of
from sanfu.ladder.words import measure_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.content.measures import Measure
    from sanfu.ladder.book import Book

Dialect = Literal["duckdb", "spark", "ansi"]
Int8, Int16, Int64, Boolean = "TINYINT", "SMALLINT", "BIGINT", "BOOLEAN"
_WIDE: dict[Dialect, str] = {
    "duckdb": "HUGEINT",
    "spark": "DECIMAL(38, 0)",
    "ansi": "DECIMAL(38, 0)",
}
_OURS = (INPUT, CODE, POINTS, LOW, HIGH)
"""Names that begin so are ours and need no marks."""
_QUOTE: dict[Dialect, str] = {"duckdb": '"', "spark": "`", "ansi": '"'}


@dataclass(frozen=True, eq=False)
class Sql:
    """A piece of SQL that takes the operators of an expression."""

    text: str
    simple: bool = False
    """It needs no brackets inside another."""

    def _with(self, operator: str, other: Any) -> Sql:
        return Sql(f"{self.inside} {operator} {_sql(other).inside}")

    @property
    def inside(self) -> str:
        """The text as it stands inside another expression."""
        return self.text if self.simple else f"({self.text})"

    def __add__(self, other: Any) -> Sql:
        return self._with("+", other)

    def __mul__(self, other: Any) -> Sql:
        return self._with("*", other)

    def __ge__(self, other: Any) -> Sql:
        return self._with(">=", other)

    def __le__(self, other: Any) -> Sql:
        return self._with("<=", other)

    def __gt__(self, other: Any) -> Sql:
        return self._with(">", other)

    def __lt__(self, other: Any) -> Sql:
        return self._with("<", other)

    def __eq__(self, other: object) -> Any:
        return self._with("=", other)

    def __ne__(self, other: object) -> Any:
        return self._with("<>", other)

    __hash__ = None  # type: ignore[assignment]

    def __and__(self, other: Any) -> Sql:
        return self._with("AND", other)

    def __or__(self, other: Any) -> Sql:
        return self._with("OR", other)

    def __invert__(self) -> Sql:
        return Sql(f"NOT {self.inside}")

    def is_null(self) -> Sql:
        """Tell whether it is missing."""
        return Sql(f"{self.inside} IS NULL")

    def fill_null(self, value: Any) -> Sql:
        """Give a value where it is missing."""
        return Sql(f"COALESCE({self.text}, {_sql(value).text})", simple=True)

    def cast(self, to: str) -> Sql:
        """Make it of another type."""
        return Sql(f"CAST({self.text} AS {to})", simple=True)


@dataclass(frozen=True)
class _When:
    """CASE, half written."""

    conditions: tuple[tuple[Any, Any], ...]

    def then(self, value: Any) -> Sql:
        """Give what it is where the condition holds, and null elsewhere."""
        ((condition, _),) = self.conditions
        return _Case(f"CASE WHEN {condition.text} THEN {_sql(value).text} END", simple=True)


class _Case(Sql):
    """CASE with one condition; `otherwise` completes it."""

    def otherwise(self, value: Any) -> Sql:
        """Give what it is where the condition does not hold."""
        begun, rest = self.text.removesuffix(" END"), _sql(value).text
        if rest.startswith("CASE WHEN") and rest.endswith(" END"):
            return Sql(f"{begun} {rest.removeprefix('CASE ')}", simple=True)
        return Sql(f"{begun} ELSE {rest} END", simple=True)


@dataclass(frozen=True)
class SqlOps:
    """Makes SQL expressions as Narwhals makes its own."""

    dialect: Dialect = "duckdb"
    Int8: str = Int8
    Int16: str = Int16
    Int64: str = Int64
    Boolean: str = Boolean

    def col(self, name: str) -> Sql:
        """Name a column."""
        return Sql(name if name.startswith(_OURS) else self.quote(name), simple=True)

    def quote(self, name: str) -> str:
        """Give a name in the marks of the dialect."""
        mark = _QUOTE[self.dialect]
        return f"{mark}{name.replace(mark, mark * 2)}{mark}"

    def lit(self, value: Any, dtype: str | None = None) -> Sql:
        """Give a literal, of a type if one is given."""
        found = _sql(value)
        return found if dtype is None else found.cast(dtype)

    def when(self, condition: Sql) -> _When:
        """Begin a CASE."""
        return _When(((condition, None),))

    def min_horizontal(self, *found: Sql) -> Sql:
        """Give the least of some values, none of them null."""
        return found[0] if len(found) == 1 else _call("LEAST", found)

    def max_horizontal(self, *found: Sql) -> Sql:
        """Give the greatest of some values, none of them null."""
        return found[0] if len(found) == 1 else _call("GREATEST", found)


def to_sql(
    book: Book,
    table: str,
    *,
    firm: str = "firm",
    keep: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    dialect: Dialect = "duckdb",
) -> str:
    """Write a book as one SELECT.

    Parameters
    ----------
    book
        From `make_book`.
    table
        Name of the table or view of firms, written as it is to stand in the statement.
    firm, keep
        The column that names the firm, and further columns to carry along.
    columns
        The columns that the table has; those that the book reads and the table lacks are taken as
        missing. Null says that it has all. Money is in whole fen, flags are booleans.
    dialect
        ``"duckdb"``, ``"spark"``, or ``"ansi"`` (decimals of 38 digits for long products).

    Returns
    -------
    str
        A statement whose columns are those of `CheckResult.wide`.
    """
    ops = SqlOps(dialect)
    emitter = Emitter(book, ops=ops, wide=_WIDE[dialect])
    names = [ops.quote(name) for name in (firm, *keep)]
    lines = [
        f"  {_input(name, measure, ops, there=columns is None or name in columns)} "
        f"AS {INPUT}{name}  -- {measure_words(name).zh}"
        for name, measure in book.measures.items()
    ]
    parts = [_select(["  " + ", ".join(names), *lines], table)]
    for number, step in enumerate(steps(emitter)):
        made = [f"  {found.text} AS {name}" for name, found in step.items()]
        parts.append(_select(["  *", *made], f"step_{number}"))
    ends = [f"  {between} AS {ops.quote(name)}" for name, between in finished(book).items()]
    last = _select(["  " + ", ".join(names), *ends], f"step_{len(parts) - 1}")
    steps_named = ",\n".join(f"step_{number} AS (\n{part}\n)" for number, part in enumerate(parts))
    head = (
        f"-- {book.rulebook.name.zh} ({book.rulebook.rulebook}, {book.kind}, {book.on})\n"
        "-- 自检/测算，不是认定。self-check, no recognition. 0 unmet, 1 missing, 2 judge, 3 met\n"
    )
    return f"{head}WITH {steps_named}\n{last}\n"


def _select(columns: Sequence[str], source: str) -> str:
    body = []
    for position, line in enumerate(columns):
        code, mark, remark = line.partition("  -- ")
        comma = "," if position < len(columns) - 1 else ""
        body.append(f"{code}{comma}{mark}{remark}")
    return "SELECT\n" + "\n".join(body) + f"\nFROM {source}"


def _input(name: str, measure: Measure, ops: SqlOps, *, there: bool) -> str:
    kind = type_of(measure)
    to = {"whole": Int64, "text": "VARCHAR", "flag": Boolean}[kind]
    if ops.dialect == "spark" and kind == "text":
        to = "STRING"
    if not there:
        return f"CAST(NULL AS {to})"
    column = ops.quote(name)
    if kind != "whole":
        return column
    scale = SCALES.get(measure.kind, 1)
    most = BOUNDS[measure.kind] // scale
    value = column if scale == 1 else f"ROUND({column} * {scale})"
    return f"CASE WHEN {column} BETWEEN -{most} AND {most} THEN CAST({value} AS {to}) END"


def _call(function: str, found: Sequence[Sql]) -> Sql:
    return Sql(f"{function}({', '.join(one.text for one in found)})", simple=True)


def _sql(value: Any) -> Sql:
    if isinstance(value, Sql):
        return value
    if value is None:
        return Sql("NULL", simple=True)
    if isinstance(value, bool):
        return Sql("TRUE" if value else "FALSE", simple=True)
    if isinstance(value, str):
        return Sql("'" + value.replace("'", "''") + "'", simple=True)
    return Sql(str(value), simple=value >= 0)
