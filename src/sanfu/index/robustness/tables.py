"""Normalised tables of all variants: the steps are run once for each, from the last they share.

The result is one tensor (variant × row × indicator), on the rows and indicators of the figures as
they were read; what a variant drops is NaN and said so.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.errors import InputError
from sanfu.index.build import run_step, start_run
from sanfu.index.robustness.impossible import ImpossibleCombination

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sanfu.index.figures import Figures
    from sanfu.index.framework import Framework
    from sanfu.index.moments import Array
    from sanfu.index.normalise import Parity
    from sanfu.index.steps import Run
    from sanfu.language import Text


@dataclass(frozen=True, eq=False)
class Variant:
    """What gives one normalised table."""

    framework: Framework
    without: tuple[str, ...] = ()
    """Units that are not there."""
    draw: int = -1
    """Which draw of the figures; −1 is the figures themselves."""
    imputation: int = -1
    """Which data set of multiple imputation; −1 is their mean."""
    label: str = ""
    """What the replicates that use it take, for errors."""


_STEP_ENTRIES = {
    *("direction", "denominator", "scale", "goalposts", "target", "cap", "transform"),
    *("impute", "treat", "normalise"),
}


@dataclass(frozen=True, eq=False)
class Tables:
    """The normalised figures of all variants."""

    values: Array
    """``(variant, row, indicator)``; NaN is missing or dropped."""
    rows: NDArray[np.bool_]
    """``(variant, row)``: which rows a variant scores."""
    indicators: NDArray[np.bool_]
    """``(variant, indicator)``: which indicators it has."""
    codes: tuple[str, ...]
    runs: Mapping[int, Run] = field(default_factory=dict)
    """Variant → the state after its last step, where it is asked for."""


def make_tables(
    figures: Figures,
    variants: Sequence[Variant],
    parity: Parity,
    draws: Array | None = None,
    *,
    keep_runs: bool = False,
) -> Tables:
    """Run the steps of every variant.

    Parameters
    ----------
    figures
        As they were read.
    draws
        ``(draw, row, indicator)``: the figures' values under each draw.
    keep_runs
        Keep the state after the last step, for weights that are derived from it.

    Raises
    ------
    ImpossibleCombination
        A step cannot be done in some variants; all of them are said.
    """
    n, m = figures.values.shape
    values = np.full((len(variants), n, m), np.nan)
    rows = np.zeros((len(variants), n), dtype=bool)
    indicators = np.zeros((len(variants), m), dtype=bool)
    place = {code: column for column, code in enumerate(figures.codes)}
    frameworks = {id(variant.framework): variant.framework for variant in variants}
    told = {key: _indicator_rules(framework) for key, framework in frameworks.items()}
    heads = [(v.draw, v.without, told[id(v.framework)]) for v in variants]
    ways = [_way(variant) for variant in variants]
    order = sorted(range(len(variants)), key=lambda i: (heads[i], ways[i]))
    runs: dict[int, Run] = {}
    refused: list[tuple[str, Text]] = []
    chain: list[tuple[object, Run]] = []  # the last variant's way, step by step
    others = figures.others.with_columns(pl.Series(_ROW, np.arange(n)))
    numbered = replace(figures, others=others)
    for i in order:
        variant = variants[i]
        keys: list[object] = [heads[i], *ways[i]]
        shared = 0
        while shared < len(chain) and chain[shared][0] == keys[shared]:
            shared += 1
        del chain[shared:]
        try:
            if not chain:
                chain.append((heads[i], _begin(variant, numbered, parity, draws)))
            for key, (name, _) in zip(keys[len(chain) :], ways[i][len(chain) - 1 :], strict=True):
                run = _copy(chain[-1][1], variant.framework)
                if name == _CHOOSE:
                    choose_imputation(run, variant.imputation)
                else:
                    run_step(run, name)
                chain.append((key, run))
        except InputError as wrong:
            refused.append((variant.label, wrong.text))
            continue
        done = chain[-1][1].figures
        where = done.others[_ROW].to_numpy()
        columns = [place[code] for code in done.codes]
        values[i][np.ix_(where, np.asarray(columns))] = done.values
        rows[i, where] = True
        indicators[i, columns] = True
        if keep_runs:
            runs[i] = chain[-1][1]
    if refused:
        raise ImpossibleCombination(refused)
    return Tables(values, rows, indicators, figures.codes, runs)


def _indicator_rules(framework: Framework) -> str:
    """Say what the indicators themselves declare of the steps."""
    return "".join(
        code + part.model_dump_json(include=_STEP_ENTRIES)
        for code, part in framework.indicators.items()
    )


_CHOOSE = "choose"
"""The step in which one of several imputed data sets is taken."""


def _way(variant: Variant) -> tuple[tuple[str, str], ...]:
    """Give each step with the rule on which its result depends, as text."""
    found: list[tuple[str, str]] = []
    for name in variant.framework.method.order:
        rule = getattr(variant.framework.method, name)
        found.append((name, "" if rule is None else rule.model_dump_json()))
        if name == "impute" and variant.imputation >= 0:
            found.append((_CHOOSE, str(variant.imputation)))
    return tuple(found)


_ROW = "\0row"
"""Column of the figures that keeps the row's place through the steps."""


def _begin(variant: Variant, figures: Figures, parity: Parity, draws: Array | None) -> Run:
    if variant.draw >= 0 and draws is not None:
        figures = figures.with_values(np.asfortranarray(draws[variant.draw]))
    if variant.without:
        figures = figures.take(~np.isin(figures.units.astype(str), list(variant.without)))
    used = np.asarray([code in variant.framework.indicators for code in figures.codes])
    return start_run(variant.framework, figures.keep(used), parity)


def _copy(run: Run, framework: Framework) -> Run:
    """Give a state of its own: steps change some of the arrays in place."""
    return replace(
        run,
        framework=framework,
        observed=run.observed.copy(),
        goalposts=run.goalposts.copy(),
        targets=run.targets.copy(),
        steps=list(run.steps),
        findings=list(run.findings),
    )


def choose_imputation(run: Run, imputation: int) -> None:
    """Take one of the imputed data sets in the place of their mean; −1 leaves the mean."""
    if imputation >= 0 and run.draws is not None:
        run.figures = run.figures.with_values(np.asfortranarray(run.draws[imputation]))


def without_units(figures: Figures, units: Sequence[str]) -> Figures:
    """Give the figures without some units."""
    return figures.take(~np.isin(figures.units.astype(str), list(units)))


def align_draws(
    figures: Figures,
    values: Array,
    *,
    units: Sequence[str] | None = None,
    indicators: Sequence[str] | None = None,
    year: int | None = None,
) -> Array:
    """Put draws ``(draw, unit, indicator)`` in the place of the figures' own values.

    Rows and indicators without draws keep their figures; a draw without a value keeps none. A
    figure that is missing (or hidden for confidentiality) stays so in every draw.
    """
    names: Mapping[str, int] = {str(unit): place for place, unit in enumerate(units or ())}
    result = np.repeat(figures.values[None], len(values), axis=0)
    codes = list(figures.codes if indicators is None else indicators)
    columns = [
        (figures.codes.index(code), codes.index(code)) for code in codes if code in figures.codes
    ]
    for row, unit in enumerate(figures.units.tolist()):
        if units is not None and str(unit) not in names:
            continue
        if year is not None and figures.years is not None and figures.years[row] != year:
            continue
        source = row if units is None else names[str(unit)]
        for column, own in columns:
            if not np.isnan(figures.values[row, column]):
                result[:, row, column] = values[:, source, own]
    return result
