"""Treat outliers: test by skewness and kurtosis, winsorise, else transform.

Arrays have the axes ``(..., unit, indicator)``; NaN is missing. The tests look at the column as a
whole, so the same rule serves one year, a panel, or many variants at once.

Winsorising pulls the largest values (smallest, if the skewness is negative) in to the next one,
until the test is passed or the number of points is used up. Here the column is sorted once and the
power sums are kept from the median outwards, so that each step costs O(1): O(n log n) in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sanfu.index.moments import Array, from_sums, range_present, skew_and_kurtosis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanfu.index.method import TreatRule, TreatStage

Parity = Literal["COINr"] | None


def passes_test(
    x: Array, *, skew: float = 2.0, kurtosis: float = 3.5
) -> tuple[NDArray[np.bool_], Array, Array]:
    """Tell which columns need no treatment: |skewness| < `skew` or kurtosis < `kurtosis`.

    A column whose skewness or kurtosis cannot be computed (too few values, no spread) passes.

    Returns
    -------
    tuple
        Passes, skewness and kurtosis, each ``(..., indicator)``.
    """
    g1, g2 = skew_and_kurtosis(x)
    return ~((np.abs(g1) >= skew) & (g2 >= kurtosis)), g1, g2


@dataclass(frozen=True)
class Winsorised:
    """One winsorised column and which units were pulled in."""

    x: Array
    high: NDArray[np.bool_]
    low: NDArray[np.bool_]

    @property
    def points(self) -> int:
        """How many units were pulled in."""
        return int(self.high.sum() + self.low.sum())


def winsorise(
    x: Array,
    *,
    points: int | None = 5,
    skew: float = 2.0,
    kurtosis: float = 3.5,
    always: bool = False,
    parity: Parity = None,
) -> Winsorised:
    """Pull in the outermost values of one column until it passes the test.

    Parameters
    ----------
    x
        ``(unit,)``; NaN is missing.
    points
        At most this many units are changed; None is no limit. Tied values go together: with ties,
        COINr overshoots `points`, here the step that would is not taken.
    always
        Use up `points` without testing.

    Returns
    -------
    Winsorised
        A column never becomes constant: the step that would do it is not taken.
    """
    there = np.flatnonzero(~np.isnan(x))
    order = there[np.argsort(x[there], kind="stable")]
    v = x[order]
    n = len(v)
    if n == 0 or v[0] == v[-1]:
        nobody = np.zeros(len(x), dtype=bool)
        return Winsorised(x.copy(), nobody, nobody.copy())
    sums = _OutwardSums(v)
    low, high = 0, n - 1  # places whose values the pulled-in points now have
    while points is None or low + n - 1 - high < points:
        g1, g2 = sums.test(low, high)
        if not always and not (abs(g1) >= skew and g2 >= kurtosis):
            break
        if g1 >= 0:
            next_high, next_low = int(np.searchsorted(v, v[high])) - 1, low
        else:
            next_high, next_low = high, int(np.searchsorted(v, v[low], side="right"))
        if next_high < next_low or v[next_low] == v[next_high]:
            break
        if points is not None and next_low + n - 1 - next_high > points and parity != "COINr":
            break
        low, high = next_low, next_high
    treated = x.copy()
    pulled_low, pulled_high = np.zeros(len(x), dtype=bool), np.zeros(len(x), dtype=bool)
    pulled_low[order[:low]], pulled_high[order[high + 1 :]] = True, True
    treated[pulled_low], treated[pulled_high] = v[low], v[high]
    return Winsorised(treated, pulled_high, pulled_low)


class _OutwardSums:
    """Sums of powers of v − median from the median outwards: no cancellation when ends go."""

    def __init__(self, v: Array) -> None:
        self.v, self.n = v, len(v)
        self.middle = self.n // 2
        self.centre = v[self.middle]
        scale = max(self.centre - v[0], v[-1] - self.centre)
        self.scale = scale if scale > 0 else 1.0
        d = (v - self.centre) / self.scale
        self.d = d
        powers = np.stack([d, d**2, d**3, d**4])
        self.up = np.cumsum(powers[:, self.middle :], axis=1)
        self.down = np.cumsum(powers[:, : self.middle + 1][:, ::-1], axis=1)

    def test(self, low: int, high: int) -> tuple[float, float]:
        """Give skewness and kurtosis with all below `low` and above `high` pulled in to them."""
        if high <= self.middle or low >= self.middle:
            pulled = np.clip(self.v, self.v[low], self.v[high])[:, None]
            g1, g2 = skew_and_kurtosis(pulled)
            return float(g1[0]), float(g2[0])
        n, a, b = self.n, self.d[low], self.d[high]
        exponents = np.arange(1, 5)
        s = (
            self.up[:, high - self.middle]
            + self.down[:, self.middle - low]
            + (n - 1 - high) * b**exponents
            + low * a**exponents
        )
        m = s[0] / n
        s2 = s[1] - n * m**2
        s3 = s[2] - 3 * m * s[1] + 2 * n * m**3
        s4 = s[3] - 4 * m * s[2] + 6 * m**2 * s[1] - 3 * n * m**4
        count = np.asarray(float(n))
        g1, g2 = from_sums(count, np.asarray(s2), np.asarray(s3), np.asarray(s4))
        return float(g1), float(g2)


def transform_log_ct(x: Array) -> Array:
    """Give ln(x − min + 0.01 (max − min)), COINr's default log."""
    low, high = range_present(x)
    return _log(x - low + 0.01 * (high - low))


