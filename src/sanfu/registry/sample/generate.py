"""Put a synthetic registry together: firms, figures, titles and tags from one seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.registry.sample.cells import cell_table, kinds, line_weights
from sanfu.registry.sample.codes import synthetic_usccs
from sanfu.registry.sample.filing import said_figures, said_flags
from sanfu.registry.sample.names import SHARING, addresses, legal_names
from sanfu.registry.sample.numbers import Drawn, draw_firms
from sanfu.registry.sample.plan import (
    SECTIONS,
    TIERS,
    Plan,
    shanghai_lines,
    shanghai_plan,
)
from sanfu.registry.sample.tags import make_tags
from sanfu.registry.sample.titles import make_titles

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from numpy.typing import NDArray

CHUNK = 49_998
"""Firms drawn at a time; a multiple of the firms that share a stem."""


@dataclass(frozen=True)
class SampleRegistry:
    """A synthetic registry: every firm is made up and carries ``synthetic = true``.

    Attributes
    ----------
    firms
        A row a firm: ``firm, uscc, name, district`` (code), ``district_name, industry, founded,
        capital`` (1/100 of the currency's unit, fen for CNY), ``currency, capital_date, ownership,
        address, scope, products, listing, funded, high_tech, strategic_industry, segment_since,
        rd_institution, tech_centre, patent_pilot, expert_station, synthetic``, and the honours and
        proofs of `filing.said_flags`.
    figures
        A row a firm and year: money in Int64 fen, counts in Int64; what is only filed for the last
        year is null before.
    titles
        A row a period of a title: ``firm, tier, batch, granted, expires, review``.
    tags
        A row a tag: ``firm, scheme, tag, rule, group``.
    """

    firms: pl.DataFrame
    figures: pl.DataFrame
    titles: pl.DataFrame
    tags: pl.DataFrame


def shanghai(firms: int = 8288, seed: int = 7) -> SampleRegistry:
    """Make the synthetic Shanghai registry.

    Parameters
    ----------
    firms
        How many; at the default 8,288 the districts, sections, tiers and batches are exactly the
        declared ones, at other sizes they are scaled.
    seed
        The same seed gives the same frames, byte for byte.

    Raises
    ------
    ValueError
        Fewer than 100 firms: the margins cannot be kept.
    """
    parts = list(chunks(firms, seed))
    return SampleRegistry(
        *(
            pl.concat([getattr(part, frame) for part in parts])
            for frame in ("firms", "figures", "titles", "tags")
        )
    )


def chunks(firms: int, seed: int) -> Iterator[SampleRegistry]:
    """Make a registry of any size in chunks of at most `CHUNK` firms, in bounded memory.

    Each chunk draws from its own child of the seed, so a chunk does not depend on those before it
    but for the shuffled places, which are 2 bytes a firm.
    """
    if firms < 100:
        raise ValueError(f"a sample registry has at least 100 firms, not {firms}")
    plan = shanghai_plan()
    root = np.random.SeedSequence(seed)
    shuffle, *children = root.spawn(1 + -(-firms // CHUNK))
    tables = cell_table(plan, firms)
    cells = np.stack([tables[tier] for tier in TIERS])  # tier × district × section
    places = np.repeat(np.arange(cells.size, dtype=np.int16), cells.ravel())
    np.random.default_rng(shuffle).shuffle(places)
    for number, child in enumerate(children):
        start = number * CHUNK
        yield _chunk(
            plan, places[start : start + CHUNK], cells.shape, start, np.random.default_rng(child)
        )


def _chunk(
    plan: Plan,
    places: NDArray[np.int16],
    shape: tuple[int, ...],
    start: int,
    rng: np.random.Generator,
) -> SampleRegistry:
    tier, district, section = np.unravel_index(places.astype(np.int64), shape)
    giant = tier == TIERS.index("little_giant")
    kind = np.zeros(len(places), np.int64)
    for (of_tier, of_section), (numbers, weights) in line_weights().items():
        here = np.flatnonzero(
            (tier == TIERS.index(of_tier)) & (section == [*SECTIONS].index(of_section))  # type: ignore[arg-type]
        )
        kind[here] = rng.choice(numbers, size=len(here), p=weights)
    (apart,) = rng.spawn(1)
    drawn = draw_firms(plan, giant, section, rng)
    serials = np.arange(start, start + len(places))
    ids = [f"TT{serial:07d}" for serial in serials.tolist()]
    firms = _firms_frame(plan, serials, ids, district, kind, giant, drawn, rng)
    said = said_figures(giant, drawn.panel["class1_ip"][:, -1], apart)
    return SampleRegistry(
        firms=firms.with_columns(
            pl.Series(name, flags) for name, flags in said_flags(plan, giant, apart).items()
        ),
        figures=_figures_frame(plan, ids, drawn, said),
        titles=make_titles(plan, ids, giant, drawn.age, rng),
        tags=make_tags(ids, kind, drawn.sei),
    )


def _firms_frame(
    plan: Plan,
    serials: NDArray[np.int64],
    ids: list[str],
    district: NDArray[np.int64],
    kind: NDArray[np.int64],
    giant: NDArray[np.bool_],
    drawn: Drawn,
    rng: np.random.Generator,
) -> pl.DataFrame:
    n = len(ids)
    lines, listed = shanghai_lines(), kinds()
    chosen = [listed[number] for number in kind.tolist()]
    trades = _trades([line for line, _ in chosen], serials, rng)
    district_codes = np.array([d.code for d in plan.districts])[district]
    district_names = [plan.districts[d].name for d in district.tolist()]
    names = legal_names(serials, trades, drawn.listing != "未上市")
    full_address, _ = addresses(district_names, rng)

    age_days = np.rint(drawn.age * 365.25).astype(np.int64)
    founded = np.datetime64(plan.as_of) - age_days.astype("timedelta64[D]")
    least_years = np.where(giant, 3, 2)
    in_segment = np.maximum(
        drawn.age * rng.uniform(0.5, 1.0, n), np.minimum(least_years + 1.2, drawn.age)
    )
    segment = np.datetime64(plan.as_of) - np.rint(in_segment * 365.25).astype("timedelta64[D]")
    capital_day = founded + np.rint(
        age_days * rng.uniform(0, 0.9, n) * rng.integers(0, 2, n)
    ).astype("timedelta64[D]")
    currency, ownership = _ownership(plan, drawn, rng)
    columns: dict[str, object] = {
        "firm": ids,
        "uscc": synthetic_usccs(serials, _divisions(district_codes, plan, rng)),
        "name": names,
        "district": district_codes,
        "district_name": district_names,
        "industry": [lines[line].code for line, _ in chosen],
        "founded": founded,
        "capital": drawn.capital,
        "currency": currency,
        "capital_date": capital_day,
        "ownership": ownership,
        "address": full_address,
        "scope": [f"一般项目：{lines[line].scope}。" for line, _ in chosen],
        "products": [lines[line].products[product] for line, product in chosen],
        "listing": drawn.listing,
        "funded": drawn.funded,
        "high_tech": drawn.high_tech,
        "strategic_industry": drawn.sei,
        "segment_since": segment,
        **_institutions(plan, giant, rng),
        "synthetic": np.ones(n, bool),
    }
    return pl.DataFrame(columns)


def _trades(lines: list[int], serials: NDArray[np.int64], rng: np.random.Generator) -> list[str]:
    """Choose trade words so that firms with the same stem never share one."""
    listed = shanghai_lines()
    first = rng.integers(0, 3, len(lines)).tolist()
    trades: list[str] = []
    taken: set[str] = set()
    for serial, line, start in zip(serials.tolist(), lines, first, strict=True):
        if serial % SHARING == 0:
            taken = set()
        words = listed[line].trades
        trade = next(
            (w for step in range(3) if (w := words[(start + step) % len(words)]) not in taken),
            None,
        )
        if trade is None:  # all three firms in one line that shares its words with another
            trade = next(w for w in ("科技", "技术", "实业") if w not in taken)
        taken.add(trade)
        trades.append(trade)
    return trades


def _divisions(codes: NDArray[np.str_], plan: Plan, rng: np.random.Generator) -> NDArray[np.str_]:
    """Give the registering authority: 8.9 % the city's bureau, 1.9 % another district's."""
    drawn = rng.random(len(codes))
    others = np.array([d.code for d in plan.districts])
    other = others[
        (np.searchsorted(others, codes) + rng.integers(1, len(others), len(codes))) % len(others)
    ]
    return np.where(drawn < 0.089, "310000", np.where(drawn < 0.108, other, codes))


def _ownership(
    plan: Plan, drawn: Drawn, rng: np.random.Generator
) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Draw the type of owner, and the currency of the capital among foreign-owned firms."""
    n = len(drawn.private)
    others = np.array(["国有", "港澳台投资", "外商投资", "其他"])
    ownership = np.where(
        drawn.private, "民营", others[rng.choice(4, n, p=[0.30, 0.15, 0.45, 0.10])]
    )
    foreign = np.isin(ownership, ["外商投资", "港澳台投资"])
    names = list(plan.foreign_currency)
    shares = np.array([plan.foreign_currency[name] for name in names])
    abroad = rng.random(n) < shares.sum() / max(float(foreign.mean()), 1e-9)
    which = np.array(names)[rng.choice(len(names), n, p=shares / shares.sum())]
    return np.where(foreign & abroad, which, "CNY"), ownership


def _institutions(
    plan: Plan, giant: NDArray[np.bool_], rng: np.random.Generator
) -> dict[str, object]:
    """Choose who has an R&D institution and each honour; little giants five times as often."""
    n = len(giant)
    lean = np.where(giant, 5.0, 1.0)

    def choose(count: int) -> NDArray[np.bool_]:
        # the largest of exponential races: a weighted draw without replacement, of exact size
        race = rng.exponential(size=n) / lean
        flags = np.zeros(n, bool)
        flags[np.argsort(race, kind="stable")[:count]] = True
        return flags

    municipal = choose(round(plan.institutions["municipal"] * n))
    lower = choose(round((plan.institutions["municipal"] + plan.institutions["district"]) * n))
    district = np.zeros(n, bool)
    free = np.flatnonzero(lower & ~municipal)
    district[free[: round(plan.institutions["district"] * n)]] = True
    columns: dict[str, object] = {
        "rd_institution": np.where(municipal, "市级", np.where(district, "区级", "无"))
    }
    for honour, count in plan.honours.items():
        columns[honour] = choose(round(count * n / plan.firms))
    return columns


def _figures_frame(
    plan: Plan, ids: list[str], drawn: Drawn, said: dict[str, NDArray[Any]]
) -> pl.DataFrame:
    """Lay the panel out as a row a firm and year; firms that left have no last return.

    What is `said` is of the last year, as the platform's score is.
    """
    n, n_years = len(ids), len(plan.years)
    columns: dict[str, object] = {
        "firm": np.repeat(np.array(ids), n_years),
        "year": np.tile(np.array(plan.years, dtype=np.int32), n),
    }
    columns |= {measure: panel.ravel() for measure, panel in drawn.panel.items()}
    columns |= {measure: np.repeat(values, n_years) for measure, values in said.items()}
    reports = np.ones((n, n_years), bool)
    reports[:, -1] = drawn.reports_last_year
    frame = pl.DataFrame(columns).filter(pl.Series(reports.ravel()))
    last = plan.years[-1]
    return frame.with_columns(
        pl.when(pl.col("year") == last).then(pl.col(name)).alias(name)
        for name in ("platform_score", *said)
    )


def in_force(titles: pl.DataFrame, tier: str, on: dt.date) -> pl.DataFrame:
    """Give the titles of a tier that are in force on a day."""
    return titles.filter(
        (pl.col("tier") == tier) & (pl.col("granted") <= on) & (pl.col("expires") > on)
    )
