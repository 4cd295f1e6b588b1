"""Lay the frames together: one row a firm, with the figures and titles of the years wanted.

Only the columns that the formulas read are taken. Titles are joined as of a date (31 December of
the year, if nothing else is said), those without any date being in force on none; a firm that
holds several titles, or several tags, stays one row: each condition on titles becomes one
true-or-false column.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw

from sanfu.errors import Fault, InputError
from sanfu.formula import Both, Call, Compare, Name, Node, Truth, Words, names_in
from sanfu.index.micro.cells import Emitter
from sanfu.language import Text
from sanfu.registry.titles import in_force

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.index.micro.plan import Cell, Plan

LazyFrame = nw.LazyFrame[Any]
LINKED = frozenset({"tier", "batch", "review"})
"""Columns of titles that a formula may compare directly."""
CLOSED = ("closed", "cancelled", "deregistered")
"""Column of firms that says when one ceased, if there is one; the first found is read."""


@dataclass(frozen=True)
class Frames:
    """The ledger's frames as lazy Narwhals frames of one backend, and their columns."""

    firms: LazyFrame | None
    figures: LazyFrame | None
    titles: LazyFrame | None
    tags: LazyFrame | None
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()

    @classmethod
    def take(cls, frames: Any) -> Frames:
        """Take a mapping of frames, or an object with them as attributes (a ledger)."""
        found: dict[str, LazyFrame | None] = {}
        for name in ("firms", "figures", "titles", "tags"):
            given = frames.get(name) if hasattr(frames, "get") else getattr(frames, name, None)
            found[name] = None if given is None else lazy(given)
        if found["firms"] is None and found["figures"] is None:
            raise InputError(
                Text(
                    "缺少企业数据：frames 里应有 firms 或 figures。",
                    "no firms: frames must hold firms or figures.",
                )
            )
        kinds = {str(frame.implementation) for frame in found.values() if frame is not None}
        if len(kinds) > 1:
            shown = ", ".join(sorted(kinds))
            raise InputError(
                Text(
                    f"几张表应在同一种数据引擎里，找到：{shown}。",
                    f"the frames must be of one backend; found: {shown}.",
                )
            )
        schemas = {
            name: {} if frame is None else dict(frame.collect_schema())
            for name, frame in found.items()
        }
        kinds_of = {**schemas["firms"], **schemas["figures"]}
        return cls(
            **found,
            columns={name: tuple(schema) for name, schema in schemas.items()},
            flags=frozenset(name for name, kind in kinds_of.items() if kind == nw.Boolean),
            texts=frozenset(name for name, kind in kinds_of.items() if kind == nw.String),
        )

    def home(self, name: str) -> tuple[str, int] | None:
        """Find where a name lives: its frame and how many years back its suffix says."""
        for frame in ("figures", "firms"):
            if name in self.columns[frame]:
                return frame, 0
        stem, _, back = name.rpartition("_")
        if back in ("1", "2", "3") and stem in self.columns["figures"]:
            return "figures", int(back)
        return None

    def ceased(self) -> str | None:
        """Give the column that says when a firm ceased."""
        return next((name for name in CLOSED if name in self.columns["firms"]), None)


def lazy(frame: Any) -> LazyFrame:
    """Make any dataframe a lazy Narwhals frame; pandas gets Arrow types, which know missing."""
    native = nw.to_native(frame, pass_through=True)
    if type(native).__module__.startswith("pandas"):
        native = native.convert_dtypes(dtype_backend="pyarrow")
    found: LazyFrame = nw.from_native(native).lazy()
    moments = [name for name, kind in found.collect_schema().items() if kind == nw.Datetime]
    return found.with_columns(*(nw.col(m).cast(nw.Date) for m in moments)) if moments else found


def faults_of(plans: Sequence[Plan], frames: Frames) -> list[Fault]:
    """Find the names that no frame has."""
    faults = []
    known = {*frames.columns["firms"], *frames.columns["figures"], *LINKED, "age"}
    known_titles = {*frames.columns["titles"], *frames.columns["tags"]}
    for plan in plans:
        for name in dict.fromkeys(name for p in plan.primitives() for name in row_names(p.cell)):
            if name in known or frames.home(name) or name in known_titles:
                continue
            near = "、".join(_near(name, known)) or "、".join(sorted(known)[:8])
            faults.append(
                Fault(
                    None,
                    plan.indicator,
                    Text(
                        f"数据里没有“{name}”；相近的有：{near}",
                        f"no frame has “{name}”; near to it: {near}",
                    ),
                )
            )
    return faults


