"""Weights worked by hand, reached from the framework file, and what happens to missing data."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from sanfu.errors import DeclarationFaults
from sanfu.index import build_index, parse_framework, read_framework
from sanfu.index.method_weights import WEIGHTINGS, Ballot
from sanfu.index.weights import (
    WeightsFault,
    ahp_weights,
    combine_weights,
    consistency_ratio,
    critic_weights,
    deviation_weights,
    entropy_weights,
    factor_loadings,
    factor_weights,
    gini_weights,
    group_matrix,
    mending_table,
    merec_weights,
    optimise_weights,
    pca_weights,
    principal_components,
    variation_weights,
    vote_weights,
)

NAN = math.nan
X = np.array([[1.0, 10.0, 3.0], [2.0, 10.5, 1.0], [4.0, 9.0, 8.0], [7.0, 12.0, 6.0]])


def normalised(x):
    return (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))


# ------------------------------------------------------------------ from the figures


def test_entropy_takes_the_values_as_they_are_or_after_minmax_as_told():
    def by_definition(z):
        p = z / z.sum(axis=0)
        e = [-sum(v * math.log(v) for v in column if v > 0) / math.log(4) for column in p.T]
        return (1 - np.array(e)) / (3 - sum(e))

    for convention, z in (
        ("raw", X),
        ("shift", normalised(X) + 1e-4),
        ("clip", normalised(X)),
    ):
        np.testing.assert_allclose(
            entropy_weights(X, convention=convention), by_definition(z), rtol=1e-12
        )


def test_the_conventions_of_entropy_differ_enough_to_have_to_be_said():
    raw, shifted = entropy_weights(X, convention="raw"), entropy_weights(X, convention="shift")

    assert np.abs(raw - shifted).max() > 0.05


def test_the_panel_form_of_entropy_sums_over_units_and_years():
    panel = np.concatenate([X, X[::-1] * 1.5])

    p = panel / panel.sum(axis=0)
    e = -(p * np.log(p)).sum(axis=0) / math.log(8)

    np.testing.assert_allclose(
        entropy_weights(panel, convention="raw"), (1 - e) / (1 - e).sum(), rtol=1e-12
    )


def test_entropy_of_a_missing_value_is_over_the_units_that_have_one():
    holed = X.copy()
    holed[1, 2] = NAN

    pairwise = entropy_weights(holed, convention="raw")
    complete = entropy_weights(holed, convention="raw", missing="complete")

    three = np.array([3.0, 8.0, 6.0])
    e = -(three / 17 * np.log(three / 17)).sum() / math.log(3)
    full = [1 + (c / c.sum() * np.log(c / c.sum())).sum() / math.log(4) for c in (X[:, 0], X[:, 1])]
    np.testing.assert_allclose(pairwise, np.array([*full, 1 - e]) / (sum(full) + 1 - e), rtol=1e-12)
    np.testing.assert_allclose(complete, entropy_weights(X[[0, 2, 3]], convention="raw"))


def test_raw_entropy_of_negative_values_is_refused_with_the_remedy():
    with pytest.raises(WeightsFault, match="不小于 0") as refused:
        entropy_weights(-X, convention="raw")

    assert "low: 1" in refused.value.text.en


def test_critic_is_contrast_times_conflict():
    sd = normalised(X).std(axis=0, ddof=1)
    r = np.corrcoef(X.T)
    expected = sd * (1 - r).sum(axis=1)

    np.testing.assert_allclose(critic_weights(X), expected / expected.sum(), rtol=1e-12)
    absolute = sd * (1 - np.abs(r)).sum(axis=1)
    np.testing.assert_allclose(
        critic_weights(X, conflict="absolute"), absolute / absolute.sum(), rtol=1e-12
    )


def test_deviation_variation_and_gini_are_what_their_names_say():
    def shares(raw):
        return raw / raw.sum()

    sd = X.std(axis=0, ddof=1)
    gini = np.array([np.abs(c[:, None] - c).sum() / (2 * 16 * c.mean()) for c in X.T])

    np.testing.assert_allclose(deviation_weights(X, scale="as_given"), shares(sd), rtol=1e-12)
    spread = normalised(X).std(axis=0)
    np.testing.assert_allclose(deviation_weights(X), shares(spread), rtol=1e-12)
    np.testing.assert_allclose(variation_weights(X), shares(sd / X.mean(axis=0)), rtol=1e-12)
    np.testing.assert_allclose(gini_weights(X), shares(gini), rtol=1e-12)


def test_merec_is_the_effect_of_leaving_a_child_out():
    n = X.min(axis=0) / X
    whole = np.log(1 + np.abs(np.log(n)).sum(axis=1) / 3)
    expected = []
    for j in range(3):
        rest = np.delete(np.abs(np.log(n)), j, axis=1).sum(axis=1)
        expected.append(np.abs(np.log(1 + rest / 3) - whole).sum())

    np.testing.assert_allclose(merec_weights(X), np.array(expected) / sum(expected), rtol=1e-12)


def test_a_constant_column_weighs_nothing_and_all_constant_weigh_the_same():
    flat = X.copy()
    flat[:, 1] = 5.0

    for weigh in (
        lambda x: entropy_weights(x, convention="raw"),
        lambda x: entropy_weights(x, convention="clip"),
        critic_weights,
        deviation_weights,
        variation_weights,
        gini_weights,
    ):
        assert weigh(flat)[1] == 0
        np.testing.assert_allclose(weigh(np.ones((4, 3))), 1 / 3)


# ------------------------------------------------------------------ components and factors


def test_principal_components_of_two_children_are_their_sum_and_difference():
    found = principal_components(X[:, [0, 2]])
    r = np.corrcoef(X[:, 0], X[:, 2])[0, 1]

    np.testing.assert_allclose(found.eigenvalues, [1 + r, 1 - r], rtol=1e-12)
    np.testing.assert_allclose(found.vectors[:, 0], np.sqrt([0.5, 0.5]), rtol=1e-12)
    np.testing.assert_allclose(pca_weights(X[:, [0, 2]], convention="squared"), [0.5, 0.5])


def test_the_handbooks_rotated_weights_take_each_child_from_its_own_component():
    rng = np.random.default_rng(7)
    f, g = rng.normal(size=(2, 400))
    noise = rng.normal(size=(400, 5)) * 0.4
    x = np.stack([f, f, f, g, g], axis=1) + noise

    weights = pca_weights(x, convention="rotated")

    # two components: three children share the first in proportion to 3, two the second to 2
    assert weights[:3].sum() == pytest.approx(3 / 5, abs=0.02)
    np.testing.assert_allclose(weights, 0.2, atol=0.02)


def test_one_factor_is_found_again_by_maximum_likelihood_and_principal_axes():
    rng = np.random.default_rng(3)
    true = np.array([0.9, 0.8, 0.6, 0.4])
    factor = rng.normal(size=20_000)
    x = factor[:, None] * true + rng.normal(size=(20_000, 4)) * np.sqrt(1 - true**2)

    for extraction in ("ml", "principal_axis"):
        loadings, coefficients = factor_loadings(x, extraction=extraction)
        np.testing.assert_allclose(loadings, true, atol=0.02)
        expected = true / (1 - true**2)
        np.testing.assert_allclose(
            coefficients / coefficients.sum(), expected / expected.sum(), atol=0.02
        )


def test_the_weighted_mean_with_score_weights_ranks_as_the_factor():
    z = (X - X.mean(axis=0)) / X.std(axis=0, ddof=1)
    _, coefficients = factor_loadings(X, extraction="components")

    mean = z @ factor_weights(X, extraction="components")

    assert np.corrcoef(mean, z @ coefficients)[0, 1] == pytest.approx(1)


# ------------------------------------------------------------------ people


def test_a_pairwise_win_is_one_point_and_a_tie_half_a_point_each():
    votes = {"a>b": 30, "b>a": 13, "a=b": 2, "a>c": 45, "b>c": 20, "c>b": 25}

    weights = vote_weights([votes], ["a", "b", "c"])

    np.testing.assert_allclose(weights, np.array([76, 34, 25]) / 135, rtol=1e-15)


def test_of_an_expert_who_voted_in_several_rounds_the_last_counts():
    ballots = [
        Ballot(expert="甲", round=1, votes={"a>b": 1}),
        Ballot(expert="甲", round=2, votes={"b>a": 1}),
        Ballot(expert="乙", round=1, votes={"b>a": 1}),
    ]

    assert vote_weights(ballots, ["a", "b"]).tolist() == [0, 1]
    assert vote_weights(ballots, ["a", "b"], start=1).tolist() == [0.25, 0.75]


def test_ahp_gives_saatys_weights_and_ratio():
    # a consistent matrix: weights are its ratios and CR is 0
    consistent = ahp_weights({"a/b": 2, "a/c": 8, "b/c": 4}, "abc")
    np.testing.assert_allclose(consistent.weights, np.array([8, 4, 1]) / 13, rtol=1e-12)
    assert consistent.consistency == pytest.approx(0, abs=1e-12)

    # three children: λ = 1 + t + 1/t with t = (a12 a23 / a13)^(1/3)
    found = ahp_weights({"a/b": 3, "b/c": 5, "a/c": 2}, "abc")
    t = (3 * 5 / 2) ** (1 / 3)
    assert found.consistency == pytest.approx((1 + t + 1 / t - 3) / 2 / 0.58, rel=1e-9)
    geometric = np.cbrt([3 * 2, 5 / 3, 1 / 10])
    np.testing.assert_allclose(found.weights, geometric / geometric.sum(), rtol=1e-9)


def test_the_comparison_that_most_needs_mending_is_the_one_that_was_spoilt():
    true = {"a": 8, "b": 4, "c": 2, "d": 1}
    pairs = {f"{p}/{q}": true[p] / true[q] for p in true for q in true if p < q}
    pairs["b/d"] = 1 / 5  # should be 4

    found = ahp_weights(pairs, list(true))

    assert found.consistency > 0.1
    pair, given, implied, proposed, after = found.mending.row(0)
    assert (pair, given, proposed) == ("b/d", 0.2, 4)
    assert implied == pytest.approx(4)
    assert after == pytest.approx(0, abs=1e-9)


def test_every_row_of_the_mending_table_is_what_the_change_would_give():
    pairs = {"a/b": 3, "a/c": 1 / 2, "b/c": 4}
    found = ahp_weights(pairs, "abc")

    for pair, _, _, proposed, after in mending_table(found.matrix, "abc").iter_rows():
        assert ahp_weights(pairs | {pair: proposed}, "abc").consistency == pytest.approx(after)


def test_a_groups_matrix_is_the_geometric_mean_and_experts_may_weigh_unequally():
    one, two = {"a/b": 2.0}, {"a/b": 8.0}

    assert ahp_weights([one, two], "ab").matrix[0, 1] == pytest.approx(4)
    assert ahp_weights([one, two], "ab", expert_weights=[3, 1]).matrix[0, 1] == pytest.approx(
        2 ** (6 / 4)
    )
    matrices = [ahp_weights(e, "ab").matrix for e in (one, two)]
    assert group_matrix(matrices)[1, 0] == pytest.approx(1 / 4)


def test_a_missing_comparison_is_refused_by_name():
    with pytest.raises(WeightsFault, match="b/c"):
        ahp_weights({"a/b": 2, "a/c": 3}, "abc")


def test_the_ratio_of_more_than_ten_children_continues_the_table():
    rng = np.random.default_rng(1)
    ratios = []
    for n in (10, 11):
        drawn = rng.choice([*(1 / k for k in range(2, 10)), *range(1, 10)], size=(300, n, n))
        upper = np.triu(drawn, 1)
        matrices = upper + np.eye(n) + np.triu(1 / np.where(upper > 0, upper, 1), 1).swapaxes(1, 2)
        ratios.append(np.mean([consistency_ratio(m) for m in matrices]))

    # random comparisons have a mean CR of 1 by its definition
    np.testing.assert_allclose(ratios, 1, atol=0.05)


# ------------------------------------------------------------------ combined and optimised


def test_the_game_combination_solves_its_equations():
    w = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5]])

    combined, shares = combine_weights(w, by="game")

    a = np.linalg.solve(w @ w.T, [w[0] @ w[0], w[1] @ w[1]])
    np.testing.assert_allclose(shares, a / a.sum(), rtol=1e-12)
    np.testing.assert_allclose(combined, shares @ w, rtol=1e-12)
    same, half = combine_weights([w[0], w[0]], by="game")
    np.testing.assert_allclose(same, w[0])
    np.testing.assert_allclose(half, 0.5)


def test_other_combinations_are_the_mean_and_the_product():
    w = [[0.6, 0.3, 0.1], [0.2, 0.3, 0.5]]

    np.testing.assert_allclose(combine_weights(w, by="mean", shares=[3, 1])[0], [0.5, 0.3, 0.2])
    np.testing.assert_allclose(
        combine_weights(w, by="product")[0], np.array([12, 9, 5]) / 26, rtol=1e-12
    )


def test_the_largest_sum_of_correlations_is_reached_at_the_reciprocal_deviations():
    """Σ r is greatest where the score is the sum of the standardised children."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4)) * [1, 2, 5, 0.5] + 3
    inverse = 1 / x.std(axis=0)

    found = optimise_weights(x, objective="infomax")

    np.testing.assert_allclose(found.weights, inverse / inverse.sum(), atol=1e-5)


