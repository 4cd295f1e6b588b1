"""What firms are short of, from the ladder and from the index, for `exchange event`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.errors import SanfuError

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl

    from sanfu.cli.exchange_files import Firms

FRAMEWORK = "shanghai-srdi"


def gaps_of(held: Firms, on: dt.date) -> pl.DataFrame:
    """Give what each firm near its next tier is short of, and for the others a weak pillar.

    Returns
    -------
    polars.DataFrame
        As `suggest_services` takes it; the firms nearest to their tier first, then those of which
        only the weakest pillar of their district is known.

    Raises
    ------
    SanfuError
        The ledger has no figures to tell it by.
    """
    import polars as pl

    from sanfu.errors import InputError
    from sanfu.ladder import firm_rows
    from sanfu.ladder.forecast import next_gaps
    from sanfu.language import Text
    from sanfu.registry import firms_on

    if held.figures.is_empty():
        raise InputError(Text("台账里没有年度数据。", "the ledger has no figures."))
    last = int(held.figures["year"].max())  # type: ignore[arg-type]
    own = next_gaps(firm_rows(held, on, year=last), held.titles, on)
    others = firms_on(held.firms, on).filter(~pl.col("firm").is_in(own["firm"].implode()))
    weak = _weak_pillars(held, last)
    pillars = others.select("firm", unit="district").join(weak, on="unit").drop("unit")
    names = held.firms.select("firm", who_name="name")
    return pl.concat([own, pillars], how="diagonal").join(
        names, on="firm", how="left", maintain_order="left"
    )


def _weak_pillars(held: Firms, year: int) -> pl.DataFrame:
    """Give the pillar in which each district stands worst: unit, about, label."""
    import polars as pl

    from sanfu.index import build_index, measure_regions, read_framework

    framework = read_framework(FRAMEWORK)
    root = next(code for code, node in framework.nodes.items() if node.parent is None)
    pillars = {c: n.name.text() for c, n in framework.nodes.items() if n.parent == root}
    schema = dict.fromkeys(("unit", "about", "label"), pl.String)
    frames = {
        "firms": held.firms, "figures": held.figures, "titles": held.titles, "tags": held.tags,
    }  # fmt: skip
    try:
        index = build_index(framework, measure_regions(FRAMEWORK, frames, years=[year]))
    except SanfuError:
        return pl.DataFrame(schema=schema)  # a list without the columns that the index reads
    worst = (
        index.frame.filter(pl.col("node").is_in(list(pillars)), pl.col("rank").is_not_null())
        .sort("unit", "rank", "node", descending=[False, True, False])
        .unique("unit", keep="first", maintain_order=True)
    )
    rows = [(unit, node, str(pillars[node])) for unit, node in worst.select("unit", "node").rows()]
    return pl.DataFrame(rows, schema=schema, orient="row")
