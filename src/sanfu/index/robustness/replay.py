"""Build one replicate anew by the ordinary way, so that anyone can look into it or check it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sanfu.errors import InputError
from sanfu.index.build import finish_index, run_step, start_run
from sanfu.index.robustness.tables import choose_imputation, without_units
from sanfu.index.robustness.varying import remove_parts
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index.framework import Framework
    from sanfu.index.result import Index
    from sanfu.index.robustness.result import Robustness


def replay(found: Robustness, replicate: int) -> Index:
    """Give the index that a replicate (from 1) is.

    All of it stands in its framework and raw figures, but for one of several imputed data sets,
    which is put in the place of their mean.
    """
    place = replicate - 1
    if not 0 <= place < len(found.design):
        raise InputError(
            Text(
                f"重复的编号从 1 到 {len(found.design)}，找到 {replicate}",
                f"replicates are numbered from 1 to {len(found.design)}; found {replicate}",
            )
        )
    model, design = found.model, found.design
    framework = model.framework.vary(
        model.changes(design, place, mend=bool(found.offsets[place] > 0))
    )
    framework = _with_weights(found, framework, place)
    parts, units = model.dropped(design, place)
    if parts:
        framework = remove_parts(framework, parts)
    figures = model.figures
    draw = model.draw(design, place)
    if draw >= 0 and model.draws is not None:
        figures = figures.with_values(np.asfortranarray(model.draws[draw]))
    figures = without_units(figures, units)
    figures = figures.keep(np.asarray([code in framework.indicators for code in figures.codes]))
    run = start_run(framework, figures, found.index.parity)
    for name in framework.method.order:
        run_step(run, name)
        if name == "impute":
            choose_imputation(run, model.imputation(design, place))
    return finish_index(run)


def _with_weights(found: Robustness, framework: Framework, place: int) -> Framework:
    """Write the replicate's weights into the framework, where weights vary."""
    nodes: dict[str, None] = {}
    for factor in found.design.factors:
        nodes.update(dict.fromkeys(node for node, _ in factor.weights_of))
    if not nodes:
        return framework
    document: dict[str, Any] = framework.model_dump(mode="json")
    for node in nodes:
        document["nodes"][node]["weights"] = {"method": "declared"}
        for child, used in found.model.weights(found.design, node).items():
            weight = float(used[place])
            if np.isnan(weight):
                continue
            kind = "nodes" if child in document["nodes"] else "indicators"
            part = document[kind][child]
            if part["parents"]:
                part["parents"][node] = weight
            else:
                part["weight"] = weight
    return type(framework).model_validate(document)
