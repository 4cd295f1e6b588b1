"""Golden data of other programs: read as they were written (empty = missing, `Inf` as such)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from sanfu.index.coinr_input import figures_from_coinr, framework_from_coinr

if TYPE_CHECKING:
    from pathlib import Path


class Golden:
    """One folder of golden files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_csv(
            self.folder / name, null_values=["", "NA", "NaN"], infer_schema_length=None
        )

    def matrix(self, name: str, columns) -> np.ndarray:
        chosen = self.table(name).select(list(columns)).cast(pl.Float64)
        return chosen.fill_null(np.nan).to_numpy()

    def json(self, name: str):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def framework(self, which: str, method=None):
        """``asem`` or ``synth``, from COINr's iMeta."""
        return framework_from_coinr(self.folder / "input" / f"{which}_iMeta.csv", method=method)

    def figures(self, which: str) -> pl.DataFrame:
        """``asem``, ``synth`` or ``asem_panel``, from COINr's iData."""
        name = {"asem_panel": "asem_iData_panel"}.get(which, f"{which}_iData")
        return figures_from_coinr(self.folder / "input" / f"{name}.csv")


@pytest.fixture(scope="session")
def coinr(shared) -> Golden:
    return Golden(shared / "golden" / "coinr")


@pytest.fixture(scope="session")
def compind(shared) -> Golden:
    return Golden(shared / "golden" / "compind")
