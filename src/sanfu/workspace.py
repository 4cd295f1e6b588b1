"""One office's folder on disk: its settings, its ledger, its inbox and its results."""

from __future__ import annotations

import datetime as dt
import shutil
import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl

from sanfu.errors import FileFault, WorkspaceError
from sanfu.language import Text
from sanfu.registry import Hints, read_file
from sanfu.registry.importing import Imported, import_reading
from sanfu.registry.ledger import Ledger
from sanfu.registry.regions import Region, find_units, read_region
from sanfu.registry.schemes import Scheme, read_scheme
from sanfu.registry.store import Manifest, Store, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sanfu.registry.reading import Reading

SETTINGS = "sanfu.toml"
_TEMPLATE = """# 本单位的设置 / settings of this office
# 地区：自带 shanghai、china，或本单位自己的 .yaml 文件 / a region that ships, or a file of yours
region = "{region}"
# 单位名称，印在报告上 / the office's name, printed on reports
office = ""
# 产业分类方案（.yaml 文件）；不写则用地区自带的 / industry systems; the region's own if left out
# schemes = ["my-industries.yaml"]
# 各区自己的产业体系，只用于该区的报告 / a district's own industries, for its own report
# unit_schemes = {{"310110" = ["my-district.yaml"]}}
# 报告 / reports
# [report]
# template = "本单位模板.docx"      # Word 模板 / your Word file
# boundary = "map.yaml"            # 边界文件声明，须有审图号 / with approval number
# archive = true                   # PDF/A-2b
# accessible = true                # PDF/UA-1
# min_firms = 3                    # 企业数少于此数不公布 / fewest firms behind a figure
# dominance = "1:75%"              # 最大的 1 户超过 75% 不公布 / no figure that one firm dominates
"""


