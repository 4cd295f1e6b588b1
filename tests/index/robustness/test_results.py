"""What a user gets: frames, tiers, sensitivity, leave-one-out, workbooks and words."""

from __future__ import annotations

import json

import numpy as np
import openpyxl
import polars as pl
import pytest

from sanfu.content import content_path
from sanfu.errors import InputError
from sanfu.index import build_index
from sanfu.index.robustness import plan_schema, read_plan, usual_plan
from sanfu.language import use_language

CHOICES = {
    "scale": {
        "path": "method.normalise",
        "values": [{"method": "minmax", "low": 1}, {"method": "zscore", "mean": 100, "sd": 10}],
    },
    "idle": {"path": "method.treat.kurtosis", "values": [3.5, 3.5]},
    "weights": {"weights": {"noise": 0.5}},
}


@pytest.fixture(scope="module")
def found(small):
    return small.robustness(CHOICES, replicates=400, seed=0)


@pytest.fixture(scope="module")
def panel(document_of, figures_of):
    years = [2022, 2023]
    tables = [
        figures_of(seed=year).with_columns(year=pl.lit(year, dtype=pl.Int64)) for year in years
    ]
    return build_index(
        {**document_of(), "method": {"normalise": {"method": "minmax", "low": 1, "over": "all"}}},
        pl.concat(tables),
    )


def test_intervals_hold_the_median_and_cover_what_they_say(found):
    frame = found.frame

    assert frame["unit"].to_list()[0] == found.index.ranking["unit"][0]
    assert (frame["rank_low"] <= frame["rank_median"]).all()
    assert (frame["rank_median"] <= frame["rank_high"]).all()
    order = [found.units.index(unit) for unit in frame["unit"]]
    ranks = found.ranks[:, order]
    inside = (ranks >= frame["rank_low"].to_numpy()) & (ranks <= frame["rank_high"].to_numpy())
    assert inside.mean(axis=0).min() >= 0.9
    assert frame["within_5"].min() >= frame["within_1"].min()
    assert frame["scored"].to_list() == [1.0] * 14


def test_acceptability_pairs_and_tiers_are_tidy(found):
    shares = found.acceptability.group_by("unit").agg(pl.col("share").sum())
    pairs = found.beats
    both = pairs.join(pairs, left_on=["unit", "other"], right_on=["other", "unit"])

    np.testing.assert_allclose(shares["share"], 1)
    assert pairs.height == 14 * 13
    np.testing.assert_allclose(both["probability"] + both["probability_right"], 1)
    assert found.tiers["tier"].is_sorted()
    assert found.tiers["tier"][0] == 1
    assert found.tiers.filter(pl.col("led_by") >= found.confidence).is_empty()


def test_stability_grows_with_the_places_allowed(found):
    assert found.stability["share"].is_sorted()
    assert found.stability["units"].is_sorted()
    assert found.stability.filter(pl.col("k") == 10)["share"].item() > 0.99


def test_every_replicate_says_what_it_ran(found):
    ran = found.replicates

    assert ran.columns == [
        *("replicate", "scale", "idle", "weights"),
        *("offset", "scored", "mean_shift"),
    ]
    assert set(ran["scale"]) == {"minmax(low=1)", "zscore(mean=100, sd=10)"}
    used = found.weights_used("top")
    assert used.columns == ["replicate", "a", "b", "c"]
    assert used["a"].is_between(1, 3).all()


def test_explaining_a_unit_shows_its_ranks_under_each_alternative(found):
    told = found.explain("u03")

    assert set(told["choice"]) == {"scale", "idle"}
    assert told.filter(pl.col("choice") == "scale")["replicates"].sum() == 400
    idle = told.filter(pl.col("choice") == "idle")["share_explained"].max()
    assert idle < 0.02


def test_an_unknown_unit_or_node_is_said_with_near_names(found):
    with pytest.raises(InputError, match="u03"):
        found.explain("u3")
    with pytest.raises(InputError, match="top"):
        found.weights_used("tip")


