"""Laws of an index that hold for all figures, tried by Hypothesis (metamorphic relations)."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sanfu.errors import InputError
from sanfu.index import build_index, parse_framework
from sanfu.index.method import TreatRule
from sanfu.index.treat import treat, winsorise

CODES = ("a", "b", "c", "d")
FEW = settings(max_examples=30, deadline=None)
NUMBERS = st.one_of(
    st.none(), st.integers(-40, 40).map(lambda v: v / 4), st.sampled_from([1e4, -1e4])
)
TABLES = st.integers(3, 9).flatmap(
    lambda n: st.lists(
        st.lists(NUMBERS, min_size=n, max_size=n), min_size=len(CODES), max_size=len(CODES)
    )
)
NORMALISATIONS = st.sampled_from(
    ["minmax", "zscore", "rank", "percentile_rank", "quantile", "exponential_rank", "efficacy"]
)

AGGREGATORS = st.sampled_from(
    [
        *("arithmetic", "median", "minimum", "maximum", "mpi", "topsis", "vikor", "wroclaw"),
        *("copeland", "promethee", "bod"),
        {"method": "geometric", "offset": 1},
        {"method": "owa", "orness": 0.3},
    ]
)


def framework(normalise="minmax", weights=(1, 2, 3, 4), order=CODES, signs=(1, 1, 1, 1), **method):
    def name(code):
        return {"zh": code, "en": code}

    return parse_framework(
        {
            "framework": "law",
            "name": name("law"),
            "nodes": {
                "top": {"name": name("top")},
                "p": {"name": name("p"), "parent": "top"},
            },
            "indicators": {
                code: {
                    "name": name(code),
                    "parent": "p" if code in "ab" else "top",
                    "weight": weights[CODES.index(code)],
                    "direction": signs[CODES.index(code)],
                }
                for code in order
            },
            "method": {"normalise": normalise} | method,
        }
    )


def figures(columns, units=None):
    n = len(columns[0])
    return pl.DataFrame(
        {"unit": units or [f"u{k}" for k in range(n)]}
        | {
            code: pl.Series(column, dtype=pl.Float64)
            for code, column in zip(CODES, columns, strict=True)
        }
    )


def top(index):
    return dict(zip(index.units, index.scores[:, -1].tolist(), strict=True))


def same(left, right, tolerance=1e-9):
    assert left.keys() == right.keys()
    for unit, value in left.items():
        other = right[unit]
        assert (math.isnan(value) and math.isnan(other)) or value == pytest.approx(
            other, rel=tolerance, abs=tolerance
        )


def scorable(columns):
    """At least one indicator has some spread."""
    assume(any(len({v for v in column if v is not None}) > 1 for column in columns))


@FEW
@given(columns=TABLES, kind=NORMALISATIONS, data=st.data())
def test_the_order_of_units_never_matters(columns, kind, data):
    scorable(columns)
    table = figures(columns)
    shuffled = table[data.draw(st.permutations(range(table.height)))]

    same(top(build_index(framework(kind), table)), top(build_index(framework(kind), shuffled)))


@FEW
@given(columns=TABLES, rule=AGGREGATORS, order=st.permutations(CODES), data=st.data())
def test_neither_order_matters_to_any_aggregator(columns, rule, order, data):
    scorable(columns)
    table = figures(columns)
    shuffled = table[data.draw(st.permutations(range(table.height)))]

    turned = build_index(framework(order=tuple(order), aggregate=rule), shuffled)

    same(top(build_index(framework(aggregate=rule), table)), top(turned))


@FEW
@given(columns=TABLES, rule=AGGREGATORS, factor=st.sampled_from([0.01, 8.0, 1e4]))
def test_the_unit_of_measure_matters_to_no_aggregator(columns, rule, factor):
    scorable(columns)
    scaled = [[None if v is None else v * factor for v in columns[0]], *columns[1:]]
    # a tie that scaling breaks by rounding would count as a win
    assume(len(set(scaled[0])) == len(set(columns[0])))

    one = build_index(framework(aggregate=rule), figures(columns))
    other = build_index(framework(aggregate=rule), figures(scaled))

    same(top(one), top(other), 1e-7)


@FEW
@given(columns=TABLES, kind=NORMALISATIONS, order=st.permutations(CODES))
def test_the_order_of_indicators_never_matters(columns, kind, order):
    scorable(columns)
    table = figures(columns)

    turned = build_index(framework(kind, order=tuple(order)), table)

    same(top(build_index(framework(kind), table)), top(turned))


@FEW
@given(columns=TABLES, kind=NORMALISATIONS, factor=st.sampled_from([0.01, 8.0, 1e4]))
def test_the_unit_of_measure_never_matters(columns, kind, factor):
    scorable(columns)
    scaled = [[None if v is None else v * factor for v in columns[0]], *columns[1:]]

    one = build_index(framework(kind), figures(columns))
    other = build_index(framework(kind), figures(scaled))

    same(top(one), top(other), 1e-7)


@FEW
@given(columns=TABLES, factor=st.sampled_from([0.1, 3.0, 250.0]))
def test_weights_times_a_constant_change_nothing(columns, factor):
    scorable(columns)
    table = figures(columns)
    more = tuple(weight * factor for weight in (1, 2, 3, 4))

    # the pillar keeps its own weight of 1, so only the pillar's children are multiplied
    inside = (more[0], more[1], 3, 4)
    same(top(build_index(framework(), table)), top(build_index(framework(weights=inside), table)))


@FEW
@given(columns=TABLES)
def test_all_equal_weights_are_none_at_all(columns):
    scorable(columns)
    table = figures(columns)

    declared = build_index(framework(weights=(7, 7, 1, 1)), table)
    none = build_index(framework(weights=(1, 2, 3, 4)).vary({"method.weights": "equal"}), table)

    same(top(declared), top(none))


@FEW
@given(columns=TABLES, kind=st.sampled_from(["minmax", "zscore"]))
def test_turning_an_indicator_and_its_direction_changes_nothing(columns, kind):
    scorable(columns)
    turned = [[None if v is None else -v for v in columns[0]], *columns[1:]]

    one = build_index(framework(kind), figures(columns))
    other = build_index(framework(kind, signs=(-1, 1, 1, 1)), figures(turned))

    same(top(one), top(other))


@FEW
@given(columns=TABLES)
def test_a_second_copy_of_a_unit_scores_the_same_and_moves_nobody(columns):
    scorable(columns)
    doubled = [[*column, column[0]] for column in columns]

    one = top(build_index(framework(), figures(columns)))
    two = top(build_index(framework(), figures(doubled)))

    copy = f"u{len(columns[0])}"
    same({"x": one["u0"]}, {"x": two.pop(copy)})
    same(one, two)


@FEW
@given(columns=TABLES)
def test_a_unit_without_any_figure_moves_nobody(columns):
    scorable(columns)
    empty_unit = [[*column, None] for column in columns]

    one = top(build_index(framework(), figures(columns)))
    two = top(build_index(framework(), figures(empty_unit)))
    assert math.isnan(two.pop(f"u{len(columns[0])}"))
    same(one, two)


@FEW
@given(columns=TABLES, kind=NORMALISATIONS)
def test_an_indicator_without_any_figure_is_found_and_moves_nobody(columns, kind):
    scorable(columns[:3])
    empty = figures([*columns[:3], [None] * len(columns[0])])

    index = build_index(framework(kind), empty)

    same(top(build_index(framework(kind, order=CODES[:3]), empty)), top(index))
    assert "d" in {found.item for found in index.findings if found.code == "empty-column"}


@FEW
@given(columns=TABLES, kind=NORMALISATIONS, value=st.sampled_from([0.0, -3.5, 1e6]))
def test_a_constant_indicator_is_found_and_changes_no_order(columns, kind, value):
    """Without spread min-max and z-scores leave it out; ranks give it the same to everyone."""
    whole = [column for column in columns[:3] if None not in column]
    assume(whole and any(len(set(column)) > 1 for column in whole))
    columns = [column if None not in column else whole[0] for column in columns[:3]]
    flat = figures([*columns, [value] * len(columns[0])])

    index = build_index(framework(kind), flat)

    without = build_index(framework(kind, order=CODES[:3]), flat)
    assert "d" in {found.item for found in index.findings if found.code == "constant-column"}
    if kind in ("minmax", "zscore", "efficacy"):
        same(top(without), top(index))
    gaps = np.subtract.outer(without.scores[:, -1], without.scores[:, -1])
    apart = np.abs(gaps) > 1e-9
    now = np.subtract.outer(index.scores[:, -1], index.scores[:, -1])
    assert (np.sign(now[apart]) == np.sign(gaps[apart])).all()


@FEW
@given(columns=TABLES)
def test_a_single_unit_is_scored_by_goalposts_and_else_refused_with_the_reason(columns):
    single = [column[:1] for column in columns]
    there = [(w, c[0]) for w, c in zip((3, 4), single[2:], strict=True) if c[0] is not None]
    inside = [(w, c[0]) for w, c in zip((1, 2), single[:2], strict=True) if c[0] is not None]
    assume(there or inside)
    posts = {"method": "goalposts", "goalposts": [-20_000, 20_000]}

    index = build_index(framework(posts), figures(single))

    if inside:
        there.append((1, sum(w * v for w, v in inside) / sum(w for w, _ in inside)))
    mean = sum(w * v for w, v in there) / sum(w for w, _ in there)
    assert index.scores[0, -1] == pytest.approx((mean + 20_000) / 400, rel=1e-12)
    assert index.ranks[0, -1] == 1
    with pytest.raises(InputError, match="没有区分度"):
        build_index(framework(), figures(single))


@FEW
@given(columns=TABLES, kind=NORMALISATIONS)
def test_a_pillar_of_one_indicator_is_that_indicator(columns, kind):
    scorable(columns[1:])
    lone = build_index(framework(kind, order=("b", "c", "d")), figures(columns))
    assume("p" in lone.plan.nodes)

    np.testing.assert_allclose(lone.value("p"), lone.value("b"), rtol=1e-12)
    parts = np.stack([lone.value(code) for code in lone.plan.children["top"]], axis=1)
    weights = lone.weights["top"]
    there = ~np.isnan(parts)
    with np.errstate(invalid="ignore"):
        expected = (np.nan_to_num(parts) * weights).sum(axis=1) / (there * weights).sum(axis=1)
    np.testing.assert_allclose(lone.scores[:, -1], expected, rtol=1e-12)


@FEW
@given(columns=TABLES)
def test_a_reversed_percentile_rank_is_one_less_the_rank_or_that_of_the_negative(columns):
    """With ties the two differ, so that the rule says which is meant."""
    scorable(columns[:1])
    table, ahead, behind = figures(columns), (1, 1, 1, 1), (-1, 1, 1, 1)
    negated = figures([[None if v is None else -v for v in columns[0]], *columns[1:]])
    complement = {"method": "percentile_rank", "reverse": "complement"}
    negate = {"method": "percentile_rank", "reverse": "negate"}

    plain = build_index(framework(complement, signs=ahead), table).value("a")
    turned = build_index(framework(complement, signs=behind), table).value("a")
    other = build_index(framework(negate, signs=behind), table).value("a")

    np.testing.assert_allclose(turned, 1 - plain, atol=1e-12)
    ranked = build_index(framework(negate, signs=ahead), negated).value("a")
    np.testing.assert_allclose(other, ranked, atol=1e-12)


@FEW
@given(columns=TABLES, rise=st.integers(1, 20))
def test_who_gets_better_in_one_thing_never_falls(columns, rise):
    scorable(columns)
    assume(columns[2][0] is not None)
    posts = {"method": "goalposts", "goalposts": [-20_000, 20_000]}
    better = [list(column) for column in columns]
    better[2][0] += rise

    before = build_index(framework(posts), figures(columns))
    after = build_index(framework(posts), figures(better))

    assert top(after)["u0"] >= top(before)["u0"]
    assert after.ranks[0, -1] <= before.ranks[0, -1]
    for unit in list(top(before))[1:]:  # with goalposts nobody else moves
        same({unit: top(before)[unit]}, {unit: top(after)[unit]})


@FEW
@given(columns=TABLES, kind=NORMALISATIONS)
def test_equal_figures_have_equal_scores_and_ranks(columns, kind):
    scorable(columns)
    twins = [[*column[:-1], column[0]] for column in columns]
    scorable(twins)

    index = build_index(framework(kind), figures(twins))

    first, last = index.scores[0], index.scores[-1]
    np.testing.assert_allclose(first, last, rtol=1e-12)


@FEW
@given(columns=TABLES)
def test_scores_stay_between_those_of_their_children(columns):
    scorable(columns)
    index = build_index(framework(), figures(columns))

    for node in index.plan.nodes:
        parts = np.stack([index.value(child) for child in index.plan.children[node]], axis=1)
        value = index.value(node)
        seen = ~np.isnan(value)
        assert (value[seen] >= np.fmin.reduce(parts[seen], axis=1) - 1e-9).all()
        assert (value[seen] <= np.fmax.reduce(parts[seen], axis=1) + 1e-9).all()


COLUMNS = st.lists(
    st.one_of(st.integers(-5, 5).map(float), st.sampled_from([100.0, 1e6, -1e3])),
    min_size=4,
    max_size=60,
).map(np.array)


@settings(max_examples=80, deadline=None)
@given(x=COLUMNS, points=st.sampled_from([0, 1, 3, 5, None]))
def test_winsorising_keeps_the_order_and_the_number_of_points(x, points):
    done = winsorise(x, points=points)

    order = np.argsort(x, kind="stable")
    assert (np.diff(done.x[order]) >= 0).all()
    assert points is None or done.points <= points
    assert ((done.x == x) | done.high | done.low).all()
    assert set(done.x) <= set(x)
    assert x.min() == x.max() or done.x.min() < done.x.max()


@settings(max_examples=60, deadline=None)
@given(x=COLUMNS)
def test_winsorising_step_by_step_is_the_same(x):
    """Against the definition: recompute the moments after each step."""
    from sanfu.index.treat import passes_test

    expected = x.copy()
    for _ in range(len(x)):
        ok, g1, _ = passes_test(expected[:, None])
        distinct = np.unique(expected)
        if ok[0] or len(distinct) <= 2:
            break
        if g1[0] >= 0:
            expected[expected == distinct[-1]] = distinct[-2]
        else:
            expected[expected == distinct[0]] = distinct[1]

    np.testing.assert_array_equal(winsorise(x, points=None).x, expected)


@settings(max_examples=40, deadline=None)
@given(x=COLUMNS)
def test_treating_a_batch_is_treating_each(x):
    batch = np.stack([x[:, None], x[::-1, None] * 2])

    both = treat(batch, TreatRule())

    for layer in range(2):
        np.testing.assert_array_equal(both.x[layer], treat(batch[layer], TreatRule()).x)
