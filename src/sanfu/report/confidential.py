"""Tables of firms that give no firm away: rules a cell, further hiding over totals, and a log.

From one row a firm a table with its totals is made; a cell that a rule forbids is hidden, and with
it as few others as keep it from being worked out (see `suppress`). Rules and their levels:
Hundepool et al. (2012), Statistical Disclosure Control, ch. 4 and table 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index import Confidentiality
from sanfu.language import Text
from sanfu.report.blocks import Table, TableColumn
from sanfu.report.facts import exact, grouped
from sanfu.report.linked import Withheld, crossed
from sanfu.report.suppress import Problem, suppress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sanfu.report.blocks import Document, Inline

TOTAL = "\0total"
"""Stands for “all” in a dimension; no label of a user's has this character."""
HIDDEN = "×"
WHY = {
    "min_firms": Text("企业数过少", "too few firms"),
    "dominance": Text("少数企业占比过大", "dominated by few firms"),
    "p_percent": Text("可推算出个别企业", "one firm could be worked out"),
    "complementary": Text("为防由合计倒推", "hidden so that another cannot be worked out"),
}
_ALL = Text("合计", "total")
NOTE = Text(
    f"{HIDDEN} 为保护企业信息不公布；合计仍含这些数。",
    f"{HIDDEN}: not published, to protect firms; totals include it.",
)


@dataclass(frozen=True)
class Protected:
    """A table with its totals, of which some cells are hidden.

    Attributes
    ----------
    by
        The dimensions' columns.
    frame
        One row a cell: the dimensions (`TOTAL` in one is its total), `value` and `n` (missing
        where hidden), `hidden`.
    log
        One row a hidden cell: the dimensions, `rule`, `why`. Nothing in it tells a value.
    """

    by: tuple[str, ...]
    frame: pl.DataFrame
    log: pl.DataFrame

    def figure_frame(self, **names: str) -> pl.DataFrame:
        """Give the cells without totals, for a figure; a hidden value is missing.

        Parameters
        ----------
        names
            What the figure calls the columns, such as ``row="district", value="value"``.
        """
        inner = self.frame.filter(pl.all_horizontal(pl.col(self.by) != TOTAL))
        return inner.select([pl.col(old).alias(new) for new, old in names.items()])

    def withheld(self, table: Text) -> Iterator[Withheld]:
        """List what is hidden, for the log of a report."""
        for row in self.log.to_dicts():
            labels = [_ALL if row[by] == TOTAL else row[by] for by in self.by]
            yield Withheld(table, crossed(*labels), row["rule"])


def protect(
    firms: pl.DataFrame,
    by: Sequence[str],
    *,
    value: str | None = None,
    rules: Confidentiality | None = None,
    protection: float = 0.1,
    labels: Mapping[str, Sequence[str]] | None = None,
    totals: bool = True,
    told: Mapping[tuple[str, ...], bool] | None = None,
) -> Protected:
    """Make a table of firms with its totals, and hide what would give one away.

    Parameters
    ----------
    firms
        One row a firm; a firm with a missing dimension is left out, one with a missing value adds
        nothing. A firm must stand once: where it has several tags, make one table a tag.
    by
        One to three columns whose labels are the table's dimensions.
    value
        The column summed, none negative; without one, firms are counted.
    rules
        By default, at least 3 firms, and none with more than three quarters of a total.
    protection
        How close a reader may come to a hidden value, as a share of it (never closer than one
        firm where firms are counted).
    labels
        Labels of a dimension in their order, also those without any firm.
    totals
        Whether totals are published; without them nothing can be subtracted.
    told
        Labels of a cell → whether another table prints it (it is then not hidden here) or hides it
        (it is then hidden here too).

    Raises
    ------
    InputError
        A value is negative, or there are no or more than three dimensions.
    CannotProtect
        The table has too few other cells to hide along.
    """
    rules = rules or Confidentiality()
    cells = _cells(firms, tuple(by), value, labels or {}, totals=totals)
    found: dict[int, str] = {}
    levels: dict[int, float] = {}
    printed: list[bool] = []
    for place, row in enumerate(cells.to_dicts()):
        rule, level = broken_rule(row, rules, protection, counted=value is None)
        elsewhere = (told or {}).get(tuple(row[name] for name in by))
        if rule:
            found[place], levels[place] = rule, level
        elif elsewhere is False:
            found[place], levels[place] = "complementary", 0.0
        printed.append(elsewhere is True and not rule)
    values = cells["value"].to_numpy().astype(np.float64)
    sensitive = np.array(sorted(found), dtype=np.int64)
    away = np.array([levels[int(place)] for place in sensitive], dtype=np.float64)
    hidden = np.zeros(len(values), dtype=bool)
    if totals:
        most = max(float(values.max(initial=0.0)), 1.0)
        equations = _equations(cells, tuple(by))
        problem = Problem(
            values=values,
            equations=equations,
            sensitive=sensitive,
            below=np.minimum(away, values[sensitive]),
            above=away,
            costs=1.0 + values / most,
            insiders=() if value is None else _insiders(cells, equations, sensitive),
            told=np.array(printed, dtype=bool) if told else None,
        )
        hidden = suppress(problem) if rules.complementary else hidden
    hidden[sensitive] = True
    return _protected(cells, tuple(by), hidden, found)