def test_a_balance_that_can_be_had_is_found():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(80, 3)) * [1, 3, 6]
    target = [0.5, 0.3, 0.2]

    found = optimise_weights(x, target=target)

    assert found.objective < 1e-20
    np.testing.assert_allclose(found.correlations / found.correlations.sum(), target, atol=1e-9)
    assert found.objective <= found.at_start


def test_limits_of_shares_hold():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(80, 4)) * [1, 3, 6, 9]

    found = optimise_weights(x, target=[8, 1, 1, 1], least=0.1, most=0.4)

    assert found.weights.sum() == pytest.approx(1)
    assert (found.weights >= 0.1 - 1e-9).all()
    assert (found.weights <= 0.4 + 1e-9).all()
    with pytest.raises(WeightsFault, match="无解"):
        optimise_weights(x, least=0.3)


# ------------------------------------------------------------------ from the framework file


def framework(weights, *, node=None, normalise="minmax", **own):
    def name(code):
        return {"zh": code, "en": code}

    return parse_framework(
        {
            "framework": "w",
            "name": name("w"),
            "nodes": {"top": {"name": name("top")} | ({} if node is None else {"weights": node})},
            "indicators": {c: {"name": name(c), "parent": "top"} | own for c in "abc"},
            "method": {"weights": weights, "normalise": normalise},
        }
    )