def test_a_choice_that_does_nothing_explains_nothing(found):
    sensitivity = found.sobol(256, bootstrap=50)
    effects = found.shapley(256, bootstrap=50)

    total = dict(sensitivity.summary.select("choice", "total").iter_rows())
    effect = dict(effects.summary.select("choice", "effect").iter_rows())
    assert total["idle"] == 0
    assert effect["idle"] == pytest.approx(0, abs=1e-12)
    assert sum(effect.values()) == pytest.approx(1)
    assert sensitivity.frame.height == 3 * (1 + 2 * 14)
    one = sensitivity.explain("u03", "score")
    assert one["total"].is_sorted(descending=True, nulls_last=True)
    assert sensitivity.findings[0].code == "most-important-choice"


def test_choices_can_be_taken_together_as_one_factor(found):
    grouped = found.sobol(128, bootstrap=0, groups={"both": ["scale", "idle"]})

    assert set(grouped.summary["choice"]) == {"both", "weights"}
    with pytest.raises(InputError, match="nothing"):
        found.sobol(128, groups={"both": ["nothing"]})
    with pytest.raises(InputError, match="2"):
        found.sobol(100)


def test_leaving_an_indicator_out_is_the_index_without_it(small, document_of, figures_of):
    left = small.leave_one_out("indicators")

    assert left.parts == ("a1", "a2", "a3", "b1", "b2", "c")
    shorter = document_of()
    del shorter["indicators"]["a3"]
    alone = build_index(shorter, figures_of())
    np.testing.assert_allclose(left.scores[2], alone.scores[:, -1], rtol=1e-12)
    np.testing.assert_array_equal(left.ranks[2], alone.ranks[:, -1])


def test_leaving_a_pillar_out_is_the_index_without_it(small, document_of, figures_of):
    left = small.leave_one_out("pillars")

    assert left.parts == ("a", "b")
    shorter = document_of()
    del shorter["nodes"]["b"], shorter["indicators"]["b1"], shorter["indicators"]["b2"]
    np.testing.assert_allclose(
        left.scores[1], build_index(shorter, figures_of()).scores[:, -1], rtol=1e-12
    )


def test_leaving_a_unit_out_shows_who_changes_places_with_whom(small, document_of, figures_of):
    left = small.leave_one_out("units")
    out = left.summary["out"][0]
    place = left.parts.index(out)

    alone = build_index(document_of(), figures_of().filter(pl.col("unit") != out))

    there = ~np.isnan(left.scores[place])
    np.testing.assert_allclose(left.scores[place][there], alone.scores[:, -1], rtol=1e-12)
    turned = left.reversals(out)
    assert turned.height == left.summary["reversals"][0]
    assert (turned["rank_ahead"] < turned["rank_behind"]).all()
    assert (turned["rank_ahead_without"] > turned["rank_behind_without"]).all()
    row = left.frame.filter((pl.col("out") == out) & (pl.col("unit") == out))
    assert row["rank_without"].item() is None


def test_a_units_absence_alone_is_no_shift(document_of, figures_of):
    fixed = document_of(normalise={"method": "goalposts", "low": 0, "high": 100}, treat=None)
    for part in fixed["indicators"].values():
        part["goalposts"] = [0, 120]
    index = build_index(fixed, figures_of())

    left = index.leave_one_out("units")

    assert left.frame["shift"].drop_nulls().abs().max() == 0
    assert left.findings[0].code == "no-shift"


def test_a_panel_is_looked_at_in_one_year(panel):
    found = panel.robustness({"w": {"weights": {"noise": 0.4}}}, replicates=30)
    earlier = panel.robustness({"w": {"weights": {"noise": 0.4}}}, replicates=30, year=2022)

    assert found.year == 2023
    assert len(found.units) == 14
    nominal = panel.ranking.filter(pl.col("year") == 2022)
    assert earlier.frame["rank"].to_list() == nominal["rank"].to_list()
    replayed = found.replay(7)
    last = replayed.years == 2023
    np.testing.assert_allclose(found.scores[6], replayed.scores[last, -1], rtol=1e-12)
    with pytest.raises(InputError, match="2022"):
        panel.robustness({"w": {"weights": {"noise": 0.4}}}, year=1999)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbooks_can_be_read(found, small, tmp_path, language):
    use_language(language)
    try:
        found.to_excel(tmp_path / "r.xlsx")
        found.sobol(64, bootstrap=0).to_excel(tmp_path / "s.xlsx")
        small.leave_one_out("units").to_excel(tmp_path / "l.xlsx")
    finally:
        use_language("zh")

    first = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert len(first.sheetnames) == 9
    cells = list(first[first.sheetnames[0]].iter_rows(values_only=True))
    assert cells[4][0] == found.frame["unit"][0]
    assert cells[4][2] == 1
    assert "400" in cells[1][0]
    assert len(openpyxl.load_workbook(tmp_path / "s.xlsx").sheetnames) == 4
    assert len(openpyxl.load_workbook(tmp_path / "l.xlsx").sheetnames) == 4


