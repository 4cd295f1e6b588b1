"""Which choices of an index are uncertain: the declaration of a robustness analysis.

Every choice names what may stand in the framework instead of what stands there, and is drawn
independently of the others. OECD/JRC (2008) Handbook, step 7; Saisana, Saltelli and Tarantola
(2005), J. R. Statist. Soc. A 168, 307-323.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from sanfu.content import Declaration, Label, load_yaml, validate_declaration
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sanfu.index.framework import Framework

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_KINDS = ("values", "between", "options", "weights", "drop", "draws", "imputations")


class Option(Declaration):
    """One alternative: entries of the framework and what they become."""

    set: dict[str, Any]
    """Dotted path → value, as `Framework.vary` takes them."""
    label: Label | str | None = None
    share: Positive = 1
    """How often it is drawn, relative to its brothers."""


class WeightChoice(Declaration):
    """How weights vary; exactly one of the first five."""

    noise: Share | None = None
    """Each weight times 1 + noise · U(−1, 1): 0.25 is ± 25 %."""
    simplex: Literal[True] | None = None
    """Uniform over all weights that sum to what the declared ones sum to (SMAA without a wish)."""
    precision: Positive | None = None
    """Dirichlet with the declared shares as mean; α = precision · share. 100 is tight, 5 wide."""
    order: tuple[str | tuple[str, ...], ...] | None = None
    """Children from the most important to the least, ties as a list; uniform over all weights in
    that order (SMAA with ordinal information)."""
    sets: tuple[dict[str, Annotated[float, Field(ge=0)]], ...] | None = None
    """Whole sets of weights, child → weight under its parent, one drawn at a time."""
    nodes: tuple[str, ...] | None = None
    """Whose children's weights vary; null is every node (for `order` the children's own)."""

    @model_validator(mode="after")
    def _one_way(self) -> WeightChoice:
        ways = ("noise", "simplex", "precision", "order", "sets")
        given = [way for way in ways if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(
                Text(
                    f"{'、'.join(ways)} 只写其中一项，例如 noise: 0.25",
                    f"give exactly one of {', '.join(ways)}, e.g. noise: 0.25",
                )
            )
        return self


class DropChoice(Declaration):
    """Which indicators, nodes or units are left out; exactly one of the first three."""

    indicators: Literal["all"] | tuple[str, ...] | None = None
    nodes: tuple[str, ...] | None = None
    units: Literal["all"] | tuple[str, ...] | None = None
    count: Annotated[int, Field(ge=1)] = 1
    """How many at a time."""
    none: Share | None = None
    """How often nothing is dropped; null gives it the share of one more candidate."""

    @model_validator(mode="after")
    def _one_kind(self) -> DropChoice:
        given = [k for k in ("indicators", "nodes", "units") if getattr(self, k) is not None]
        if len(given) != 1:
            raise ValueError(
                Text(
                    "indicators、nodes、units 只写其中一项，例如 indicators: all",
                    "give exactly one of indicators, nodes, units, e.g. indicators: all",
                )
            )
        return self


class Choice(Declaration):
    """One uncertain choice; exactly one of `values`, `between`, `options` … `imputations`."""

    name: Label | None = None
    path: str | None = None
    """Entry of the framework for `values` and `between`, e.g. ``method.treat.skew``."""
    values: tuple[Any, ...] | None = None
    """Equally likely values of the entry; null takes the entry away."""
    between: tuple[float, float] | None = None
    """The entry is uniform between the two."""
    whole: bool = False
    """`between` gives whole numbers, both ends included."""
    options: Annotated[tuple[Option, ...], Field(min_length=1)] | None = None
    weights: WeightChoice | None = None
    drop: DropChoice | None = None
    draws: Literal["firms"] | None = None
    """A draw of the figures, from the firms' bootstrap that is handed to the analysis."""
    imputations: Annotated[int, Field(ge=2)] | None = None
    """Missing figures are filled by multiple imputation; one of so many data sets is drawn."""

    @property
    def kind(self) -> str:
        """Which of the ways it is."""
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)

    @model_validator(mode="after")
    def _complete(self) -> Choice:
        given = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            found = ", ".join(given) or "none"
            raise ValueError(
                Text(
                    f"{'、'.join(_KINDS)} 只写其中一项；找到 {found}",
                    f"give exactly one of {', '.join(_KINDS)}; found {found}",
                )
            )
        if (self.values is not None or self.between is not None) != (self.path is not None):
            raise ValueError(
                Text(
                    "values 和 between 要写 path，例如 path: method.normalise",
                    "`values` and `between` need `path`, e.g. path: method.normalise",
                )
            )
        if self.values is not None and not self.values:
            raise ValueError(Text("values 是空的", "`values` is empty"))
        if self.between is not None and not self.between[0] < self.between[1]:
            raise ValueError(
                Text(
                    "between 写作 [低, 高]，低 < 高，例如 [1.5, 2.5]",
                    "`between` is [low, high] with low < high, e.g. [1.5, 2.5]",
                )
            )
        return self


