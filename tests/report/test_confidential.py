"""No firm can be read from a table: by hand, by brute force, by an attacker's linear programs."""

from __future__ import annotations

from itertools import combinations

import highspy
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from sanfu.errors import InputError
from sanfu.index import Confidentiality
from sanfu.report.blocks import Document, Paragraph, Trace, Traced
from sanfu.report.confidential import (
    HIDDEN,
    TOTAL,
    for_the_public,
    log_table,
    protect,
    protected_table,
)
from sanfu.report.html import to_html
from sanfu.report.suppress import CannotProtect, Problem, Reader, suppress

PLAIN = Confidentiality(min_firms=3, dominance=None)


def firms(counts: dict[tuple[str, str], int]) -> pl.DataFrame:
    rows = [(a, b) for (a, b), n in counts.items() for _ in range(n)]
    return pl.DataFrame(rows, schema=["district", "industry"], orient="row")


GRID = {
    ("甲", "医药"): 1, ("甲", "芯片"): 8, ("甲", "材料"): 9,
    ("乙", "医药"): 7, ("乙", "芯片"): 6, ("乙", "材料"): 12,
    ("丙", "医药"): 20, ("丙", "芯片"): 15, ("丙", "材料"): 30,
}  # fmt: skip


def hidden(protected) -> set[tuple[str, ...]]:
    return set(protected.log.select(protected.by).rows())


def attack(protected, cells: pl.DataFrame, cell: tuple[str, ...], fixed: tuple[str, ...] = ()):
    """What a reader knows of a cell, by SciPy and equations written here anew."""
    by = protected.by
    keys = cells.select(by).rows()
    values = dict(zip(keys, cells["value"].to_list(), strict=True))
    lines = []
    for axis in range(len(by)):
        for total in (key for key in keys if key[axis] == TOTAL):
            others = (total[:axis], total[axis + 1 :])
            parts = [
                k for k in keys if k[axis] != TOTAL and (k[:axis], k[axis + 1 :]) == others
            ]  # fmt: skip
            lines.append((total, parts))
    place = {key: i for i, key in enumerate(keys)}
    matrix = np.zeros((len(lines), len(keys)))
    for row, (total, parts) in enumerate(lines):
        matrix[row, place[total]] = -1
        for part in parts:
            matrix[row, place[part]] += 1
    kept_back = hidden(protected)
    bounds = [
        (0, None) if key in kept_back and key != fixed else (values[key], values[key])
        for key in keys
    ]
    found = []
    for way in (1, -1):
        aim = np.zeros(len(keys))
        aim[place[cell]] = way
        answer = linprog(aim, A_eq=matrix, b_eq=np.zeros(len(lines)), bounds=bounds)
        found.append(np.inf if answer.status == 3 else way * answer.fun)
    return found[0], found[1]


def everything(frame, by, value=None):
    """The table with nothing hidden."""
    return protect(
        frame, by, value=value, rules=Confidentiality(min_firms=None, dominance=None)
    ).frame


def test_a_single_small_cell_takes_three_others_with_it():
    protected = protect(firms(GRID), ["district", "industry"], rules=PLAIN)

    assert len(hidden(protected)) == 4
    assert ("甲", "医药") in hidden(protected)
    assert set(protected.log["rule"]) == {"min_firms", "complementary"}
    assert not any(TOTAL in key for key in hidden(protected))


def test_a_solver_used_before_in_the_same_process_does_not_matter():
    """HiGHS keeps its threads for the process and refuses another number of them."""
    before = highspy.Highs()
    before.silent()
    before.addVar(0.0, 1.0)
    before.run()

    assert len(hidden(protect(firms(GRID), ["district", "industry"], rules=PLAIN))) == 4


def test_the_others_are_the_cheapest_rectangle():
    protected = protect(firms(GRID), ["district", "industry"], rules=PLAIN)

    assert hidden(protected) == {
        ("甲", "医药"), ("甲", "芯片"), ("乙", "医药"), ("乙", "芯片"),
    }  # fmt: skip


def test_without_totals_only_what_a_rule_forbids_is_hidden():
    protected = protect(firms(GRID), ["district", "industry"], rules=PLAIN, totals=False)

    assert hidden(protected) == {("甲", "医药")}


def test_what_is_shown_is_the_plain_sum_and_what_is_hidden_is_missing():
    protected = protect(firms(GRID), ["district", "industry"], rules=PLAIN)
    plain = everything(firms(GRID), ["district", "industry"])

    joined = protected.frame.join(plain, on=["district", "industry"], suffix="_plain")
    shown, kept = joined.filter(~pl.col("hidden")), joined.filter("hidden")
    assert shown["value"].to_list() == shown["value_plain"].to_list()
    assert kept["value"].null_count() == kept["n"].null_count() == kept.height


