"""Where a ledger lies on disk: immutable Parquet parts, and one SQLite file that names them.

A commit writes and syncs its parts first, then adds one row in one transaction. Killed at any
moment, the ledger is as before or as after; parts that no version names are swept later.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.errors import WorkspaceError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FORMAT = 1
_SCHEMA = """
create table if not exists versions (
    number integer primary key,
    made_at text not null,
    kind text not null,
    about text not null,
    manifest text not null
);
create table if not exists remembered (
    kind text not null,
    name text not null,
    value text not null,
    primary key (kind, name)
);
"""


@dataclass(frozen=True)
class Part:
    """One immutable piece of a frame: the file's hash and, for raw cells, what it holds."""

    sha: str
    rows: int
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """Which parts make up each frame at a version, and what was decided by hand."""

    firms: Part | None = None
    figures: tuple[Part, ...] = ()
    titles: tuple[Part, ...] = ()
    extra: tuple[Part, ...] = ()
    cells: tuple[Part, ...] = ()
    problems: tuple[Part, ...] = ()
    set_aside: tuple[Part, ...] = ()
    events: tuple[Part, ...] = ()
    merges: tuple[tuple[str, str], ...] = ()
    """(firm, into), in the order of the decisions."""
    next_firm: int = 1

    def to_json(self) -> str:
        """Give the manifest as text."""
        return json.dumps(self, default=lambda part: part.__dict__, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read a manifest from its text."""
        data = json.loads(text)

        def parts(name: str) -> tuple[Part, ...]:
            return tuple(Part(**part) for part in data[name])

        return cls(
            firms=Part(**data["firms"]) if data["firms"] else None,
            figures=parts("figures"), titles=parts("titles"), extra=parts("extra"),
            cells=parts("cells"), problems=parts("problems"), set_aside=parts("set_aside"),
            events=parts("events"),
            merges=tuple((a, b) for a, b in data["merges"]),
            next_firm=data["next_firm"],
        )  # fmt: skip

    def parts(self) -> Iterator[Part]:
        """Give every part that the version needs."""
        if self.firms:
            yield self.firms
        for name in ("figures", "titles", "extra", "cells", "problems", "set_aside", "events"):
            yield from getattr(self, name)
        for part in self.cells:
            if "rows" in part.about:
                yield Part(**part.about["rows"])


@dataclass(frozen=True)
class Version:
    """One state of the ledger."""

    number: int
    made_at: dt.datetime
    kind: str
    about: dict[str, Any]
    manifest: Manifest


class Overtaken(WorkspaceError):
    """Somebody else committed since this version was read."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(
            Text(
                f"导入期间台账已被另一次操作更新（第 {expected} 版变为第 {found} 版）。"
                "没有写入任何内容，请再运行一次。",
                f"the ledger was changed meanwhile (version {expected} became {found}). "
                "Nothing was written; run it again.",
            )
        )


