"""The Human Development Index and its family, every country and year, as framework files.

UNDP, Human Development Report 2023/24, complete time series (CC BY 3.0 IGO); the file has 3
decimals for HDI, IHDI and GII, full precision for the indices by sex. No code but the frameworks.
"""

from __future__ import annotations

import csv

import numpy as np
import polars as pl
import pytest
from ruamel.yaml import YAML

from sanfu.index import build_index, parse_framework

HDI = """
framework: hdi-test
name: {zh: 人类发展指数, en: Human Development Index}
nodes:
  hdi:
    name: {zh: 人类发展指数, en: HDI}
    aggregate: {method: geometric, zero: zero}
  education: {name: {zh: 教育, en: education}, parent: hdi}
indicators:
  le: {name: {zh: 预期寿命, en: life expectancy}, parent: hdi, goalposts: [LOW, HIGH]}
  eys:
    name: {zh: 预期受教育年限, en: expected schooling}
    parent: education
    goalposts: [0, 18]
  mys: {name: {zh: 平均受教育年限, en: mean schooling}, parent: education, goalposts: [0, 15]}
  gni:
    name: {zh: 人均国民收入, en: income a head}
    parent: hdi
    transform: log
    goalposts: [100, 75000]
method:
  order: [normalise]
  normalise: {method: goalposts, low: 0, high: 1}
  missing: propagate
"""

IHDI = """
framework: ihdi-test
name: {zh: 不平等调整后的人类发展指数, en: Inequality-adjusted HDI}
nodes:
  ihdi: {name: {zh: 总, en: IHDI}, aggregate: {method: geometric, zero: zero}}
  health:
    name: {zh: 健康, en: health}
    parent: ihdi
    aggregate: {method: formula, formula: le * (1 - ineq_le)}
  education:
    name: {zh: 教育, en: education}
    parent: ihdi
    aggregate: {method: formula, formula: schooling * (1 - ineq_edu)}
  income:
    name: {zh: 收入, en: income}
    parent: ihdi
    aggregate: {method: formula, formula: gni * (1 - ineq_inc)}
  schooling: {name: {zh: 受教育, en: schooling}, parent: education}
indicators:
  le: {name: {zh: 寿命, en: life}, parent: health, goalposts: [20, 85]}
  eys: {name: {zh: 预期, en: expected}, parent: schooling, goalposts: [0, 18]}
  mys: {name: {zh: 平均, en: mean}, parent: schooling, goalposts: [0, 15]}
  gni: {name: {zh: 收入, en: income}, parent: income, transform: log, goalposts: [100, 75000]}
  ineq_le: {name: {zh: 损失, en: loss}, parent: health, goalposts: [0, 100]}
  ineq_edu: {name: {zh: 损失, en: loss}, parent: education, goalposts: [0, 100]}
  ineq_inc: {name: {zh: 损失, en: loss}, parent: income, goalposts: [0, 100]}
method:
  order: [normalise]
  normalise: {method: goalposts, low: 0, high: 1}
  missing: propagate
"""

GII = """
framework: gii-test
name: {zh: 性别不平等指数, en: Gender Inequality Index}
nodes:
  gii:
    name: {zh: 总, en: GII}
    aggregate: {method: formula, formula: 1 - together / reference}
  together: {name: {zh: 调和, en: harmonic}, parent: gii, aggregate: harmonic}
  women: {name: {zh: 女, en: women}, parent: together, aggregate: geometric}
  men:
    name: {zh: 男, en: men}
    parent: together
    aggregate: {method: formula, formula: "power(empower_m * lfpr_m, 1 / 3)"}
  reference: {name: {zh: 参照, en: reference}, parent: gii, aggregate: geometric}
  health_f:
    name: {zh: 健康, en: health}
    parents: {women: 1, health_ref: 1}
    shared: true
    aggregate: {method: formula, formula: sqrt(10 / mmr * 1 / abr)}
  empower_f:
    name: {zh: 赋权（女）, en: empowerment of women}
    parents: {women: 1, empower: 1}
    shared: true
    aggregate: {method: formula, formula: sqrt(pr_f * se_f)}
  empower_m:
    name: {zh: 赋权（男）, en: empowerment of men}
    parents: {men: 1, empower: 1}
    shared: true
    aggregate: {method: formula, formula: sqrt(pr_m * se_m)}
  health_ref:
    name: {zh: 健康参照, en: health of both}
    parent: reference
    aggregate: {method: formula, formula: (health_f + 1) / 2}
  empower: {name: {zh: 赋权, en: empowerment}, parent: reference}
  labour: {name: {zh: 劳动, en: labour}, parent: reference}
indicators:
  mmr: {name: {zh: 孕产妇死亡率, en: maternal mortality}, parent: health_f, cap: [10, 1000]}
  abr: {name: {zh: 青少年生育率, en: adolescent births}, parent: health_f}
  pr_f: {name: {zh: 议席女, en: seats f}, parent: empower_f, normalise: SHARE}
  pr_m: {name: {zh: 议席男, en: seats m}, parent: empower_m, normalise: SHARE}
  se_f: {name: {zh: 中等教育女, en: schooling f}, parent: empower_f, normalise: SHARE}
  se_m: {name: {zh: 中等教育男, en: schooling m}, parent: empower_m, normalise: SHARE}
  lfpr_f:
    name: {zh: 劳动参与女, en: labour f}
    parents: {women: 1, labour: 1}
    shared: true
    normalise: SHARE
  lfpr_m:
    name: {zh: 劳动参与男, en: labour m}
    parents: {men: 1, labour: 1}
    shared: true
    normalise: SHARE
method:
  order: [normalise]
  normalise: none
  missing: propagate
"""


