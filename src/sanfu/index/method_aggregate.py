"""How a node's score is made of its children's: the rules of aggregation.

The numbers are done in `sanfu.index.aggregate`, `mcda` and `outrank`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from sanfu.content import Declaration
from sanfu.language import Text


class Arithmetic(Declaration):
    """Σ w x / Σ w: a high score makes up for a low one."""

    method: Literal["arithmetic"] = "arithmetic"


class Total(Declaration):
    """Σ w x with the weights as declared, not divided by their sum."""

    method: Literal["sum"] = "sum"


class Geometric(Declaration):
    """exp(Σ w ln x / Σ w): a low score is made up for only in part."""

    method: Literal["geometric"] = "geometric"
    offset: float = 0
    """Added to every child's score before and taken off after; mends scores ≤ 0."""
    zero: Literal["refuse", "zero"] = "refuse"
    """A score of exactly 0: refuse the run, or let it make the node 0."""


class Harmonic(Declaration):
    """Σ w / Σ (w / x)."""

    method: Literal["harmonic"] = "harmonic"
    offset: float = 0
    zero: Literal["refuse", "zero"] = "refuse"


class Generalised(Declaration):
    """(Σ w x^p / Σ w)^(1/p)."""

    method: Literal["generalised"] = "generalised"
    power: float

    @model_validator(mode="after")
    def _not_zero(self) -> Generalised:
        if self.power == 0:
            raise ValueError(
                Text(
                    "power 为 0 就是几何平均；请用 geometric",
                    "power 0 is the geometric mean; use `geometric`",
                )
            )
        return self


class Median(Declaration):
    """The median of the children; weights are not used unless `weighted`."""

    method: Literal["median"] = "median"
    weighted: bool = False


class Minimum(Declaration):
    """The worst child."""

    method: Literal["minimum"] = "minimum"


class Maximum(Declaration):
    """The best child."""

    method: Literal["maximum"] = "maximum"


class Mpi(Declaration):
    """M ∓ S²/M: the mean with a penalty for unbalanced children (Mazziotta and Pareto).

    Over z-scores with mean 100 and sd 10 it is the MPI; over `ampi` scores the adjusted MPI.
    """

    method: Literal["mpi"] = "mpi"
    penalty: Literal["negative", "positive"] = "negative"
    """``negative`` lowers the unbalanced (well-being), ``positive`` raises them (poverty)."""
    ddof: Literal[0, 1] = 0
    """0 as Mazziotta and Pareto define it; 1 is what Compind's ci_mpi does."""


class Owa(Declaration):
    """Ordered weighted average: weights go to the places from best to worst child."""

    method: Literal["owa"] = "owa"
    places: tuple[Annotated[float, Field(ge=0)], ...] | None = None
    """One weight for each child, best first; null takes `orness`."""
    orness: Annotated[float, Field(gt=0, lt=1)] | None = None
    """½ is the mean, near 1 the maximum, near 0 the minimum: Q(r) = r^((1 − orness) / orness)."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Owa:
        if (self.places is None) == (self.orness is None):
            raise ValueError(
                Text(
                    "places、orness 写其中一项，例如 orness: 0.3",
                    "give `places` or `orness`, e.g. orness: 0.3",
                )
            )
        return self


class Relative(Declaration):
    """What aggregators share that score a unit against the others."""

    over: Literal["all", "year"] = "all"
    """On a panel: against all units in all years, or against those of the same year."""


class Topsis(Relative):
    """d⁻ / (d⁺ + d⁻): nearness to the best and farness from the worst value of each child."""

    method: Literal["topsis"] = "topsis"
    vector_normalise: bool = False
    """Divide each child by its Euclidean norm first, as the original method does on raw data."""


class Vikor(Relative):
    """1 − Q: compromise of the group's utility and the worst regret (Q as Opricovic defines it)."""

    method: Literal["vikor"] = "vikor"
    strategy: Annotated[float, Field(ge=0, le=1)] = 0.5


class Wroclaw(Relative):
    """Wrocław taxonomic distance from the ideal unit; smaller is better, so 1 − it is given."""

    method: Literal["wroclaw"] = "wroclaw"


class Copeland(Relative):
    """Units beaten minus units lost to, by weighted majority of the children both have."""

    method: Literal["copeland"] = "copeland"


