"""Write one document a firm for thousands of firms: on all cores, with progress, resumable.

What is done stands in a file beside the documents, one line each. A batch that was stopped, by a
person or by the power, goes on where it stood when it is called again with the same stamp. With
another stamp (the data have changed) what stood there goes, and all is written anew.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sanfu.errors import InputError, SanfuError
from sanfu.language import Language, Text, current_language, use_language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from sanfu.report.blocks import Document

DONE = "batch.done.jsonl"
"""The file that says which documents are written, beside them."""
_CHUNK = 16
"""Documents that a process makes at a time: few enough that stopping loses little."""


class MakeDocument(Protocol):
    """Makes the document of one key."""

    def __call__(self, key: str) -> Document:
        """Give the document of one firm; what it raises fails this document only."""
        ...


class GetReady(Protocol):
    """Does once in a process what all its documents need; must be picklable."""

    def __call__(self) -> MakeDocument:
        """Give what makes the documents; what it raises stops the batch."""
        ...


@dataclass(frozen=True)
class Batch:
    """What became of a batch.

    Attributes
    ----------
    written, kept
        Keys written now, and those that were written before under the same stamp.
    failed
        Key and message of each document that could not be made; the others are not held up.
    """

    written: tuple[str, ...]
    kept: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


def write_batch(
    keys: Sequence[str],
    get_ready: GetReady,
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
    get_ready
        Called once in each process; what it gives makes the document of a key.
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
    before = _begin_anew(book, stamp, endings)
    todo = [key for key in keys if key not in before]
    total, count = len(keys), len(keys) - len(todo)
    tell = progress or (lambda _done, _all: None)
    tell(count, total)
    written: list[str] = []
    failed: list[tuple[str, str]] = []
    chunks = [todo[at : at + _CHUNK] for at in range(0, len(todo), _CHUNK)]
    processes = min(workers or os.cpu_count() or 1, len(chunks))
    with book.open("a", encoding="utf-8") as file:
        for results in _run(chunks, get_ready, folder, tuple(endings), processes):
            for key, message in results:
                if message is None:
                    written.append(key)
                    file.write(_line({"key": key, "stamp": stamp, "endings": list(endings)}))
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
    wrong = [key for key in keys if not _names_a_file(key)]
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


def _names_a_file(key: str) -> bool:
    return bool(key) and not key.startswith(".") and not set(key) & set('/\\:*?"<>|\0')


def _line(said: dict[str, object]) -> str:
    return json.dumps(said, ensure_ascii=False) + "\n"


def _begin_anew(book: Path, stamp: str, endings: Iterable[str]) -> set[str]:
    """Give the keys that are written under the stamp; what was written under another goes.

    No other file of the folder is touched.
    """
    if not book.exists():
        return set()
    folder, found, lines = book.parent, set(), []
    for line in book.read_text(encoding="utf-8").splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue  # the last line of a batch that was cut off
        if not _names_a_file(said["key"]):
            continue
        files = {ending: folder / f"{said['key']}{ending}" for ending in said["endings"]}
        if said["stamp"] != stamp:
            for file in files.values():
                file.unlink(missing_ok=True)
            continue
        lines.append(_line(said))
        if set(endings) <= {ending for ending, file in files.items() if file.exists()}:
            found.add(said["key"])
    partial = book.with_name(f"{DONE}.part")
    partial.write_text("".join(lines), encoding="utf-8")
    partial.replace(book)
    return found


def _run(
    chunks: list[list[str]],
    get_ready: GetReady,
    folder: Path,
    endings: tuple[str, ...],
    workers: int,
) -> Iterator[list[tuple[str, str | None]]]:
    """Give the results of each chunk as it is done."""
    if workers <= 1:
        make = get_ready() if chunks else None
        for chunk in chunks:
            yield _write(chunk, folder, endings, make)
        return
    # not forked: Polars' threads do not survive a fork
    with ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(get_ready, current_language()),
    ) as pool:
        waiting: set[Future[list[tuple[str, str | None]]]] = set()
        try:
            for chunk in chunks:
                waiting.add(pool.submit(_write, chunk, folder, endings))
                if len(waiting) < 2 * workers:
                    continue
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for one in done:
                    yield one.result()
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for one in done:
                    yield one.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_get_ready: list[GetReady] = []
"""What this process gets ready by."""


def _begin(get_ready: GetReady, language: Language) -> None:
    use_language(language)
    _get_ready[:] = [get_ready]


@cache
def _ready() -> MakeDocument:
    return _get_ready[0]()


def _write(
    keys: list[str],
    folder: Path,
    endings: tuple[str, ...],
    make: MakeDocument | None = None,
) -> list[tuple[str, str | None]]:
    """Write some documents; give each key and, where it could not be made, why."""
    from sanfu.report.composing import write_document  # noqa: PLC0415 - in each process

    make = make or _ready()
    results: list[tuple[str, str | None]] = []
    for key in keys:
        try:
            document = make(key)
            for ending in endings:
                write_document(document, folder / f"{key}{ending}")
        except SanfuError as error:
            results.append((key, str(error)))
        except Exception as error:  # noqa: BLE001 - a fault of ours in one holds up no other
            results.append((key, f"{type(error).__name__}: {error}"))
        else:
            results.append((key, None))
    return results
