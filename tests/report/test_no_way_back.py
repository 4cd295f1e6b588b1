"""What one report hides cannot be worked out from all that it and its neighbours print.

A reader takes every number that is printed of firms in the city's report, the reports of all
districts and a year of the service centre, knows what is the sum of what, that no number is
negative and which cells are hidden, and asks between which bounds a hidden number lies. The reader
is written here anew, of SciPy's linear programs over other unknowns than the reports use.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from sanfu.cli.report_results import Results
from sanfu.exchange import desk_report, desk_rules
from sanfu.exchange.desk.sample import sample_desk
from sanfu.registry.regions import read_region
from sanfu.registry.sample import shanghai
from sanfu.registry.schemes import apply_schemes, read_scheme
from sanfu.report import compose
from sanfu.report.blocks import Picture, Table, Traced
from sanfu.report.confidential import HIDDEN
from sanfu.report.facts import Facts
from sanfu.report.figures import NothingToDraw
from sanfu.report.materials.ledger import ledger_material
from sanfu.report.materials.ledger_facts import TIERS
from sanfu.report.materials.service import desk_material
from sanfu.report.options import ReportOptions

TOP = list(TIERS)
NAMES = {str(name): tier for tier, name in TIERS.items()} | {"无有效称号": "-"}
PAIRS = [(a, b) for a in [*TOP, "-"] for b in [*TOP, "-"] if (a, b) != ("-", "-")]
CITY = "全市"


class Attacker:
    """Knows equations and printed numbers; asks for the bounds of a number that is not printed."""

    def __init__(self):
        self.place, self.equal, self.most, self.known, self.hidden = {}, [], [], {}, set()

    def of(self, key):
        return self.place.setdefault(key, len(self.place))

    def sums(self, whole, parts, *more):
        """whole = parts (+ coefficient x key)."""
        row = dict.fromkeys(map(self.of, parts), 1.0)
        row[self.of(whole)] = row.get(self.of(whole), 0.0) - 1.0
        for key, times in more:
            row[self.of(key)] = row.get(self.of(key), 0.0) + times
        self.equal.append(row)

    def at_most(self, parts, whole):
        """Parts together are no more than what is in whole together."""
        row = dict.fromkeys(map(self.of, parts), 1.0)
        for key in whole:
            row[self.of(key)] = row.get(self.of(key), 0.0) - 1.0
        self.most.append(row)

    def reads(self, key, printed):
        """Take a printed number or a cross; two prints of a number must agree."""
        self.of(key)
        if printed in (None, HIDDEN):
            self.hidden.add(key)
            return
        words = printed.text if isinstance(printed, Traced) else str(printed)
        number = int(words.replace(",", ""))
        assert self.known.setdefault(key, number) == number, key

    def solver(self):
        """Give what asks for the bounds of a key."""
        n = len(self.place)

        def matrix(rows):
            cells = [(r, p, times) for r, row in enumerate(rows) for p, times in row.items()]
            where = tuple(zip(*cells, strict=True)) or ((), (), ())
            return csr_matrix((where[2], where[:2]), shape=(len(rows), n)) if rows else None

        equal, most = matrix(self.equal), matrix(self.most)
        limits = [(0, None)] * n
        for known, number in self.known.items():
            limits[self.of(known)] = (number, number)

        def bounds(key):
            found = []
            for way in (1, -1):
                aim = [0.0] * n
                aim[self.of(key)] = way
                answer = linprog(
                    aim, A_eq=equal, b_eq=[0.0] * len(self.equal),
                    A_ub=most, b_ub=[0.0] * len(self.most) if self.most else None, bounds=limits,
                )  # fmt: skip
                assert answer.status in (0, 3), (key, answer.message)
                found.append(math.inf if answer.status == 3 else way * answer.fun)
            return found

        return bounds

    def fails(self):
        """Check that no hidden number is printed elsewhere, nor left with one whole number."""
        both = self.hidden & set(self.known)
        assert not both, f"hidden here and printed there: {both}"
        bounds = self.solver()
        for key in sorted(self.hidden, key=repr):
            low, high = bounds(key)
            assert high == math.inf or math.floor(high + 1e-6) > math.ceil(low - 1e-6), (
                f"{key} must lie in [{low}, {high}]"
            )


class Ledger:
    """The parts of a ledger that its material reads."""

    number, hash, is_synthetic, aliases = 1, "0" * 64, True, None
    set_aside = pl.DataFrame()
    problems = pl.DataFrame(schema={"severity": pl.String, "code": pl.String})
    origins = pl.DataFrame(schema={"file": pl.String, "sheet": pl.String})

    def __init__(self, firms, figures, titles):
        self.firms, self.figures, self.titles = firms, figures, titles
        self.schemes, self.region = (
            (read_scheme("shanghai_industry_2023"),),
            read_region("shanghai"),
        )
        self.tags = apply_schemes(self.firms, self.schemes)


YEARS = (2022, 2023)
CODES = ["310110", "310101", "310104", None]
PRODUCTS = ["集成电路设计", "生物医药研发", "人工智能软件", "新能源汽车", "面包"]


def made_up(rows):
    """A ledger of firms: district, product, tier at the end of the first year, of the second."""
    firms, figures, titles = [], [], []
    for number, (district, product, before, after) in enumerate(rows):
        firm = f"F{number:03d}"
        firms.append((firm, f"样本{number}", CODES[district], PRODUCTS[product], True))
        figures += [(firm, year, 100 + number) for year in YEARS]
        for year, tier in zip(YEARS, (before, after), strict=True):
            if tier < len(TOP):
                titles.append((firm, TOP[tier], dt.date(year, 1, 5), dt.date(year, 12, 31)))
    return Ledger(
        pl.DataFrame(
            firms,
            schema={"firm": pl.String, "name": pl.String, "district": pl.String,
                    "products": pl.String, "synthetic": pl.Boolean},
            orient="row",
        ),
        pl.DataFrame(figures, schema={"firm": pl.String, "year": pl.Int64, "revenue": pl.Int64},
                     orient="row"),
        pl.DataFrame(
            titles,
            schema={"firm": pl.String, "tier": pl.String, "granted": pl.Date, "expires": pl.Date},
            orient="row",
        ),
    )  # fmt: skip


def read_places(ledger, options, index=None):
    """All that the city's and all districts' reports print of the ledger's firms."""
    reader = Attacker()
    names = {code: str(name) for code, name in ledger.region.names().items()}
    there = {code if code in names else "?" for code in ledger.firms["district"].to_list()}
    years = sorted(ledger.figures["year"].unique())
    held = [tier for tier in TOP if tier in set(ledger.titles["tier"])]
    for place in [CITY, *sorted(there)]:
        focus = "" if place in (CITY, "?") else names[place]
        prefix = "district" if focus else "ledger"
        if place != "?":
            read_place(reader, ledger_material(ledger, focus=focus, options=options, index=index),
                       prefix, place, held)  # fmt: skip
        for end, year in zip((0, 1), years[-2:], strict=True):
            higher = []
            for tier in held:
                own = [("move", *pair, place) for pair in PAIRS if pair[end] == tier]
                key = ("tier", tier, year, place)
                reader.at_most(own, [key])
                reader.at_most([key], [*own, *higher])
                higher += own
    material = ledger_material(ledger, options=options, index=index)
    table = material.tables["ledger.by-district"](None, Facts({}, "zh"))
    code_of = {name: code for code, name in names.items()} | {"合计": CITY, "（区未填）": "?"}
    for row in table.rows:
        for column, cell in zip(table.columns[1:], row[1:], strict=True):
            kind = (
                ("titles",) if column.label == "合计" else ("tier", NAMES[column.label], years[-1])
            )
            reader.reads((*kind, code_of[row[0]]), cell)
    for place in [CITY, *there]:
        reader.sums(("titles", place), [("tier", tier, years[-1], place) for tier in held])
    for key in [key for key in reader.place if key[0] == "tag" and key[-1] == CITY]:
        for place in there - {"?"}:
            if (*key[:-1], place) not in reader.place:
                reader.reads((*key[:-1], place), 0)  # a district's table has no row of it
    for key in [key for key in reader.place if key[-1] == CITY]:
        reader.sums(key, [(*key[:-1], place) for place in sorted(there)])
    return reader