def _cells(
    firms: pl.DataFrame,
    by: tuple[str, ...],
    value: str | None,
    labels: Mapping[str, Sequence[str]],
    *,
    totals: bool,
) -> pl.DataFrame:
    """Give every cell of the table and of its totals: value, n, and the largest contributions."""
    if not 1 <= len(by) <= 3:
        raise InputError(
            Text(f"表应有一到三个维度，找到 {len(by)} 个。", f"1 to 3 dimensions, not {len(by)}.")
        )
    known = (
        firms.with_row_index("_firm")
        .drop_nulls(list(by))
        .with_columns(
            [pl.col(name).cast(pl.String) for name in by]
            + [(pl.lit(1.0) if value is None else pl.col(value).cast(pl.Float64)).alias("_x")]
        )
    )
    if known.filter(pl.col("_x") < 0).height:
        raise InputError(
            Text(
                f"列“{value}”有负数，无法用优势规则和合计保护；请先分开正负。",
                f"column “{value}” has negative values, which these rules do not cover; part them.",
            )
        )
    order = {
        name: list(labels.get(name) or known[name].unique(maintain_order=False).sort())
        for name in by
    }
    x = pl.col("_x").drop_nulls()
    parts = []
    left_out = [combo for size in range(len(by) + 1) for combo in combinations(by, size)]
    for over in left_out if totals else [()]:
        kept = [name for name in by if name not in over]
        sums = [
            x.sum().alias("value"),
            x.len().cast(pl.Int64).alias("n"),
            x.top_k(1).sum().alias("first"),
            x.top_k(2).sum().alias("two"),
            pl.col("_firm").filter(pl.col("_x").is_not_null()).first().alias("who"),
            x.sort(descending=True).alias("all"),
        ]
        grid = pl.DataFrame({"_": [0]})
        for name in kept:
            grid = grid.join(
                pl.DataFrame({name: order[name]}, schema={name: pl.String}), how="cross"
            )
        part = known.group_by(kept).agg(sums) if kept else known.select(sums_as_lists(sums))
        joined = grid.join(part, on=kept, how="left") if kept else part
        parts.append(joined.with_columns([pl.lit(TOTAL).alias(name) for name in over]))
    columns = [*by, "value", "n", "first", "two", "who", "all"]
    return pl.concat([part.select(columns) for part in parts]).with_columns(
        pl.col("value", "first", "two").fill_null(0.0), pl.col("n").fill_null(0)
    )


def sums_as_lists(sums: Sequence[pl.Expr]) -> list[pl.Expr]:
    """Give the sums over all rows, the list of contributions as one list."""
    return [*sums[:-1], sums[-1].implode()]