class Impossible(Declaration):
    """What becomes of a mean of logarithms over scores ≤ 0."""

    offset: Positive
    """Added to the children's scores of such a node, and taken off after."""


def _choices(value: Any) -> Any:
    return {"choices": value} if isinstance(value, dict) and "choices" not in value else value


class RobustnessPlan(Declaration):
    """The uncertain choices of an index, by their names."""

    robustness: str = "robustness"
    """Its code."""
    name: Label | None = None
    source: Label | str | None = None
    choices: Annotated[dict[str, Choice], Field(min_length=1)]
    impossible: Literal["refuse"] | Impossible = "refuse"
    """A combination that cannot be computed is refused before the run, or mended by an offset."""


def read_plan(given: RobustnessPlan | Path | str | Mapping[str, Any]) -> RobustnessPlan:
    """Read the choices from a YAML file or plain dicts.

    Raises
    ------
    FileFault, DeclarationFaults
        With all faults and their lines.
    """
    if isinstance(given, RobustnessPlan):
        return given
    if hasattr(given, "items"):
        document: Any = {str(key): value for key, value in dict(given).items()}  # type: ignore[arg-type]
        return validate_declaration(_choices(document), RobustnessPlan, "choices")
    document = load_yaml(str(given))
    return validate_declaration(_choices(document), RobustnessPlan, str(given))


def plan_schema() -> dict[str, Any]:
    """Give the JSON Schema of such files, for editors."""
    schema = RobustnessPlan.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Sanfu robustness analysis"
    return schema


def usual_plan(framework: Framework) -> RobustnessPlan:
    """Give the choices that a JRC audit usually varies, as far as the framework has them.

    Weights ± 25 % at every node, min-max from 1 to 100 against z-scores (mean 100, sd 10, so that
    geometric means can be taken; another declared normalisation against min-max), the index as
    arithmetic or geometric mean (another declared aggregator against the arithmetic mean), and
    where outliers are treated, one to five points. Of an index of growth only the weights: it is
    chained from the figures, not from normalised scores.
    """
    root, method = framework.root, framework.method
    combined = framework.aggregate_of(root).model_dump(mode="json", exclude_defaults=True)
    combined["method"] = framework.aggregate_of(root).method
    other = "geometric" if combined["method"] == "arithmetic" else "arithmetic"
    scaled: list[Any] = [
        {"method": "minmax", "low": 1, "high": 100},
        {"method": "zscore", "mean": 100, "sd": 10},
    ]
    if method.normalise.method != "minmax":
        scaled = [method.normalise.model_dump(mode="json"), scaled[0]]
    choices: dict[str, Any] = {
        "weights": {
            "name": {"zh": "权重 ±25%", "en": "weights ± 25 %"},
            "weights": {"noise": 0.25},
        },
        "normalisation": {
            "name": {"zh": "归一化", "en": "normalisation"},
            "path": "method.normalise",
            "values": scaled,
        },
        "aggregation": {
            "name": {"zh": "总指数合成", "en": "aggregation of the index"},
            "path": f"nodes.{root}.aggregate",
            "values": [combined, other],
        },
    }
    if all(part.normalise is not None for part in framework.indicators.values()):
        del choices["normalisation"]
    if method.time.method != "levels":  # growth is chained from figures as they are
        choices = {"weights": choices["weights"]}
    elif method.treat is not None and method.treat.first.method == "winsorise":
        choices["treatment"] = {
            "name": {"zh": "拉回的极值个数", "en": "points winsorised"},
            "path": "method.treat.first.points",
            "values": [1, 2, 3, 4, 5],
        }
    document = {
        "robustness": "usual",
        "name": {"zh": "常用稳健性检验", "en": "The usual robustness check"},
        "choices": choices,
        "impossible": {"offset": 1},
    }
    return validate_declaration(document, RobustnessPlan, "usual")
