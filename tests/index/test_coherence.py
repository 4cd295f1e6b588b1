"""Coherence worked by hand, by cases with a known answer, and by laws."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from sanfu.errors import InputError
from sanfu.index import build_index, parse_framework
from sanfu.index.coherence import (
    LIMITS,
    Limits,
    alpha_if_dropped,
    assess_coherence,
    correlation_ratio,
    cronbach_alpha,
    describe_columns,
    item_rest_correlations,
    sampling_adequacy,
    squared_correlation,
    variance_inflation,
)
from sanfu.index.correlation import CORRELATIONS, correlate

NAN = math.nan


def one_factor(n, loadings, seed=1):
    rng = np.random.default_rng(seed)
    loadings = np.asarray(loadings)
    noise = np.sqrt(1 - loadings**2)
    return rng.normal(size=(n, 1)) * loadings + rng.normal(size=(n, len(loadings))) * noise


# ------------------------------------------------------------------ correlations


@pytest.mark.parametrize("method", CORRELATIONS)
def test_a_pair_with_holes_is_correlated_over_the_units_that_have_both(method):
    rng = np.random.default_rng(1)
    x = np.round(rng.normal(size=(30, 3)), 1)
    x[rng.random(size=x.shape) < 0.2] = NAN
    reference = {
        "pearson": stats.pearsonr,
        "spearman": stats.spearmanr,
        "kendall": lambda a, b: stats.kendalltau(a, b, method="asymptotic"),
    }[method]

    found = correlate(x, method=method)

    for i, j in ((0, 1), (0, 2), (1, 2)):
        both = ~np.isnan(x[:, [i, j]]).any(axis=1)
        expected = reference(x[both, i], x[both, j])
        assert found.n[i, j] == both.sum()
        assert found.r[i, j] == pytest.approx(expected.statistic, rel=1e-12)
        assert found.p[i, j] == pytest.approx(expected.pvalue, rel=1e-9)


def test_a_constant_column_has_no_correlation():
    x = np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])

    found = correlate(x)

    assert np.isnan(found.r[0, 1])
    assert np.isnan(found.r[1, 1])
    assert found.r[0, 0] == 1


def test_a_large_mean_does_not_spoil_a_correlation():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40, 2))

    np.testing.assert_allclose(correlate(x + 1e9).r, correlate(x).r, atol=1e-6)


# ------------------------------------------------------------------ reliability


def test_alpha_of_children_that_are_one_thing_is_one_and_of_unrelated_ones_nought():
    x = np.arange(10.0)[:, None] + np.zeros(4)
    unrelated = np.random.default_rng(3).normal(size=(20_000, 4))

    assert cronbach_alpha(x) == pytest.approx(1)
    assert cronbach_alpha(unrelated) == pytest.approx(0, abs=0.05)


def test_alpha_by_its_other_formula():
    x = one_factor(50, [0.8, 0.6, 0.7])
    variances, total = x.var(axis=0, ddof=1).sum(), x.sum(axis=1).var(ddof=1)

    assert cronbach_alpha(x) == pytest.approx(3 / 2 * (1 - variances / total), rel=1e-12)
    dropped = alpha_if_dropped(x)
    assert dropped[1] == pytest.approx(cronbach_alpha(x[:, [0, 2]]), rel=1e-12)


def test_item_and_rest_leave_the_item_out():
    x = one_factor(40, [0.8, 0.6, 0.7])

    expected = np.corrcoef(x[:, 0], x[:, 1] + x[:, 2])[0, 1]

    assert item_rest_correlations(x)[0] == pytest.approx(expected, rel=1e-12)


def test_kmo_and_bartlett_by_their_definitions():
    x = one_factor(100, [0.8, 0.7, 0.6, 0.5])
    r = np.corrcoef(x.T)
    partial = np.empty((4, 4))
    for i in range(4):
        for j in range(4):
            rest = [k for k in range(4) if k not in (i, j)]
            a, b = (
                x[:, k]
                - np.c_[np.ones(100), x[:, rest]]
                @ np.linalg.lstsq(np.c_[np.ones(100), x[:, rest]], x[:, k], rcond=None)[0]
                for k in (i, j)
            )
            partial[i, j] = np.corrcoef(a, b)[0, 1]
    off = ~np.eye(4, dtype=bool)
    kmo = (r[off] ** 2).sum() / ((r[off] ** 2).sum() + (partial[off] ** 2).sum())

    found = sampling_adequacy(x)

    assert found.kmo == pytest.approx(kmo, rel=1e-9)
    chi = -(99 - 13 / 6) * math.log(np.linalg.det(r))
    assert found.chi_square == pytest.approx(chi, rel=1e-9)
    assert found.p == pytest.approx(stats.chi2.sf(chi, 6), rel=1e-6)


def test_bartlett_rejects_independence_at_the_stated_rate():
    rng = np.random.default_rng(5)
    rejected = np.mean([sampling_adequacy(rng.normal(size=(60, 4))).p < 0.05 for _ in range(400)])

    assert 0.02 < rejected < 0.09


def test_variance_inflation_is_one_over_what_the_others_leave():
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    x = one_factor(60, [0.9, 0.8, 0.7])
    with_constant = np.c_[np.ones(60), x]

    expected = [variance_inflation_factor(with_constant, k) for k in (1, 2, 3)]

    np.testing.assert_allclose(variance_inflation(x), expected, rtol=1e-9)
    repeated = np.c_[x, x[:, 0] * 2 + 1]
    assert np.isinf(variance_inflation(repeated)[[0, 3]]).all()
    assert np.isfinite(variance_inflation(repeated)[[1, 2]]).all()


# ------------------------------------------------------------------ weights and what they do


def test_the_correlation_ratio_is_what_the_curve_explains():
    rng = np.random.default_rng(6)
    x = rng.uniform(-1, 1, 4000)
    noise = rng.normal(size=4000)
    line, bend = x + noise / math.sqrt(3), x**2 + noise * math.sqrt(4 / 45)

    assert correlation_ratio(x, line) == pytest.approx(0.5, abs=0.03)
    assert squared_correlation(x, line) == pytest.approx(0.5, abs=0.03)
    # half of the variance of a parabola plus as much noise: a line sees none of it
    assert correlation_ratio(x, bend) == pytest.approx(0.5, abs=0.03)
    assert squared_correlation(x, bend) == pytest.approx(0, abs=0.01)
    assert correlation_ratio(x, noise) < 0.02


def test_the_correlation_ratio_of_a_line_is_one_and_of_a_class_its_means():
    x = np.array([1.0, 2.0, 4.0, 7.0, 9.0, 10.0])
    classes = np.array([0.0, 0, 0, 1, 1, 1])
    y = np.array([1.0, 2, 3, 7, 8, 9])

    assert correlation_ratio(x, 3 - 2 * x) == pytest.approx(1, abs=1e-6)
    between = 3 * ((2 - 5) ** 2 + (8 - 5) ** 2)
    assert correlation_ratio(classes, y) == pytest.approx(between / ((y - 5) ** 2).sum(), rel=1e-12)
    assert math.isnan(correlation_ratio(np.ones(6), y))


def test_many_units_are_gathered_without_changing_the_ratio():
    rng = np.random.default_rng(7)
    x = rng.normal(size=30_000)
    y = np.sin(2 * x) + rng.normal(size=30_000) * 0.5

    part = correlation_ratio(x[:1900], y[:1900])

    assert correlation_ratio(x, y) == pytest.approx(part, abs=0.05)


# ------------------------------------------------------------------ the one call


def framework(**method):
    def name(code):
        return {"zh": f"{code}号", "en": f"No {code}"}

    return parse_framework(
        {
            "framework": "c",
            "name": name("c"),
            "nodes": {"top": {"name": name("top")}}
            | {p: {"name": name(p), "parent": "top"} for p in ("p", "q")},
            "indicators": {
                code: {"name": name(code), "parent": "p" if code in "abc" else "q"}
                for code in "abcdef"
            },
            "method": {"normalise": "zscore"} | method,
        }
    )


@pytest.fixture
def sound():
    """Two pillars, each one factor, the factors related."""
    rng = np.random.default_rng(8)
    base = rng.normal(size=(120, 1))
    one = base * 0.8 + rng.normal(size=(120, 1)) * 0.6
    two = base * 0.8 + rng.normal(size=(120, 1)) * 0.6
    x = np.concatenate([one + np.zeros(3), two + np.zeros(3)], axis=1)
    return x + rng.normal(size=x.shape) * 0.4


def figures(x):
    units = {"unit": [f"u{k}" for k in range(len(x))]}
    return units | dict(zip("abcdef", x.T.tolist(), strict=True))


def codes_of(found):
    return {(f.code, f.item) for f in found.findings}


def test_nothing_is_found_in_what_hangs_together(sound):
    found = assess_coherence(build_index(framework(), figures(sound)))

    assert [f.text.en for f in found.findings] == []
    assert set(found.nodes["components"].to_list()) == {1}
    assert (found.importance["times"].is_between(0.5, 2)).all()


def test_each_thing_that_is_wrong_is_found(sound):
    x = sound.copy()
    x[:, 0] = -x[:, 0]  # runs against its pillar
    x[:, 4] = x[:, 3] + np.random.default_rng(9).normal(size=120) * 0.01  # repeats another
    x[:, 2] = x[:, 5] + np.random.default_rng(9).normal(size=120) * 0.3  # belongs to q
    index = build_index(framework(), figures(x) | {"population": (x[:, 3] * 9 + 99).tolist()})

    found = assess_coherence(index, sizes=["population"])

    said = codes_of(found)
    assert {
        ("negative-within", "p"),
        ("redundant", "d"),
        ("belongs-elsewhere", "c"),
        ("low-alpha", "p"),
        ("mixed-signs", "p"),
        ("collinear", "d"),
        ("weight-not-importance", "a"),
        ("size", "d"),
    } <= said
    assert all(f.text.zh and f.text.en and f.step == "coherence" for f in found.findings)
    dropped = next(f for f in found.findings if f.code == "low-alpha")
    assert "“a号”" in dropped.text.zh


def test_a_bare_table_is_one_node_and_missing_values_are_left_out(sound):
    x = sound[:, :3].copy()
    x[3, 1] = NAN
    frame = pl.DataFrame(x, schema=["a", "b", "c"]).fill_nan(None)

    found = assess_coherence(frame)

    assert found.nodes["node"].to_list() == ["all"]
    assert found.correlations.filter(pl.col("b") == "b")["n"].to_list() == [119]
    assert found.nodes["n"].to_list() == [119]
    assert found.statistics["n"].to_list() == [120, 119, 120]
    assert found.importance.height == 0


def test_a_constant_column_is_a_finding_and_spoils_nothing(sound):
    x = sound.copy()
    x[:, 1] = 4.0

    found = assess_coherence(build_index(framework(), figures(x)))

    assert ("constant-column", "b") in codes_of(found)
    assert found.nodes.filter(pl.col("node") == "p")["children"].item() == 2


def test_of_a_panel_the_latest_year_is_judged_or_the_one_that_is_asked_for(sound):
    one, two = figures(sound[:60]), figures(sound[60:])
    two["unit"] = one["unit"]
    panel = {key: one[key] + two[key] for key in one} | {"year": [2020] * 60 + [2021] * 60}
    index = build_index(framework(), panel)

    latest, earlier = assess_coherence(index), assess_coherence(index, year=2020)

    assert (latest.year, earlier.year) == (2021, 2020)
    expected = np.corrcoef(sound[:60, 0], sound[:60, 1])[0, 1]
    assert earlier.correlations["r"][0] == pytest.approx(expected)
    with pytest.raises(InputError, match="2019"):
        assess_coherence(index, year=2019)


def test_few_units_are_said_to_be_few(sound):
    found = assess_coherence(build_index(framework(), figures(sound[:8])))

    assert ("few-units", "") in codes_of(found)
    assert assess_coherence(build_index(framework(), figures(sound[:2]))).nodes["kmo"].null_count()


def test_an_office_may_set_its_own_thresholds(sound):
    index = build_index(framework(), figures(sound))

    strict = assess_coherence(index, limits=Limits(low=0.99, alpha=0.999))

    assert {("low-within", "p"), ("low-alpha", "q")} <= codes_of(strict)
    assert strict.thresholds.filter(pl.col("threshold") == "alpha")["value"].item() == 0.999


def test_every_threshold_has_a_source():
    assert LIMITS.frame["source"].null_count() == 0
    assert set(LIMITS.sources()) == set(LIMITS.frame["threshold"])


def test_an_unknown_size_is_refused_with_what_there_is(sound):
    with pytest.raises(InputError, match="gdp"):
        assess_coherence(build_index(framework(), figures(sound)), sizes=["gdp"])


def test_coherence_is_written_to_excel(sound, tmp_path):
    import openpyxl

    path = tmp_path / "c.xlsx"
    assess_coherence(build_index(framework(), figures(sound))).to_excel(path)

    book = openpyxl.load_workbook(path)
    assert {"发现", "统计量", "相关", "节点", "权重与重要性", "阈值与来源"} <= set(book.sheetnames)


def test_statistics_of_an_empty_column_are_missing_not_wrong():
    got = describe_columns(np.array([[NAN, 1.0], [NAN, 2.0]]), ["a", "b"])

    assert got["mean"].to_list() == [None, 1.5]
    assert got["low_data"].to_list() == [True, False]


# ------------------------------------------------------------------ laws

TABLES = (
    st.integers(6, 12)
    .flatmap(
        lambda n: st.lists(
            st.lists(st.integers(-8, 8).map(float), min_size=n, max_size=n), min_size=3, max_size=4
        )
    )
    .map(lambda columns: np.array(columns).T)
)
FEW = settings(max_examples=40, deadline=None)


def spread(x):
    assume((np.ptp(x, axis=0) > 0).all())
    return x


@FEW
@given(x=TABLES, data=st.data(), method=st.sampled_from(CORRELATIONS))
def test_the_order_of_units_and_the_scale_never_matter_to_a_correlation(x, data, method):
    spread(x)
    order = data.draw(st.permutations(range(len(x))))

    np.testing.assert_allclose(
        correlate(3 * x[list(order)] - 7, method=method).r,
        correlate(x, method=method).r,
        atol=1e-9,
    )


@FEW
@given(x=TABLES)
def test_turning_a_column_turns_its_correlations_and_nothing_else(x):
    spread(x)
    sign = np.array([-1.0] + [1.0] * (x.shape[1] - 1))

    np.testing.assert_allclose(
        correlate(x * sign).r, correlate(x).r * np.outer(sign, sign), atol=1e-12
    )


@FEW
@given(x=TABLES)
def test_the_correlation_ratio_is_a_share_and_no_less_than_nothing(x):
    value = correlation_ratio(spread(x)[:, 0], x[:, 1])

    assert 0 <= value <= 1


@FEW
@given(x=TABLES)
def test_alpha_does_not_depend_on_the_order_of_children(x):
    one, other = cronbach_alpha(spread(x)), cronbach_alpha(x[:, ::-1])

    assert one == pytest.approx(other, nan_ok=True, rel=1e-9, abs=1e-9)
