"""What every weighting from figures needs: a matrix of numbers, and shares that sum to 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sanfu.errors import InputError
from sanfu.index.moments import is_constant, range_present
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index.moments import Array

Missing = Literal["pairwise", "complete"]


class WeightsFault(InputError):
    """Weights cannot be computed from what was given; the message says the remedy."""


def as_matrix(data: Any, missing: Missing = "pairwise") -> Array:
    """Give data ``(unit, child)`` as floats; ``complete`` keeps the rows without a hole.

    Raises
    ------
    WeightsFault
        It is no table of numbers, or no row is complete.
    """
    x = np.asarray(data, dtype=np.float64)
    if x.ndim != 2 or not x.shape[1]:
        said = f"{x.shape}"
        raise WeightsFault(
            Text(
                f"应为“单元 × 指标”的数字表，得到的形状是 {said}",
                f"expected a table unit × child of numbers, got the shape {said}",
            )
        )
    if missing == "complete":
        whole = ~np.isnan(x).any(axis=1)
        if not whole.any():
            raise WeightsFault(
                Text(
                    "没有一个单元的数据是完整的；请先填补，或改用 missing: pairwise",
                    "no unit has all children; impute first, or say missing: pairwise",
                )
            )
        return x[whole]
    return x


def to_unit_range(x: Array) -> Array:
    """Min-max each column to [0, 1]; a constant column becomes 0."""
    low, high = range_present(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (x - low) / (high - low)
    flat = is_constant(x)
    return np.where(flat & ~np.isnan(x), 0.0, z)


def as_shares(raw: Array) -> Array:
    """Divide by the sum; all NaN or all zero gives equal shares. NaN counts as 0."""
    clean = np.nan_to_num(np.asarray(raw, dtype=np.float64), nan=0.0)
    total = clean.sum()
    if not abs(total) > 0:
        return np.full(clean.shape, 1 / clean.shape[-1])
    return np.asarray(clean / total)


def refuse_below_zero(x: Array, method: str, *, zero: bool = True) -> None:
    """Refuse values that a rule of shares or logarithms cannot take.

    Raises
    ------
    WeightsFault
        A value is below 0, or is 0 and `zero` is not allowed.
    """
    wrong = (x < 0) if zero else (x <= 0)
    if wrong.any():
        count, lowest = int(wrong.sum()), float(x[wrong].min())
        need_zh, need_en = ("不小于 0", "at least 0") if zero else ("大于 0", "above 0")
        raise WeightsFault(
            Text(
                f"{method} 赋权要求数值{need_zh}，有 {count} 个不符（最低 {lowest:g}）；"
                "请换一种归一化（例如 minmax 的 low: 1）或赋权约定",
                f"{method} weights need values {need_en}; {count} are not (lowest {lowest:g}); "
                "normalise otherwise (e.g. minmax with low: 1) or choose another convention",
            )
        )