def drawn(material, name, *columns):
    """Give the rows of a figure's table; none where nothing is left to draw."""
    try:
        return material.figures[name](None).table.select(columns).rows()
    except NothingToDraw:
        return []


def read_place(reader, material, prefix, place, held):
    for tier in held:
        last = int(material.facts[f"{prefix}.year"].value)
        reader.reads(("tier", tier, last, place), material.facts[f"{prefix}.tier.{tier}"].value)
    for name, count in drawn(material, f"{prefix}.pyramid", "name", "count"):
        reader.reads(("tier", NAMES[name], last, place), count)
    for name, year, count in drawn(material, f"{prefix}.tiers-trend", "name", "year", "value"):
        reader.reads(("tier", NAMES[name], year, place), count)
    flows = drawn(material, f"{prefix}.tier-flows", "from", "to", "count")
    shown = {(NAMES[a], NAMES[b]): n for a, b, n in flows}
    hidden = {
        tuple(NAMES[name] for name in str(one.cell).split(" → "))
        for one in material.withheld[f"{prefix}.tier-flows"]()
    }
    for pair in PAIRS:
        reader.reads(("move", *pair, place), None if pair in hidden else shown.get(pair, 0))
    table = material.tables[f"{prefix}.industries"](None, Facts({}, "zh"))
    groups, group = {}, ""
    for label, tag, count, _, rule in table.rows:
        group = label or group
        key = ("tag", group, "" if label else tag, "" if label else rule, place)
        reader.reads(key, count)
        groups.setdefault(group, []).append(key)
    for whole, *parts in groups.values():
        for part in parts:
            reader.at_most([part], [whole])
        reader.at_most([whole], parts)