FIGURES = {"unit": list("wxyz"), **dict(zip("abc", X.T.tolist(), strict=True))}
RULES = {
    "declared": "declared",
    "equal": "equal",
    "votes": {"method": "votes", "ballots": [{"votes": {"a>b": 2, "b>c": 2, "c>a": 1}}]},
    "ahp": {"method": "ahp", "judgements": [{"pairs": {"a/b": 2, "b/c": "1/3", "a/c": 1}}]},
    "entropy": {"method": "entropy", "convention": "shift"},
    "critic": "critic",
    "standard_deviation": "standard_deviation",
    "variation": {"method": "variation", "data": "figures"},
    "gini": {"method": "gini", "data": "figures"},
    "merec": {"method": "merec", "data": "figures"},
    "pca": {"method": "pca", "convention": "squared"},
    "factor": {"method": "factor", "extraction": "components"},
    "optimised": {"method": "optimised", "target": "equal"},
    "combined": {"method": "combined", "of": ["critic", "equal"], "by": "mean"},
}
EXPECTED = {
    "entropy": lambda: entropy_weights(X, convention="shift"),
    "critic": lambda: critic_weights(X),
    "standard_deviation": lambda: deviation_weights(X),
    "variation": lambda: variation_weights(X),
    "gini": lambda: gini_weights(X),
    "merec": lambda: merec_weights(X),
    "pca": lambda: pca_weights(X, convention="squared"),
    "factor": lambda: factor_weights(X, extraction="components"),
    "combined": lambda: (critic_weights(X) + 1 / 3) / 2,
    "votes": lambda: np.array([0.4, 0.4, 0.2]),
}


