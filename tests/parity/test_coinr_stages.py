"""The ASEM example of COINr, stage by stage, from its own inputs.

COINr 1.1.14 @ b968203: ``build_example_coin()``; see ../shared/golden/coinr/README.md.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sanfu.index import build_index
from sanfu.index.coinr_input import figures_from_coinr, framework_from_coinr

METHOD = {
    "order": ["denominate", "impute", "screen", "treat", "normalise"],
    "impute": {"method": "group_mean", "group": "EurAsia_group"},
    "screen": {"available": 0.9},
    "treat": {},
}
STAGES = {
    "raw": "Raw",
    "denominate": "Denominated",
    "impute": "Imputed",
    "screen": "Screened",
    "treat": "Treated",
    "normalise": "Normalised",
}


def golden(path) -> pl.DataFrame:
    return pl.read_csv(path, null_values=["", "NA", "NaN"], infer_schema_length=None)


@pytest.fixture(scope="module")
def asem(shared):
    folder = shared / "golden" / "coinr"
    framework = framework_from_coinr(folder / "input" / "asem_iMeta.csv", method=METHOD)
    figures = figures_from_coinr(folder / "input" / "asem_iData.csv")
    return folder / "asem_stages", build_index(framework, figures, parity="COINr")


@pytest.mark.shared
@pytest.mark.parametrize("step", STAGES)
def test_every_stage_of_asem_is_coinrs(asem, step):
    folder, index = asem
    expected = golden(folder / f"{STAGES[step]}.csv")
    got = index.steps[step].figures
    order = np.argsort(got.units.astype(str))

    wanted = expected.select(got.codes).cast(pl.Float64).to_numpy()

    assert got.units[order].tolist() == expected["uCode"].to_list()
    np.testing.assert_allclose(got.values[order], wanted, rtol=1e-12, atol=0)


@pytest.mark.shared
def test_every_node_of_asem_has_coinrs_score(asem):
    folder, index = asem
    expected = golden(folder / "Aggregated.csv")
    order = np.argsort(np.asarray(index.units))

    wanted = expected.select(index.plan.nodes).to_numpy()

    np.testing.assert_allclose(index.scores[order], wanted, rtol=1e-12, atol=0)