def test_a_cell_that_one_firm_dominates_is_hidden():
    frame = pl.DataFrame(
        {"d": ["甲"] * 5 + ["乙"] * 5 + ["丙"] * 5, "x": [900, 1, 1, 1, 1, *[50] * 10]}
    )

    protected = protect(frame, ["d"], value="x", rules=Confidentiality(dominance=(1, 0.75)))

    assert ("甲",) in hidden(protected)
    assert len(hidden(protected)) == 2


def test_a_firm_that_stands_alone_cannot_work_out_another_that_does():
    """Two cells of one firm each would protect each other from all but those two firms."""
    counts = {
        ("甲", "医药"): 1, ("甲", "芯片"): 1, ("甲", "材料"): 9, ("乙", "医药"): 7,
        ("乙", "芯片"): 6, ("乙", "材料"): 12, ("丙", "医药"): 5, ("丙", "芯片"): 5,
        ("丙", "材料"): 9,
    }  # fmt: skip
    frame = firms(counts).with_columns(x=pl.Series(np.arange(55) % 7 + 10.0))
    by = ["district", "industry"]

    protected = protect(frame, by, value="x", rules=PLAIN)
    plain = everything(frame, by, "x")
    low, high = attack(protected, plain, ("甲", "医药"), fixed=("甲", "芯片"))

    assert high - low > 1


def test_a_table_too_small_to_protect_is_refused():
    problem = Problem(
        values=np.array([1.0, 1.0]),
        equations=csr_matrix([[1.0, -1.0]]),
        sensitive=np.array([0]),
        below=np.array([0.5]),
        above=np.array([1.0]),
        costs=np.ones(2),
        insiders=((1,),),
    )

    with pytest.raises(CannotProtect, match="合并"):
        suppress(problem)


def test_negative_values_and_too_many_dimensions_are_refused():
    frame = pl.DataFrame({"d": ["甲"], "x": [-1.0]})

    with pytest.raises(InputError, match="负数"):
        protect(frame, ["d"], value="x")
    with pytest.raises(InputError, match="维度"):
        protect(frame, [])


def test_the_block_prints_a_cross_and_says_why_and_the_log_tells_no_value():
    protected = protect(firms(GRID), ["district", "industry"], rules=PLAIN)

    table = protected_table(protected, caption="各区各业", heading="区", source="样例")
    log = log_table({"各区各业": protected})
    words = [str(cell) for row in log.rows for cell in row]

    assert [c.label for c in table.columns][-1] == "合计"
    assert table.rows[-1][0] == "合计"
    assert sum(cell == HIDDEN for row in table.rows for cell in row) == 4
    assert "不公布" in table.source
    assert any("企业数过少" in word for word in words)
    assert not any(mark.isdigit() for word in words for mark in word)


def test_a_figure_gets_the_cells_with_hidden_ones_missing():
    protected = protect(firms(GRID), ["district", "industry"], rules=PLAIN)

    cells = protected.figure_frame(row="district", column="industry", value="value")

    assert cells.height == 9
    assert cells["value"].null_count() == 4


def test_labels_keep_their_order_and_empty_ones_are_zero():
    protected = protect(firms(GRID), ["district"], rules=PLAIN,
                        labels={"district": ["丙", "乙", "甲", "丁"]})  # fmt: skip

    assert protected.frame["district"].to_list() == ["丙", "乙", "甲", "丁", TOTAL]
    assert protected.frame["value"].to_list()[3] == 0


def test_what_goes_out_names_cells_but_not_what_they_hold():
    cells = ("年报.xlsx › 表 › B2 = 57,657,234", "a = b.xlsx › s › C3 = 缺", "另见台账")
    trace = Trace("n1", "营收", "sum(revenue)", (("依据企业数", "13"),), cells)
    document = Document("x", "zh", (Paragraph((Traced("1", "n1"),)),), traces={"n1": trace})

    page = to_html(for_the_public(document))

    assert "57,657,234" not in page
    assert "年报.xlsx › 表 › B2" in page
    assert "a = b.xlsx › s › C3" in page
    assert "另见台账" in page
    assert "依据企业数" in page
    assert "57,657,234" in to_html(document)