def test_every_rule_can_be_tried():
    assert set(RULES) == set(WEIGHTINGS)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_works_for_the_whole_method_and_for_one_node(name):
    whole = build_index(framework(RULES[name]), FIGURES)
    single = build_index(framework("declared", node=RULES[name]), FIGURES)

    np.testing.assert_array_equal(whole.weights["top"], single.weights["top"])
    assert whole.weightings["top"].method == name
    if name in EXPECTED:
        np.testing.assert_allclose(whole.weights["top"], EXPECTED[name](), rtol=1e-9)


def test_the_balance_of_a_node_is_of_its_own_aggregator():
    plan = framework(
        {"method": "optimised", "target": "equal"}, normalise={"method": "minmax", "low": 1}
    )

    index = build_index(plan.vary({"method.aggregate": "geometric"}), FIGURES)

    r = [np.corrcoef(index.value(c), index.scores[:, 0])[0, 1] for c in "abc"]
    table = index.weightings["top"].table
    np.testing.assert_allclose(table["correlation"], r, rtol=1e-9)


def test_an_index_weighted_by_a_factor_needs_no_code(tmp_path):
    from pathlib import Path

    file = Path(__file__).parent / "frameworks" / "factor-weighted.yaml"
    rng = np.random.default_rng(5)
    x = rng.normal(size=(40, 1)) * [0.9, 0.7, 0.5] + rng.normal(size=(40, 3)) * 0.6
    figures = {"unit": [f"u{k}" for k in range(40)], **dict(zip("abc", x.T.tolist(), strict=True))}

    index = build_index(read_framework(file), figures)

    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    np.testing.assert_allclose(index.scores[:, 0], z @ factor_weights(x), atol=1e-7)