firms = st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 5), st.integers(0, 5))


@settings(max_examples=10, deadline=None)
@given(st.lists(firms, min_size=12, max_size=60), st.sampled_from([2, 3, 5]))
def test_no_hidden_count_follows_from_the_reports_of_city_and_districts(rows, least):
    ledger = made_up(rows)
    if set(ledger.titles["tier"]) == set():
        return

    read_places(ledger, ReportOptions(min_firms=least)).fails()


def printed(report):
    """The document's tables by the words of their captions, and its figures' tables by title."""
    blocks = report.document.blocks
    tables = [block for block in blocks if isinstance(block, Table)]
    figures = [block.figure for block in blocks if isinstance(block, Picture)]
    return tables, figures


def cell_words(cell):
    return cell if isinstance(cell, str) else cell.text


@pytest.fixture(scope="module")
def documents(report_office, results_of):
    by_kind = {type(one).__name__: one for one in results_of("city-index")}
    robust = by_kind["Index"].robustness(replicates=50, seed=1)
    results = {**by_kind, "Robustness": robust}.values()
    reports = [compose(name, *results, focus="杨浦区")
               for name in ("city-index", "district")]  # fmt: skip
    return by_kind["Ledger"], by_kind["Index"], reports


@pytest.mark.slow
def test_no_hidden_count_follows_from_the_documents_with_their_index(documents):
    ledger, index, reports = documents
    reader = read_places(ledger, ReportOptions(), index)
    years = sorted(ledger.figures["year"].unique())[-2:]
    places = {str(name): code for code, name in ledger.region.names().items()}

    told = [read_index(reader, report, index, places, years) for report in reports]

    assert sum(told) > 60
    top = ("little-giant", "srdi")
    for place in places.values():
        for end, year in enumerate(years):
            whole = [("move", *pair, place) for pair in PAIRS if pair[end] in top]
            reader.sums(("either", year, place), whole)
        new = [("move", *p, place) for p in PAIRS if p[0] not in top and p[1] in top]
        reader.sums(("new", place), new)
    assert ("tier", "little-giant", years[-1], "310110") in reader.hidden
    reader.fails()


def read_index(reader, report, index, places, years):
    """Read the counts and shares of firms in the tables of indicators; gives how many there are."""
    counted = {"firms": ("either", years[-1]), "little_giants": ("tier", TOP[0], years[-1])}
    shares = {
        "newly_titled": (("new",), ("either", years[0])),
        "little_giant_share": (counted["little_giants"], counted["firms"]),
    }
    labels = {str(index.framework.label(code)): code for code in (*counted, *shares)}
    tables = [table for table in printed(report)[0] if "各地区指标值" in table.caption]
    found = 0
    for heads, row in ((table.columns, row) for table in tables for row in table.rows):
        place = places[cell_words(row[0])]
        for column, cell in zip(heads, row, strict=True):
            code = labels.get(column.label)
            if code is None:
                continue
            found += 1
            if code in counted:
                reader.reads((*counted[code], place), cell_words(cell))
            elif cell_words(cell) != HIDDEN:
                part, whole = ((*key, place) for key in shares[code])
                share = share_of(index, code, cell_words(row[0]), years[-1])
                reader.sums(("nothing",), [part], (whole, -share))
            if cell_words(cell) == HIDDEN:  # its trace says why and leads to no firm
                trace = report.document.traces[cell.key]
                assert not trace.cells
                assert all("不公布" in value for _, value in trace.inputs)
    reader.known["nothing",] = 0
    return found


