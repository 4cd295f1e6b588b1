"""Bring figures on different scales to one, with the direction taken into account.

Arrays have the axes ``(..., unit, indicator)``; NaN is missing and stays so. All but `normalise`
expect figures already turned so that larger is better (`orient`). `reference` holds the rows that
give the statistics (a base year, say); by default they are the rows themselves. A column without
spread gives NaN here; `normalise` and the engine make of it what the rule says, and a finding.

Conventions for parity: COINr 1.1.14; see docs/explanation/index-method.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from sanfu.index import method_normalise as rules
from sanfu.index.moments import (
    Array,
    count_present,
    deviation_present,
    is_constant,
    mean_present,
    median_present,
    range_present,
)
from sanfu.index.ranking import rank_ascending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sanfu.index.method_normalise import Ties

Parity = Literal["COINr"] | None


def orient(x: Array, direction: Array) -> Array:
    """Turn "smaller is better" columns by their sign; `direction` is 1 or −1 an indicator."""
    return np.asarray(x * direction)


def _ratio(over: Array, under: Array, parity: Parity = None) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        if parity == "COINr":  # R's own division: x / 0 is infinite, 0 / 0 is NaN
            return np.asarray(over / under)
        return np.asarray(np.where(under == 0, np.nan, over / under))


def normalise_minmax(
    x: Array, *, low: float = 0, high: float = 100, reference: Array | None = None
) -> Array:
    """Give (x − min) / (max − min) (high − low) + low."""
    lowest, highest = range_present(x if reference is None else reference)
    return np.asarray(_ratio(x - lowest, highest - lowest) * (high - low) + low)


def normalise_zscore(
    x: Array,
    *,
    mean: float = 0,
    sd: float = 1,
    ddof: Literal[0, 1] = 1,
    reference: Array | None = None,
) -> Array:
    """Give (x − x̄) / s · sd + mean."""
    seen = x if reference is None else reference
    return np.asarray(
        _ratio(x - mean_present(seen), deviation_present(seen, ddof=ddof)) * sd + mean
    )


def normalise_robust_z(
    x: Array, *, centre: float = 0, spread: float = 1, reference: Array | None = None
) -> Array:
    """Give (x − median) / (1.4826 MAD) · spread + centre; the 1.4826 fits the normal's sd."""
    seen = x if reference is None else reference
    middle = median_present(seen)
    scatter = 1.482602218505602 * median_present(np.abs(seen - middle))
    return np.asarray(_ratio(x - middle, scatter) * spread + centre)


def normalise_rank(x: Array, *, ties: Ties = "min") -> Array:
    """Give the rank from below."""
    return rank_ascending(x, ties)


def normalise_percentile_rank(x: Array, *, ties: Ties = "min", scale: float = 1) -> Array:
    """Give (rank − 1) / (n − 1) · scale, n the number of non-missing units."""
    return np.asarray(_ratio(rank_ascending(x, ties) - 1, count_present(x) - 1) * scale)


def normalise_borda(x: Array, *, ties: Ties = "min") -> Array:
    """Give rank − 1: the number of units below."""
    return np.asarray(rank_ascending(x, ties) - 1)


def normalise_exponential_rank(x: Array, *, scale: float = 23, ties: Ties = "average") -> Array:
    """Give −s ln(1 − R (1 − exp(−100 / s))) with R = rank / n, from 0 to 100.

    References
    ----------
    McLennan et al. (2019), The English Indices of Deprivation: Technical report, appendix E.
    """
    share = _ratio(rank_ascending(x, ties), count_present(x))
    return np.asarray(-scale * np.log1p(-share * -np.expm1(-100 / scale)))


def normalise_goalposts(
    x: Array,
    *,
    lower: Array,
    upper: Array,
    low: float = 0,
    high: float = 100,
    truncate: bool = True,
) -> Array:
    """Give (x − lower) / (upper − lower), cut to [0, 1] if `truncate`, stretched to [low, high].

    `lower` and `upper` are one number an indicator, turned like `x`.
    """
    share = _ratio(x - lower, upper - lower)
    if truncate:
        share = np.clip(share, 0, 1)
    return np.asarray(share * (high - low) + low)


def normalise_distance_to_target(
    x: Array, *, target: Array, cap: bool = False, reference: Array | None = None
) -> Array:
    """Give (x − min) / (target − min), at most 1 if `cap`."""
    lowest, _ = range_present(x if reference is None else reference)
    score = _ratio(x - lowest, target - lowest)
    return np.asarray(np.minimum(score, 1) if cap else score)


def normalise_distance_to_maximum(x: Array, *, reference: Array | None = None) -> Array:
    """Give 1 − (max − x) / (max − min)."""
    lowest, highest = range_present(x if reference is None else reference)
    return np.asarray(1 - _ratio(highest - x, highest - lowest))