class Workspace:
    """An office's folder.

    Attributes
    ----------
    folder, inbox, out
        The folder itself, where files to import may lie, and where results are written.
    """

    def __init__(self, folder: Path, settings: dict[str, object]) -> None:
        self.folder = folder
        self.settings = settings
        self.inbox = folder / "inbox"
        self.out = folder / "out"
        self.store = Store(folder / "ledger")

    @property
    def region(self) -> Region:
        """The region whose districts the ledger knows."""
        named = str(self.settings.get("region", "shanghai"))
        region = read_region(self.folder / named if named.endswith((".yaml", ".yml")) else named)
        own = cast("dict[str, list[str]]", self.settings.get("unit_schemes", {}))
        if not own:
            return region
        units = tuple(
            unit.model_copy(update={"schemes": self._files(own.get(unit.code, unit.schemes))})
            for unit in region.units
        )
        return region.model_copy(update={"units": units})

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """The industry systems by which firms are tagged: the settings', else the region's."""
        named = self.settings.get("schemes", self.region.schemes)
        return tuple(map(read_scheme, self._files(cast("tuple[str, ...]", named))))

    @property
    def ledger(self) -> Ledger:
        """The ledger as of now."""
        return Ledger(self.store, self.store.latest(), self.schemes, self.region)

    def ledger_at(self, number: int) -> Ledger:
        """Give the ledger as of a version.

        Raises
        ------
        WorkspaceError
            There is no such version.
        """
        version = self._version(number) if number else None
        return Ledger(self.store, version, self.schemes, self.region)

    def _files(self, named: Iterable[str]) -> tuple[str, ...]:
        """Give the office's own declarations by their paths; what ships by its name."""
        return tuple(
            str(self.folder / name) if str(name).endswith((".yaml", ".yml")) else str(name)
            for name in named
        )

    def read(self, path: Path | str, hints: Hints | None = None, **options: object) -> Reading:
        """Read a file with what the officer confirmed before and says now."""
        known = (hints or Hints()).after(
            self.store.remembered("mapping"), self.store.remembered("unit")
        )
        return read_file(path, known, **options)  # type: ignore[arg-type]

    def take(
        self,
        file: Path | str | Reading,
        hints: Hints | None = None,
        *,
        dry_run: bool = False,
        report: Callable[[str], None] | None = None,
    ) -> Imported:
        """Import a file, or what `read` has read of it, as a new version.

        What the officer confirmed is remembered. A file without any rows makes no version.

        Raises
        ------
        InputError, FileFault, Overtaken
            What is said of its headings does not fit; the file cannot be opened; another import
            was committed meanwhile. Nothing is written.
        """
        reading = self.read(file, hints, report=report) if isinstance(file, (Path, str)) else file
        if hints:
            hints.refuse_unmet([reading])
        done = import_reading(self.store, reading, self.region, dry_run=dry_run)
        if hints and not dry_run:
            self.store.remember("mapping", dict(hints.mapping))
            self.store.remember("unit", dict(hints.units))
        return done

    def undo(self, number: int | None = None) -> Version:
        """Make the ledger what it was before its newest version, or as of version `number`.

        Nothing is deleted: the undoing is a version itself, and can be undone.
        """
        newest = self.store.latest()
        if newest is None:
            raise WorkspaceError(
                Text("台账还是空的，没有可撤销的。", "the ledger is empty; nothing to undo.")
            )
        target = newest.number - 1 if number is None else number
        manifest = self._version(target).manifest if target else Manifest()
        manifest = replace(manifest, next_firm=newest.manifest.next_firm)
        return self.store.commit("undo", {"to": target}, manifest, after=newest.number)

    def merge(
        self, firm: str, into: str, *, reason: str = "", on: dt.date | None = None
    ) -> Version:
        """Let one firm stand as another that it is, listed twice; undone by `unmerge`.

        Two firms of which one was merged into the other are for `confirm_merger`.

        Raises
        ------
        WorkspaceError
            One of them is not in the ledger, or it is the same firm.
        """
        self._both_known(firm, into)
        manifest = self._manifest()
        after = replace(manifest, merges=(*manifest.merges, (firm, into)))
        about = {"firm": firm, "into": into, "reason": reason, "on": on}
        return self.store.commit("merge", about, after, after=self.ledger.number)

    def merge_many(self, pairs: Sequence[tuple[str, str, str]], *, rule: str = "") -> Version:
        """Let firms stand as others in one version, by a rule; each is undone by `unmerge`.

        Parameters
        ----------
        pairs
            (firm, other, reason): of each group that hangs together the first firm stays.
        """
        manifest = self._manifest()
        into = dict(manifest.merges)

        def home(firm: str) -> str:
            while firm in into:
                firm = into[firm]
            return firm

        done = []
        for one, other, reason in pairs:
            stays, goes = sorted((home(one), home(other)))
            if stays != goes:
                into[goes] = stays
                done.append({"firm": goes, "into": stays, "reason": reason})
        fresh = tuple((merge["firm"], merge["into"]) for merge in done)
        after = replace(manifest, merges=(*manifest.merges, *fresh))
        about = {"rule": rule, "merged": len(done), "merges": done}
        return self.store.commit("merge", about, after, after=self.ledger.number)

    def confirm(
        self, firm: str, column: str, value: str | None = None, *, on: dt.date | None = None
    ) -> Version:
        """Confirm that a firm was renamed or has moved: the ledger then says so.

        Parameters
        ----------
        column
            ``name`` or ``district``.
        value
            The new name, or the new district by any of its names; what the lists last told
            otherwise, where none is given.
        on
            Day on which it took effect, kept with the event.

        Raises
        ------
        WorkspaceError
            No such firm or district, or no list tells of a change.
        """
        manifest, ledger = self._manifest(), self.ledger
        if manifest.firms is None or firm not in set(ledger.firms["firm"]):
            raise WorkspaceError(Text(f"台账里没有企业 {firm}。", f"no firm {firm} in the ledger."))
        kind = {"name": "renamed", "district": "moved"}.get(column)
        if kind is None:
            raise WorkspaceError(
                Text(
                    f"只能确认 name（名称）或 district（所属区），不能确认 {column}。",
                    f"only name or district can be confirmed, not {column}.",
                )
            )
        told = ledger.events.filter(
            (pl.col("firm") == firm) & (pl.col("kind") == kind) & ~pl.col("confirmed")
        )
        if value is None and told.is_empty():
            raise WorkspaceError(
                Text(
                    f"没有名单说 {firm} 变更过，请写明新的值。",
                    f"no list tells of a change of {firm}; say the new value.",
                )
            )
        fresh = value if value is not None else str(told["after"][-1])
        if column == "district":
            code = find_units(self.region, pl.Series([fresh])).code[0]
            if code is None:
                raise WorkspaceError(Text(f"不认识区名“{fresh}”。", f"unknown district “{fresh}”."))
            fresh = str(code)
        firms = self.store.read_part(manifest.firms)
        here = pl.col("firm") == firm
        before = firms.filter(here)[column][0]
        event = {
            "firm": [firm], "kind": [kind], "before": [before], "after": [fresh], "on": [on],
            "version": [ledger.number + 1], "confirmed": [True],
        }  # fmt: skip
        types = {"version": pl.Int32, "on": pl.Date, "before": pl.String}
        changed = firms.with_columns(
            pl.when(here).then(pl.lit(fresh)).otherwise(column).alias(column)
        )
        after = replace(
            manifest,
            firms=self.store.write_part(changed),
            events=(
                *manifest.events,
                self.store.write_part(pl.DataFrame(event, schema_overrides=types)),
            ),
        )
        about = {"firm": firm, "column": column, "before": before, "after": fresh, "on": on}
        return self.store.commit("confirm", about, after, after=ledger.number)

    def confirm_merger(self, firm: str, into: str, *, on: dt.date) -> Version:
        """Confirm that one firm was merged into another on a day (吸收合并); undone by `undo`.

        Both keep what they filed before; figures of later years that still name the first are the
        other's.

        Raises
        ------
        WorkspaceError
            One of them is not in the ledger, or it is the same firm.
        """
        ledger, manifest = self.ledger, self._manifest()
        self._both_known(firm, into)
        event = {
            "firm": [firm], "kind": ["merged"], "after": [into], "on": [on],
            "before": ledger.firms.filter(firm=firm)["name"],
            "version": [ledger.number + 1], "confirmed": [True],
        }  # fmt: skip
        part = self.store.write_part(pl.DataFrame(event, schema_overrides={"version": pl.Int32}))
        about = {"firm": firm, "column": "merger", "after": into, "on": on}
        after = replace(manifest, events=(*manifest.events, part))
        return self.store.commit("confirm", about, after, after=ledger.number)

    def _both_known(self, firm: str, into: str) -> None:
        known = set(self.ledger.firms["firm"])
        for one in (firm, into):
            if one not in known:
                raise WorkspaceError(
                    Text(f"台账里没有企业 {one}。", f"no firm {one} in the ledger.")
                )
        if firm == into:
            raise WorkspaceError(Text("不能与自己合并。", "a firm cannot be merged with itself."))

    def unmerge(self, firm: str) -> Version:
        """Let a merged firm stand for itself again."""
        manifest = self._manifest()
        left = tuple(pair for pair in manifest.merges if pair[0] != firm)
        if left == manifest.merges:
            raise WorkspaceError(
                Text(f"企业 {firm} 没有被合并过。", f"firm {firm} was not merged.")
            )
        return self.store.commit(
            "unmerge", {"firm": firm}, replace(manifest, merges=left), after=self.ledger.number
        )

    def diff(self, before: int, after: int) -> pl.DataFrame:
        """Compare two versions: frame, firm, year, column, before, after — one row a change."""
        old, new = self.ledger_at(before), self.ledger_at(after)
        parts = []
        for frame, keys in (("firms", ["firm"]), ("figures", ["firm", "year"])):
            parts.append(_changes(frame, getattr(old, frame), getattr(new, frame), keys))
        keys = ["firm", "tier", "batch"]
        parts.append(_changes("titles", old.titles, new.titles, keys))
        return pl.concat(parts)

    def backup(self, path: Path) -> Path:
        """Write the whole folder, except results, as one zip file.

        The ledger is consistent in it, whatever runs meanwhile: parts never change, and SQLite
        makes its own copy.
        """
        copy = self.folder / "ledger" / ".backup.sqlite"
        with self.store._connect() as base:  # noqa: SLF001 - the workspace owns the store
            copy.unlink(missing_ok=True)
            base.execute("vacuum into ?", (str(copy),))
        partial = path.with_name(path.name + ".part")
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.write(self.folder / SETTINGS, SETTINGS)
            packed.write(copy, "ledger/ledger.sqlite")
            for file in sorted(self.store.parts_folder.glob("*.parquet")):
                packed.write(file, f"ledger/parts/{file.name}", zipfile.ZIP_STORED)
            for file in sorted(self.inbox.rglob("*")):
                if file.is_file():
                    packed.write(file, f"inbox/{file.relative_to(self.inbox)}")
        copy.unlink()
        partial.replace(path)
        return path

    def _manifest(self) -> Manifest:
        latest = self.store.latest()
        return latest.manifest if latest else Manifest()

    def _version(self, number: int) -> Version:
        for version in self.store.versions():
            if version.number == number:
                return version
        known = len(self.store.versions())
        raise WorkspaceError(
            Text(
                f"没有第 {number} 版；现有 1 至 {known} 版。",
                f"no version {number}; there are 1 to {known}.",
            )
        )