def row_names(cell: Cell) -> list[str]:
    """Give the names that a cell reads of a firm."""
    nodes = [node for node in (cell.value, cell.where) if node is not None]
    return [name for node in nodes for name in names_in(node)]


def _near(name: str, known: set[str]) -> list[str]:
    import difflib  # noqa: PLC0415 - only for a message

    return difflib.get_close_matches(name, known, n=3, cutoff=0.6)


class YearTable:
    """Collects what the cells of one year read, then lays the table together.

    Columns of the table are named ``name@lag``; conditions on titles and tags ``held@i@lag``.
    """

    def __init__(self, frames: Frames, year: int, day: tuple[int, int] = (12, 31)) -> None:
        self.frames = frames
        self.figures = cast("LazyFrame", frames.figures)
        self.year = year
        self.day = day
        self.read: dict[tuple[str, int], None] = {}
        self.held: dict[tuple[Call, int], str] = {}
        self.lags: set[int] = {0}
        self.emitter = Emitter(self.column, self.holds, self.exists, LINKED, frames.flags)

    def date(self, lag: int) -> dt.date:
        """Give the date as of which titles count."""
        return dt.date(self.year - lag, *self.day)

    def column(self, name: str, lag: int) -> nw.Expr:
        """Give the expression of a name so many years back, and note that it is read."""
        if name == "age":
            founded = self.column("founded", 0)
            date = self.date(lag)
            full = date.year - founded.dt.year()
            later = (founded.dt.month() > date.month) | (
                (founded.dt.month() == date.month) & (founded.dt.day() > date.day)
            )
            return full - nw.when(later).then(nw.lit(1)).otherwise(0)
        home = self.frames.home(name)
        if home is None:  # `faults_of` has said so before
            raise InputError(Text(f"数据里没有“{name}”。", f"no frame has “{name}”."))
        frame, back = home
        if frame == "firms":
            self.read[name, 0] = None
            return nw.col(f"{name}@0")
        stem = name if back == 0 else name.rpartition("_")[0]
        self.lags.add(lag + back)
        self.read[stem, lag + back] = None
        return nw.col(f"{stem}@{lag + back}")

    def holds(self, call: Call, lag: int) -> nw.Expr:
        """Give the column of a condition on titles or tags."""
        self.lags.add(lag)
        key = (call, lag)
        if key not in self.held:
            self.held[key] = f"held@{len(self.held)}@{lag}"
        return nw.col(self.held[key])

    def exists(self, lag: int, *, filed: bool = False) -> nw.Expr | None:
        """Tell whether the firm was there, from its founding and its end.

        A firm that was merged into another is there until the day of its merger; with `filed` to
        the end of that year, whose figures stay its own.
        """
        self.lags.add(lag)
        tests = []
        if "founded" in self.frames.columns["firms"]:
            founded = self.column("founded", 0)
            tests.append((founded <= self.date(lag)) | founded.is_null())
        ceased = self.frames.ceased()
        if ceased is not None:
            end = self.column(ceased, 0)
            tests.append((end > self.date(lag)) | end.is_null())
        if "merged_on" in self.frames.columns["firms"]:
            merged = self.column("merged_on", 0)
            date = self.date(lag)
            last = dt.date(date.year - 1, 12, 31) if filed else date
            tests.append((merged > last) | merged.is_null())
        if self.frames.firms is None and lag > 0:
            self.read["year", lag] = None
            tests.append(~nw.col(f"year@{lag}").is_null())
        if not tests:
            return None
        return reduce(and_, tests)

    def build(self, by: Sequence[str]) -> LazyFrame:
        """Lay the table together: the columns of `by`, ``firm``, and all that was read."""
        frames = self.frames
        wanted: dict[str, dict[int, list[str]]] = {"firms": {}, "figures": {}}
        for name, lag in self.read:
            home = frames.home(name)
            frame = "firms" if home is None else home[0]
            wanted[frame].setdefault(lag, []).append(name)
        keys = dict.fromkeys(by)
        if frames.firms is None:
            return self._from_figures(self.figures, tuple(keys), wanted["figures"])
        table = frames.firms.select(
            nw.col("firm"),
            *(nw.col(name) for name in keys if name in frames.columns["firms"]),
            *(nw.col(name).alias(f"{name}@0") for name in wanted["firms"].get(0, ())),
        )
        moving = [name for name in keys if name not in frames.columns["firms"]]
        lags = {*wanted["figures"], *((0,) if moving else ())}
        for lag in sorted(lags):
            names = wanted["figures"].get(lag, [])
            extra = moving if lag == 0 else []
            table = table.join(self._of_year(self.figures, lag, names, extra), "firm", how="left")
        return self._linked(table)

    def _from_figures(
        self, figures: LazyFrame, keys: tuple[str, ...], wanted: dict[int, list[str]]
    ) -> LazyFrame:
        names = wanted.get(0, [])
        if set(wanted) <= {0} and not self.held:
            has = self.frames.columns["figures"]
            table = figures.filter(nw.col("year") == self.year) if "year" in has else figures
            firm = [nw.col("firm")] if "firm" in has else []
            columns = [nw.col(name).alias(f"{name}@0") for name in names]
            return table.select(*firm, *(nw.col(key) for key in keys), *columns)
        table = self._of_year(figures, 0, names, list(keys))
        for lag in sorted(set(wanted) - {0}):
            other = self._of_year(figures, lag, wanted[lag], [])
            table = table.join(other, "firm", how="left")
        return self._linked(table)

    def _of_year(
        self, figures: LazyFrame, lag: int, names: Sequence[str], keys: Sequence[str]
    ) -> LazyFrame:
        return figures.filter(nw.col("year") == self.year - lag).select(
            nw.col("firm"),
            *(nw.col(key) for key in keys),
            *(nw.col(name).alias(f"{name}@{lag}") for name in names),
        )

    def _linked(self, table: LazyFrame) -> LazyFrame:
        for lag in sorted({lag for _, lag in self.held}):
            for source in ("titles", "tags"):
                conditions = {
                    name: call
                    for (call, of), name in self.held.items()
                    if of == lag and (call.function == "title") == (source == "titles")
                }
                if conditions:
                    table = self._join(table, source, conditions, lag)
        return table

    def _join(
        self, table: LazyFrame, source: str, conditions: Mapping[str, Call], lag: int
    ) -> LazyFrame:
        frame = self.frames.titles if source == "titles" else self.frames.tags
        has = self.frames.columns[source]
        if frame is None:
            zh = "称号表 titles" if source == "titles" else "标签表 tags"
            raise InputError(
                Text(
                    f"公式用到{zh}，但没有给出。",
                    f"a formula reads the frame {source}, which is not given.",
                )
            )
        if source == "titles":
            frame = frame.filter(in_force(nw.col("granted"), nw.col("expires"), self.date(lag)))
        rows = Emitter(lambda name, _: nw.col(name), self.holds, lambda _: None)
        tests = {name: _condition_of(call, has, source) for name, call in conditions.items()}
        flags = frame.select(
            nw.col("firm"),
            *(
                nw.when(rows.condition(test, 0)).then(nw.lit(1)).otherwise(0).alias(name)
                for name, test in tests.items()
            ),
        )
        one = flags.group_by("firm").agg(*(nw.col(name).max() for name in conditions))
        joined = table.join(one, "firm", how="left")
        return joined.with_columns(
            *((nw.col(name).fill_null(0) == 1).alias(name) for name in conditions)
        )


def _condition_of(call: Call, has: Sequence[str], source: str) -> Node:
    if call.function == "tagged":
        tests: list[Node] = [Compare("==", Name("tag"), call.arguments[0])]
        tests += [Compare("==", Name(key), value) for key, value in call.keywords]
        found: Node = tests[0] if len(tests) == 1 else Both(tuple(tests))
    elif call.arguments:
        found = call.arguments[0]
    else:
        found = Truth(value=True)
    unknown = [name for name in names_in(found) if name not in has]
    if unknown or any(isinstance(item, Words) for item in (found,)):
        raise InputError(
            Text(
                f"{source} 表里没有“{'、'.join(unknown)}”列。",
                f"the frame {source} has no column “{', '.join(unknown)}”.",
            )
        )
    return found
