"""Laws: less data never decides, better figures never make worse, all readers agree."""

from __future__ import annotations

import datetime as dt

import polars as pl
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sanfu.formula import Name, clear, names_in
from sanfu.ladder import OUTCOMES, check_firm, make_book, rulebooks
from sanfu.ladder.checking import check
from sanfu.ladder.edges import comparisons, edge_firms
from sanfu.ladder.emit import scales_of
from sanfu.ladder.rulebook import Rulebook
from sanfu.ladder.sql import to_sql
from sanfu.ladder.values import BOUNDS, SCALES

MAY = dt.date(2026, 5, 1)
BOOKS = [make_book(name, kind=kind, on=MAY) for name in rulebooks() for kind in ("new", "review")]
FIRMS = {id(book): edge_firms(book, 300, seed=seed).to_dicts() for seed, book in enumerate(BOOKS)}


def rows(draw, book):
    return dict(draw(st.sampled_from(FIRMS[id(book)])))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_taking_data_away_never_decides_anything(data):
    book = data.draw(st.sampled_from(BOOKS))
    whole = rows(data.draw, book)
    gone = data.draw(st.sets(st.sampled_from(book.columns), min_size=1))

    before = check_firm(book, whole).findings
    after = check_firm(book, {**whole, **dict.fromkeys(gone)}).findings

    for name, found in after.items():
        if found.outcome in ("met", "unmet") and name not in book.groups:
            assert before[name].outcome == found.outcome, name
        if found.low is not None:
            assert found.low <= before[name].low <= before[name].high <= found.high, name


def directions(book):  # noqa: C901 - one part a place where a column may stand
    """Column → +1 where more of it can only help every rule, −1 where less can; others left out."""
    found = {}

    def add(name, sign):
        found.setdefault(name, set()).add(sign)

    for _, _, node in comparisons(book):
        cleared = clear(node, scales_of(book))
        up = 1 if node.operator in (">=", ">") else -1
        for terms, sign in ((cleared.left, up), (cleared.right, -up)):
            for product, _ in terms:
                for name in product:
                    add(name, sign if len(product) == 1 else 0)
        for terms in cleared.positive:
            for product, _ in terms:
                for name in product:
                    add(name, 0)
    flags = [rule.column for rule in book.rules if rule.column]
    for rule in book.rules:
        if rule.formula is not None:
            flags += [rule.formula.name] if isinstance(rule.formula, Name) else []
    for one in book.indicators:
        flags += [one.given] if one.given else []
        for steps in one.steps:
            for condition, _ in steps.conditions:
                flags += (
                    names_in(condition)
                    if book.measures[names_in(condition)[0]].kind == "flag"
                    else []
                )
    for name in flags:
        add(name, 1)
    return {name: sign for name, (sign, *more) in found.items() if sign and not more}


def test_most_measures_have_a_direction():
    known = directions(make_book("cn-2022/srdi", kind="new", on=MAY))

    assert known["rd_expense"] == known["class1_ip"] == known["own_brand"] == 1
    assert known["liabilities"] == -1
    assert "revenue" not in known


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_bettering_one_measure_never_makes_anything_worse(data):
    book = data.draw(st.sampled_from(BOOKS))
    firm = rows(data.draw, book)
    known = {name: sign for name, sign in directions(book).items() if firm[name] is not None}
    if not known:
        return
    name = data.draw(st.sampled_from(sorted(known)))
    if book.measures[name].kind == "flag":
        better = True
    else:
        step = data.draw(st.integers(1, 10**9)) / (10**6 if isinstance(firm[name], float) else 1)
        better = firm[name] + known[name] * step
    kind = book.measures[name].kind
    assume(kind == "flag" or abs(better) * SCALES.get(kind, 1) <= BOUNDS[kind])

    before = check_firm(book, firm).findings
    after = check_firm(book, {**firm, name: better}).findings

    for rule in book.rules:
        worse = OUTCOMES.index(after[rule.id].outcome) < OUTCOMES.index(before[rule.id].outcome)
        assert not worse, (rule.id, name)
    for one in book.indicators:
        assert after[one.id].low >= before[one.id].low
        assert after[one.id].high >= before[one.id].high


MONEY = st.sampled_from(["rd_expense", "revenue", "main_revenue", "assets", "net_profit"])
RATIO = st.sampled_from(
    [
        "rd_expense / revenue",
        "main_revenue / main_revenue_1 - 1",
        "(revenue / revenue_1 + revenue_1 / revenue_2) / 2 - 1",
        "(net_profit + rd_expense) / assets",
        "rd_staff / staff",
        "market_share",
    ]
)
FLAG = st.sampled_from(["high_tech", "own_brand", "gap_filling", "six_bases"])


@st.composite
def conditions(draw):
    """A formula of any kind that a rule may have."""
    one = draw(
        st.one_of(
            st.builds("{} >= {} 万元".format, MONEY, st.integers(1, 9000)),
            st.builds("{} <= {}%".format, RATIO, st.integers(1, 90)),
            st.builds("{} > {}.5%".format, RATIO, st.integers(0, 90)),
            st.builds("compound_growth(revenue, revenue_{}, {}) >= {}%".format,
                      st.just(2), st.integers(1, 3), st.integers(0, 30)),
            st.builds('rd_institution in ["{}"]'.format, st.sampled_from(["省级", "国家级"])),
            st.builds("not {}".format, FLAG),
            st.builds("{} is not missing".format, MONEY),
            FLAG,
        )
    )  # fmt: skip
    if draw(st.integers(0, 3)):
        return one
    join = draw(st.sampled_from(["and", "or"]))
    return f"({one}) {join} ({draw(conditions())})"