def transform_log_ct_plus(x: Array) -> Array:
    """Give `transform_log_ct` for positive skewness, −ln(max + 0.01 range − x) for negative."""
    low, high = range_present(x)
    edge = 0.01 * (high - low)
    positive = (skew_and_kurtosis(x)[0] > 0)[..., None, :]
    return np.asarray(np.where(positive, _log(x - low + edge), -_log(high + edge - x)))


def transform_log_ct_orig(x: Array) -> Array:
    """Give ln(x − min + 1)."""
    return _log(x - range_present(x)[0] + 1)


def transform_log_gii(x: Array) -> Array:
    """Give ln((max − 1)(x − min) / (max − min) + 1), the Global Innovation Index's log.

    COINr documents this and returns x as it is; `treat` does the same in its parity mode.
    """
    low, high = range_present(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _log((high - 1) * (x - low) / (high - low) + 1)


def transform_boxcox(x: Array, *, power: float | None = None) -> Array:
    """Give the Box-Cox transform of x − min + 1; λ is `power`, or estimated for each column."""
    moved = x - range_present(x)[0] + 1
    if power is not None:
        return np.asarray(np.log(moved) if power == 0 else (moved**power - 1) / power)
    from scipy.stats import boxcox_normmax  # noqa: PLC0415 - heavy

    result = moved.copy()
    columns = moved.reshape(-1, *moved.shape[-2:])
    into = result.reshape(columns.shape)
    for layer in range(columns.shape[0]):
        for column in range(columns.shape[2]):
            value = columns[layer, :, column]
            present = value[~np.isnan(value)]
            if len(present) > 2 and present.min() < present.max():
                best = float(boxcox_normmax(present, method="mle"))
                into[layer, :, column] = transform_boxcox_at(value, best)
    return result


def transform_boxcox_at(moved: Array, power: float) -> Array:
    """Give (x^λ − 1) / λ, or ln x at λ = 0, of values already above 0."""
    if abs(power) < 1e-12:
        return np.asarray(np.log(moved))
    return np.asarray(np.expm1(power * np.log(moved)) / power)


def transform_sqrt(x: Array) -> Array:
    """Give √(x − min), or √x where no value is negative."""
    low = range_present(x)[0]
    return np.asarray(np.sqrt(x - np.minimum(low, 0)))


def transform_log(x: Array) -> Array:
    """Give ln x; NaN at and below 0, which the engine reports."""
    return _log(np.where(x > 0, x, np.nan))


def _log(x: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.log(x))


def apply_stage(x: Array, stage: TreatStage, *, parity: Parity = None) -> Array:
    """Apply a transformation (not winsorising) to all columns."""
    match stage.method:
        case "log_ct":
            return transform_log_ct(x)
        case "log_ct_plus":
            return transform_log_ct_plus(x)
        case "log_ct_orig":
            return transform_log_ct_orig(x)
        case "log_gii":
            return x.copy() if parity == "COINr" else transform_log_gii(x)
        case "boxcox":
            return transform_boxcox(x, power=stage.power)
        case "sqrt":
            return transform_sqrt(x)
        case "log":
            return transform_log(x)
        case _:
            return x.copy()


@dataclass(frozen=True)
class Treated:
    """What treatment did; the last four have the axes ``(..., indicator)``."""

    x: Array
    """``(..., unit, indicator)``, treated."""
    marks: NDArray[np.int8]
    """As `x`: 0 as it was, 1 pulled in from above, −1 from below, 2 transformed."""
    stage: NDArray[np.int8]
    """0 left alone, 1 first treatment, 2 second treatment, 3 both."""
    skew: Array
    """Skewness before and after, ``(2, ..., indicator)``."""
    kurtosis: Array
    passed: NDArray[np.bool_]
    """Whether the test is passed after treatment."""


def treat(x: Array, rule: TreatRule, *, parity: Parity = None) -> Treated:
    """Treat every column by the rule's two stages.

    Test → first treatment → test; where it still fails, the second treatment takes the first's
    place (or follows it, if the rule combines) → test. The second's result stays even where the
    test still fails; `passed` says so.

    Parameters
    ----------
    x
        ``(..., unit, indicator)``.
    parity
        ``"COINr"``: ties may overshoot the number of points, and ``log_gii`` does nothing.
    """
    ok, skew0, kurt0 = passes_test(x, skew=rule.skew, kurtosis=rule.kurtosis)
    result = x.copy()
    marks = np.zeros(x.shape, dtype=np.int8)
    stage = np.zeros(ok.shape, dtype=np.int8)
    if rule.always:
        ok = np.zeros_like(ok)
    failing = ~ok
    if failing.any():
        _stage_one(result, marks, stage, failing, rule, parity)
        again = result if not rule.always else x
        ok2, _, _ = passes_test(again, skew=rule.skew, kurtosis=rule.kurtosis)
        still = failing & ~ok2 & (rule.second.method != "none")
        if rule.always:
            still = failing & (rule.second.method != "none") & rule.combine
        if still.any():
            _stage_two(x, result, marks, stage, still, rule, parity)
    passed, skew1, kurt1 = passes_test(result, skew=rule.skew, kurtosis=rule.kurtosis)
    return Treated(result, marks, stage, np.stack([skew0, skew1]), np.stack([kurt0, kurt1]), passed)


def _stage_one(
    result: Array,
    marks: NDArray[np.int8],
    stage: NDArray[np.int8],
    failing: NDArray[np.bool_],
    rule: TreatRule,
    parity: Parity,
) -> None:
    for *layer, column in np.argwhere(failing):
        place = (*layer, slice(None), column)
        _one_column(result, marks, place, rule.first, rule, parity)
        stage[(*layer, column)] = 1


def _stage_two(
    x: Array,
    result: Array,
    marks: NDArray[np.int8],
    stage: NDArray[np.int8],
    still: NDArray[np.bool_],
    rule: TreatRule,
    parity: Parity,
) -> None:
    for *layer, column in np.argwhere(still):
        place = (*layer, slice(None), column)
        if not rule.combine:
            result[place], marks[place] = x[place], 0
        _one_column(result, marks, place, rule.second, rule, parity)
        stage[(*layer, column)] = 3 if rule.combine else 2


def _one_column(
    result: Array,
    marks: NDArray[np.int8],
    place: tuple[int | slice, ...],
    stage: TreatStage,
    rule: TreatRule,
    parity: Parity,
) -> None:
    value = result[place]
    if stage.method == "winsorise":
        done = winsorise(
            value,
            points=stage.points,
            skew=rule.skew,
            kurtosis=rule.kurtosis,
            always=rule.always,
            parity=parity,
        )
        result[place] = done.x
        marks[place] = np.where(done.high, 1, np.where(done.low, -1, marks[place]))
    elif stage.method != "none":
        result[place] = apply_stage(value[:, None], stage, parity=parity)[:, 0]
        marks[place] = np.where(np.isnan(value), 0, 2)