def test_findings_are_said_in_both_languages(found, small):
    for finding in (*found.findings, *small.leave_one_out("units").findings):
        assert finding.text.zh
        assert finding.text.en
        assert finding.text.zh != finding.text.en
    assert "stability" in {finding.code for finding in found.findings}


def test_without_choices_the_usual_ones_are_varied(small):
    found = small.robustness(replicates=20)

    assert set(found.plan.choices) == {"weights", "normalisation", "aggregation", "treatment"}
    assert usual_plan(small.framework) == found.plan


def test_choices_are_read_from_a_file_and_its_faults_have_lines(small, tmp_path):
    file = tmp_path / "choices.yaml"
    file.write_text(
        "robustness: mine\n"
        "choices:\n"
        "  scale:\n"
        "    path: method.normalise\n"
        "    values: [{method: minmax, low: 1}, zscore]\n"
        "  weights:\n"
        "    weights: {noise: 0.25}\n",
        encoding="utf-8",
    )
    assert small.robustness(file, replicates=5).plan.robustness == "mine"

    file.write_text("choices:\n  scale:\n    pth: method.normalise\n", encoding="utf-8")
    with pytest.raises(InputError, match="第 3 行"):
        read_plan(file)


def test_the_shipped_schema_is_that_of_the_declaration():
    shipped = content_path("robustness", "schema.json").read_text(encoding="utf-8")

    assert json.loads(shipped) == json.loads(json.dumps(plan_schema())), (
        "run: uv run python tools/framework_schema.py"
    )


def test_one_of_the_shipped_frameworks_can_be_judged_as_it_is():
    rng = np.random.default_rng(0)
    simple = {
        "framework": "two",
        "name": {"zh": "两个", "en": "two"},
        "nodes": {"top": {"name": {"zh": "总", "en": "top"}, "aggregate": "geometric"}},
        "indicators": {c: {"name": {"zh": c, "en": c}, "parent": "top"} for c in "xyz"},
        "method": {"normalise": {"method": "minmax", "low": 1}},
    }
    table = pl.DataFrame({"unit": list("abcdef"), **{c: rng.random(6) for c in "xyz"}})

    found = build_index(simple, table).robustness(replicates=10)

    assert set(found.replicates["aggregation"]) == {"geometric", "arithmetic"}


def test_scores_of_different_scales_are_compared_on_the_nominal_one(found, small):
    one_scale = small.robustness({"w": {"weights": {"noise": 0.5}}}, replicates=50)

    assert not found.same_scale
    assert one_scale.same_scale
    assert one_scale.compared_scores is one_scale.scores
    nominal = found.nominal[0]
    np.testing.assert_allclose(found.compared_scores.mean(axis=1), nominal.mean())
    assert (found.frame["score_low"] < found.frame["score"]).mean() > 0.5
    assert "different-scales" in {finding.code for finding in found.findings}


def test_an_index_from_firms_draws_its_firms_itself(tmp_path):
    from sanfu.index import measure_regions
    from sanfu.registry import sample

    regions = measure_regions("shanghai-srdi", sample.shanghai(firms=800, seed=7), years=2023)
    index = build_index("shanghai-srdi", regions)

    found = index.robustness({"firms": {"draws": "firms"}}, replicates=60, seed=3)

    drawn = regions.replicates(replicates=60, seed=3)
    place = int(found.replicates["firms"][0]) - 1
    table = pl.DataFrame(drawn.values[place], schema=list(drawn.indicators)).with_columns(
        unit=pl.Series(drawn.units)
    )
    again = build_index("shanghai-srdi", table)
    order = [again.units.index(unit) for unit in found.units]
    np.testing.assert_allclose(found.scores[0], again.scores[order, -1], rtol=1e-9)
    assert found.frame["rank_high"].max() > found.frame["rank_low"].min()
    found.to_excel(tmp_path / "firms.xlsx")
    assert "名次置信区间" in openpyxl.load_workbook(tmp_path / "firms.xlsx").sheetnames
    wider = found.frame.filter(pl.col("rank_low") < pl.col("rank_high"))
    assert wider.height >= 8