def test_a_factor_without_a_proper_solution_is_refused_with_the_remedy():
    rng = np.random.default_rng(0)
    twice = rng.normal(size=(30, 4)) @ np.diag([1.0, 0, 1, 1])
    twice[:, 1] = 2 * twice[:, 0]

    for x in (X, twice):
        with pytest.raises(WeightsFault, match="extraction: components"):
            factor_weights(x)


def test_weights_of_each_year_are_averaged_on_request():
    panel = {
        "unit": list("wxyz") * 2,
        "year": [2020] * 4 + [2021] * 4,
        **dict(zip("abc", np.concatenate([X, X[::-1] ** 2]).T.tolist(), strict=True)),
    }
    rule = {"method": "critic", "over": "year"}

    index = build_index(framework(rule), panel)

    parts = [critic_weights(index.normalised[:4]), critic_weights(index.normalised[4:])]
    np.testing.assert_allclose(index.weights["top"], np.mean(parts, axis=0), rtol=1e-12)


def test_an_inconsistent_expert_is_a_finding_with_the_comparison_to_mend():
    good = {"a/b": 2, "b/c": 2, "a/c": 4}
    bad = {"a/b": 7, "b/c": 7, "a/c": "1/3"}
    rule = {
        "method": "ahp",
        "judgements": [{"expert": "甲", "pairs": good}, {"expert": "乙", "pairs": bad}],
    }

    index = build_index(framework(rule), FIGURES)

    said = [f.text for f in index.findings if f.code == "inconsistent-judgements"]
    assert any("专家“乙”" in text.zh and "最应修改" in text.zh for text in said)
    assert not any("甲" in text.zh for text in said)
    assert index.weightings["top"].table["consistency"].to_list()[1] > 0.1


def test_a_constant_child_is_a_finding():
    node = {"method": "critic"}
    figures = FIGURES | {"a": [5.0] * 4}
    plan = framework(node, normalise={"method": "goalposts", "goalposts": [0, 20]})

    index = build_index(plan.vary({f"indicators.{c}.goalposts": [0, 20] for c in "abc"}), figures)

    assert index.weights["top"][0] == 0
    assert [(f.code, f.item) for f in index.findings] == [
        ("constant-column", "a"),  # it gives everyone the same score,
        ("constant-column", "top"),  # and so has no weight
    ]