class Store:
    """The `ledger` folder of a workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts_folder = folder / "parts"
        self.parts_folder.mkdir(parents=True, exist_ok=True)
        try:
            with closing(self._connect()) as base, base:
                base.executescript(_SCHEMA)
                base.execute(f"pragma user_version = {_FORMAT}")
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked, or no right to write
                raise
            file = self.folder / "ledger.sqlite"
            raise WorkspaceError(
                Text(
                    f"台账文件 {file} 已损坏，请从备份恢复："
                    "sanfu backup 备份.zip --restore -w 新文件夹",
                    f"the ledger's file {file} is damaged; restore it from a backup: "
                    "sanfu backup BACKUP.zip --restore -w NEW_FOLDER",
                )
            ) from None

    def _connect(self) -> sqlite3.Connection:
        base = sqlite3.connect(self.folder / "ledger.sqlite", timeout=30, isolation_level=None)
        base.execute("pragma journal_mode = wal")
        base.execute("pragma synchronous = full")
        return base

    def versions(self) -> list[Version]:
        """List all versions, the oldest first."""
        with closing(self._connect()) as base:
            rows = base.execute(
                "select number, made_at, kind, about, manifest from versions order by number"
            ).fetchall()
        return [
            Version(
                n, dt.datetime.fromisoformat(at), kind, json.loads(about), Manifest.from_json(text)
            )
            for n, at, kind, about, text in rows
        ]

    def latest(self) -> Version | None:
        """Give the newest version, None for an empty ledger."""
        found = self.versions()
        return found[-1] if found else None

    def commit(
        self, kind: str, about: dict[str, Any], manifest: Manifest, *, after: int
    ) -> Version:
        """Add a version in one transaction.

        Raises
        ------
        Overtaken
            The newest version is not `after` any more; nothing is written.
        """
        made_at = dt.datetime.now(dt.UTC)
        with closing(self._connect()) as base:
            base.execute("begin immediate")
            newest = base.execute("select coalesce(max(number), 0) from versions").fetchone()[0]
            if newest != after:
                base.execute("rollback")
                raise Overtaken(after, newest)
            base.execute(
                "insert into versions values (?, ?, ?, ?, ?)",
                (
                    after + 1,
                    made_at.isoformat(),
                    kind,
                    json.dumps(about, ensure_ascii=False, default=str),
                    manifest.to_json(),
                ),
            )
            base.execute("commit")
        return Version(after + 1, made_at, kind, about, manifest)

    def write_part(self, frame: pl.DataFrame, about: dict[str, Any] | None = None) -> Part:
        """Write a frame as an immutable part, synced to disk; the same content is written once."""
        partial = self.parts_folder / f".{os.getpid()}-{id(frame)}.part"
        frame.write_parquet(partial, compression="zstd", compression_level=1, statistics=False)
        with partial.open("rb") as file:
            sha = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        partial.replace(self.part_path(sha))
        self._sync_folder()
        return Part(sha, frame.height, about or {})

    def keep_file(self, path: Path, rows: int, about: dict[str, Any]) -> Part:
        """Keep a Parquet file as it is as a part, synced to disk."""
        partial = self.parts_folder / f".{os.getpid()}-{id(about)}.part"
        shutil.copyfile(path, partial)
        with partial.open("rb") as file:
            sha = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        partial.replace(self.part_path(sha))
        self._sync_folder()
        return Part(sha, rows, about)

    def read_part(self, part: Part) -> pl.DataFrame:
        """Read a part.

        Raises
        ------
        WorkspaceError
            The file is gone or was changed by another program.
        """
        try:
            return pl.read_parquet(self.part_path(part.sha))
        except (OSError, pl.exceptions.PolarsError):
            raise WorkspaceError(
                Text(
                    f"台账文件 {self.part_path(part.sha)} 丢失或损坏，请从备份恢复。",
                    f"the ledger's file {self.part_path(part.sha)} is gone or damaged; "
                    "restore it from a backup.",
                )
            ) from None

    def part_path(self, sha: str) -> Path:
        """Give the file of a part."""
        return self.parts_folder / f"{sha}.parquet"

    def sweep(self) -> int:
        """Delete parts that no version names, left by an import that was killed; give how many."""
        named = {part.sha for version in self.versions() for part in version.manifest.parts()}
        swept = 0
        for file in self.parts_folder.iterdir():
            stale = file.name.startswith(".") and not _is_running(file.name)
            if stale or (file.suffix == ".parquet" and file.stem not in named):
                file.unlink(missing_ok=True)
                swept += 1
        return swept

    def remember(self, kind: str, values: dict[str, str]) -> None:
        """Keep what the officer confirmed, such as the measure of a heading."""
        with closing(self._connect()) as base:
            base.execute("begin immediate")
            base.executemany(
                "insert or replace into remembered values (?, ?, ?)",
                [(kind, name, value) for name, value in values.items()],
            )
            base.execute("commit")

    def remembered(self, kind: str) -> dict[str, str]:
        """Give what the officer confirmed before."""
        with closing(self._connect()) as base:
            found = base.execute("select name, value from remembered where kind = ?", (kind,))
            return dict(found.fetchall())

    def _sync_folder(self) -> None:
        if os.name == "posix":
            handle = os.open(self.parts_folder, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)


def _is_running(name: str) -> bool:
    """Whether the process that began a part still runs."""
    process = name.removeprefix(".").split("-")[0]
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
