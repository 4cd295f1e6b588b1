"""Compind 3.4 (R) on the OECD Better Life Index 2017: normalisation, MPI, AMPI, OWA and others.

Values only, from ../shared/golden/compind. ``bli_mean_min_*_BUG`` records an error and is not
matched; ``bli_ampi_gpmean`` is rounded to 3 decimals by Compind itself.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from sanfu.index.aggregate import aggregate_geometric, aggregate_mpi
from sanfu.index.bod import benefit_along, benefit_of_doubt
from sanfu.index.mcda import aggregate_owa, aggregate_wroclaw
from sanfu.index.method_normalise import Ampi, MinMax, Rank, ZScore
from sanfu.index.normalise import normalise
from tests.index import exact_programmes as exact

LEFT = ("country",)


@pytest.fixture
def bli(compind):
    table = compind.table("input_BLI2017.csv")
    codes = [column for column in table.columns if column not in LEFT]
    return codes, table.select(codes).to_numpy().astype(float)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("bli_norm_z100_10", ZScore(mean=100, sd=10)),
        ("bli_norm_rank_average", Rank(ties="average")),
        ("bli_ampi_norm", Ampi()),
    ],
)
def test_a_normalisation_is_compinds(compind, bli, name, rule):
    codes, x = bli

    z = normalise(x, rule, np.ones(len(codes)))

    np.testing.assert_allclose(z, compind.matrix(f"{name}.csv", codes), rtol=1e-12)


@pytest.mark.shared
def test_minmax_with_alternating_directions_is_compinds(compind, bli):
    codes, x = bli
    direction = np.array([1.0, -1.0] * len(codes))[: len(codes)]

    z = normalise(x, MinMax(high=1), direction)

    expected = compind.matrix("bli_norm_minmax_altpolarity.csv", codes)
    np.testing.assert_allclose(z, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("penalty", "column"),
    [("negative", "mpi_pos"), ("positive", "mpi_neg")],  # Compind's POS is a phenomenon to raise
)
def test_the_mpi_is_compinds_with_the_penalty_asked_for(compind, bli, penalty, column):
    codes, x = bli
    z = normalise(x, ZScore(mean=100, sd=10), np.ones(len(codes)))

    got = aggregate_mpi(z, np.ones(len(codes)), penalty=penalty, ddof=1)

    expected = compind.matrix("bli_mpi.csv", [column])[:, 0]
    np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.shared
def test_the_adjusted_mpi_is_compinds_to_its_rounding(compind, bli):
    codes, x = bli
    z = normalise(x, Ampi(), np.ones(len(codes)))

    got = aggregate_mpi(z, np.ones(len(codes)), penalty="negative", ddof=0)

    expected = compind.matrix("bli_ampi_gpmean.csv", ["ampi_round3", "penalty"])
    np.testing.assert_allclose(got, expected[:, 0], atol=5.0001e-4, rtol=0)
    np.testing.assert_allclose(z.mean(axis=1) - got, expected[:, 1], rtol=1e-12)


@pytest.mark.shared
def test_the_equal_geometric_mean_is_compinds(compind, bli):
    codes, x = bli

    got = aggregate_geometric(x, np.ones(len(codes)), zero="zero")

    np.testing.assert_allclose(
        got, compind.matrix("bli_geom_equal.csv", ["geom"])[:, 0], rtol=1e-12
    )


@pytest.mark.shared
def test_owa_of_the_four_best_and_the_four_worst_is_compinds(compind, bli):
    codes, x = bli
    best = [1.0] * 4 + [0.0] * (len(codes) - 4)

    got = np.stack([aggregate_owa(x, places=best[::-1]), aggregate_owa(x, places=best)], axis=1)

    expected = compind.matrix("bli_owa_4.csv", ["owa_n", "owa_p"])
    np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.shared
def test_the_wroclaw_distance_is_compinds(compind, bli):
    codes, x = bli

    got = 1 - aggregate_wroclaw(x, np.ones(len(codes)))

    expected = compind.matrix("bli_wroclaw.csv", ["wroclaw"])[:, 0]
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def frame_of(compind, name, left):
    return compind.table(name).drop(left).to_numpy().astype(float)


BOD = {
    "bli_bod": ("input_BLI2017.csv", "country", 0.0, 1.0),
    "bli_bod_constr_up.3_low.05": ("input_BLI2017.csv", "country", 0.05, 0.3),
    "nuts_bod": ("input_EU_NUTS1.csv", "NUTS", 0.0, 1.0),
    "nuts_bod_constr_.9_.1": ("input_EU_NUTS1.csv", "NUTS", 0.1, 0.9),
}


@pytest.mark.shared
@pytest.mark.parametrize("golden", BOD)
def test_benefit_of_the_doubt_is_compinds_where_compind_is_exact(compind, golden):
    """Ours is the optimum in rational numbers to one rounding; what is left is Compind's solver."""
    source, left, lower, upper = BOD[golden]
    x = frame_of(compind, source, left)
    found = benefit_of_doubt(x, lower=lower, upper=upper)
    laid_out = exact.free_or_limited(x, lower, upper)

    proofs = [exact.prove(*laid_out, unit) for unit in range(len(x))]

    assert max(gain for _, gain, _ in proofs) <= 1e-15  # no unit and no limit would enter
    assert min(least for _, _, least in proofs) >= 0
    optimum = [value for value, _, _ in proofs]
    assert apart(found.scores, optimum) <= 4e-16
    assert apart(compind.matrix(f"{golden}.csv", ["bod"])[:, 0], optimum) <= 2.5e-12


@pytest.mark.shared
def test_the_directional_benefit_of_the_doubt_is_compinds_where_compind_is_exact(compind):
    x = frame_of(compind, "input_EU_NUTS1.csv", "NUTS")
    found = benefit_along(x, [1, 0.1])
    problem, pool, basis, size = exact.along(x, [1, 0.1])

    proofs = [exact.prove(problem, pool, basis, unit) for unit in range(len(x))]

    assert max(gain for _, gain, _ in proofs) <= 1e-15
    assert min(least for _, _, least in proofs) >= 0
    optimum = [1 / (1 - value / Fraction(size)) for value, _, _ in proofs]
    assert apart(found, optimum) <= 4e-16
    assert apart(compind.matrix("nuts_bod_dir_1_0.1.csv", ["bod_dir"])[:, 0], optimum) <= 2.5e-12


def apart(values, optimum) -> float:
    """Give the largest relative distance from exact values."""
    return max(float(abs(Fraction(float(v)) / o - 1)) for v, o in zip(values, optimum, strict=True))