@st.composite
def bands(draw, unit):
    better = draw(st.sampled_from(["higher", "lower"]))
    edges = sorted(draw(st.sets(st.integers(1, 60), min_size=1, max_size=4)))
    key = "from" if better == "higher" else "to"
    ordered = edges[::-1] if better == "higher" else edges
    made = [
        {key: f"{edge}{unit}", "points": 2 * (len(edges) - n)} for n, edge in enumerate(ordered)
    ]
    return better, [*made, {"rest": True, "points": draw(st.integers(0, 1))}]


@st.composite
def indicators(draw, number):
    about = {
        "id": f"i{number}", "label": {"zh": "指标", "en": "indicator"}, "group": "all",
        "mark": "to-check", "max": draw(st.integers(8, 9)),
    }  # fmt: skip
    way = draw(st.sampled_from(["bands", "cases", "best_of", "each", "per", "given"]))
    if way == "bands":
        better, made = draw(bands("%"))
        return {**about, "of": draw(RATIO), "better": better, "bands": made}
    if way == "cases":
        made = [{"when": draw(conditions()), "points": p} for p in (6, 3)]
        return {**about, "cases": [*made, {"rest": True, "points": 0}]}
    if way == "best_of":
        scales = []
        for of, unit in ((draw(RATIO), "%"), (draw(MONEY), " 万元")):
            better, made = draw(bands(unit))
            scales.append({"of": of, "better": better, "bands": made})
        return {**about, "best_of": scales}
    if way == "each":
        items = [
            {"label": about["label"], "when": draw(conditions())}
            for _ in range(draw(st.integers(1, 3)))
        ]
        return {**about, "each": {"points": 3, "items": items}}
    if way == "per":
        return {**about, "per": {"of": "niche_years", "every": "2 年", "points": 1}}
    return {**about, "given": "local_points"}


@st.composite
def criteria(draw, prefix, depth, targets):
    about = {"id": prefix, "label": {"zh": "条件", "en": "criterion"}, "mark": "to-check"}
    ways = ["when", "judge", "points", *(["all", "any"] if depth else [])]
    way = draw(st.sampled_from(ways))
    if way == "when":
        return {**about, "when": draw(conditions())}
    if way == "judge":
        return {**about, "judge": draw(st.sampled_from(["field_fits", "ip_linked"]))}
    if way == "points":
        of = draw(st.sampled_from(targets))
        return {**about, "points_of": of, "at_least": f"{draw(st.integers(1, 12))} 分"}
    count = draw(st.integers(1, 3))
    return {
        **about,
        way: [draw(criteria(f"{prefix}_{n}", depth - 1, targets)) for n in range(count)],
    }


@st.composite
def random_rulebooks(draw):
    count = draw(st.integers(1, 3))
    scored = [draw(indicators(number)) for number in range(count)]
    targets = ["total", "all", *(one["id"] for one in scored)]
    wanted = draw(st.integers(1, 3))
    return Rulebook.model_validate(
        {
            "rulebook": "test/random",
            "name": {"zh": "随机", "en": "random"},
            "tier": "srdi",
            "instrument": {"name": {"zh": "无", "en": "none"}},
            "effective": {"since": "2020-01-01"},
            "groups": [{"id": "all", "label": {"zh": "全部", "en": "all"}, "max": 99}],
            "indicators": scored,
            "criteria": [draw(criteria(f"c{n}", 2, targets)) for n in range(wanted)],
        }
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random_rulebooks(), st.integers(0, 10**6))
def test_all_readers_agree_on_random_rulebooks(rulebook, seed):
    import duckdb

    book = make_book(rulebook, kind="new", on=MAY)
    if not book.columns or not any(True for _ in comparisons(book)):
        return
    firms = edge_firms(book, 40, seed=seed)

    by_polars = check(firms, rulebook, kind="new", on=MAY).wide
    with duckdb.connect() as base:
        base.register("firms", firms.to_arrow())
        by_sql = base.sql(to_sql(book, "firms")).pl()

    for raw, ours, theirs in zip(
        firms.iter_rows(named=True),
        by_polars.to_dicts(),
        by_sql.sort("firm").to_dicts(),
        strict=True,
    ):
        found = check_firm(book, raw)
        for rule in book.rules:
            code = OUTCOMES.index(found.findings[rule.id].outcome)
            assert ours[rule.id] == theirs[rule.id] == code, rule.id
        for one in book.indicators:
            points = found.findings[one.id].points
            assert ours[f"{one.id}_points"] == theirs[f"{one.id}_points"] == points, one.id
        score = found.findings["total"]
        assert (ours["score_low"], ours["score_high"]) == (score.low, score.high)


def test_a_zero_denominator_and_an_impossible_figure_are_missing_for_every_reader():
    rulebook = "cn-2026/little-giant"
    firms = pl.DataFrame(
        {
            "firm": ["a", "b", "c"],
            "assets": [0, -5, 100],
            "liabilities": [1, 1, 10**17],
        }
    )

    found = check(firms, rulebook, kind="new", on=MAY).wide["debt"].to_list()

    assert found == [OUTCOMES.index("missing")] * 3
