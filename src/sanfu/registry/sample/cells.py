"""How many firms of which tier and section stand in which district, in whole firms.

Iterative proportional fitting of an assumed table to the wanted margins, then controlled rounding:
a small linear programme (its corners are whole numbers) keeps every margin exact.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.registry.sample.plan import SECTIONS, shanghai_lines, shanghai_plan, shanghai_scheme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.registry.sample.plan import Plan, Tier


def apportion(shares: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Round `shares` (any scale) to whole numbers with the sum `total`, by largest remainder."""
    exact = shares / shares.sum() * total
    whole: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    short = total - int(whole.sum())
    # the index breaks ties, so that the result does not depend on the sort
    order = np.lexsort((np.arange(len(exact)), -(exact - whole)))
    whole[order[:short]] += 1
    return whole


def fit(
    seed: NDArray[np.float64], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Scale `seed` until rows and columns sum to the margins (Deming and Stephan 1940)."""
    table = seed * rows[:, None]
    for _ in range(500):
        table = (
            table * np.divide(rows, table.sum(1), where=rows > 0, out=np.zeros(len(rows)))[:, None]
        )
        table = table * np.divide(
            columns, table.sum(0), where=columns > 0, out=np.zeros(len(columns))
        )
        if np.abs(table.sum(1) - rows).max() < 1e-9:
            break
    return table


def round_table(table: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round a table with whole margins so that they stay exact; each cell moves by less than 1."""
    from scipy.optimize import linprog  # noqa: PLC0415 - slow to import

    whole = np.floor(table + 1e-9)
    left = np.clip(table - whole, 0, 1)
    n_rows, n_columns = table.shape
    sums = np.zeros((n_rows + n_columns, table.size))
    for row in range(n_rows):
        sums[row, row * n_columns : (row + 1) * n_columns] = 1
    for column in range(n_columns):
        sums[n_rows + column, column::n_columns] = 1
    wanted = np.rint(np.concatenate([left.sum(1), left.sum(0)]))
    solved: Any = linprog(-left.ravel(), A_eq=sums, b_eq=wanted, bounds=(0, 1), method="highs-ds")
    rounded: NDArray[np.int64] = (whole + np.rint(solved.x).reshape(table.shape)).astype(np.int64)
    return rounded


def cell_table(plan: Plan, firms: int) -> dict[Tier, NDArray[np.int64]]:
    """Give district × section counts by tier, for a registry of `firms` firms.

    At the plan's own size every district's and section's count is the declared one; at other sizes
    they are scaled by largest remainder.
    """
    srdi = np.array([d.srdi for d in plan.districts], float)
    giants = np.array([d.little_giant for d in plan.districts], float)
    n_giants = round(plan.little_giants * firms / plan.firms)
    by_district: dict[Tier, NDArray[np.int64]] = {"little_giant": apportion(giants, n_giants)}
    by_district["other"] = apportion(srdi, firms) - by_district["little_giant"]

    shares = {name: np.array([plan.sections[name][s] for s in SECTIONS]) for name in plan.sections}
    by_section: dict[Tier, NDArray[np.int64]] = {
        "little_giant": apportion(shares["little_giant"], n_giants)
    }
    by_section["other"] = apportion(shares["all"], firms) - by_section["little_giant"]

    seed = np.array([[plan.section_seed[d.belt][s] for s in SECTIONS] for d in plan.districts])
    if min(by_section["other"].min(), by_district["other"].min()) < 0:
        by_section["other"] = apportion(shares["all"], firms - n_giants)
        by_district["other"] = apportion(srdi - giants, firms - n_giants)
    return {
        tier: round_table(fit(seed * shares["all"], by_district[tier], by_section[tier]))
        for tier in by_district
    }


@cache
def line_weights() -> dict[tuple[Tier, str], tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Give, by tier and section, the kinds of business and how often each is drawn.

    A kind is a line with one of its products, numbered along `kinds`. The declared weights are
    tilted as little as possible (in relative entropy) so that the expected share of each tag group
    is the wanted one; no tag is a random flag.
    """
    plan, scheme = shanghai_plan(), shanghai_scheme()
    groups = [str(group.group) for group in scheme.groups]
    listed = kinds()
    lines = shanghai_lines()
    base = np.array([lines[line].weight / len(lines[line].products) for line, _ in listed])
    section = np.array([lines[line].section for line, _ in listed])
    tagged = np.array(
        [
            [
                any(
                    rule.holds(lines[line].code, lines[line].products[product])
                    for rule in scheme.rules
                    if rule.group == group
                )
                for group in groups
            ]
            for line, product in listed
        ],
        dtype=float,
    )
    found: dict[tuple[Tier, str], tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
    cells = cell_table(plan, plan.firms)
    for tier, wanted_shares in plan.tag_shares.items():
        mass = cells[tier].sum(0) / cells[tier].sum()
        wanted = np.array([wanted_shares[group] for group in groups])
        weights = _tilt(base, section, dict(zip(SECTIONS, mass, strict=True)), tagged, wanted)
        for name in SECTIONS:
            here = np.flatnonzero(section == name)
            found[tier, name] = (here, weights[here] / weights[here].sum())
    return found


@cache
def kinds() -> tuple[tuple[int, int], ...]:
    """List every kind of business as (line, product)."""
    return tuple(
        (number, product)
        for number, line in enumerate(shanghai_lines())
        for product in range(len(line.products))
    )


def _tilt(
    base: NDArray[np.float64],
    section: NDArray[np.str_],
    mass: dict[str, float],
    tagged: NDArray[np.float64],
    wanted: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Find weights ∝ base·exp(tagged·a), normalised within sections, with the wanted shares."""
    lean = np.zeros(tagged.shape[1])
    weights = base
    for _ in range(200):
        weights = base * np.exp(tagged @ lean)
        for name, share in mass.items():
            here = section == name
            weights[here] *= share / weights[here].sum()
        off = weights @ tagged - wanted
        if np.abs(off).max() < 1e-10:
            break
        slope = tagged.T @ (weights[:, None] * tagged)
        for name, share in mass.items():
            here = section == name
            mean = weights[here] @ tagged[here]
            slope -= np.outer(mean, mean) / share
        step = np.linalg.solve(slope + 1e-9 * np.eye(len(lean)), off)
        lean -= step * min(1.0, 2.0 / np.abs(step).max())
    else:
        raise AssertionError(f"the wanted tag shares cannot be met: {wanted} off by {off}")
    return weights
