"""The framework of an index: a directed graph of nodes over indicators, and the method.

Indicators and nodes name their parents, so that the graph may be ragged and of any depth; a child
of two parents is allowed where it says ``shared: true``. `read_framework` reads one from YAML and
says all faults at once with their lines.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from sanfu.content import (
    Declaration,
    Label,
    content_path,
    load_yaml,
    plain,
    validate_declaration,
)
from sanfu.errors import DeclarationFaults, Fault, FileFault
from sanfu.index.method import Impute, Method, Missing, TreatRule
from sanfu.index.method_aggregate import Aggregate
from sanfu.index.method_normalise import Normalise
from sanfu.index.method_weights import Weights
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Bounds = tuple[float, float]


class Part(Declaration):
    """What nodes and indicators share: a name and a place in the graph."""

    name: Label
    parent: str | None = None
    """The node it belongs to; the index itself has none."""
    parents: dict[str, Weight] = Field(default_factory=dict)
    """For a shared part: each parent with the weight under it."""
    shared: bool = False
    """Says that several parents are meant."""
    weight: Weight = 1
    """Weight under `parent`; rescaled among the brothers and sisters."""
    note: Label | None = None

    def edges(self) -> dict[str, float]:
        """Give parent → weight."""
        if self.parents:
            return dict(self.parents)
        return {} if self.parent is None else {self.parent: self.weight}


class Node(Part):
    """A pillar, a dimension, or the index itself."""

    aggregate: Aggregate | None = None
    missing: Missing | None = None
    weights: Weights | None = None
    """Where the weights of its children come from; null is the method's rule."""
    rescale: Normalise | None = None
    """A normalisation of the node's own score (percentile rank, z by year …)."""


class Indicator(Part):
    """One measured thing."""

    direction: Literal[1, -1] = 1
    """1 larger is better, −1 smaller is better."""
    unit: Label | str | None = None
    """In words; ``share`` is a fraction of 1, which reports print as percent."""
    source: Label | str | None = None
    denominator: str | None = None
    """Column of the figures by which it is divided."""
    scale: float = 1
    """Multiplies the quotient, e.g. 10000 for "per 10,000 people"."""
    goalposts: Bounds | None = None
    """[lower, upper], in the indicator's unit and direction-free: lower < upper."""
    target: float | None = None
    cap: tuple[float | None, float | None] | None = None
    """[lowest, highest] figure let through; beyond it the bound is taken."""
    transform: Literal["log", "log10", "sqrt", "square", "reciprocal"] | None = None
    """A transformation that the method prescribes, before treatment; goalposts and target are
    given in the untransformed unit and are transformed with it."""
    formula: str | None = None
    """How it is computed from firms (read by `sanfu.index.micro`)."""
    impute: Impute | None = None
    treat: TreatRule | Literal["none"] | None = None
    normalise: Normalise | None = None


class Reading(Declaration):
    """Names of the key columns in the figures."""

    unit: str = "unit"
    year: str | None = None
    """Null takes a column ``year`` if there is one."""


