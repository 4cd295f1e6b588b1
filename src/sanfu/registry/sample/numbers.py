"""Draw the figures of firms: capital, age, and a panel of yearly returns that fits together.

Lognormals with a Gaussian copula, negative binomials, growth with AR(1) noise; then the floors of
the rules under which the titles were granted (工信部企业〔2022〕63号 annexes 2 and 3).
Drawn in million yuan, kept in whole fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sanfu.registry.sample.plan import SECTIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.registry.sample.plan import Plan, Spread, Tier

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

MILLION = 100_000_000
"""Fen in a million yuan."""
LARGE_REVENUE = (400, 100, 0, 300)
"""By section C, I, M, X: million yuan from which a firm is large if its staff is, too."""
MOST_STAFF = (999, 299, 299, 199)
"""By section: staff of a firm that is not large though its revenue is; the strictest class of X."""


@dataclass(frozen=True)
class Drawn:
    """What `draw_firms` drew for n firms: arrays (n,), or (n, year) where a panel."""

    capital: Ints  # 1/100 of the currency's unit
    age: Floats  # years at the as-of date
    funded: Flags
    listing: NDArray[np.str_]
    high_tech: Flags
    private: Flags
    sei: Flags
    panel: dict[str, Ints]  # measure -> (n, year)
    reports_last_year: Flags


def draw_firms(
    plan: Plan, giant: Flags, section: NDArray[np.int64], rng: np.random.Generator
) -> Drawn:
    """Draw every number of n firms.

    Parameters
    ----------
    plan
        The distributions and their parameters.
    giant
        (n,) the firm is a little giant.
    section
        (n,) position in `SECTIONS`: services have more staff and fewer assets for their revenue.
    """
    by_tier: dict[Tier, Flags] = {"little_giant": giant, "other": ~giant}

    def tiered(pick: str) -> Floats:
        out = np.zeros(len(giant))
        for tier, here in by_tier.items():
            out[here] = getattr(plan.of_tier(tier), pick)
        return out

    n = len(giant)
    normal_capital = rng.standard_normal(n)
    tie = plan.numbers.copula
    normal_revenue = tie * normal_capital + np.sqrt(1 - tie**2) * rng.standard_normal(n)
    capital, revenue, age, rd_extra, inventions, other_ip = (np.zeros(n) for _ in range(6))
    for tier, here in by_tier.items():
        numbers = plan.of_tier(tier)
        capital[here] = _lognormal(normal_capital[here], numbers.capital)
        revenue[here] = _lognormal(normal_revenue[here], numbers.revenue)
        count = int(here.sum())
        spread = numbers.age
        age[here] = spread.least + rng.gamma(
            spread.shape, (spread.mean - spread.least) / spread.shape, count
        )
        spread = numbers.rd_extra_pct
        rd_extra[here] = rng.gamma(spread.shape, spread.mean / spread.shape, count)
        spread = numbers.inventions
        drawn = rng.negative_binomial(spread.k, spread.k / (spread.k + spread.mean), count)
        inventions[here] = np.maximum(drawn, spread.least)
        mean = numbers.other_ip_mean
        other_ip[here] = rng.negative_binomial(1.4, 1.4 / (1.4 + mean), count)

    small = revenue < plan.numbers.small_revenue
    funded = (rng.random(n) < tiered("funded")) | small
    listed = rng.random(n)
    at_listed, at_neeq = tiered("listed"), tiered("listed") + tiered("neeq")
    listing = np.where(listed < at_listed, "A股", np.where(listed < at_neeq, "新三板", "未上市"))
    high_tech = rng.random(n) < tiered("high_tech")
    private = rng.random(n) < tiered("private")
    sei = rng.random(n) < tiered("sei")
    panel = _panel(plan, giant, section, revenue, rd_extra, inventions, other_ip, funded, rng)
    return Drawn(
        capital=np.maximum(np.rint(capital * 100) * (MILLION // 100), MILLION // 10).astype(
            np.int64
        ),
        age=age,
        funded=funded,
        listing=listing,
        high_tech=high_tech,
        private=private,
        sei=sei,
        panel=panel,
        reports_last_year=rng.random(n) >= plan.numbers.exits,
    )


def _lognormal(normal: Floats, spread: Spread) -> Floats:
    """Turn normal scores into a lognormal of the wanted mean, cut below at ``least``."""
    mean, sigma, least = spread.mean, spread.sigma, spread.least
    location = np.log(mean) - sigma**2 / 2
    if least > 0:
        from scipy.special import ndtr, ndtri  # noqa: PLC0415 - slow to import

        below = ndtr((np.log(least) - location) / sigma)
        normal = ndtri(below + (1 - below) * ndtr(normal))
    return np.asarray(np.minimum(np.exp(location + sigma * normal), spread.most or np.inf))


def _panel(
    plan: Plan,
    giant: Flags,
    section: NDArray[np.int64],
    revenue_m: Floats,
    rd_extra: Floats,
    inventions: Floats,
    other_ip: Floats,
    funded: Flags,
    rng: np.random.Generator,
) -> dict[str, Ints]:
    """Draw the yearly returns (n, year) around the base year, whole and consistent."""
    numbers = plan.numbers
    n, n_years = len(giant), len(plan.years)
    software = np.isin(section, [SECTIONS.index("I"), SECTIONS.index("M")])
    base = plan.years.index(plan.base_year)
    # growth of each year over the one before: a common mean and AR(1) noise
    shock = rng.standard_normal((n, n_years - 1))
    noise = np.empty_like(shock)
    noise[:, 0] = shock[:, 0]
    for step in range(1, n_years - 1):
        kept = numbers.growth["ar"]
        noise[:, step] = kept * noise[:, step - 1] + np.sqrt(1 - kept**2) * shock[:, step]
    log_growth = np.clip(
        np.log1p(numbers.growth["mean"])
        - numbers.growth["sd"] ** 2 / 2
        + numbers.growth["sd"] * noise,
        -0.9,
        0.9,
    )
    level = np.concatenate([np.zeros((n, 1)), np.cumsum(log_growth, axis=1)], axis=1)
    level -= level[:, [base]]
    revenue = _fen(revenue_m[:, None] * np.exp(level))

    share = 1 - rng.beta(1.2, 14.0, (n, 1)) * rng.uniform(0.9, 1.1, (n, n_years))
    least_share = np.where(giant, 0.70, 0.50)[:, None]
    main = _whole_yuan(np.ceil(revenue / 100 * np.clip(share, least_share, 1.0)))
    # R&D of 3 % and 1 m yuan; a little giant of 50 to 100 m yuan: 6 %
    rate = (3 + rd_extra[:, None] * np.exp(0.08 * rng.standard_normal((n, n_years)))) / 100
    rate[:, base] = (3 + rd_extra) / 100
    modest = giant[:, None] & (revenue < 100 * MILLION)
    rate = np.maximum(rate, np.where(modest, 0.06, 0.03))
    rd = _whole_yuan(np.maximum(np.ceil(revenue / 100 * rate), numbers.rd_least * 1_000_000))

    a_head = np.where(software, 0.62, 0.95) * np.exp(0.35 * rng.standard_normal(n))
    staff_base = np.maximum(np.rint(revenue_m**0.86 * 1.6 / a_head), 6)
    staff = np.maximum(np.rint(staff_base[:, None] * np.exp(0.45 * level)), 5).astype(np.int64)
    # 工信部联企业〔2011〕300号: with both bounds reached a firm is large and can hold no SME title
    most = np.array(MOST_STAFF)[section][:, None]
    reached = revenue >= np.array(LARGE_REVENUE)[section][:, None] * MILLION
    staff = np.where(reached, np.minimum(staff, most), staff)
    part = rng.beta(numbers.rd_staff["a"], numbers.rd_staff["b"], n)[:, None]
    rd_staff = np.minimum(np.rint(staff * part), staff).astype(np.int64)

    margin = numbers.net_margin["mean"] + numbers.net_margin["sd"] * rng.standard_normal((n, 1))
    margin = margin + 0.02 * rng.standard_normal((n, n_years))
    profit = _whole_yuan(np.rint(revenue / 100 * margin))
    turn = np.where(software, 1.05, 1.45) * np.exp(0.4 * rng.standard_normal(n) - 0.08)
    assets = _fen(revenue_m[:, None] * turn[:, None] * np.exp(0.8 * level) + 0.5)
    debt = rng.beta(4.2, 5.2, n)[:, None] * rng.uniform(0.95, 1.05, (n, n_years))
    most_debt = np.where(giant, 0.70, 0.98)[:, None]
    liabilities = _whole_yuan(np.floor(assets / 100 * np.minimum(debt, most_debt)))

    equity = _fen(25 * np.exp(1.1 * rng.standard_normal(n))) * (rng.random(n) < 0.35)
    small = revenue_m < numbers.small_revenue
    equity = np.where(funded, equity, 0)
    equity = np.where(small, np.maximum(equity, _fen(numbers.small_equity + 0 * revenue_m)), equity)

    counts = _counts(giant, inventions, other_ip, n_years, rng)
    return {
        "revenue": revenue,
        "main_revenue": main,
        "rd_expense": rd,
        "net_profit": profit,
        "assets": assets,
        "liabilities": liabilities,
        "staff": staff,
        "rd_staff": rd_staff,
        "new_equity": np.stack([0 * equity, equity, equity], axis=1).astype(np.int64),
        **counts,
    }


def _counts(
    giant: Flags, inventions: Floats, other_ip: Floats, n_years: int, rng: np.random.Generator
) -> dict[str, Ints]:
    """Draw counts of rights and standards (n, year), and the platform's score of the last year."""

    def over_years(at_base: Floats, kept: float, gained: float) -> Ints:
        before = rng.binomial(at_base.astype(np.int64), kept)
        after = at_base + rng.poisson(gained * at_base)
        return np.stack([before, at_base, after], axis=1).astype(np.int64)

    class1 = over_years(inventions, 0.86, 0.14)
    class1[:, 0] = np.where(giant, np.maximum(class1[:, 0], 2), class1[:, 0])
    class2 = over_years(other_ip, 0.88, 0.12)
    standards = over_years(rng.poisson(np.where(giant, 2.2, 0.35)).astype(float), 0.8, 0.15)
    score = np.where(giant, 68, 55) + 9 * rng.standard_normal(len(giant))
    platform = np.zeros((len(giant), n_years), np.int64)
    platform[:, -1] = np.clip(np.rint(score), 20, 98)
    return {
        "class1_ip": class1,
        "class2_ip": class2,
        "standards": standards,
        "platform_score": platform,
    }


def _fen(million_yuan: Floats) -> Ints:
    """Turn million yuan into fen, in whole yuan as returns are filed."""
    return _whole_yuan(np.rint(million_yuan * 1_000_000))


def _whole_yuan(yuan: Floats) -> Ints:
    return yuan.astype(np.int64) * 100
