"""Import the dirty files and hold everything that came in against the answer key.

Four comparisons: each cell as read, each row's firm, each firm's facts in the ledger, each title in
the merged history; and the search for duplicates against the rows that no rule could place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.registry.duplicates import find_duplicates
from sanfu.registry.importing import import_reading
from sanfu.registry.ledger import Ledger
from sanfu.registry.reading import read_file
from sanfu.registry.regions import read_region
from sanfu.registry.sample.dirty.compare import (
    compare_identity,
    compare_ledger,
    compare_reading,
    compare_titles,
)
from sanfu.registry.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sanfu.registry.sample.dirty import AnswerKey
    from sanfu.registry.sample.generate import SampleRegistry


@dataclass(frozen=True)
class RoundTrip:
    """What came back, and how it compares with the key; each frame has a column ``outcome``.

    Attributes
    ----------
    cells, identity, facts, titles
        What `compare_reading`, `compare_identity`, `compare_ledger` and `compare_titles` gave.
    duplicates
        firm, other, score, reasons, ``right``: the proposals over the ledger.
    missed
        Rows apart from their firm that no proposal ties to it.
    """

    ledger: Ledger
    cells: pl.DataFrame
    identity: pl.DataFrame
    facts: pl.DataFrame
    titles: pl.DataFrame
    duplicates: pl.DataFrame
    missed: pl.DataFrame

    def outcomes(self) -> dict[str, dict[str, int]]:
        """Give for each comparison how often each outcome came."""
        return {
            name: dict(sorted(getattr(self, name)["outcome"].value_counts().rows()))
            for name in ("cells", "identity", "facts", "titles")
        }

    def wrong(self) -> int:
        """Count what came back neither equal nor declared undecidable and said so."""
        good = {"equal", "undecidable", "set-aside", "apart"}
        return sum(
            count
            for outcomes in self.outcomes().values()
            for outcome, count in outcomes.items()
            if outcome not in good
        )

    def search(self) -> dict[str, Any]:
        """Give how well duplicates were found: proposed, right, to_find, precision, recall."""
        right = int(self.duplicates["right"].sum())
        to_find = self.identity.filter(pl.col("outcome") == "apart").height
        found = to_find - self.missed.height
        return {
            "proposed": self.duplicates.height,
            "right": right,
            "to_find": to_find,
            "precision": right / self.duplicates.height if self.duplicates.height else None,
            "recall": found / to_find if to_find else None,
        }


def round_trip(
    registry: SampleRegistry,
    key: AnswerKey,
    folder: Path,
    report: Callable[[str], None] | None = None,
) -> RoundTrip:
    """Import the files of a key into a fresh ledger and compare.

    Parameters
    ----------
    registry
        The clean truth from which the files were written.
    folder
        Where the ledger goes; it must be new.
    report
        Called with each file's name as it is taken up.
    """
    store, region = Store(folder), read_region("shanghai")
    compared = []
    for path in key.files:
        if report:
            report(path.name)
        reading = read_file(path)
        compared.append(compare_reading(key.cells, key.rows, reading, region))
        import_reading(store, reading, region)
    ledger = Ledger(store, store.latest())
    identity = compare_identity(key.rows, ledger.origins)
    duplicates, missed = _search(ledger, identity)
    return RoundTrip(
        ledger=ledger,
        cells=pl.concat(compared),
        identity=identity,
        facts=compare_ledger(key.cells, identity, ledger),
        titles=compare_titles(registry.titles, key.cells, identity, ledger),
        duplicates=duplicates,
        missed=missed,
    )


def _search(ledger: Ledger, identity: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Look for duplicates in the ledger; say which proposals are right and what was missed."""
    owner = identity.select("got", "firm").drop_nulls().unique("got", keep="any")
    found = find_duplicates(ledger.firms, aliases=ledger.aliases)
    judged = (
        found.join(owner.rename({"got": "firm", "firm": "owner"}), on="firm", how="left")
        .join(owner.rename({"got": "other", "firm": "owner_2"}), on="other", how="left")
        .with_columns(right=(pl.col("owner") == pl.col("owner_2")).fill_null(value=False))
        .drop("owner", "owner_2")
    )
    tied = judged.filter("right")
    ends = pl.concat([tied["firm"], tied["other"]]).unique()
    apart = identity.filter(pl.col("outcome") == "apart")
    return judged, apart.filter(~pl.col("got").is_in(ends.implode()))
