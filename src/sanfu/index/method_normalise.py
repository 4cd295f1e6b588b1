"""How figures on different scales are brought to one: the rules of normalisation.

Each rule turns the direction of "smaller is better" indicators first, so that larger is better in
every normalised table. The numbers are done in `sanfu.index.normalise`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from sanfu.content import Declaration
from sanfu.language import Text

Ties = Literal["min", "max", "average"]


class NormaliseRule(Declaration):
    """What all normalisations share."""

    over: Literal["all", "year", "base"] = "all"
    """Rows that give the statistics: all units and years, each year by itself, or one base year."""
    base: int | None = None
    """The base year for ``over: base`` (定基); later scores may leave the range."""
    constant: Literal["drop", "middle", "refuse"] = "drop"
    """A column without any spread: it leaves the index, every unit gets the middle, or the run is
    refused. It is a finding in each case."""

    @model_validator(mode="after")
    def _base_is_given(self) -> NormaliseRule:
        if self.over == "base" and self.base is None:
            raise ValueError(
                Text(
                    "over: base 要写 base，例如 base: 2020",
                    "`over: base` needs `base`, e.g. base: 2020",
                )
            )
        return self


class MinMax(NormaliseRule):
    """(x − min) / (max − min), stretched to [low, high]."""

    method: Literal["minmax"] = "minmax"
    low: float = 0
    high: float = 100


class ZScore(NormaliseRule):
    """(x − mean) / sd, with the mean and standard deviation wanted."""

    method: Literal["zscore"] = "zscore"
    mean: float = 0
    sd: float = 1
    ddof: Literal[0, 1] = 1
    """1 divides by n − 1 (COINr, Compind's z), 0 by n (Mazziotta and Pareto)."""


class RobustZ(NormaliseRule):
    """(x − median) / (1.4826 × median absolute deviation)."""

    method: Literal["robust_z"] = "robust_z"
    centre: float = 0
    spread: float = 1


class Rank(NormaliseRule):
    """Rank from below: the best unit has the largest."""

    method: Literal["rank"] = "rank"
    ties: Ties = "min"


class PercentileRank(NormaliseRule):
    """(rank − 1) / (n − 1), times `scale`."""

    method: Literal["percentile_rank"] = "percentile_rank"
    ties: Ties = "min"
    scale: float = 1
    reverse: Literal["negate", "complement"] = "negate"
    """For "smaller is better": rank the negated figure, or take `scale` − rank of the figure.
    With ties the two differ."""


class Borda(NormaliseRule):
    """Points: how many units are below (rank − 1)."""

    method: Literal["borda"] = "borda"
    ties: Ties = "min"


class ExponentialRank(NormaliseRule):
    """−s ln(1 − R (1 − exp(−100 / s))), R = rank / n: the English deprivation indices' scale."""

    method: Literal["exponential_rank"] = "exponential_rank"
    scale: Annotated[float, Field(gt=0)] = 23
    ties: Ties = "average"


class Goalposts(NormaliseRule):
    """(x − lower goalpost) / (upper − lower), stretched; by default cut at the goalposts."""

    method: Literal["goalposts"] = "goalposts"
    low: float = 0
    high: float = 100
    truncate: bool = True
    goalposts: tuple[float, float] | None = None
    """Null takes each indicator's own `goalposts`."""


class DistanceToTarget(NormaliseRule):
    """(x − min) / (target − min); the target is each indicator's own."""

    method: Literal["distance_to_target"] = "distance_to_target"
    cap: bool = False


class DistanceToMaximum(NormaliseRule):
    """1 − (max − x) / (max − min)."""

    method: Literal["distance_to_maximum"] = "distance_to_maximum"


class DistanceToReference(NormaliseRule):
    """1 − (reference unit − x) / (reference unit − min)."""

    method: Literal["distance_to_reference"] = "distance_to_reference"
    unit: str
    cap: bool = False


class FractionOfMaximum(NormaliseRule):
    """x / max; for "smaller is better", min / x."""

    method: Literal["fraction_of_maximum"] = "fraction_of_maximum"


class Scaled(NormaliseRule):
    """(x − from) / (to − from) × scale, with the same numbers for all indicators."""

    method: Literal["scaled"] = "scaled"
    start: float = 0
    stop: float = 100
    scale: float = 100


class Efficacy(NormaliseRule):
    """功效系数: floor + span × r, or floor × exp(r ln((floor + span) / floor)).

    r = (x − unallowed) / (satisfied − unallowed); both from the indicator's `goalposts`, else from
    the data. Floor 60 and span 40 give 60 to 100 in both forms.
    """

    method: Literal["efficacy"] = "efficacy"
    form: Literal["linear", "exponential"] = "linear"
    floor: Annotated[float, Field(gt=0)] = 60
    span: Annotated[float, Field(gt=0)] = 40
    bounds: Literal["data", "goalposts"] = "data"


class Quantile(NormaliseRule):
    """(average rank − ½) / n, as it is or through the normal distribution's inverse."""

    method: Literal["quantile"] = "quantile"
    distribution: Literal["uniform", "normal"] = "uniform"
    scale: float = 100


class Categorical(NormaliseRule):
    """A score for each class; classes by value, or by percentile of the units."""

    method: Literal["categorical"] = "categorical"
    by: Literal["value", "percentile"] = "percentile"
    edges: tuple[float, ...]
    """Ascending inner edges, in the indicator's unit (by value) or between 0 and 1 (by percentile);
    a value on an edge takes the better class."""
    scores: tuple[float, ...]
    """One more than edges, from the worst class to the best."""

    @model_validator(mode="after")
    def _fitting(self) -> Categorical:
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError(
                Text(
                    "edges 应由小到大，例如 edges: [0.25, 0.5, 0.75]",
                    "`edges` must ascend, e.g. edges: [0.25, 0.5, 0.75]",
                )
            )
        if self.by == "percentile" and not all(0 < edge < 1 for edge in self.edges):
            raise ValueError(
                Text(
                    "按百分位分档的 edges 在 0 与 1 之间，例如 [0.25, 0.5, 0.75]；"
                    "按指标单位分档请写 by: value",
                    "`edges` of percentiles lie between 0 and 1, e.g. [0.25, 0.5, 0.75]; "
                    "for edges in the indicator's unit write by: value",
                )
            )
        if len(self.scores) != len(self.edges) + 1:
            raise ValueError(
                Text(
                    f"{len(self.edges)} 个 edges 需要 {len(self.edges) + 1} 个 scores",
                    f"{len(self.edges)} edges need {len(self.edges) + 1} scores",
                )
            )
        return self


class Ampi(NormaliseRule):
    """(x − (ref − d)) / 2d × 60 + 70, d = half the range: the scale of the adjusted MPI.

    Mazziotta and Pareto (2016); 100 is the reference.
    """

    method: Literal["ampi"] = "ampi"
    reference: Literal["mean", "base_mean", "goalposts_middle"] = "mean"


class AsTheyAre(NormaliseRule):
    """No change: figures that already share a scale; "smaller is better" ones are negated."""

    method: Literal["none"] = "none"


_Any = (
    MinMax
    | ZScore
    | RobustZ
    | Rank
    | PercentileRank
    | Borda
    | ExponentialRank
    | Goalposts
    | DistanceToTarget
    | DistanceToMaximum
    | DistanceToReference
    | FractionOfMaximum
    | Scaled
    | Efficacy
    | Quantile
    | Categorical
    | Ampi
    | AsTheyAre
)
NORMALISATIONS: tuple[str, ...] = tuple(
    str(rule.model_fields["method"].default) for rule in get_args(_Any)
)


def _spell(value: Any) -> Any:
    return {"method": value} if isinstance(value, str) else value


_Tagged = Annotated[_Any, Field(discriminator="method")]
Normalise = Annotated[_Tagged, BeforeValidator(_spell, json_schema_input_type=_Tagged | str)]
