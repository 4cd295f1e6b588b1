"""The pages of all firms in one go: several processes, with progress, and resumed where stopped.

A page is written whole or not at all; a run that was stopped goes on with the pages that are not
there, as long as the ledger, the day and the outline are the same. Otherwise it begins anew.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sanfu.language import Language, current_language, use_language
from sanfu.report.composing import compose
from sanfu.report.firm import FirmPages
from sanfu.workspace import open_workspace

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

MARK = ".made-from.json"
CHUNK = 24
"""Firms that a process takes at a time: small enough that stopping loses little."""


@dataclass(frozen=True)
class Job:
    """What all pages of a batch share."""

    workspace: str
    version: int
    on: dt.date
    year: int | None
    out: str
    form: str
    outline: str
    language: Language

    def made_from(self) -> dict[str, Any]:
        """Tell what the pages are made from, to know whether those there still hold."""
        import sanfu  # noqa: PLC0415 - only for its version
        from sanfu.report.outline import read_outline  # noqa: PLC0415

        ledger = open_workspace(self.workspace).ledger_at(self.version)
        return {
            "ledger": ledger.hash,
            "on": self.on.isoformat(),
            "year": self.year,
            "outline": read_outline(self.outline).content_hash(),
            "language": self.language,
            "software": sanfu.__version__,
        }


@dataclass(frozen=True)
class Batch:
    """What became of a batch."""

    written: int
    kept: int
    """Pages that an earlier run had written."""
    folder: Path


def write_pages(
    job: Job,
    firms: Sequence[str],
    *,
    workers: int | None = None,
    report: Callable[[int], None] | None = None,
) -> Batch:
    """Write the pages of many firms.

    Parameters
    ----------
    job
        The workspace, the day, the format and the outline.
    firms
        Ids of firms.
    workers
        Processes; as many as the machine has cores if not given. 1 writes in this process.
    report
        Called with the number of pages done since the last call.
    """
    out = Path(job.out)
    out.mkdir(parents=True, exist_ok=True)
    mark, stamp = out / MARK, json.dumps(job.made_from(), sort_keys=True)
    if not mark.exists() or mark.read_text(encoding="utf-8") != stamp:
        for old in out.glob(f"*.{job.form}"):
            old.unlink()
        mark.write_text(stamp, encoding="utf-8")
    wanted = [firm for firm in firms if not (out / f"{firm}.{job.form}").exists()]
    kept = len(firms) - len(wanted)
    if report is not None and kept:
        report(kept)
    parts = [wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK)]
    count = min(workers or os.cpu_count() or 1, max(len(parts), 1))
    if count == 1:
        for part in parts:
            _write_part(job, part)
            if report is not None:
                report(len(part))
        return Batch(len(wanted), kept, out)
    # not forked: Polars' threads do not survive a fork
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context) as pool:
        waiting = {pool.submit(_write_part, job, part): len(part) for part in parts}
        try:
            for done in as_completed(waiting):
                done.result()
                if report is not None:
                    report(waiting[done])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return Batch(len(wanted), kept, out)


_held: dict[str, FirmPages] = {}


def _write_part(job: Job, firms: Sequence[str]) -> None:
    """Write some pages; each process checks the firms once."""
    use_language(job.language)
    key = hashlib.sha256(repr(job).encode()).hexdigest()
    if key not in _held:
        ledger = open_workspace(job.workspace).ledger_at(job.version)
        _held.clear()
        _held[key] = FirmPages(ledger, job.on, year=job.year, many=True)
    for firm in firms:
        compose(job.outline, _held[key].page(firm)).write(Path(job.out) / f"{firm}.{job.form}")


def new_job(
    workspace: Path | str,
    out: Path | str,
    on: dt.date,
    *,
    year: int | None = None,
    form: str = "html",
    outline: str = "firm",
) -> Job:
    """Describe a batch over the newest version of a workspace's ledger."""
    office = open_workspace(workspace)
    number = office.ledger.number
    folder = str(office.folder.resolve())
    return Job(folder, number, on, year, str(out), form, outline, current_language())
