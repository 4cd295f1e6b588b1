"""Compare a synthetic registry with the published aggregates: wanted, got, sampling error.

This is calibration, not validation: the free parameters were chosen so that the draw meets these
aggregates. Each row is exact by construction, or within three standard errors, or left out with
the reason.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.registry.sample.generate import in_force
from sanfu.registry.sample.plan import shanghai_lines, shanghai_plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.registry.sample.generate import SampleRegistry

COUNTS = [
    "firms",
    "little_giants",
    "lg_2021_09",
    "lg_batch_4",
    "lg_2023_06",
    "srdi_2021_09",
    "srdi_2023_06",
    "tech_centre",
    "patent_pilot",
    "expert_station",
    "listed",
]
"""Targets that grow with the registry; at another size than the declared one they are scaled."""
MOST_ERRORS = 3.0
"""Standard errors within which a sampled aggregate counts as met."""


@dataclass(frozen=True)
class Measured:
    """A value of the registry and the standard error that chance alone gives it."""

    value: float
    error: float = 0.0


def calibration(registry: SampleRegistry) -> pl.DataFrame:
    """Measure every declared target on a registry.

    Returns
    -------
    polars.DataFrame
        ``id, zh, en, how, wanted, got, sampling_sd, errors, met, source, reason``: money in million
        yuan, shares as fractions; `errors` is (got - wanted) / sampling_sd. `met` is empty for a
        target that is left out.
    """
    measured = _measure(registry)
    plan = shanghai_plan()
    scale = registry.firms.height / plan.firms
    rows = []
    for target in plan.targets:
        got = measured.get(target.measure)
        wanted = target.value * (scale if target.measure in COUNTS else 1.0)
        gap = None if got is None else got.value - wanted
        exact = 1e-3 if scale == 1 else max(1.0, 0.001 * wanted)
        sd = None if got is None or target.how != "sampled" else got.error
        errors = None if gap is None or not sd else gap / sd
        met = (
            None
            if gap is None
            else abs(gap) <= exact
            if target.how == "exact"
            else errors is not None and abs(errors) <= MOST_ERRORS
        )
        rows.append(
            {
                "id": target.id,
                "zh": target.what.zh,
                "en": target.what.en,
                "how": target.how,
                "wanted": wanted,
                "got": None if got is None else got.value,
                "sampling_sd": sd,
                "errors": errors,
                "met": met,
                "source": target.source,
                "reason": None if target.reason is None else str(target.reason.text()),
            }
        )
    return pl.DataFrame(
        rows,
        schema={
            **dict.fromkeys(("id", "zh", "en", "how"), pl.String),
            **dict.fromkeys(("wanted", "got", "sampling_sd", "errors"), pl.Float64),
            "met": pl.Boolean,
            "source": pl.String,
            "reason": pl.String,
        },
    )


def _mean(values: NDArray[np.float64]) -> Measured:
    return Measured(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))


def _share(flags: NDArray[np.bool_]) -> Measured:
    part = float(flags.mean())
    return Measured(part, float(np.sqrt(part * (1 - part) / len(flags))))


def _ratio(above: Measured, below: Measured) -> Measured:
    value = above.value / below.value
    error = np.hypot(above.error / above.value, below.error / below.value)
    return Measured(value, float(value * error))


def _measure(registry: SampleRegistry) -> dict[str, Measured]:
    plan = shanghai_plan()
    firms = registry.firms.sort("firm")
    giant_ids = in_force(registry.titles, "little-giant", plan.as_of)["firm"].unique()
    giant = firms["firm"].is_in(giant_ids.implode()).to_numpy()
    found = _of_firms(registry, firms, giant)
    found |= _of_titles(registry)
    found |= _of_figures(registry, firms, giant)
    return found


def _of_firms(
    registry: SampleRegistry, firms: pl.DataFrame, giant: NDArray[np.bool_]
) -> dict[str, Measured]:
    plan = shanghai_plan()
    n = firms.height
    yuan = (firms["currency"] == "CNY").to_numpy()
    capital = firms["capital"].to_numpy() / 1e8
    lg_capital = _mean(capital[giant & yuan])
    listing = firms["listing"].to_numpy()
    listed = _share(listing == "A股")
    age = (np.datetime64(plan.as_of) - firms["founded"].to_numpy()).astype(float) / 365.25
    code = firms["industry"].to_numpy()
    sections = {line.code: line.section for line in shanghai_lines()}
    section = np.array([sections[c] for c in code])
    counted = firms.group_by("district_name").len()
    wanted = {d.name: d.srdi * n / plan.firms for d in plan.districts}
    off = sum(abs(count - wanted[name]) for name, count in counted.iter_rows())
    found = {
        "firms": Measured(n),
        "little_giants": Measured(int(giant.sum())),
        "districts_off": Measured(off if n == plan.firms else 0.0),
        "lg_capital_mean": lg_capital,
        "capital_ratio": _ratio(lg_capital, _mean(capital[yuan])),
        "lg_listed": _share((listing == "A股")[giant]),
        "lg_neeq": _share((listing == "新三板")[giant]),
        "lg_funded": _share(firms["funded"].to_numpy()[giant]),
        "listed": Measured(listed.value * n, listed.error * n),
        "lg_private": _share((firms["ownership"] == "民营").to_numpy()[giant]),
        "lg_age": _mean(age[giant]),
        "lg_age_10": _share(age[giant] >= 10),
        "lg_section_c": Measured(float((section == "C")[giant].mean())),
        "municipal_institutions": _share((firms["rd_institution"] == "市级").to_numpy()),
        "any_institutions": _share((firms["rd_institution"] != "无").to_numpy()),
    }
    for name in "CIM":
        found[f"section_{name.lower()}"] = Measured(float((section == name).mean()))
    for honour in plan.honours:
        found[honour] = Measured(float(firms[honour].sum()))
    for group, measure in (
        ("leading", "leading"),
        ("key", "key"),
        ("track", "track"),
        ("three-plus-six", "three_plus_six"),
        ("sei", "sei"),
    ):
        tagged = registry.tags.filter(pl.col("group") == group)["firm"].unique()
        flags = firms["firm"].is_in(tagged.implode()).to_numpy()
        found[measure] = _share(flags)
        found[f"lg_{measure}"] = _share(flags[giant])
    return found


def _of_titles(registry: SampleRegistry) -> dict[str, Measured]:
    titles = registry.titles
    first = titles.filter(~pl.col("batch").str.ends_with("复核"))
    announced = first.filter(pl.col("tier") == "little-giant")

    def by(day: dt.date) -> Measured:
        return Measured(announced.filter(pl.col("granted") <= day).height)

    return {
        "lg_2021_09": by(dt.date(2021, 9, 1)),
        "lg_2023_06": by(dt.date(2023, 6, 30)),
        "lg_batch_4": Measured(announced.filter(pl.col("batch") == "第四批").height),
        "srdi_2021_09": Measured(in_force(titles, "srdi", dt.date(2021, 9, 13)).height),
        "srdi_2023_06": Measured(in_force(titles, "srdi", dt.date(2023, 6, 30)).height),
    }


def _of_figures(
    registry: SampleRegistry, firms: pl.DataFrame, giant: NDArray[np.bool_]
) -> dict[str, Measured]:
    plan = shanghai_plan()
    base = registry.figures.filter(pl.col("year") == plan.base_year).sort("firm")
    revenue = base["revenue"].to_numpy() / 1e8
    intensity = base["rd_expense"].to_numpy() / base["revenue"].to_numpy()
    inventions = base["class1_ip"].to_numpy().astype(float)
    lg_inventions = _mean(inventions[giant])
    ends = registry.figures.filter(pl.col("year").is_in([plan.years[0], plan.years[-1]]))
    panel = ends.pivot("year", index="firm", values="revenue").drop_nulls()
    growth = np.sqrt(panel[str(plan.years[-1])].to_numpy() / panel[str(plan.years[0])].to_numpy())
    assert base["firm"].to_list() == firms["firm"].to_list()  # noqa: S101 - every firm files in the base year
    return {
        "revenue_mean": _mean(revenue),
        "revenue_over_100m": _share(revenue > 100),
        "net_margin": _mean(base["net_profit"].to_numpy() / base["revenue"].to_numpy()),
        "growth": _mean(growth - 1),
        "rd_intensity": _mean(intensity),
        "lg_rd_intensity": _mean(intensity[giant]),
        "rd_staff_share": _mean(base["rd_staff"].to_numpy() / base["staff"].to_numpy()),
        "lg_inventions": lg_inventions,
        "invention_ratio": _ratio(lg_inventions, _mean(inventions)),
        "ip_mean": _mean(inventions + base["class2_ip"].to_numpy()),
    }