def broken_rule(
    row: dict[str, Any], rules: Confidentiality, protection: float, *, counted: bool
) -> tuple[str, float]:
    """Tell which rule a cell breaks, and how far a reader's bounds must stay from its value.

    Parameters
    ----------
    row
        ``value``, ``n`` (firms), ``first`` and ``two`` (the largest firm's part, the two
        largest's), ``all`` (every firm's, the largest first); `parts_of` gives it.
    """
    floor = max(protection * row["value"], 1.0 if counted else 0.0)
    if rules.min_firms is not None and 0 < row["n"] < rules.min_firms:
        return "min_firms", floor
    if counted or row["value"] <= 0:
        return "", 0.0
    if rules.dominance is not None:
        n, k = rules.dominance
        top = sum((row["all"] or [])[:n])
        if top > k * row["value"]:
            return "dominance", max(floor, top / k - row["value"])
    if rules.p_percent is not None:
        rest = row["value"] - row["two"]
        if rest < rules.p_percent * row["first"]:
            return "p_percent", max(floor, rules.p_percent * row["first"] - rest)
    return "", 0.0


def parts_of(amounts: Iterable[float]) -> dict[str, Any]:
    """Give what `broken_rule` asks of a sum, from each firm's part of it."""
    held = sorted(amounts, reverse=True)
    return {
        "value": sum(held), "n": len(held), "first": sum(held[:1]), "two": sum(held[:2]),
        "all": held,
    }  # fmt: skip