def test_a_negative_weight_is_zero_kept_or_refused_as_told():
    opposite = FIGURES | {"a": [7.0, 4.0, 2.0, 1.0], "b": [1.0, 2.0, 4.0, 8.0]}
    rule = {"method": "pca", "convention": "loadings"}

    zero = build_index(framework(rule), opposite)
    kept = build_index(framework(rule | {"negative": "keep"}), opposite)

    assert zero.weights["top"].min() == 0
    assert [f.code for f in zero.findings] == ["negative-weight"]
    assert kept.weights["top"].min() < 0
    with pytest.raises(WeightsFault, match="核对方向"):
        build_index(framework(rule | {"negative": "refuse"}), opposite)


def test_ahp_of_an_indicator_that_was_dropped_is_of_those_that_are_left():
    figures = FIGURES | {"c": [5.0] * 4}  # constant: leaves the index

    index = build_index(framework(RULES["ahp"]), figures)

    np.testing.assert_allclose(index.weights["top"], [2 / 3, 1 / 3], rtol=1e-12)


WRONG = """framework: wrong
name: {zh: 错, en: wrong}
nodes:
  top: {name: {zh: 总, en: top}}
  p:
    name: {zh: 柱, en: p}
    parent: top
    weights:
      method: ahp
      judgements:
        - expert: 甲
          pairs:
            a/b: 3
            a/x: 2
  q:
    name: {zh: 柱, en: q}
    parent: top
    weights:
      method: optimised
      least: 0.6
indicators:
  a: {name: {zh: 甲, en: A}, parent: p}
  b: {name: {zh: 乙, en: B}, parent: p}
  c: {name: {zh: 丙, en: C}, parent: p}
  d: {name: {zh: 丁, en: D}, parent: q}
  e: {name: {zh: 戊, en: E}, parent: q}
method:
  weights: {method: merec}
"""


def test_faults_of_weights_are_said_all_at_once_with_their_lines(tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG, encoding="utf-8")

    with pytest.raises(DeclarationFaults) as wrong:
        read_framework(file)

    said = {fault.line: fault.text for fault in wrong.value.faults}
    assert "“x”不是这里的下级" in said[14].zh
    assert "a/c, b/c" in said[12].en
    assert "least" in {f.where.split(".")[-1] for f in wrong.value.faults if f.line == 20}


@pytest.mark.parametrize(
    ("weights", "line", "words"),
    [
        ("{method: entropy}", 7, "convention"),
        ("{method: entropy,\n convention: rawish}", 8, "raw"),
        ("bod", 7, "aggregate: bod"),
        ("{method: ahp, judgements: [{pairs: {a-b: 3}}]}", 7, "a/b: 3"),
        ("{method: ahp, judgements: [{pairs: {a/b: zero}}]}", 7, "1/3"),
        ("{method: votes, ballots: [{votes: {a>b: -1}}]}", 7, "greater than or equal to 0"),
        ("{method: merec}", 7, "low: 1"),
        ("{method: optimised, target: {a: 1}}", 7, "exactly its children"),
        ("{method: combined, of: [equal]}", 7, "at least 2"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_line_and_the_remedy(tmp_path, weights, line, words):
    file = tmp_path / "w.yaml"
    file.write_text(
        "framework: w\nname: {zh: w, en: w}\nnodes: {top: {name: {zh: t, en: t}}}\nindicators:\n"
        "  a: {name: {zh: a, en: a}, parent: top}\n  b: {name: {zh: b, en: b}, parent: top}\n"
        f"method: {{weights: {weights}}}\n",
        encoding="utf-8",
    )

    with pytest.raises(DeclarationFaults) as wrong:
        read_framework(file)

    assert any(f.line == line and words in f.in_words().en for f in wrong.value.faults), wrong.value


def test_varying_a_framework_keeps_its_judgements():
    plan = framework(RULES["ahp"])

    again = plan.vary({"method.normalise": "rank"})

    assert again.method.weights == plan.method.weights
    assert isinstance(build_index(again, FIGURES).frame, pl.DataFrame)
