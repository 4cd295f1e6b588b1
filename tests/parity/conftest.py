"""Golden data of other programs: read as they were written (empty = missing, `Inf` as such)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from sanfu.index.coinr_input import figures_from_coinr, framework_from_coinr

if TYPE_CHECKING:
    from collections.abc import Iterator

READ: set[str] = set()
"""What the tests of this process have read, by folder and name."""


class Golden:
    """One folder of golden files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        READ.add(f"{self.folder.name}/{name}")
        return self.folder / name

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_csv(self.path(name), null_values=["", "NA", "NaN"], infer_schema_length=None)

    def matrix(self, name: str, columns) -> np.ndarray:
        chosen = self.table(name).select(list(columns)).cast(pl.Float64)
        return chosen.fill_null(np.nan).to_numpy()

    def json(self, name: str):
        return json.loads(self.path(name).read_text(encoding="utf-8"))

    def framework(self, which: str, method=None):
        """``asem`` or ``synth``, from COINr's iMeta."""
        return framework_from_coinr(self.path(f"input/{which}_iMeta.csv"), method=method)

    def figures(self, which: str) -> pl.DataFrame:
        """``asem``, ``synth`` or ``asem_panel``, from COINr's iData."""
        name = {"asem_panel": "asem_iData_panel"}.get(which, f"{which}_iData")
        return figures_from_coinr(self.path(f"input/{name}.csv"))


@pytest.fixture(scope="session", autouse=True)
def _tell_what_was_read() -> Iterator[None]:
    """Write the names of the golden files that were read, for `test_every_golden_file`."""
    yield
    if "SANFU_GOLDEN_READ" in os.environ:
        told = "\n".join(sorted(READ))
        Path(os.environ["SANFU_GOLDEN_READ"]).write_text(told, encoding="utf-8")


@pytest.fixture(scope="session")
def coinr(shared) -> Golden:
    return Golden(shared / "golden" / "coinr")


@pytest.fixture(scope="session")
def compind(shared) -> Golden:
    return Golden(shared / "golden" / "compind")


@pytest.fixture(scope="session")
def hdi(shared) -> Golden:
    return Golden(shared / "golden" / "hdi")
