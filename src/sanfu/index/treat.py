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

from sanfu.index.moments import Array, range_present, scalar_moments, skew_and_kurtosis

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
    v = np.sort(x[~np.isnan(x)])
    n = len(v)
    nobody = np.zeros(len(x), dtype=bool)
    if n == 0 or v[0] == v[-1]:
        return Winsorised(x.copy(), nobody, nobody.copy())
    sums = _OutwardSums(v, n if points is None else points)
    low, high = 0, n - 1  # places whose values the pulled-in points now have
    while points is None or low + n - 1 - high < points:
        g1, g2 = sums.test(low, high)
        if not always and not (abs(g1) >= skew and g2 >= kurtosis):
            break
        next_low, next_high = low, high
        if g1 >= 0:
            next_high = _first_equal(v, high) - 1
        else:
            next_low = _last_equal(v, low) + 1
        if next_high < next_low or v[next_low] == v[next_high]:
            break
        if points is not None and next_low + n - 1 - next_high > points and parity != "COINr":
            break
        low, high = next_low, next_high
    with np.errstate(invalid="ignore"):
        pulled_low, pulled_high = x < v[low], x > v[high]
    treated = x.copy()
    treated[pulled_low], treated[pulled_high] = v[low], v[high]
    return Winsorised(treated, pulled_high, pulled_low)


def _first_equal(v: Array, place: int) -> int:
    """Give the first place with the value at `place` of ascending v; mostly `place` itself."""
    if place == 0 or v[place - 1] != v[place]:
        return place
    return int(np.searchsorted(v, v[place], side="left"))


def _last_equal(v: Array, place: int) -> int:
    if place == len(v) - 1 or v[place + 1] != v[place]:
        return place
    return int(np.searchsorted(v, v[place], side="right")) - 1


class _OutwardSums:
    """Sums of powers of v − median from the median outwards: no cancellation when ends go.

    The core that no step can reach (all but `reach` values at each end) is summed once.
    """

    def __init__(self, v: Array, reach: int) -> None:
        self.v, self.n = v, len(v)
        middle = self.n // 2
        self.first, self.last = min(reach, middle), max(self.n - 1 - reach, middle)
        self.centre = v[middle]
        scale = max(self.centre - v[0], v[-1] - self.centre)
        self.d = (v - self.centre) / (scale if scale > 0 else 1.0)
        core = self.d[self.first : self.last + 1]
        squared = core * core
        self.core = (
            float(core.sum()),
            float(squared.sum()),
            float((squared * core).sum()),
            float((squared * squared).sum()),
        )
        # sums over the places from the core's edge outwards, 0 first
        self.up = self._piled(self.d[self.last + 1 :])
        self.down = self._piled(self.d[: self.first][::-1])

    @staticmethod
    def _piled(d: Array) -> tuple[list[float], ...]:
        piled = np.zeros((4, len(d) + 1))
        squared = d * d
        powers = (d, squared, squared * d, squared * squared)
        for power, into in zip(powers, piled, strict=True):
            power.cumsum(out=into[1:])
        return tuple(piled.tolist())

    def test(self, low: int, high: int) -> tuple[float, float]:
        """Give skewness and kurtosis with all below `low` and above `high` pulled in to them."""
        if high < self.last or low > self.first:
            pulled = np.clip(self.v, self.v[low], self.v[high])[:, None]
            g1, g2 = skew_and_kurtosis(pulled)
            return float(g1[0]), float(g2[0])
        n, a, b = self.n, float(self.d[low]), float(self.d[high])
        above, below = n - 1 - high, low
        s1, s2, s3, s4 = (
            core + up[high - self.last] + down[self.first - low] + above * b**k + below * a**k
            for k, core, up, down in zip((1, 2, 3, 4), self.core, self.up, self.down, strict=True)
        )
        m = s1 / n
        c2 = s2 - n * m**2
        c3 = s3 - 3 * m * s2 + 2 * n * m**3
        c4 = s4 - 4 * m * s3 + 6 * m**2 * s2 - 3 * n * m**4
        return scalar_moments(n, c2, c3, c4)


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
    result = x.copy(order="K")
    marks = np.zeros_like(x, dtype=np.int8)
    stage = np.zeros(ok.shape, dtype=np.int8)
    failing = np.ones_like(ok) if rule.always else ~ok
    skew1, kurt1 = skew0.copy(), kurt0.copy()
    if failing.any():
        _stage_one(result, marks, stage, failing, rule, parity)
        if rule.always:
            still = failing & rule.combine
        else:
            still = _retest(result, failing, rule, skew1, kurt1)
        still &= rule.second.method != "none"
        if still.any():
            _stage_two(x, result, marks, stage, still, rule, parity)
        _retest(result, still if not rule.always else failing, rule, skew1, kurt1)
    passed = ~((np.abs(skew1) >= rule.skew) & (kurt1 >= rule.kurtosis))
    return Treated(result, marks, stage, np.stack([skew0, skew1]), np.stack([kurt0, kurt1]), passed)


def _retest(
    result: Array, columns: NDArray[np.bool_], rule: TreatRule, skew: Array, kurtosis: Array
) -> NDArray[np.bool_]:
    """Test the columns that were treated again, note their moments, and give those that fail."""
    fails = np.zeros_like(columns)
    turned = np.swapaxes(result, -1, -2)[columns]  # (column, unit)
    if len(turned):
        ok, g1, g2 = passes_test(turned.T, skew=rule.skew, kurtosis=rule.kurtosis)
        skew[columns], kurtosis[columns], fails[columns] = g1, g2, ~ok
    return fails


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
            skew=rule.skew if stage.skew is None else stage.skew,
            kurtosis=rule.kurtosis if stage.kurtosis is None else stage.kurtosis,
            always=rule.always,
            parity=parity,
        )
        result[place] = done.x
        marks[place] = np.where(done.high, 1, np.where(done.low, -1, marks[place]))
    elif stage.method != "none":
        result[place] = apply_stage(value[:, None], stage, parity=parity)[:, 0]
        marks[place] = np.where(np.isnan(value), 0, 2)