def normalise_distance_to_reference(
    x: Array,
    *,
    row: int,
    cap: bool = False,
    reference: Array | None = None,
    parity: Parity = None,
) -> Array:
    """Give 1 − (x_ref − x) / (x_ref − min), x_ref in place `row`; at most 1 if `cap`."""
    seen = x if reference is None else reference
    lowest, _ = range_present(seen)
    best = seen[..., row : row + 1, :]
    score = 1 - _ratio(best - x, best - lowest, parity)
    return np.asarray(np.minimum(score, 1) if cap else score)


def normalise_fraction_of_maximum(
    x: Array, direction: Array, *, reference: Array | None = None, parity: Parity = None
) -> Array:
    """Give x / max, or min / x where smaller is better; `x` is not turned here.

    COINr divides the negated figure by its maximum, which makes larger better again.
    """
    seen = x if reference is None else reference
    if parity == "COINr":
        return _ratio(orient(x, direction), range_present(orient(seen, direction))[1], parity)
    lowest, highest = range_present(seen)
    return np.asarray(
        np.where(direction > 0, _ratio(x, highest), _ratio(np.broadcast_to(lowest, x.shape), x))
    )


def normalise_scaled(x: Array, *, start: float, stop: float, scale: float) -> Array:
    """Give (x − start) / (stop − start) · scale."""
    return np.asarray((x - start) / (stop - start) * scale)


def normalise_efficacy(
    x: Array,
    *,
    unallowed: Array,
    satisfied: Array,
    form: Literal["linear", "exponential"] = "linear",
    floor: float = 60,
    span: float = 40,
) -> Array:
    """Give the 功效系数: floor + span r, or floor exp(r ln((floor + span) / floor)).

    r = (x − unallowed) / (satisfied − unallowed). Both forms run from `floor` to `floor + span`.
    """
    share = _ratio(x - unallowed, satisfied - unallowed)
    if form == "linear":
        return np.asarray(floor + span * share)
    return np.asarray(floor * np.exp(share * np.log((floor + span) / floor)))


def normalise_quantile(
    x: Array, *, distribution: Literal["uniform", "normal"] = "uniform", scale: float = 100
) -> Array:
    """Give (average rank − ½) / n · scale, or the normal quantile of it."""
    share = _ratio(rank_ascending(x, "average") - 0.5, count_present(x))
    if distribution == "uniform":
        return np.asarray(share * scale)
    from scipy.special import ndtri  # noqa: PLC0415 - heavy

    return np.asarray(ndtri(share))


def normalise_categorical(
    x: Array,
    *,
    edges: Sequence[float],
    scores: Sequence[float],
    by: Literal["value", "percentile"] = "percentile",
) -> Array:
    """Give each value the score of its class; an edge belongs to the better class."""
    place = x if by == "value" else _ratio(rank_ascending(x, "max"), count_present(x))
    classes = np.searchsorted(np.asarray(edges, dtype=float), place, side="right")
    return np.asarray(np.where(np.isnan(x), np.nan, np.asarray(scores, dtype=float)[classes]))


def normalise_ampi(x: Array, *, middle: Array, half_range: Array) -> Array:
    """Give (x − (middle − d)) / 2d · 60 + 70: 100 at `middle`, d = half the range.

    References
    ----------
    Mazziotta and Pareto (2016), On a generalized non-compensatory composite index.
    """
    return np.asarray(_ratio(x - (middle - half_range), 2 * half_range) * 60 + 70)


