"""The pages of all firms in one go: see `sanfu.report.batch`.

Pages hold as long as the ledger, the day, the outline and Sanfu are the same.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sanfu.language import current_language
from sanfu.report.batch import Batch, write_batch
from sanfu.report.composing import compose
from sanfu.report.firm import FirmPages
from sanfu.report.options import read_options
from sanfu.report.outline import read_outline
from sanfu.workspace import open_workspace

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sanfu.registry import Ledger
    from sanfu.report.batch import MakeDocument
    from sanfu.report.options import ReportOptions


@dataclass(frozen=True)
class Pages:
    """What all pages of a batch share; called in each process, it checks the firms once."""

    workspace: str
    version: int
    on: dt.date
    year: int | None
    outline: str
    options: ReportOptions
    """What the office chose for its reports: its name, and the rules for a comparison."""

    @property
    def ledger(self) -> Ledger:
        """The ledger of the version."""
        return open_workspace(self.workspace).ledger_at(self.version)

    def stamp(self) -> str:
        """Give the hash of what the pages are made from."""
        import sanfu  # noqa: PLC0415 - only for its version

        said = {
            "ledger": self.ledger.hash,
            "on": self.on.isoformat(),
            "year": self.year,
            "outline": read_outline(self.outline).content_hash(),
            "language": current_language(),
            "options": self.options.model_dump(),
            "software": sanfu.__version__,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def __call__(self) -> MakeDocument:
        """Give what makes a firm's page."""
        rules = self.options.rules()
        pages = FirmPages(self.ledger, self.on, year=self.year, many=True, rules=rules)
        return lambda firm: compose(self.outline, pages.page(firm), options=self.options).document


def write_pages(
    workspace: Path | str,
    firms: Sequence[str],
    folder: Path | str,
    on: dt.date,
    *,
    year: int | None = None,
    form: str = "html",
    outline: str = "firm",
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Batch:
    """Write the pages of many firms of the newest version of a workspace's ledger.

    Parameters
    ----------
    firms
        Ids of firms; each names its file.
    on, year
        The day of the self-check; the last full year.
    form
        ``html``, ``pdf`` or ``docx``.
    outline, workers, progress
        What is on a page; the rest as for `write_batch`.
    """
    office = open_workspace(workspace)
    options = read_options(office.settings, office.folder)
    number = office.ledger.number
    pages = Pages(str(office.folder.resolve()), number, on, year, outline, options)
    return write_batch(
        firms,
        pages,
        folder,
        endings=(f".{form}",),
        stamp=pages.stamp(),
        workers=workers,
        progress=progress,
    )
