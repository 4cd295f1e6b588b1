"""Write one document a firm for thousands of firms: on all cores, with progress, resumable.

What is done stands in a file beside the documents, one line each. A batch that was stopped, by a
fault, by a person or by the power, goes on where it stood when it is called again with the same
stamp; with another stamp (the data have changed) all is written anew.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sanfu.errors import InputError, SanfuError
from sanfu.language import Language, Text, current_language, use_language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from sanfu.report.blocks import Document

DONE = "batch.done.jsonl"
"""The file that says which documents are written, beside them."""
_CHUNK = 16


class MakeDocument(Protocol):
    """Makes the document of one key; must be picklable, as it goes to other processes."""

    def __call__(self, key: str) -> Document:
        """Give the document of one firm."""
        ...


@dataclass(frozen=True)
class Batch:
    """What became of a batch.

    Attributes
    ----------
    written, skipped
        Keys written now, and those that were written before under the same stamp.
    failed
        Key and message of each document that could not be made; the others are not held up.
    """

    written: tuple[str, ...]
    skipped: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


def write_batch(
    keys: Sequence[str],
    make: MakeDocument,
    folder: Path | str,
    *,
    endings: Sequence[str] = (".html",),
    stamp: str,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Batch:
    """Write a document a key into a folder, in each of the formats.

    Parameters
    ----------
    keys
        What the documents are called; each names its file and must do so safely.
    endings
        ``.html``, ``.pdf``, ``.docx``, ``.xlsx`` or ``.pptx``.
    stamp
        Hash of what all documents are made from, such as the ledger's.
    workers
        Processes; by default one a core. With 1, all is done in this process.
    progress
        Told how many of how many are done, now and then.

    Raises
    ------
    InputError
        A key cannot name a file, or stands twice.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _check(keys)
    book = folder / DONE
    before = _done(book, stamp, endings, folder)
    todo = [key for key in keys if key not in before]
    total, count = len(keys), len(keys) - len(todo)
    tell = progress or (lambda _done, _all: None)
    tell(count, total)
    written: list[str] = []
    failed: list[tuple[str, str]] = []
    chunks = [todo[at : at + _CHUNK] for at in range(0, len(todo), _CHUNK)]
    with book.open("a", encoding="utf-8") as file:
        if file.tell() and not book.read_bytes().endswith(b"\n"):
            file.write("\n")  # the line on which the last batch was cut off
        for results in _run(chunks, make, folder, tuple(endings), workers or os.cpu_count() or 1):
            for key, message in results:
                if message is None:
                    written.append(key)
                    line = {"key": key, "stamp": stamp, "endings": list(endings)}
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
                else:
                    failed.append((key, message))
            file.flush()
            tell(count + len(written) + len(failed), total)
    order = {key: place for place, key in enumerate(keys)}
    return Batch(
        tuple(sorted(written, key=order.__getitem__)),
        tuple(key for key in keys if key in before),
        tuple(sorted(failed, key=lambda one: order[one[0]])),
    )


def _check(keys: Sequence[str]) -> None:
    wrong = [
        key for key in keys if not key or key.startswith(".") or set(key) & set('/\\:*?"<>|\0')
    ]
    twice = (
        sorted({key for key in keys if keys.count(key) > 1}) if len(set(keys)) < len(keys) else []
    )
    if wrong or twice:
        named = "、".join(repr(key) for key in [*wrong, *twice][:10])
        raise InputError(
            Text(
                f"这些编号不能作文件名或重复：{named}。请用企业编号等唯一、无特殊符号的编号。",
                f"these keys cannot name a file or stand twice: {named}. Use unique plain keys.",
            )
        )


def _done(book: Path, stamp: str, endings: Sequence[str], folder: Path) -> set[str]:
    """Give the keys that are written under the stamp and whose files are there."""
    found: set[str] = set()
    if not book.exists():
        return found
    for line in book.read_text(encoding="utf-8").splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue  # the last line of a batch that was cut off
        there = all((folder / f"{said['key']}{ending}").exists() for ending in endings)
        if said["stamp"] == stamp and set(endings) <= set(said["endings"]) and there:
            found.add(said["key"])
    return found


def _run(
    chunks: list[list[str]],
    make: MakeDocument,
    folder: Path,
    endings: tuple[str, ...],
    workers: int,
) -> Iterator[list[tuple[str, str | None]]]:
    """Give the results of each chunk as it is done."""
    language = current_language()
    if workers == 1 or len(chunks) < 2:
        for chunk in chunks:
            yield _write(chunk, make, folder, endings, language)
        return
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(make,)
    ) as pool:
        waiting: set[Future[list[tuple[str, str | None]]]] = set()
        rest = iter(chunks)
        for chunk in rest:
            waiting.add(pool.submit(_write, chunk, None, folder, endings, language))
            if len(waiting) < 2 * workers:
                continue
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for one in done:
                yield one.result()
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for one in done:
                yield one.result()


_make: list[MakeDocument] = []
"""What this process makes documents by; sent once, since results may be large."""


def _begin(make: MakeDocument) -> None:
    _make[:] = [make]


def _write(
    keys: list[str],
    make: MakeDocument | None,
    folder: Path,
    endings: tuple[str, ...],
    language: Language,
) -> list[tuple[str, str | None]]:
    from sanfu.report.composing import write_document  # noqa: PLC0415 - in each process

    use_language(language)
    make = make or _make[0]
    results: list[tuple[str, str | None]] = []
    for key in keys:
        try:
            document = make(key)
            for ending in endings:
                write_document(document, folder / f"{key}{ending}")
            results.append((key, None))
        except SanfuError as error:
            results.append((key, str(error)))
    return results