def _equations(cells: pl.DataFrame, by: tuple[str, ...]) -> Any:
    """Give one equation a total: its parts in one dimension, less itself."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - when a table is protected

    keys = [tuple(row) for row in cells.select(by).rows()]
    places = {key: place for place, key in enumerate(keys)}
    entries: list[tuple[int, int, float]] = []
    count = 0
    for axis in range(len(by)):
        lines: dict[tuple[str, ...], list[int]] = {}
        for place, key in enumerate(keys):
            if key[axis] != TOTAL:
                lines.setdefault((*key[:axis], TOTAL, *key[axis + 1 :]), []).append(place)
        for total, line in lines.items():
            entries += [(count, place, 1.0) for place in line]
            entries.append((count, places[total], -1.0))
            count += 1
    if not entries:  # a table of nothing
        return csr_matrix((0, len(keys)))
    rows, columns, ones = zip(*entries, strict=True)
    return csr_matrix((ones, (rows, columns)), shape=(count, len(keys)))


def _insiders(
    cells: pl.DataFrame, equations: Any, sensitive: np.ndarray[Any, Any]
) -> tuple[tuple[int, ...], ...]:
    """Give for each sensitive cell those of a single firm in its lines: that firm knows its own."""
    single, who = cells["n"].to_numpy() == 1, cells["who"].to_list()
    made = []
    for cell in sensitive:
        lines = equations[equations[:, [cell]].nonzero()[0]]
        near = np.unique(lines.nonzero()[1])
        made.append(
            tuple(
                int(i)
                for i in near
                if single[i] and i != cell and not (single[cell] and who[i] == who[cell])
            )
        )
    return tuple(made)


def _protected(
    cells: pl.DataFrame, by: tuple[str, ...], hidden: np.ndarray[Any, Any], found: dict[int, str]
) -> Protected:
    frame = cells.select(*by, "value", "n").with_columns(hidden=pl.Series(hidden))
    rules = [found.get(place, "complementary") for place in np.flatnonzero(hidden).tolist()]
    return with_log(frame, by, rules)


def with_log(frame: pl.DataFrame, by: tuple[str, ...], rules: Sequence[str]) -> Protected:
    """Make a protected table of a frame that says what is hidden, and the rule of each such cell.

    Parameters
    ----------
    frame
        The dimensions, `value`, `n` and `hidden`; values and n of hidden cells are taken out.
    """
    shown = pl.col("hidden").not_()
    return Protected(
        by,
        frame.with_columns(value=pl.when(shown).then("value"), n=pl.when(shown).then("n")),
        frame.filter("hidden")
        .select(by)
        .with_columns(
            rule=pl.Series(rules, dtype=pl.String),
            why=pl.Series([str(WHY[rule]) for rule in rules], dtype=pl.String),
        ),
    )


def protected_table(
    protected: Protected,
    *,
    caption: str,
    heading: str,
    show: Callable[[float], Inline] | None = None,
    source: str = "",
    synthetic: bool = False,
) -> Table:
    """Give a table of one or two dimensions as a block, its totals last, × where hidden.

    Parameters
    ----------
    heading
        What stands above the first column.
    show
        Prints a value; by default without decimals.
    """
    printed: Callable[[float], Inline] = show or (lambda number: grouped(exact(number), 0))
    rows_by, *across = protected.by
    frame = protected.frame
    downs = frame[rows_by].unique(maintain_order=True).to_list()
    heads = frame[across[0]].unique(maintain_order=True).to_list() if across else [TOTAL]
    cells = {(row[rows_by], row[across[0]] if across else TOTAL): row for row in frame.to_dicts()}

    def cell(down: str, head: str) -> Inline:
        row = cells[down, head]
        return HIDDEN if row["hidden"] else printed(row["value"])

    total = str(Text("合计", "total"))
    value = str(Text("数值", "value"))
    labels = [total if head == TOTAL else head for head in heads] if across else [value]
    note = str(NOTE) if protected.log.height else ""
    return Table(
        caption,
        (TableColumn(heading), *(TableColumn(label, "right") for label in labels)),
        tuple(
            (total if down == TOTAL else down, *(cell(down, head) for head in heads))
            for down in downs
        ),
        source=" ".join(part for part in (source, note) if part),
        synthetic=synthetic,
    )


def for_the_public(document: Document) -> Document:
    """Give a document whose traces name the cells that numbers came from, but not what they hold.

    A trace leads to single firms' cells, such as ``f.xlsx › s › B2 = 5,000``; what goes out of the
    office keeps the address and leaves out the value. Formulas and inputs stay.
    """
    traces = {
        key: replace(trace, cells=tuple(cell.rpartition(" = ")[0] or cell for cell in trace.cells))
        for key, trace in document.traces.items()
    }
    return replace(document, traces=traces)


def withhold_all(protected: Protected) -> Protected:
    """Hide every cell of a table that cannot be protected otherwise."""
    known = {row[: len(protected.by)]: row[-2] for row in protected.log.rows()}
    keys = protected.frame.select(protected.by).rows()
    return with_log(
        protected.frame.with_columns(hidden=pl.lit(value=True)),
        protected.by,
        [known.get(key, "complementary") for key in keys],
    )


def withheld_table(withheld: Sequence[Withheld]) -> Table:
    """Give the log as it may be published: which cells, not by which rule.

    Who knows that a cell is hidden because few firms are in it knows nearly its value; the rule of
    each cell stands in the office's own log.
    """
    rows = tuple(dict.fromkeys((str(one.table), str(one.cell)) for one in withheld))
    why = Text(
        "原因为下列之一：企业数过少、少数企业占比过大、为防由合计倒推；逐格写明原因等于泄露，"
        "由本单位另存。",
        "Each for one of: too few firms, a few firms that dominate, to keep another from being "
        "worked out. To say which of each would give it away; the office keeps that list.",
    )
    return Table(
        str(Text("为保护企业信息未公布的数", "figures not published, to protect firms")),
        (
            TableColumn(str(Text("表", "table")), share=2),
            TableColumn(str(Text("单元格", "cell")), share=3),
        ),
        rows or (("—", str(Text("没有", "none"))),),
        source=str(why) if rows else "",
    )


def log_table(tables: Mapping[str, Protected]) -> Table:
    """Give the log of what was hidden in each table and why, for the appendix."""
    total = str(Text("合计", "total"))
    rows = tuple(
        (
            name,
            " × ".join(total if row[by] == TOTAL else row[by] for by in table.by),
            row["why"],
        )
        for name, table in tables.items()
        for row in table.log.to_dicts()
    )
    return Table(
        str(Text("为保护企业信息未公布的数", "figures not published, to protect firms")),
        (
            TableColumn(str(Text("表", "table")), share=2),
            TableColumn(str(Text("单元格", "cell")), share=3),
            TableColumn(str(Text("原因", "why")), share=3),
        ),
        rows or (("—", str(Text("没有", "none")), "—"),),
    )