class Promethee(Relative):
    """PROMETHEE II net flow: mean preference over the others minus theirs over the unit."""

    method: Literal["promethee"] = "promethee"
    preference: Literal["usual", "u_shape", "v_shape", "level", "linear", "gaussian"] = "usual"
    indifference: Annotated[float, Field(ge=0)] = 0
    """q, in units of the children's scores (``u_shape``, ``level``, ``linear``)."""
    strict: Annotated[float, Field(ge=0)] = 0
    """p (``v_shape``, ``level``, ``linear``)."""
    spread: Annotated[float, Field(ge=0)] = 0
    """s (``gaussian``)."""

    @model_validator(mode="after")
    def _thresholds(self) -> Promethee:
        if self.preference in ("v_shape", "level", "linear") and self.strict <= 0:
            raise ValueError(
                Text(
                    f"{self.preference} 要求 strict（p）大于 0",
                    f"`{self.preference}` needs `strict` > 0 (p)",
                )
            )
        if self.preference in ("level", "linear") and self.strict <= self.indifference:
            raise ValueError(
                Text(
                    "strict（p）应大于 indifference（q）",
                    "`strict` (p) must be larger than `indifference` (q)",
                )
            )
        if self.preference == "gaussian" and self.spread <= 0:
            raise ValueError(
                Text("gaussian 要求 spread（s）大于 0", "`gaussian` needs `spread` > 0 (s)")
            )
        return self


class Bod(Relative):
    """Benefit of the doubt: every unit with the weights that suit it best; the best have 1.

    Declared weights are not used, but for `around`.
    """

    method: Literal["bod"] = "bod"
    lower: Annotated[float, Field(ge=0, le=1)] = 0
    """Least share that each child has in a unit's score."""
    upper: Annotated[float, Field(gt=0, le=1)] = 1
    """Largest share."""
    around: Annotated[float, Field(gt=0, le=1)] | None = None
    """Shares within the declared weights, more or less this part of them, e.g. 0.25."""
    direction: dict[str, Annotated[float, Field(ge=0)]] | None = None
    """The directional form: what to raise, in units of the children's scores."""

    @model_validator(mode="after")
    def _one_form(self) -> Bod:
        limited = self.lower > 0 or self.upper < 1
        if limited + (self.around is not None) + (self.direction is not None) > 1:
            raise ValueError(
                Text(
                    "lower 和 upper、around、direction 三者写其一",
                    "give `lower` and `upper`, or `around`, or `direction`",
                )
            )
        if self.direction is not None and not any(self.direction.values()):
            raise ValueError(
                Text(
                    "direction 至少要提高一个下级，例如 direction: {a: 1}",
                    "`direction` must raise at least one child, e.g. direction: {a: 1}",
                )
            )
        return self


class Choquet(Declaration):
    """Choquet integral over a capacity, which lets children reinforce or repeat each other."""

    method: Literal["choquet"] = "choquet"
    mobius: dict[str, float]
    """Möbius weight of each set of children, their codes joined by ``+``; they sum to 1."""

    @model_validator(mode="after")
    def _sums_to_one(self) -> Choquet:
        if abs(sum(self.mobius.values()) - 1) > 1e-9:
            raise ValueError(
                Text(
                    f"Möbius 权重合计 {sum(self.mobius.values())}，应为 1",
                    f"Möbius weights sum to {sum(self.mobius.values())}, not 1",
                )
            )
        return self


class ByFormula(Declaration):
    """A formula over the children's codes, e.g. ``1 - H / G``."""

    method: Literal["formula"] = "formula"
    formula: str


_Any = (
    Arithmetic
    | Total
    | Geometric
    | Harmonic
    | Generalised
    | Median
    | Minimum
    | Maximum
    | Mpi
    | Owa
    | Topsis
    | Vikor
    | Wroclaw
    | Copeland
    | Promethee
    | Bod
    | Choquet
    | ByFormula
)
AGGREGATORS: tuple[str, ...] = tuple(
    str(rule.model_fields["method"].default) for rule in get_args(_Any)
)


def _spell(value: Any) -> Any:
    return {"method": value} if isinstance(value, str) else value


_Tagged = Annotated[_Any, Field(discriminator="method")]
Aggregate = Annotated[_Tagged, BeforeValidator(_spell, json_schema_input_type=_Tagged | str)]
