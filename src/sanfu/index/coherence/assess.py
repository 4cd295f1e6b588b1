"""Judge in one call whether an index hangs together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.index.coherence import findings as words
from sanfu.index.coherence import tables
from sanfu.index.coherence.limits import LIMITS, Limits
from sanfu.index.coherence.material import material_of
from sanfu.index.coherence.size import correlate_with_size
from sanfu.index.coherence.statistics import count_availability, describe_columns
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from sanfu.index.coherence.material import Material
    from sanfu.index.correlation import Correlation
    from sanfu.index.finding import Finding


@dataclass(frozen=True, eq=False)
class Coherence:
    """Whether an index hangs together: tidy tables, and what they mean."""

    statistics: pl.DataFrame
    """Of the figures as they came in: see `describe_columns`."""
    availability: pl.DataFrame
    """What each unit has: see `count_availability`."""
    correlations: pl.DataFrame
    """Pairs: ``a, b, node, r, n, p, flag``."""
    belonging: pl.DataFrame
    """Each indicator with its own node and the best other."""
    nodes: pl.DataFrame
    """Each node: alpha, components, explained, KMO, Bartlett."""
    items: pl.DataFrame
    """Each child in its node: correlation with the rest, alpha without it, loading, KMO, VIF."""
    components: pl.DataFrame
    """Eigenvalues of each node's children."""
    importance: pl.DataFrame
    """Weights against importance; empty for figures without an index."""
    size: pl.DataFrame
    """Correlations with the denominators; empty without any."""
    limits: Limits
    findings: tuple[Finding, ...]
    method: Correlation
    year: int | None

    @property
    def thresholds(self) -> pl.DataFrame:
        """Every threshold with its value and source."""
        return self.limits.frame

    def to_excel(self, path: Path | str) -> None:
        """Write the findings, every table and the thresholds, a sheet each."""
        from sanfu.index.coherence.workbook import write_coherence  # noqa: PLC0415 - on demand

        write_coherence(self, path)


def assess_coherence(
    given: Any,
    *,
    year: int | None = None,
    method: Correlation = "pearson",
    limits: Limits = LIMITS,
    sizes: Sequence[str] = (),
) -> Coherence:
    """Judge whether an index, or a bare table of figures, hangs together.

    Parameters
    ----------
    given
        A built `Index`; or any dataframe of figures, whose columns of numbers are then taken as
        the children of one node (larger is better).
    year
        Of an index with years: the year looked at; the latest if not given.
    method
        ``pearson``, ``spearman`` or ``kendall``, for the tables of correlations. Missing values
        are left out pair by pair; principal components, KMO and Bartlett use complete units.
    limits
        Thresholds; an office may set its own.
    sizes
        Columns that measure size; the framework's denominators if not given.

    Raises
    ------
    InputError
        A named year or size is not there, or the table has no numbers.

    References
    ----------
    OECD/JRC (2008), Handbook on Constructing Composite Indicators, §3; Becker, Saisana, Paruolo
    and Vandecasteele (2017), Ecological Indicators 80.
    """
    material = material_of(given, year=year, sizes=sizes)
    statistics = describe_columns(material.raw, material.raw_codes, limits)
    pairs = tables.pairs_table(material, limits, method)
    belonging = tables.belonging_table(material, method)
    nodes, items, components = tables.dimension_tables(material, limits)
    importance = tables.importance_table(material)
    size = _size(material, method)
    found = [
        *words.column_findings(material, statistics, limits),
        *words.pair_findings(material, pairs, limits),
        *words.belonging_findings(material, belonging),
        *words.node_findings(material, nodes, items, limits),
        *words.item_findings(material, items, limits),
        *words.importance_findings(material, importance, limits),
        *words.size_findings(material, size, limits),
        *_few_units(material),
    ]
    return Coherence(
        statistics=statistics,
        availability=_availability(material),
        correlations=pairs,
        belonging=belonging,
        nodes=nodes,
        items=items,
        components=components,
        importance=importance,
        size=size,
        limits=limits,
        findings=tuple(found),
        method=method,
        year=material.year,
    )


def _availability(material: Material) -> pl.DataFrame:
    below: dict[str, list[str]] = {}
    for node, children in material.children.items():
        under = [
            code
            for child in children
            for code in (below.get(child) or ([child] if child in material.raw_codes else []))
        ]
        below[node] = list(dict.fromkeys(under))
    return count_availability(
        material.raw,
        material.raw_units,
        material.raw_codes,
        {node: codes for node, codes in below.items() if codes},
    )


def _size(material: Material, method: Correlation) -> pl.DataFrame:
    return correlate_with_size(
        material.values, material.codes, material.denominators, material.sizes, method=method
    )


def _few_units(material: Material) -> list[Finding]:
    n = int((~np.isnan(material.values).all(axis=1)).sum())
    if n >= 20:
        return []
    said = Text(
        f"只有 {n} 个单元：相关、主成分和信度都很不稳定，以上各条宜作参考",
        f"only {n} units: correlations, components and alpha are unsteady; take the above as hints",
    )
    return [words.say("few-units", "note", "", said.zh, said.en)]
