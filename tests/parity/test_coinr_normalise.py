"""Every normalisation of COINr 1.1.14 on the ASEM data (treated) and on the synthetic ones.

Calls: ``Normalise(coin, dset, f_n, f_n_para)``; ../shared/golden/coinr/INDEX.csv.
"""

from __future__ import annotations

import numpy as np
import pytest

from sanfu.index.method_normalise import (
    Borda,
    DistanceToMaximum,
    DistanceToReference,
    FractionOfMaximum,
    MinMax,
    PercentileRank,
    Rank,
    Scaled,
    ZScore,
)
from sanfu.index.normalise import normalise, normalise_goalposts, normalise_scaled, orient

CASES = {
    "minmax_0_100": MinMax(),
    "minmax_1_100": MinMax(low=1),
    "zscore_0_1": ZScore(),
    "zscore_10_2": ZScore(mean=10, sd=2),
    "scaled_0_100": Scaled(),
    "dist2max": DistanceToMaximum(),
    "dist2ref_10": DistanceToReference(unit="9"),
    "dist2ref_10_cap": DistanceToReference(unit="9", cap=True),
    "fracmax": FractionOfMaximum(),
    "borda": Borda(),
    "borda_average": Borda(ties="average"),
    "rank_min": Rank(),
    "rank_average": Rank(ties="average"),
    "prank_min": PercentileRank(),
    "prank_max": PercentileRank(ties="max"),
}


def data_of(coinr, which):
    framework = coinr.framework(which)
    codes = list(framework.indicators)
    name = "asem_stages/Treated.csv" if which == "asem" else "input/synth_iData.csv"
    direction = np.array([framework.indicators[code].direction for code in codes], dtype=float)
    return codes, coinr.matrix(name, codes), direction


@pytest.mark.shared
@pytest.mark.parametrize("which", ["asem", "synth"])
@pytest.mark.parametrize("name", CASES)
def test_a_normalisation_gives_coinrs_numbers(coinr, which, name):
    codes, x, direction = data_of(coinr, which)
    units = [str(row) for row in range(len(x))]

    z = normalise(x, CASES[name], direction, units=units, parity="COINr")

    expected = coinr.matrix(f"normalise/{which}_{name}.csv", codes)
    largest = np.max(np.abs(expected[np.isfinite(expected)]))
    np.testing.assert_allclose(z, expected, rtol=1e-12, atol=1e-14 * largest)


def parameters(coinr, codes, *names):
    table = coinr.table("normalise/iMeta_with_parameters.csv")
    by_code = {row["iCode"]: row for row in table.iter_rows(named=True)}
    return [np.array([float(by_code[code][name]) for code in codes]) for name in names]


@pytest.mark.shared
def test_targets_of_each_indicator_give_coinrs_numbers(coinr):
    from sanfu.index.method_normalise import DistanceToTarget

    codes, _, direction = data_of(coinr, "asem")
    x = coinr.matrix("asem_stages/Raw.csv", codes)
    (target,) = parameters(coinr, codes, "Target")

    z = normalise(x, DistanceToTarget(cap=True), direction, target=target, parity="COINr")

    expected = coinr.matrix("normalise/asemRaw_use_iMeta_n_dist2targ.csv", codes)
    np.testing.assert_allclose(z, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.shared
def test_goalposts_of_each_indicator_give_coinrs_numbers(coinr):
    codes, _, direction = data_of(coinr, "asem")
    x = orient(coinr.matrix("asem_stages/Raw.csv", codes), direction)
    posts = np.stack(parameters(coinr, codes, "goalpost_lower", "goalpost_upper"))
    turned = np.sort(posts * direction, axis=0)

    z = normalise_goalposts(x, lower=turned[0], upper=turned[1])

    expected = coinr.matrix("normalise/asemRaw_use_iMeta_n_goalposts.csv", codes)
    np.testing.assert_allclose(z, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.shared
def test_scales_of_each_indicator_give_coinrs_numbers(coinr):
    codes, _, direction = data_of(coinr, "asem")
    x = orient(coinr.matrix("asem_stages/Raw.csv", codes), direction)
    *ends, factor = parameters(coinr, codes, "scaled_lower", "scaled_upper", "scale_factor")
    lower, upper = np.sort(np.stack(ends) * direction, axis=0)
    expected = coinr.matrix("normalise/asemRaw_use_iMeta_n_scaled.csv", codes)

    for place in range(len(codes)):
        column = x[:, place]
        z = normalise_scaled(column, start=lower[place], stop=upper[place], scale=factor[place])
        np.testing.assert_allclose(z, expected[:, place], rtol=1e-12, atol=1e-13)


@pytest.mark.shared
@pytest.mark.parametrize("kind", ["minmax", "zscore"])
def test_ranges_of_each_indicator_give_coinrs_numbers(coinr, kind):
    codes, _, direction = data_of(coinr, "asem")
    x = coinr.matrix("asem_stages/Raw.csv", codes)
    names = ("minmax_lower", "minmax_upper") if kind == "minmax" else ("zscore_mean", "zscore_sd")
    first, second = parameters(coinr, codes, *names)
    expected = coinr.matrix(f"normalise/asemRaw_use_iMeta_n_{kind}.csv", codes)

    for place in range(len(codes)):
        a, b = float(first[place]), float(second[place])
        rule = MinMax(low=a, high=b) if kind == "minmax" else ZScore(mean=a, sd=b)
        z = normalise(x[:, [place]], rule, direction[[place]])
        np.testing.assert_allclose(z[:, 0], expected[:, place], rtol=1e-12, atol=1e-13)