class Framework(Declaration):
    """An index: its graph, its indicators and its method. Hashable, diffable, validated."""

    framework: str
    """Its code, e.g. ``shanghai-srdi``."""
    name: Label
    version: str = "1"
    standing: Literal["official", "ours", "office", "sample"] = "office"
    """Whose it is: published by an authority, ours, the office's own, or a sample."""
    source: Label | str | None = None
    about: Label | None = None
    figures: Reading = Reading()
    nodes: dict[str, Node]
    indicators: dict[str, Indicator]
    method: Method = Method()

    @property
    def root(self) -> str:
        """Code of the index itself: the node without a parent."""
        return next(code for code, node in self.nodes.items() if not node.edges())

    def children(self, node: str) -> dict[str, float]:
        """Give the children of a node with their declared weights, in the order of the file."""
        found = {}
        for part_of in (self.nodes, self.indicators):
            for code, part in part_of.items():
                edges = part.edges()
                if node in edges:
                    found[code] = edges[node]
        return found

    def order(self) -> tuple[str, ...]:
        """Give the nodes so that each comes after all nodes below it; the index is last."""
        done: dict[str, None] = {}

        def visit(code: str) -> None:
            for child in self.children(code):
                if child in self.nodes and child not in done:
                    visit(child)
            done[code] = None

        visit(self.root)
        return tuple(done)

    def heights(self) -> dict[str, int]:
        """Give the height of each part: an indicator 1, a node one more than its highest child."""
        height = dict.fromkeys(self.indicators, 1)
        for code in self.order():
            height[code] = 1 + max(height[child] for child in self.children(code))
        return height

    def below(self, node: str) -> tuple[str, ...]:
        """Give the indicators under a node, each once, in the order of the file."""
        if node in self.indicators:
            return (node,)
        under = {code for child in self.children(node) for code in self.below(child)}
        return tuple(code for code in self.indicators if code in under)

    def aggregate_of(self, node: str) -> Aggregate:
        """Give the aggregator that a node uses."""
        return self.nodes[node].aggregate or self.method.aggregate

    def weights_of(self, node: str) -> Weights:
        """Give the rule by which a node's children are weighted."""
        return self.nodes[node].weights or self.method.weights

    def missing_of(self, node: str) -> Missing:
        """Give the missing-data rule that a node uses."""
        return self.nodes[node].missing or self.method.missing

    def part(self, code: str) -> Part:
        """Give the node or indicator of a code."""
        return self.nodes[code] if code in self.nodes else self.indicators[code]

    def label(self, code: str) -> Text:
        """Give the name of a node or indicator."""
        return self.part(code).name.text()

    def vary(self, choices: Mapping[str, Any]) -> Framework:
        """Give the framework with some of its declarations replaced, checked anew.

        Parameters
        ----------
        choices
            Dotted path → new value, e.g. ``{"method.normalise": "zscore",
            "nodes.index.aggregate": "geometric"}``; a value of None takes the entry away.

        Raises
        ------
        DeclarationFaults
            The varied framework is not valid, or combines what cannot be combined.
        """
        document = self.model_dump(mode="json")
        for path, value in choices.items():
            *way, last = path.split(".")
            place = document
            for step in way:
                if not isinstance(place.get(step), dict):
                    place[step] = {}
                place = place[step]
            place[last] = value.model_dump(mode="json") if hasattr(value, "model_dump") else value
        return parse_framework(document, self.framework)


def parse_framework(document: Any, source: Path | str = "framework") -> Framework:
    """Check a loaded YAML document (or plain dicts) as a framework.

    Raises
    ------
    DeclarationFaults
        All faults, of the fields, the graph and the method, each with its line.
    """
    from sanfu.index.framework_check import graph_faults, method_faults  # noqa: PLC0415 - circular

    faults = graph_faults(document)
    try:
        framework = validate_declaration(document, Framework, source)
    except DeclarationFaults as wrong:
        raise DeclarationFaults(source, _by_line([*wrong.faults, *faults])) from None
    if not faults:
        faults = method_faults(framework, document)
    if faults:
        raise DeclarationFaults(source, _by_line(faults))
    return framework


def read_framework(path: Path | str) -> Framework:
    """Read a framework from a YAML file, or one that ships by its name.

    Parameters
    ----------
    path
        A file, or a name under ``content/frameworks`` such as ``"hdi"``.

    Raises
    ------
    FileFault
        No such file, and no shipped framework of that name; the message lists them.
    DeclarationFaults
        All faults at once, with their lines.
    """
    file = find_framework(path)
    return parse_framework(load_yaml(file), file)


def find_framework(path: Path | str) -> Path:
    """Give the file of a framework: a path, or the name of a shipped one."""
    if Path(path).suffix in (".yaml", ".yml") or Path(path).exists():
        return Path(path)
    shipped = content_path("frameworks", f"{path}.yaml")
    if not shipped.exists():
        known = "、".join(shipped_frameworks())
        raise FileFault(
            path,
            Text(
                f"没有这个文件，也没有同名的自带指标体系。自带的有：{known}。",
                f"no such file, and no shipped framework of that name. Shipped: {known}.",
            ),
        )
    return shipped


def shipped_frameworks() -> list[str]:
    """List the names of the frameworks that ship."""
    return sorted(file.stem for file in content_path("frameworks").glob("*.yaml"))


def framework_schema() -> dict[str, Any]:
    """Give the JSON Schema of framework files, for editors."""
    schema = Framework.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Sanfu index framework"
    return schema


def as_framework(given: Framework | Path | str | Mapping[str, Any]) -> Framework:
    """Take a framework, its file, its shipped name, or plain dicts."""
    if isinstance(given, Framework):
        return given
    if isinstance(given, (str, Path)):
        return read_framework(given)
    return parse_framework(plain(given))


def _by_line(faults: Sequence[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.line is None, fault.line or 0))