def new_workspace(folder: Path | str, *, region: str = "shanghai") -> Workspace:
    """Make an office's folder.

    Raises
    ------
    WorkspaceError
        The folder holds a workspace already; it is left as it is.
    """
    folder = Path(folder)
    if (folder / SETTINGS).exists():
        raise WorkspaceError(
            Text(
                f"{folder} 已经是工作区，没有改动。",
                f"{folder} is a workspace already; it is left alone.",
            )
        )
    read_region(region)
    for name in ("inbox", "out", "ledger"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / SETTINGS).write_text(_TEMPLATE.format(region=region), encoding="utf-8")
    return open_workspace(folder)


def open_workspace(folder: Path | str) -> Workspace:
    """Open an office's folder.

    Raises
    ------
    WorkspaceError
        There is none there, or its settings cannot be read.
    """
    folder = Path(folder)
    path = folder / SETTINGS
    if not path.is_file():
        raise WorkspaceError(
            Text(
                f"{folder} 不是工作区（没有 {SETTINGS}）。新建：sanfu new {folder}",
                f"{folder} is no workspace (no {SETTINGS}). Make one: sanfu new {folder}",
            )
        )
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkspaceError(
            Text(f"{path} 读不了：{error}", f"{path} cannot be read: {error}")
        ) from None
    return Workspace(folder, settings)


