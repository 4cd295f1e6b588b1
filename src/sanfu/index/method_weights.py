"""Where the weights of a node's children come from: the rules.

The numbers are done in `sanfu.index.weights`. Every convention on which two textbooks differ is an
argument here, never a hidden choice.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from sanfu.content import Declaration
from sanfu.language import Text

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class DeclaredWeights(Declaration):
    """The weights that the framework states."""

    method: Literal["declared"] = "declared"


class EqualWeights(Declaration):
    """The same weight for every child."""

    method: Literal["equal"] = "equal"


class Ballot(Declaration):
    """One expert's, or one panel's, pairwise votes."""

    expert: str = ""
    round: int | None = None
    """Rounds of feedback: only each expert's last round counts."""
    votes: dict[str, Annotated[float, Field(ge=0)]]
    """``"a>b": 12`` says that 12 found a more important than b; ``"a=b": 3`` that 3 found them
    equal, which gives half a point to each."""

    @field_validator("votes")
    @classmethod
    def _pairs(cls, votes: dict[str, float]) -> dict[str, float]:
        for pair in votes:
            left, sign, right = split_pair(pair, ">=")
            if not sign or not left or not right or left == right:
                raise ValueError(
                    Text(
                        f"选票写作 a>b: 12 或 a=b: 3；找到 {pair}",
                        f"write a vote as `a>b: 12` or `a=b: 3`; found `{pair}`",
                    )
                )
        return votes


class VoteWeights(Declaration):
    """Pairwise votes of experts: a win is one point, points are made to sum to 1 (两两比较投票)."""

    method: Literal["votes"] = "votes"
    ballots: Annotated[tuple[Ballot, ...], Field(min_length=1)]
    start: Annotated[float, Field(ge=0)] = 0
    """Points that each child begins with; 1 keeps a child that never wins in the index
    (0-1 评分法 with the usual correction)."""


class Judgement(Declaration):
    """One expert's pairwise comparisons on Saaty's scale."""

    expert: str = ""
    weight: Positive = 1
    """How much the expert counts in the group."""
    pairs: dict[str, str | float]
    """``"a/b": 3`` says that a is moderately more important than b; ``1/3`` the other way round."""

    @field_validator("pairs")
    @classmethod
    def _read(cls, pairs: dict[str, str | float]) -> dict[str, float]:
        read: dict[str, float] = {}
        for pair, given in pairs.items():
            left, sign, right = split_pair(pair, "/")
            if not sign or not left or not right or left == right:
                raise ValueError(
                    Text(
                        f"比较写作 a/b: 3 或 a/b: 1/3；找到 {pair}",
                        f"write a comparison as `a/b: 3` or `a/b: 1/3`; found `{pair}`",
                    )
                )
            value = read_ratio(given)
            if not value > 0:
                raise ValueError(
                    Text(
                        f"{pair} 是 {given}，应为大于 0 的数，例如 3 或 1/3",
                        f"`{pair}` is `{given}`; expected a number above 0, e.g. 3 or 1/3",
                    )
                )
            if f"{right}/{left}" in read:
                raise ValueError(
                    Text(
                        f"{pair} 和 {right}/{left} 都写了；只留一个",
                        f"`{pair}` and `{right}/{left}` are both given; keep one",
                    )
                )
            read[pair] = value
        return read


class AhpWeights(Declaration):
    """Analytic hierarchy process 层次分析法: weights from pairwise comparisons (Saaty 1980)."""

    method: Literal["ahp"] = "ahp"
    judgements: Annotated[tuple[Judgement, ...], Field(min_length=1)]
    """Of several experts the geometric mean is taken, comparison by comparison."""
    priorities: Literal["eigenvector", "geometric"] = "eigenvector"
    """``geometric``: row geometric means (logarithmic least squares) instead."""
    consistency: Positive = 0.1
    """The largest consistency ratio CR that passes; above it a finding says which to mend."""


class FromData(Declaration):
    """What the rules share that take weights from the figures."""

    method: str = ""
    data: Literal["scores", "figures"] = "scores"
    """``scores``: the children's normalised scores, larger is better. ``figures``: the indicators'
    figures as they stood before normalisation; of nodes the scores."""
    missing: Literal["pairwise", "complete"] = "pairwise"
    """``pairwise``: every statistic over the units that have what it needs; ``complete``: over the
    units that have all children."""
    over: Literal["all", "year"] = "all"
    """Panels: all units and years at once, or the mean of each year's weights."""


class EntropyWeights(FromData):
    """熵权法: a child weighs by how unequally its values are spread (1 − entropy)."""

    method: Literal["entropy"] = "entropy"
    convention: Literal["raw", "shift", "clip"]
    """How values become shares before the entropy, on which practice differs: ``raw`` takes the
    values as they are (they must not be negative), ``shift`` min-max to [0, 1] plus `shift`,
    ``clip`` min-max to [0, 1] with 0·ln 0 = 0."""
    shift: Positive = 1e-4


class CriticWeights(FromData):
    """CRITIC: contrast times conflict, sd · Σ (1 − r) (Diakoulaki et al. 1995)."""

    method: Literal["critic"] = "critic"
    correlation: Literal["pearson", "spearman", "kendall"] = "pearson"
    conflict: Literal["signed", "absolute"] = "signed"
    """``absolute`` takes 1 − abs(r): an opposite child then repeats rather than adds."""
    scale: Literal["minmax", "as_given"] = "minmax"


