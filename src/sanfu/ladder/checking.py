"""Check firms against a rulebook: frames of any kind in, the same kind out. A self-check (自检)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import narwhals as nw

from sanfu.errors import InputError
from sanfu.ladder.book import make_book
from sanfu.ladder.emit import Emitter
from sanfu.ladder.pipeline import finished, steps
from sanfu.ladder.prepare import prepare, refuse_fractions
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from sanfu.ladder.book import Book
    from sanfu.ladder.explain import Explanation
    from sanfu.ladder.plan import FirmPlan
    from sanfu.ladder.plan_settings import PlanSettings
    from sanfu.ladder.rulebook import CheckKind, Rulebook

SELF_CHECK = Text(
    "自检/测算结果，仅供内部参考；认定只能由主管部门作出。",
    "Self-check for internal use; only the authorities may recognise a title.",
)
"""Stands on everything that is printed of a check."""


@dataclass(frozen=True, eq=False)
class CheckResult:
    """What a check found. Each frame is of the kind that was given, and lazy if that was.

    Attributes
    ----------
    book
        The rulebook made ready: for which kind, on which day.
    firm
        Name of the column that names the firm.
    source
        The frame that was checked.
    """

    book: Book
    firm: str
    keep: tuple[str, ...]
    source: Any

    @cached_property
    def wide(self) -> Any:
        """One row a firm: the columns kept, then the codes and points of `finished`.

        Codes are small integers: 0 unmet, 1 missing, 2 judge, 3 met (`OUTCOMES`).
        """
        return self._given_back(self._wide)

    @cached_property
    def verdicts(self) -> Any:
        """One row a firm: the columns kept, outcome (in words), score, score_low, score_high.

        The scores are null where the rulebook gives no points.
        """
        from sanfu.ladder.long import verdicts  # noqa: PLC0415 - circular

        return self._given_back(verdicts(self.book, self._wide, self._names))

    @cached_property
    def frame(self) -> Any:
        """One row a firm and criterion: outcome, value, threshold, gap, unit, points.

        `value`, `threshold` and `gap` are in the shown unit (万元, %, 年) as floats, for show only:
        every outcome was decided on integers. For an indicator the threshold is the next better
        band, and points are null while data are missing.
        """
        from sanfu.ladder.long import long_frame  # noqa: PLC0415 - circular

        return self._given_back(long_frame(self.book, self._prepared, self._names))

    @cached_property
    def trace(self) -> pl.DataFrame:
        """Tell what each criterion was decided by; always a Polars frame, one row a criterion.

        criterion, parent, how, label, formula (as written), cleared (as computed), columns,
        article, text, mark.
        """
        from sanfu.ladder.trace import trace_of  # noqa: PLC0415 - circular

        return trace_of(self.book)

    def explain(self, firm: str) -> Explanation:
        """Explain one firm: clause, value, threshold, gap, alternatives, what to hold ready.

        Raises
        ------
        InputError
            The frame has no such firm, or several.
        """
        from sanfu.ladder.explain import explain  # noqa: PLC0415 - circular
        from sanfu.ladder.interpret import check_firm  # noqa: PLC0415 - for one firm only

        row = self._row(firm).row(0, named=True)
        return explain(str(row.get("name") or firm), check_firm(self.book, row))

    def plan(self, firm: str, settings: PlanSettings | None = None) -> FirmPlan | None:
        """Give the change of least effort that makes a firm qualify; null where there is none.

        Raises
        ------
        InputError
            The frame has no such firm, or several.
        """
        from sanfu.ladder.plan import Planner  # noqa: PLC0415 - circular

        book = self.book
        planner = Planner(book.rulebook, kind=book.kind, on=book.on, settings=settings)
        row = self._row(firm)
        if self.firm != "firm":
            row = row.drop("firm", strict=False).rename({self.firm: "firm"})
        (found,) = planner.plans(row)
        return found

    def to_excel(self, path: Path | str) -> None:
        """Write one row a firm and one column a criterion, with filters, colours, definitions.

        The frame that was checked must be an eager Polars one.
        """
        from sanfu.ladder.list_book import write_list  # noqa: PLC0415 - circular

        write_list(path, self)

    def _row(self, firm: str) -> pl.DataFrame:
        found = nw.from_native(self.source).filter(nw.col(self.firm) == firm)
        row = (found.collect() if isinstance(found, nw.LazyFrame) else found).to_polars()
        if row.height != 1:
            raise InputError(
                Text(
                    f"数据表里企业“{firm}”有 {row.height} 行，应有一行",
                    f"the frame has {row.height} rows of the firm “{firm}”; one is wanted",
                )
            )
        return row

    @property
    def _names(self) -> tuple[str, ...]:
        return (self.firm, *self.keep)

    @cached_property
    def _prepared(self) -> Any:
        return prepare(workable(self.source, self.book), (self.book,), self._names)

    @cached_property
    def _wide(self) -> Any:
        return run(self._prepared, self.book, self._names)

    def _given_back(self, found: Any) -> Any:
        """Give a frame in the kind of the source."""
        return given_back(found, self.source)


def check(
    frame: Any,
    rulebook: str | Path | Rulebook,
    *,
    kind: CheckKind,
    on: dt.date,
    firm: str = "firm",
    keep: Sequence[str] = (),
) -> CheckResult:
    """Check every firm of a frame against a rulebook, as a self-check.

    Parameters
    ----------
    frame
        One row a firm, of Polars (lazy or not), pandas, PyArrow, DuckDB or PySpark. Measures of
        the last full year carry the plain name (``revenue``), of the years before ``revenue_1``,
        ``revenue_2``. Money in whole fen, shares as fractions of 1, flags as booleans. A column
        that is not there is missing throughout. `sanfu.ladder.firm_rows` makes it from a ledger.
    rulebook
        A shipped name such as ``"cn-2026/little-giant"``, a path, or a `Rulebook`.
    kind
        ``"new"`` application or ``"review"``.
    on
        The day of the check.
    firm
        Name of the column that names the firm.
    keep
        Further columns to carry along, such as ``district``.

    Returns
    -------
    CheckResult
        With ``.wide``, ``.verdicts``, ``.frame`` in the kind of `frame`, and ``.trace``.

    Raises
    ------
    InputError
        No such rulebook, no firm column, or a column is not of its measure's kind.

    Examples
    --------
    >>> import datetime as dt, polars as pl
    >>> firms = pl.DataFrame({"firm": ["a"], "revenue": [4_999_000_000]})
    >>> found = check(firms, "cn-2026/little-giant", kind="new", on=dt.date(2026, 5, 1))
    >>> found.verdicts["outcome"].to_list()
    ['unmet']
    """
    book = make_book(rulebook, kind=kind, on=on)
    clash = sorted(set(finished(book)) & {firm, *keep})
    if clash:
        raise InputError(
            Text(
                f"要保留的列 {'、'.join(clash)} 与规则的名称相同；请先改列名",
                f"the columns to keep {', '.join(clash)} have names of rules; rename them first",
            )
        )
    return CheckResult(book, firm, tuple(keep), frame)


def run(
    prepared: nw.LazyFrame[Any] | nw.DataFrame[Any], book: Book, names: Sequence[str]
) -> nw.LazyFrame[Any] | nw.DataFrame[Any]:
    """Go through the steps; give `names`, then the columns of `finished`."""
    columns = [nw.col(between).alias(name) for name, between in finished(book).items()]
    return computed(prepared, book).select(*names, *columns)


def computed(
    prepared: nw.LazyFrame[Any] | nw.DataFrame[Any],
    book: Book,
    *,
    skip: frozenset[str] = frozenset(),
    prefix: str = "",
) -> nw.LazyFrame[Any] | nw.DataFrame[Any]:
    """Add the columns of every step; ids in `skip` are there already, others take a prefix.

    Polars is given expressions of its own, made once a book: turning Narwhals' into them takes as
    long as checking a quarter of a million firms.
    """
    if prepared.implementation.is_polars():
        native = prepared.to_native()
        for step in _polars_steps(book, skip, prefix):
            native = native.with_columns(**step)
        found: nw.LazyFrame[Any] | nw.DataFrame[Any] = nw.from_native(native)
        return found
    wide = nw.Decimal(38, 0) if prepared.implementation.is_pyspark() else nw.Int128
    for step in steps(Emitter(book, wide=wide, prefix=prefix, skip=skip)):
        prepared = prepared.with_columns(**step)
    return prepared


@lru_cache(maxsize=64)
def _polars_steps(book: Book, skip: frozenset[str], prefix: str) -> list[dict[str, Any]]:
    import polars as pl  # noqa: PLC0415 - loaded already where a frame is Polars'

    return list(steps(Emitter(book, ops=pl, wide=pl.Int128, prefix=prefix, skip=skip)))


def workable(source: Any, *books: Book) -> nw.LazyFrame[Any] | nw.DataFrame[Any]:
    """Give a frame on which exact integers can be computed.

    pandas and PyArrow have no integers beyond 64 bits; their columns are handed to Polars and the
    result is handed back.
    """
    try:
        frame: nw.LazyFrame[Any] | nw.DataFrame[Any] = nw.from_native(source)
    except TypeError:
        raise InputError(
            Text(
                f"不认识这种数据表：{type(source).__name__}；"
                "可用 Polars、pandas、PyArrow、DuckDB、PySpark",
                f"not a frame that is known: {type(source).__name__}; "
                "Polars, pandas, PyArrow, DuckDB and PySpark are",
            )
        ) from None
    if isinstance(frame, nw.LazyFrame):
        return frame
    polars = frame.to_polars()
    for book in books:
        refuse_fractions(polars, book)
    return nw.from_native(polars.lazy())


def given_back(found: nw.LazyFrame[Any] | nw.DataFrame[Any], source: Any) -> Any:
    """Give a frame in the kind of the source."""
    original = nw.from_native(source)
    if isinstance(original, nw.LazyFrame):
        return found.to_native()
    collected = (found.collect() if isinstance(found, nw.LazyFrame) else found).to_polars()
    if original.implementation.is_polars():
        return collected
    if original.implementation.is_pyarrow():
        return collected.to_arrow()
    pandas = collected.to_pandas(use_pyarrow_extension_array=True)
    if len(pandas) == len(source):
        pandas.index = source.index
    return pandas