def normalise(  # noqa: C901, PLR0912, PLR0915 - one arm for each rule
    x: Array,
    rule: rules.Normalise,
    direction: Array,
    *,
    goalposts: Array | None = None,
    target: Array | None = None,
    units: Sequence[str] | None = None,
    reference: Array | None = None,
    parity: Parity = None,
) -> Array:
    """Normalise figures by a declared rule.

    Parameters
    ----------
    x
        ``(..., unit, indicator)``, in the indicators' own direction.
    rule
        Which normalisation, with its arguments. `over` is the caller's: `x` are the rows to be
        normalised together and `reference` those that give the statistics.
    direction
        1 or −1 an indicator.
    goalposts, target
        ``(indicator, 2)`` and ``(indicator,)`` in the indicators' own unit, where the rule asks.
    units
        Names of the rows, for a reference unit.

    Returns
    -------
    Array
        As `x`; larger is better. Columns without spread are NaN, or the middle if the rule says so.
    """
    turned = orient(x, direction)
    seen = turned if reference is None else orient(reference, direction)
    lower = upper = np.full(x.shape[-1], np.nan)
    posts = getattr(rule, "goalposts", None)
    if posts is not None:
        goalposts = np.tile(np.asarray(posts, dtype=float), (x.shape[-1], 1))
    if goalposts is not None:
        both = goalposts * direction[:, None]
        lower, upper = both.min(axis=1), both.max(axis=1)
    match rule:
        case rules.MinMax():
            z = normalise_minmax(turned, low=rule.low, high=rule.high, reference=seen)
        case rules.ZScore():
            z = normalise_zscore(turned, mean=rule.mean, sd=rule.sd, ddof=rule.ddof, reference=seen)
        case rules.RobustZ():
            z = normalise_robust_z(turned, centre=rule.centre, spread=rule.spread, reference=seen)
        case rules.Rank():
            z = normalise_rank(turned, ties=rule.ties)
        case rules.PercentileRank():
            z = _percentile_rank(x, turned, direction, rule)
        case rules.Borda():
            z = normalise_borda(turned, ties=rule.ties)
        case rules.ExponentialRank():
            z = normalise_exponential_rank(turned, scale=rule.scale, ties=rule.ties)
        case rules.Goalposts():
            z = normalise_goalposts(
                turned,
                lower=lower,
                upper=upper,
                low=rule.low,
                high=rule.high,
                truncate=rule.truncate,
            )
        case rules.DistanceToTarget():
            aim = np.full(x.shape[-1], np.nan) if target is None else target * direction
            z = normalise_distance_to_target(turned, target=aim, cap=rule.cap, reference=seen)
        case rules.DistanceToMaximum():
            z = normalise_distance_to_maximum(turned, reference=seen)
        case rules.DistanceToReference():
            row = list(units or ()).index(rule.unit)
            z = normalise_distance_to_reference(turned, row=row, cap=rule.cap, parity=parity)
        case rules.FractionOfMaximum():
            z = normalise_fraction_of_maximum(x, direction, reference=reference, parity=parity)
        case rules.Scaled():
            z = normalise_scaled(turned, start=rule.start, stop=rule.stop, scale=rule.scale)
        case rules.Efficacy():
            least, most = (lower, upper) if rule.bounds == "goalposts" else range_present(seen)
            z = normalise_efficacy(
                turned,
                unallowed=least,
                satisfied=most,
                form=rule.form,
                floor=rule.floor,
                span=rule.span,
            )
        case rules.Quantile():
            z = normalise_quantile(turned, distribution=rule.distribution, scale=rule.scale)
        case rules.Categorical():
            z = normalise_categorical(turned, edges=rule.edges, scores=rule.scores, by=rule.by)
            if rule.by == "value" and (direction < 0).any():  # edges are in the indicator's unit
                edges = [-edge for edge in reversed(rule.edges)]
                less = normalise_categorical(turned, edges=edges, scores=rule.scores, by="value")
                z = np.where(direction < 0, less, z)
        case rules.Ampi():
            lowest, highest = range_present(turned)
            middle = (lower + upper) / 2 if rule.reference == "goalposts_middle" else None
            if middle is None:
                middle = mean_present(seen if rule.reference == "base_mean" else turned)
            z = normalise_ampi(turned, middle=middle, half_range=(highest - lowest) / 2)
        case rules.AsTheyAre():
            z = turned
    if rule.constant == "middle" and (middle_score := middle_of(rule)) is not None:
        flat = is_constant(seen)[..., None, :] & ~np.isnan(x) & np.isnan(z)
        z = np.where(flat, middle_score, z)
    return z


def _percentile_rank(
    x: Array, turned: Array, direction: Array, rule: rules.PercentileRank
) -> Array:
    z = normalise_percentile_rank(turned, ties=rule.ties, scale=rule.scale)
    if rule.reverse == "negate":
        return z
    plain = normalise_percentile_rank(x, ties=rule.ties, scale=rule.scale)
    return np.asarray(np.where(direction > 0, z, rule.scale - plain))


def middle_of(rule: rules.Normalise) -> float | None:
    """Give the middle of a rule's range, where it has one."""
    match rule:
        case rules.MinMax():
            return (rule.low + rule.high) / 2
        case rules.ZScore():
            return rule.mean
        case rules.RobustZ():
            return rule.centre
        case rules.DistanceToMaximum() | rules.DistanceToTarget() | rules.DistanceToReference():
            return 0.5
        case rules.Efficacy():
            return rule.floor + rule.span / 2
        case rules.Ampi():
            return 100.0
        case _:
            return None


def depends_on_spread(rule: rules.Normalise) -> bool:
    """Tell whether a rule cannot score a column without spread."""
    return isinstance(
        rule,
        rules.MinMax
        | rules.ZScore
        | rules.RobustZ
        | rules.DistanceToMaximum
        | rules.DistanceToTarget
        | rules.DistanceToReference
        | rules.Ampi,
    ) or (isinstance(rule, rules.Efficacy) and rule.bounds == "data")