def costs_of(plain: pl.DataFrame) -> dict[tuple[str, ...], float]:
    most = max(*plain["value"].to_list(), 1.0)
    keys = plain.drop("value", "n", "hidden").rows()
    return {k: 1 + v / most for k, v in zip(keys, plain["value"].to_list(), strict=True)}


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=6, max_size=6))
def test_no_cheaper_hiding_protects_a_small_table(counts):
    names = [(a, b) for a in "甲乙" for b in "一二三"]
    frame = firms(dict(zip(names, counts, strict=True)))
    if not frame.height:
        return
    by = ["district", "industry"]
    protected = protect(frame, by, rules=PLAIN, labels={"district": list("甲乙"),
                        "industry": list("一二三")})  # fmt: skip
    plain = protect(
        frame, by, rules=Confidentiality(min_firms=None, dominance=None),
        labels={"district": list("甲乙"), "industry": list("一二三")},
    ).frame  # fmt: skip
    costs = costs_of(plain)
    must = {k for k, n in zip(plain.select(by).rows(), plain["n"].to_list(), strict=True)
            if 0 < n < 3}  # fmt: skip
    mine = sum(costs[k] for k in hidden(protected))
    values = dict(zip(plain.select(by).rows(), plain["value"].to_list(), strict=True))

    others = [k for k in costs if k not in must]
    for size in range(min(len(others), 4) + 1):
        for extra in combinations(others, size):
            chosen = must | set(extra)
            if sum(costs[k] for k in chosen) >= mine - 1e-6:
                continue
            fake = type("P", (), {"by": tuple(by), "log": pl.DataFrame(
                list(chosen), schema=by, orient="row")})  # fmt: skip
            loose = False
            for cell in must:
                low, high = attack(fake, plain, cell)
                level = max(0.1 * values[cell], 1.0)
                loose |= high < values[cell] + level - 1e-6
                loose |= low > values[cell] - min(level, values[cell]) + 1e-6
            assert loose, f"{chosen} is cheaper than {hidden(protected)}"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("甲乙丙丁"), st.sampled_from("一二三"), st.floats(0.5, 1000)),
        min_size=4,
        max_size=60,
    ),
    st.booleans(),
)
def test_no_sensitive_cell_is_bounded_tighter_than_its_level_and_no_hidden_one_is_recovered(
    rows, magnitudes
):
    frame = pl.DataFrame(rows, schema=["a", "b", "x"], orient="row")
    rules = Confidentiality(min_firms=3, dominance=(1, 0.75))
    value = "x" if magnitudes else None
    try:
        protected = protect(frame, ["a", "b"], value=value, rules=rules)
    except CannotProtect:
        everyone = protect(frame, ["a", "b"], value=value, rules=rules, totals=False)
        assert everyone.log.height  # refused, rather than shown
        return
    plain = everything(frame, ["a", "b"], value)
    values = dict(zip(plain.select("a", "b").rows(), plain["value"].to_list(), strict=True))

    for *cell, rule, _why in protected.log.rows():
        low, high = attack(protected, plain, tuple(cell))
        true = values[tuple(cell)]
        assert high - low > 1e-6 * max(true, 1)
        if rule != "complementary":
            level = max(0.1 * true, 0.0 if magnitudes else 1.0)
            assert high >= true + level - 1e-3 * max(true, 1)
            assert low <= true - min(level, true) + 1e-3 * max(true, 1)


def test_three_dimensions_are_protected_over_all_their_totals():
    random = np.random.default_rng(3)
    frame = pl.DataFrame({k: random.integers(0, 3, 70).astype(str) for k in "abc"})

    protected = protect(frame, ["a", "b", "c"], rules=PLAIN)
    plain = everything(frame, ["a", "b", "c"])

    assert protected.frame.height == 4**3
    for *cell, _rule, _why in protected.log.rows():
        low, high = attack(protected, plain, tuple(cell))
        assert high - low > 0.99


def test_the_reader_s_bounds_are_those_of_another_solver():
    protected = protect(firms(GRID), ["district", "industry"], rules=PLAIN)
    plain = everything(firms(GRID), ["district", "industry"])
    from sanfu.report.confidential import _equations

    by = ("district", "industry")
    problem = Problem(
        plain["value"].to_numpy(), _equations(plain, by), np.array([0]), np.ones(1), np.ones(1),
        np.ones(plain.height),
    )  # fmt: skip
    reader = Reader(problem)
    reader.hide(protected.frame["hidden"].to_numpy())
    for place, key in enumerate(plain.select(by).rows()):
        assert reader.bounds(place) == pytest.approx(attack(protected, plain, key), abs=1e-6)