class DeviationWeights(FromData):
    """Standard deviation 标准离差法: after min-max, or of the values as they are."""

    method: Literal["standard_deviation"] = "standard_deviation"
    scale: Literal["minmax", "as_given"] = "minmax"


class VariationWeights(FromData):
    """变异系数法: standard deviation over mean; the mean must be positive."""

    method: Literal["variation"] = "variation"


class GiniWeights(FromData):
    """The Gini coefficient of each child's values, which must not be negative."""

    method: Literal["gini"] = "gini"


class MerecWeights(FromData):
    """MEREC: the effect that leaving a child out has on the units' performance.

    Keshavarz-Ghorabaee et al. (2021); values must be positive (normalise with ``low: 1``).
    """

    method: Literal["merec"] = "merec"
    missing: Literal["pairwise", "complete"] = "complete"


class Signed(FromData):
    """Rules whose weights may come out negative."""

    missing: Literal["pairwise", "complete"] = "complete"
    negative: Literal["zero", "keep", "refuse"] = "zero"
    """A negative weight is set to 0 with a finding, kept (COINr keeps it), or refused."""


class PcaWeights(Signed):
    """Weights from principal components of the correlation matrix 主成分分析."""

    method: Literal["pca"] = "pca"
    convention: Literal["loadings", "squared", "rotated", "composite"]
    """``loadings``: the eigenvector of the first component, as COINr gives it (its sign turned so
    that it sums to more than 0). ``squared``: its squares, which sum to 1. ``rotated``: OECD/JRC
    Handbook §6.1, squared varimax loadings of all components with an eigenvalue above 1, each
    child from the component on which it loads most. ``composite``: eigenvectors weighted by
    explained variance, as common in Chinese practice."""


class FactorWeights(Signed):
    """Weights from factor analysis 因子分析."""

    method: Literal["factor"] = "factor"
    extraction: Literal["ml", "principal_axis", "components"] = "ml"
    """Maximum likelihood and principal axes by statsmodels; ``components`` by eigenvectors."""
    weights: Literal["scores", "loadings", "squared"] = "scores"
    """``scores``: coefficients of the regression factor score, so that the node's score is the
    factor score up to scale; ``loadings``; ``squared`` loadings."""


class OptimisedWeights(FromData):
    """Weights for which importance comes out as wished (correlation with the node's score)."""

    method: Literal["optimised"] = "optimised"
    objective: Literal["balance", "infomax"] = "balance"
    """``balance``: correlations in proportion to `target`; ``infomax``: the largest sum of them."""
    target: Literal["equal", "declared"] | dict[str, Positive] = "declared"
    correlation: Literal["pearson", "spearman", "kendall"] = "pearson"
    least: Share = 0
    """Smallest share that a child may get."""
    most: Share = 1
    starts: Annotated[int, Field(ge=1)] = 8
    seed: int = 1


class CombinedWeights(Declaration):
    """Several rules made one, e.g. AHP with entropy 组合赋权."""

    method: Literal["combined"] = "combined"
    of: Annotated[tuple[Weights, ...], Field(min_length=2)]
    by: Literal["game", "mean", "product"] = "game"
    """``game``: the combination nearest to all (博弈论组合赋权); ``mean`` with `shares`;
    ``product`` of the weights, made to sum to 1 (乘法合成)."""
    shares: tuple[Annotated[float, Field(ge=0)], ...] | None = None
    """``mean``: one share for each rule; null is equal."""

    @model_validator(mode="after")
    def _shares_fit(self) -> CombinedWeights:
        if self.shares is not None and (
            len(self.shares) != len(self.of) or sum(self.shares) <= 0 or self.by != "mean"
        ):
            raise ValueError(
                Text(
                    "shares 用于 by: mean，of 里每种规则一个，合计大于 0",
                    "`shares` goes with `by: mean`, one for each rule in `of`, sum above 0",
                )
            )
        return self


_Any = (
    DeclaredWeights
    | EqualWeights
    | VoteWeights
    | AhpWeights
    | EntropyWeights
    | CriticWeights
    | DeviationWeights
    | VariationWeights
    | GiniWeights
    | MerecWeights
    | PcaWeights
    | FactorWeights
    | OptimisedWeights
    | CombinedWeights
)
WEIGHTINGS: tuple[str, ...] = tuple(
    str(rule.model_fields["method"].default) for rule in get_args(_Any)
)


def read_ratio(given: str | float) -> float:
    """Read a comparison such as 3, 0.5 or ``"1/3"``; 0 for what is none."""
    try:
        return float(Fraction(str(given).replace(" ", "")))
    except (ValueError, ZeroDivisionError):
        return 0.0


def split_pair(pair: str, signs: str) -> tuple[str, str, str]:
    """Split ``a>b`` at the first of the signs: left, sign, right; all stripped."""
    for sign in signs:
        left, found, right = pair.partition(sign)
        if found:
            return left.strip(), sign, right.strip()
    return pair, "", ""


def _spell(value: Any) -> Any:
    if value == "bod" or (isinstance(value, dict) and value.get("method") == "bod"):
        raise ValueError(
            Text(
                "BoD 给每个单元各自的权重，是合成方法：写 aggregate: bod",
                "BoD gives every unit its own weights, so it is an aggregator: "
                "write `aggregate: bod`",
            )
        )
    return {"method": value} if isinstance(value, str) else value


_Tagged = Annotated[_Any, Field(discriminator="method")]
Weights = Annotated[_Tagged, BeforeValidator(_spell, json_schema_input_type=_Tagged | str)]
CombinedWeights.model_rebuild()