def restore(archive: Path, folder: Path) -> Workspace:
    """Unpack a backup into a new folder.

    Raises
    ------
    FileFault, WorkspaceError
        There is no archive; the folder is not empty, or the archive is no backup.
    """
    if folder.exists() and any(folder.iterdir()):
        raise WorkspaceError(Text(f"{folder} 不是空的。", f"{folder} is not empty."))
    none = WorkspaceError(Text(f"{archive} 不是备份。", f"{archive} is no backup."))
    if not archive.exists():
        raise FileFault(archive, Text("文件不存在。", "no such file."))
    if not zipfile.is_zipfile(archive):
        raise none
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
        inside = [(folder / name).resolve().is_relative_to(folder.resolve()) for name in names]
        if SETTINGS not in names or not all(inside):
            raise none
        try:
            packed.extractall(folder)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    (folder / "out").mkdir(exist_ok=True)
    (folder / "inbox").mkdir(exist_ok=True)
    return open_workspace(folder)


def read(path: Path | str, *, region: str = "shanghai", hints: Hints | None = None) -> Ledger:
    """Read one file into a ledger without a workspace, for a script or a notebook.

    The ledger lies in a temporary folder that lives as long as it does.
    """
    import tempfile  # noqa: PLC0415 - for scripts only
    import weakref  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="sanfu-"))
    store = Store(folder)
    place = read_region(region)
    import_reading(store, read_file(path, hints), place)
    ledger = Ledger(store, store.latest(), tuple(map(read_scheme, place.schemes)), place)
    weakref.finalize(ledger, shutil.rmtree, folder, ignore_errors=True)
    return ledger


def _changes(name: str, old: pl.DataFrame, new: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    def long(frame: pl.DataFrame, value: str) -> pl.DataFrame:
        columns = [column for column in frame.columns if column not in keys]
        texts = frame.with_columns(pl.col(columns).cast(pl.String))
        if not columns:
            return frame.select(keys).with_columns(
                pl.lit("").alias("column"), pl.lit("").alias(value)
            )
        return texts.unpivot(columns, index=keys, variable_name="column", value_name=value)

    both = long(old, "before").join(
        long(new, "after"), on=[*keys, "column"], how="full", coalesce=True, nulls_equal=True
    )
    changed = both.filter(pl.col("before").ne_missing(pl.col("after")))
    year = pl.col("year").cast(pl.Int32) if "year" in keys else pl.lit(None, dtype=pl.Int32)
    return changed.select(
        pl.lit(name).alias("frame"), "firm", year.alias("year"), "column", "before", "after"
    ).sort("firm", "year", "column")


def today() -> dt.date:
    """Give today's date in the office's own time zone."""
    return dt.datetime.now().astimezone().date()