def share_of(index, code, unit, year):
    """A share to all its digits, as its trace prints it."""
    frame = index.regions.frame
    own = frame.filter(pl.col("unit") == unit, pl.col("indicator") == code, pl.col("year") == year)
    return float(own["value"][0])


def test_every_document_says_what_it_hides_and_the_office_s_log_says_why(documents, tmp_path):
    for report in documents[2]:
        tables, _ = printed(report)
        log = next(table for table in tables if "未公布的数" in table.caption)
        assert set(log.rows) == {(str(o.table), str(o.cell)) for o in report.withheld}
        assert len(log.columns) == 2
        rows = pl.read_csv(report.write_withheld(tmp_path / "log.csv"))
        assert rows.height == len(report.withheld) > 0
        assert set(rows["规则"]) <= {"min_firms", "dominance", "complementary", "p_percent"}
        assert set(rows["规则"]) >= {"min_firms", "complementary"}
        said = json.dumps([repr(block) for block in report.document.blocks], ensure_ascii=False)
        assert not re.search(r"不足 ?3|min_firms|complementary", said)


def test_what_is_hidden_is_not_named_among_the_obstacles(documents):
    for report in documents[2]:
        table = next(t for t in printed(report)[0] if "障碍因子" in t.caption)
        assert table.rows
        assert not {"缺", HIDDEN} & {cell_words(cell) for row in table.rows for cell in row}


def test_revenue_is_hidden_in_the_same_districts_by_the_index_and_the_ledger(report_office):
    strict = ReportOptions(dominance="1:15%")
    said = {"workspace": str(report_office.folder), "version": str(report_office.ledger.number),
            "framework": "shanghai-srdi", "year": "2023", "before": "0"}  # fmt: skip
    results = Results(said, 1, options=strict)
    figures = results.index.regions

    made = ledger_material(results.ledger, options=strict, index=results.index)
    table = made.tables["ledger.revenue"](None, Facts({}, "zh"))

    own = figures.log.filter(pl.col("indicator") == "revenue_total", pl.col("level") == "district")
    here = {row[0] for row in table.rows if row[1] == HIDDEN} - {"合计"}
    assert here == set(own["unit"])
    assert 1 < len(here) < len(table.rows) - 1


def read_desk_report(found, options):
    """All that a year of the service centre prints of firms."""
    reader, material = Attacker(), desk_material(found, options=options)
    parts = ("firms", "served", "never")
    for part in parts:
        reader.reads(("all", part), material.facts[f"desk.{part}"].value)
    reader.sums(("all", "firms"), [("all", "served"), ("all", "never")])
    facts = Facts(material.facts, "zh")
    for by in ("district", "industry", "tier", "street"):
        if f"desk.by-{by}" not in material.tables:
            continue
        rows = material.tables[f"desk.by-{by}"](None, facts).rows
        for row in rows:
            for part, cell in zip(parts, row[1:4], strict=True):
                reader.reads((by, row[0], part), cell)
            reader.sums((by, row[0], "firms"), [(by, row[0], part) for part in parts[1:]])
            assert (row[4] == HIDDEN) == (HIDDEN in row[1:3])
        for part in parts:
            cells = [(by, row[0], part) for row in rows]
            if by == "tier":
                reader.at_most([("all", part)], cells)
                for cell in cells:
                    reader.at_most([cell], [("all", part)])
            else:
                reader.sums(("all", part), cells)
    lines = material.tables["desk.lines"](None, facts).rows
    for row in lines:
        reader.reads(("line", row[0]), row[2])
        reader.reads(("came", row[0]), row[3])
        reader.at_most([("line", row[0])], [("all", "served")])
    reader.at_most([("all", "served")], [("line", row[0]) for row in lines])
    reader.reads(("came",), material.facts["desk.attended"].value)
    reader.sums(("came",), [("came", row[0]) for row in lines])
    return reader


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 1000), st.integers(3, 60), st.sampled_from([2, 3, 6]))
def test_no_hidden_count_follows_from_a_year_of_the_service_centre(seed, bookings, least):
    sample = shanghai(firms=120, seed=seed % 7)
    records = sample_desk(sample.firms, year=2023, bookings=bookings, seed=seed)
    found = desk_report(
        records, sample.firms, sample.titles, start=dt.date(2023, 1, 1),
        end=dt.date(2023, 12, 31), rules=desk_rules(),
    )  # fmt: skip

    read_desk_report(found, ReportOptions(min_firms=least)).fails()
