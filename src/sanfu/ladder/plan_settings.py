"""What a firm can change, how soon and at what cost: settings, shown with every plan."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.formula import UNITS
from sanfu.language import Text

if TYPE_CHECKING:
    from pathlib import Path


class Lever(Declaration):
    """One measure that can be changed: a number, a place in an order, or a proof.

    `cost` is the effort of one `unit`, `base` that of changing it at all.
    """

    measure: str
    how: Label
    years: int = Field(default=1, ge=0)
    """Full years until the change can count."""
    better: Literal["higher", "lower"] = "higher"
    unit: str = ""
    cost: float = Field(default=0, ge=0)
    base: float = Field(default=0, ge=0)
    most: str | None = None
    within: str | None = None
    lifts: str | None = None
    each_year: bool = False
    """Whether a year to come that counts as “the year before” can be changed as well."""
    becomes: Literal[True] | None = None
    order: tuple[str, ...] | None = None
    costs: tuple[float, ...] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Lever:
        if (self.order is None) != (self.costs is None):
            raise ValueError(Text("order 和 costs 要写就都写", "order and costs belong together"))
        if self.order and self.costs and len(self.order) != len(self.costs):
            raise ValueError(
                Text(
                    f"order 有 {len(self.order)} 项，costs 有 {len(self.costs)} 项，应一样多",
                    "order and costs are of one length",
                )
            )
        if self.unit and self.unit not in UNITS:
            raise ValueError(
                Text(
                    f"unit 应为 {'、'.join(UNITS)} 之一；现为 {self.unit}",
                    f"unit is one of {', '.join(UNITS)}; found {self.unit}",
                )
            )
        return self

    def step(self) -> Fraction:
        """Give the size of one unit: fen for money, a fraction of 1 for shares."""
        return UNITS[self.unit][1] if self.unit else Fraction(1)

    def most_change(self) -> Fraction | None:
        """Give the largest change as a fraction of the present value; null where there is none."""
        return None if self.most is None else Fraction(self.most.removesuffix("%").strip()) / 100


class PlanSettings(Declaration):
    """The file plan.yaml. Effort is in units of 10,000 yuan of R&D spending."""

    label: Label
    wait: float = Field(default=10, ge=0)
    supply: float = Field(default=0.5, ge=0)
    supplied: tuple[str, ...] = ()
    """Measures that a firm may simply not have handed in."""
    years_ahead: int = Field(default=3, ge=0, le=6)
    levers: tuple[Lever, ...]

    @model_validator(mode="after")
    def _once(self) -> PlanSettings:
        names = [lever.measure for lever in self.levers]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            named = sorted(twice)
            raise ValueError(
                Text(
                    f"同一指标写了两次：{'、'.join(named)}",
                    f"a measure is given twice: {', '.join(named)}",
                )
            )
        return self

    def without(self, *measures: str) -> PlanSettings:
        """Give a copy in which these measures cannot be changed."""
        kept = tuple(lever for lever in self.levers if lever.measure not in measures)
        return self.model_copy(update={"levers": kept})

    def only(self, *measures: str) -> PlanSettings:
        """Give a copy in which nothing but these measures can be changed."""
        kept = tuple(lever for lever in self.levers if lever.measure in measures)
        return self.model_copy(update={"levers": kept})


def read_plan_settings(path: Path | None = None) -> PlanSettings:
    """Read the settings that ship, or an office's own file."""
    own = path if path is not None and path.is_file() else content_path("ladder", "plan.yaml")
    return read_declaration(own, PlanSettings)
