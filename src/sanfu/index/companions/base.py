"""What every companion analysis gives: a tidy frame, its formula and source, a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sanfu.errors import InputError
from sanfu.language import Text
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sanfu.index.result import Index

Array = NDArray[np.float64]


LABELS = {
    "unit": Text("单元", "unit"),
    "year": Text("年份", "year"),
    "C": Text("耦合度 C", "coupling C"),
    "T": Text("综合评价 T", "development T"),
    "D": Text("协调度 D", "coordination D"),
    "grade": Text("等级", "grade"),
    "part": Text("代码", "part"),
    "name": Text("名称", "name"),
    "kind": Text("类别", "kind"),
    "deviation": Text("偏离度", "deviation"),
    "weight": Text("权重", "weight"),
    "obstacle": Text("障碍度", "obstacle"),
    "rank": Text("位次", "rank"),
    "group": Text("组", "group"),
    "units": Text("单元数", "units"),
    "value_share": Text("份额", "share of value"),
    "theil": Text("泰尔指数", "Theil"),
    "within": Text("组内", "within"),
    "between": Text("组间", "between"),
    "contribution": Text("贡献", "contribution"),
    "first": Text("组一", "first"),
    "second": Text("组二", "second"),
    "value": Text("值", "value"),
    "spread": Text("离散", "spread"),
    "slope": Text("趋势", "slope"),
    "p_value": Text("p 值", "p"),
    "term": Text("项", "term"),
    "coefficient": Text("系数", "coefficient"),
    "standard_error": Text("标准误", "std. error"),
    "speed": Text("速度", "speed"),
    "half_life": Text("半衰期（年）", "half-life"),
    "r_squared": Text("R²", "R²"),
    "class": Text("档", "class"),
    "certainty": Text("稳定性", "certainty"),
    "type": Text("类型", "type"),
    "silhouette": Text("轮廓系数", "silhouette"),
}
"""How the columns are headed for a reader."""


def label_of(column: str) -> Text:
    """Give a column's heading."""
    return LABELS.get(column, Text(column, column))


@dataclass(frozen=True)
class Companion:
    """A companion analysis.

    Attributes
    ----------
    frame
        The result, tidy.
    formula
        What was computed, in the notation of its source.
    source
        Where the formula stands.
    """

    frame: pl.DataFrame
    formula: str
    source: str

    @property
    def trace(self) -> dict[str, str]:
        """The formula and where it comes from."""
        return {"formula": self.formula, "source": self.source}

    def to_excel(self, path: Path | str) -> None:
        """Write the frame, with the formula and its source above it."""
        columns = [
            Column(name, label_of(name), "number" if kind.is_float() else "text")
            for name, kind in self.frame.schema.items()
        ]
        shown = self.frame.with_columns(
            pl.col(name).cast(pl.String)
            for name, kind in self.frame.schema.items()
            if not kind.is_float()
        )
        notes = [self.formula, self.source]
        write_workbook(path, [Sheet(str(Text("结果", "result")), shown, columns, notes)])


def scores_of(
    given: Index | pl.DataFrame, wanted: Sequence[str] | None
) -> tuple[pl.DataFrame, list[str]]:
    """Take scores side by side: ``unit``, ``year`` if any, then a column a part.

    Parameters
    ----------
    given
        A built index (its pillars, divided by 100, if nothing is named), or a frame.
    wanted
        Which nodes, indicators or columns.
    """
    if isinstance(given, pl.DataFrame):
        columns = list(wanted or [c for c in given.columns if c not in ("unit", "year")])
        missing = [c for c in columns if c not in given.columns]
        if missing:
            raise InputError(
                Text(f"没有列：{'、'.join(missing)}", f"no column: {', '.join(missing)}")
            )
        keys = [c for c in ("unit", "year") if c in given.columns]
        return given.select(*keys, *(pl.col(c).cast(pl.Float64) for c in columns)), columns
    columns = list(wanted or given.plan.children[given.plan.nodes[-1]])
    parts = {code: given.value(code) / 100 for code in columns}
    keys_frame = given.keys.keys()
    if keys_frame["year"].null_count() == keys_frame.height:
        keys_frame = keys_frame.drop("year")
    return keys_frame.with_columns(
        pl.Series(code, values).fill_nan(None) for code, values in parts.items()
    ), columns


def clean_values(values: Sequence[float] | pl.Series | Array, *, positive: bool = False) -> Array:
    """Take numbers as an array; refuse missing ones, and those not above 0 where logs are taken."""
    given = values.to_list() if isinstance(values, pl.Series) else list(values)
    found = np.array([np.nan if value is None else value for value in given], dtype=float)
    if found.size == 0 or not np.isfinite(found).all():
        raise InputError(
            Text("有缺失的数，请先去掉或补上。", "there are missing values; drop or fill them.")
        )
    if positive and (found <= 0).any():
        raise InputError(
            Text(
                f"要求全部大于 0，找到最小值 {found.min():g}。",
                f"all must be above 0; the smallest is {found.min():g}.",
            )
        )
    return found


def as_labels(groups: Any, n: int) -> list[str]:
    """Take one group name a value."""
    labels = [str(group) for group in groups]
    if len(labels) != n:
        raise InputError(
            Text(
                f"有 {n} 个值、{len(labels)} 个分组标签，应一一对应。",
                f"{n} values and {len(labels)} group labels; give one each.",
            )
        )
    return labels