def test_weights_derived_from_the_figures_are_derived_for_each_variant_and_then_varied(build):
    index = build(weights={"method": "entropy", "convention": "shift"})
    choices = {
        "points": {"path": "method.treat.first.points", "values": [1, 3]},
        "rule": {"path": "nodes.top.weights", "values": [None, "equal", "critic"]},
    }

    found = index.robustness(choices, replicates=10, seed=2)
    noisy = index.robustness({**choices, "w": {"weights": {"noise": 0.2}}}, replicates=10, seed=2)

    for replicate in range(1, 11):
        alone = found.replay(replicate)
        np.testing.assert_allclose(found.scores[replicate - 1], alone.scores[:, -1], rtol=1e-11)
        np.testing.assert_allclose(
            noisy.scores[replicate - 1], noisy.replay(replicate).scores[:, -1], rtol=1e-11
        )
    assert not np.allclose(found.scores, noisy.scores)


def test_central_weights_are_the_mean_of_those_that_put_a_unit_first(small):
    found = small.robustness({"w": {"weights": {"simplex": True}}}, replicates=300)

    central = found.central_weights("top")

    used = found.weights_used("top").drop("replicate").to_numpy() / 3.7
    for row in central.iter_rows(named=True):
        first = found.ranks[:, found.units.index(row["unit"])] == 1
        assert row["share"] == pytest.approx(first.mean())
        np.testing.assert_allclose([row["a"], row["b"], row["c"]], used[first].mean(axis=0))
    assert central["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize("time", ["growth_index", "nbs_growth"])
def test_an_index_of_growth_is_varied_too(document_of, figures_of, time):
    years = [2021, 2022, 2023]
    table = pl.concat(
        [
            figures_of(seed=year).with_columns(
                pl.all().exclude("unit").abs() + 10, year=pl.lit(year, dtype=pl.Int64)
            )
            for year in years
        ]
    )
    flat = table.with_columns(c=pl.lit(5.0))  # a constant column leaves the index
    for figures in (table, flat):
        index = build_index(document_of(time={"method": time, "base": 2021}, treat=None), figures)
        assert set(usual_plan(index.framework).choices) == {"weights"}
        choices = {
            "w": {"weights": {"noise": 0.5}},
            "i": {"path": "method.impute", "values": [None, "linear"]},
            "d": {"drop": {"indicators": ["a1", "b2"]}},
        }

        found = index.robustness(choices, replicates=8, seed=4)

        for replicate in range(1, 9):
            alone = found.replay(replicate)
            last = alone.years == 2023
            np.testing.assert_allclose(
                found.scores[replicate - 1], alone.scores[last, -1], rtol=1e-10
            )


def test_the_weight_that_moves_a_unit_is_the_one_of_what_it_is_worst_at():
    table = pl.DataFrame(
        {
            "unit": ["one-sided", "p", "q", "r"],
            "x": [100.0, 40, 60, 0],
            "y": [0.0, 55, 45, 100],
        }
    )
    framework = {
        "framework": "two",
        "name": {"zh": "两", "en": "two"},
        "nodes": {"top": {"name": {"zh": "总", "en": "top"}}},
        "indicators": {c: {"name": {"zh": c, "en": c}, "parent": "top"} for c in "xy"},
    }
    found = build_index(framework, table).robustness(
        {"w": {"weights": {"noise": 0.9}}}, replicates=300
    )

    told = found.explain_weights("one-sided")

    moved = {row["child"]: row for row in told.iter_rows(named=True)}
    assert moved["x"]["correlation"] < -0.8
    assert moved["y"]["correlation"] > 0.8
    assert moved["y"]["rank_if_low"] < moved["y"]["rank_if_high"]


def test_a_continuous_choice_of_the_graph_is_scored_too(build):
    index = build(aggregate={"method": "generalised", "power": 1})
    choices = {"p": {"path": "method.aggregate.power", "between": [0.2, 3]}}

    found = index.robustness(choices, replicates=6)

    for replicate in range(1, 7):
        alone = found.replay(replicate)
        np.testing.assert_allclose(found.scores[replicate - 1], alone.scores[:, -1], rtol=1e-12)
    assert found.replicates["p"].is_between(0.2, 3).all()