def framework(text):
    return parse_framework(YAML(typ="rt").load(text), "test")


@pytest.fixture(scope="module")
def undp(hdi) -> pl.DataFrame:
    path = hdi.path("HDR23-24_Composite_indices_complete_time_series.csv")
    with path.open(encoding="latin-1") as file:
        heading, *rows = list(csv.reader(file))
    years = sorted({int(name[-4:]) for name in heading if name[-4:].isdigit()})
    bases = sorted({name[:-5] for name in heading if name[-4:].isdigit()})
    place = {name: column for column, name in enumerate(heading)}
    records = [
        {"unit": row[0], "year": year}
        | {
            base: _number(row[place[f"{base}_{year}"]]) if f"{base}_{year}" in place else None
            for base in bases
        }
        for row in rows
        for year in years
    ]
    return pl.DataFrame(records, infer_schema_length=None)


def _number(text):
    try:
        return float(text)
    except ValueError:
        return None


def against(index, table, column):
    """Give our scores and the published ones, row by row in the order of the index."""
    return index.scores[:, -1], table[column].cast(pl.Float64).fill_null(np.nan).to_numpy()


@pytest.mark.shared
def test_the_hdi_of_every_country_and_year_is_undps(undp):
    rows = undp.select("unit", "year", "le", "eys", "mys", gni="gnipc", published="hdi")

    index = build_index(framework(HDI.replace("LOW", "20").replace("HIGH", "85")), rows)

    got, published = against(index, rows, "published")
    both = ~np.isnan(got) & ~np.isnan(published)
    assert both.sum() == 6171
    assert np.abs(got - published)[both].max() <= 0.0005 + 1e-9


@pytest.mark.shared
def test_the_hdi_of_women_and_men_is_undps_at_full_precision(undp):
    found = 0
    for sex, low, high in (("f", "22.5", "87.5"), ("m", "17.5", "82.5")):
        rows = undp.select(
            "unit",
            "year",
            le=f"le_{sex}",
            eys=f"eys_{sex}",
            mys=f"mys_{sex}",
            gni=f"gni_pc_{sex}",
            published=f"hdi_{sex}",
        )
        text = HDI.replace("LOW", low).replace("HIGH", high)
        got, published = against(build_index(framework(text), rows), rows, "published")
        both = ~np.isnan(got) & ~np.isnan(published)
        found += int(both.sum())
        assert np.abs(got - published)[both].max() < 1e-9
    assert found == 10028


@pytest.mark.shared
def test_the_inequality_adjusted_hdi_is_undps(undp):
    rows = undp.select(
        "unit",
        "year",
        "le",
        "eys",
        "mys",
        "ineq_le",
        "ineq_edu",
        "ineq_inc",
        gni="gnipc",
        published="ihdi",
    )

    got, published = against(build_index(framework(IHDI), rows), rows, "published")

    both = ~np.isnan(got) & ~np.isnan(published)
    assert both.sum() > 1500
    assert np.abs(got - published)[both].max() <= 0.0005 + 1e-6


@pytest.mark.shared
def test_the_gender_inequality_index_is_undps(undp):
    columns = ["mmr", "abr", "pr_f", "pr_m", "se_f", "se_m", "lfpr_f", "lfpr_m"]
    rows = undp.select("unit", "year", *columns, published="gii")
    text = GII.replace("SHARE", "{method: scaled, start: 0, stop: 100, scale: 1}")

    got, published = against(build_index(framework(text), rows), rows, "published")

    both = ~np.isnan(got) & ~np.isnan(published)
    assert both.sum() == 4711
    assert np.abs(got - published)[both].max() <= 0.0005 + 1e-9
