"""The steps of a composite index as declarations: what each may be, with explicit arguments.

Every rule is a small frozen model whose ``method`` names it; a bare name in YAML
(``normalise: minmax``) takes the defaults. The numbers are done in the modules of the same names.
Method and conventions: OECD/JRC (2008) Handbook on Constructing Composite Indicators.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from sanfu.content import Declaration
from sanfu.index.method_aggregate import Aggregate, Arithmetic
from sanfu.index.method_normalise import MinMax, Normalise
from sanfu.index.method_weights import DeclaredWeights, Weights
from sanfu.language import Text

Scope = Literal["all", "year"]
"""Over which rows a step takes its statistics: all units and years, or each year by itself."""


def _spell(value: Any) -> Any:
    return {"method": value} if isinstance(value, str) else value


class ScreenRule(Declaration):
    """Which units (and indicators) have enough data to be scored."""

    available: Annotated[float, Field(ge=0, le=1)] | None = 2 / 3
    """Smallest share of indicators that a unit must have; null asks nothing."""
    nonzero: Annotated[float, Field(ge=0, le=1)] | None = None
    """Smallest share of non-zero values among a unit's non-missing ones."""
    indicators: Annotated[float, Field(ge=0, le=1)] | None = None
    """Smallest share of units that an indicator must cover; one below leaves the index."""
    keep: tuple[str, ...] = ()
    """Units that stay whatever their data."""
    drop: tuple[str, ...] = ()
    """Units that go whatever their data."""


class DenominateRule(Declaration):
    """Divide each indicator by its declared denominator."""

    by: Literal["declared"] = "declared"


class ImputeRule(Declaration):
    """How a missing figure is filled; a filled cell is marked and counted, never silent."""

    method: Literal[
        "none",
        "mean",
        "median",
        "group_mean",
        "group_median",
        "row_mean",
        "row_median",
        "value",
        "latest",
        "constant",
        "linear",
        "linear_constant",
        "em",
        "multiple",
        "nearest",
    ] = "none"
    group: str | None = None
    """Column of the figures that names a unit's group (``group_mean``, ``group_median``)."""
    within: str | None = None
    """Row-wise: level at which a pillar is the neighbourhood (``"parent"``, a height such as
    ``"2"``), or all indicators (null)."""
    normalise_first: bool = True
    """Row-wise: bring each indicator to [0, 1] with its direction first, and back after."""
    value: float | None = None
    max_years: int | None = None
    """``latest``: how many years back a figure may be taken from; null is no limit."""
    over: Scope = "year"
    """``mean``, ``median`` and groups: of the same year, or of all years."""
    draws: Annotated[int, Field(ge=2)] = 20
    """``multiple``: number of imputed data sets; the score uses their mean."""
    iterations: Annotated[int, Field(ge=1)] = 50
    neighbours: Annotated[int, Field(ge=1)] = 5
    seed: int = 1

    @model_validator(mode="after")
    def _complete(self) -> ImputeRule:
        if self.method in ("group_mean", "group_median") and self.group is None:
            raise ValueError(
                Text(
                    f"{self.method} 要写 group，例如 group: district_type",
                    f"`{self.method}` needs `group`, e.g. group: district_type",
                )
            )
        if self.method == "value" and self.value is None:
            raise ValueError(
                Text("value 要写 value，例如 value: 0", "`value` needs `value`, e.g. value: 0")
            )
        return self


Treatment = Literal[
    "none", "winsorise", "log_ct", "log_ct_plus", "log_ct_orig", "log_gii", "boxcox", "sqrt", "log"
]


class TreatStage(Declaration):
    """One treatment: a method and its arguments."""

    method: Treatment
    points: Annotated[int, Field(ge=0)] | None = 5
    """``winsorise``: at most this many points are pulled in; null is no limit."""
    skew: float | None = None
    kurtosis: float | None = None
    """``winsorise``: pull in until the column passes with these instead of the rule's (COINr's
    ``f1_para``); the tests before and after stay the rule's."""
    power: float | None = None
    """``boxcox``: λ; null estimates it by maximum likelihood."""


class TreatRule(Declaration):
    """Outliers: test, first treatment, test, second treatment in its place, test."""

    skew: float = 2.0
    kurtosis: float = 3.5
    """An indicator is treated when its skewness (absolute) and its excess kurtosis both reach
    these (COINr's and the JRC's usual pair; the Global Innovation Index takes 2.25 and 3.5)."""
    first: Annotated[TreatStage, BeforeValidator(_spell)] = TreatStage(method="winsorise")
    second: Annotated[TreatStage, BeforeValidator(_spell)] = TreatStage(method="log_ct")
    combine: bool = False
    """Apply the second treatment to the result of the first instead of to the data."""
    always: bool = False
    """Treat without testing (a transformation that the method prescribes)."""
    over: Scope = "all"


class MissingRule(Declaration):
    """What a node does when a child has no score."""

    rule: Literal["reweight", "propagate", "share", "impute"] = "reweight"
    share: Annotated[float, Field(ge=0, le=1)] = 2 / 3
    """``share``: smallest share of weight (or count) of children that must be there."""
    basis: Literal["weight", "count"] = "weight"
    by: Literal["mean", "median"] = "median"
    """``impute``: the missing child's score becomes this over all units."""


class TimeRule(Declaration):
    """What becomes of the years."""

    method: Literal["levels", "growth_index", "nbs_growth"] = "levels"
    base: int | None = None
    """The year whose value is 100."""
    arguments: dict[str, Any] = Field(default_factory=dict)


def _rule(value: Any) -> Any:
    return {"rule": value} if isinstance(value, str) else value


StepName = Literal["screen", "denominate", "impute", "treat", "normalise"]
USUAL_ORDER: tuple[StepName, ...] = ("screen", "denominate", "impute", "treat", "normalise")

Missing = Annotated[MissingRule, BeforeValidator(_rule, json_schema_input_type=MissingRule | str)]
Impute = Annotated[ImputeRule, BeforeValidator(_spell, json_schema_input_type=ImputeRule | str)]
Time = Annotated[TimeRule, BeforeValidator(_spell, json_schema_input_type=TimeRule | str)]


class Method(Declaration):
    """All the steps. A step that is null is not run."""

    order: tuple[StepName, ...] = USUAL_ORDER
    screen: ScreenRule | None = None
    denominate: DenominateRule | None = DenominateRule()
    impute: Impute | None = None
    treat: TreatRule | None = None
    normalise: Normalise = MinMax()
    weights: Weights = DeclaredWeights()
    aggregate: Aggregate = Arithmetic()
    """The aggregator of every node that names none of its own."""
    missing: Missing = MissingRule()
    """The missing-data rule of every node that names none of its own."""
    time: Time = TimeRule()

    @model_validator(mode="after")
    def _each_once(self) -> Method:
        if len(set(self.order)) != len(self.order):
            raise ValueError(
                Text(
                    "order 里同一步写了两次；每步只做一次",
                    "`order` names a step twice; each step runs once",
                )
            )
        if self.order[-1:] != ("normalise",):
            raise ValueError(
                Text(
                    "order 应以 normalise 结束；得分由它合成",
                    "`order` must end with normalise; scores are aggregated from it",
                )
            )
        left_out = [step for step in USUAL_ORDER if step not in self.order]
        running = [step for step in left_out if getattr(self, step) is not None]
        unwanted = [step for step in running if step != "denominate"]
        if unwanted:
            raise ValueError(
                Text(
                    f"写了却不在 order 里：{'、'.join(unwanted)}",
                    f"declared but not in `order`: {', '.join(unwanted)}",
                )
            )
        return self
