"""The manifest of a report: what it was made from, so that it can be made again, byte for byte.

A manifest is written beside the report. It names the outline and its hash, every input file with
its hash, the command and its settings, the seed, the versions of what takes part, the editor's
words, the day that the file properties state, and the hash of each file written. `rebuild` checks
the inputs, makes the report again and says whether the files are the same.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
import platform
import re
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from errno import EISDIR
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from sanfu.content import Declaration, content_path, read_declaration
from sanfu.errors import InputError, unwritten, writing
from sanfu.language import Language, Text, current_language, use_language
from sanfu.report.edits import Edits
from sanfu.report.options import ReportOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sanfu.report.composing import Report

PACKAGES = (
    "sanfu", "altair", "fonttools", "jinja2", "numpy", "polars", "python-docx", "python-pptx",
    "typst", "vl-convert-python", "xlsxwriter",
)  # fmt: skip
"""What takes part in writing a report; another version may write other bytes."""
EXACT = (".html", ".pdf")
"""The formats that a rebuild makes byte for byte; Office files carry the time of writing."""


_NAMES = {
    "version": Text("台账版本", "ledger version"),
    "framework": Text("指标体系", "framework"),
    "year": Text("年份", "year"),
    "before": Text("对比的台账版本", "ledger version beside it"),
    "leave_absent": Text("台账没有的列作缺失", "columns not in the ledger are missing"),
    "on": Text("截至", "as of"),
    "records": Text("服务记录", "list of services"),
    "book": Text("跟进记录", "book of needs"),
    "ledger": Text("台账哈希", "ledger hash"),
    "template": Text("Word 模板", "Word file"),
    "boundary": Text("边界文件", "boundary file"),
    "archive": Text("PDF/A-2b", "PDF/A-2b"),
    "accessible": Text("PDF/UA-1", "PDF/UA-1"),
    "min_firms": Text("最少企业数", "fewest firms"),
    "dominance": Text("优势规则", "dominance rule"),
}
"""How the document names what it was made with."""


def _without_folder(word: str) -> str:
    """Give a path's own name: where an office keeps its files is nobody else's business."""
    return re.split(r"[/\\]", word.rstrip("/\\"))[-1]


def _listed(said: Mapping[str, Any], language: Language) -> str:
    """List what was chosen, with no folder of the machine; what was left as it is, is left out."""
    yes = Text("是", "yes").in_language(language)
    return "; ".join(
        f"{_NAMES[name].in_language(language) if name in _NAMES else name} = "
        f"{yes if value is True else _without_folder(str(value))}"
        for name, value in said.items()
        if value not in ("", "0", False, None)
    )


class InputFile(Declaration):
    """One file that the report was made from."""

    path: str
    sha256: str
    role: str = ""
    """What it is: ``firms``, ``framework``, ``rulebook`` …"""


class Manifest(Declaration):
    """Everything that a report was made from."""

    outline: str
    """An outline that ships, or the path of the office's own."""
    outline_sha256: str
    language: Language
    created: dt.date
    """The day that the PDF's properties state."""
    focus: str = ""
    seed: int | None = None
    command: tuple[str, ...] = ()
    settings: dict[str, str] = Field(default_factory=dict)
    """What the command needs to compute the results again, such as the workspace's folder."""
    inputs: tuple[InputFile, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    edits: Edits = Edits()
    options: ReportOptions = ReportOptions()
    places: tuple[str, ...] = ()
    """Facts that an editor's words may name."""
    content: str = ""
    """Hash of what the report says, the same for every format."""
    outputs: dict[str, str] = Field(default_factory=dict)
    """File name → SHA-256 of the file written."""

    def lines(self) -> tuple[tuple[str, str], ...]:
        """Give the manifest as the document prints it, with nothing that the document decides.

        Folders of the machine and what was left empty are the office's own affair: they stand in
        the manifest's file only.
        """
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        chosen = self.options.model_dump(exclude={"office"})
        settings = {name: value for name, value in self.settings.items() if name != "workspace"}
        given = [
            (Text("编制单位", "issued by"), self.options.office),
            (
                Text("提纲", "outline"),
                f"{_without_folder(self.outline)} {self.outline_sha256[:16]}",
            ),
            (Text("命令", "command"), " ".join(map(_without_folder, self.command))),
            (Text("设置", "settings"), _listed(settings, self.language)),
            (Text("选项", "options"), _listed(chosen, self.language)),
            (Text("随机种子", "seed"), "" if self.seed is None else str(self.seed)),
            *(
                (Text("输入", "input"), f"{Path(one.path).name} {one.role} {one.sha256[:16]}")
                for one in self.inputs
            ),
            (Text("版本", "versions"), versions),
            (Text("日期", "date"), self.created.isoformat()),
        ]
        return tuple((name.in_language(self.language), value) for name, value in given if value)

    def completed(self, report: Report, files: Iterable[Path]) -> Manifest:
        """Give the manifest with the hash of what the report says and of each file written."""
        outputs = {file.name: file_hash(file) for file in files}
        told = {"content": report.content_hash(), "outputs": outputs, "places": report.places}
        return self.model_copy(update=told)

    def write(self, path: Path | str) -> Path:
        """Write the manifest as JSON, whole or not at all."""
        path = Path(path)
        with writing(path) as partial:
            partial.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        return path


class MovedInput(InputError):
    """What a report was made from is gone or has changed, so that it cannot be made again."""

    def __init__(self, moved: Sequence[tuple[str, str, str]]) -> None:
        zh = "；".join(
            f"{name}：记录 {old[:12]}，现在 {new[:12] or '找不到'}" for name, old, new in moved
        )
        en = "; ".join(
            f"{name}: recorded {old[:12]}, now {new[:12] or 'not there'}"
            for name, old, new in moved
        )
        super().__init__(
            Text(
                f"重做报告所需的 {len(moved)} 个输入已变：{zh}。请取回原文件，"
                "或用 sanfu report build 做一份新报告。",
                f"{len(moved)} inputs of the report have moved: {en}. Bring the files back, or "
                "make a new report by sanfu report build.",
            )
        )
        self.moved = tuple(moved)


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild found.

    Attributes
    ----------
    files
        The files written, in the manifest's order.
    same
        Whether every HTML and PDF file is the manifest's, byte for byte, and all formats say the
        same.
    differs
        The files that differ, of those that should not.
    versions
        Packages whose version is another now: name → (recorded, now).
    """

    files: tuple[Path, ...]
    same: bool
    differs: tuple[str, ...]
    versions: Mapping[str, tuple[str, str]]


def new_manifest(
    outline: str | Path,
    *,
    inputs: Iterable[tuple[str, Path]] = (),
    command: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    seed: int | None = None,
    focus: str = "",
    edits: Edits | None = None,
    options: ReportOptions | None = None,
    created: dt.date | None = None,
) -> Manifest:
    """Describe what a report is about to be made from.

    Parameters
    ----------
    inputs
        Role and path of each file that the results come from; each is hashed, and so are those
        that the options name.
    created
        The day that the file properties state; today by default.
    """
    options = options or ReportOptions()
    return Manifest(
        outline=_found_again(outline),
        outline_sha256=_outline_hash(str(outline)),
        language=current_language(),
        created=created or dt.datetime.now(tz=dt.UTC).date(),
        focus=focus,
        seed=seed,
        command=tuple(command),
        settings=dict(settings or {}),
        inputs=tuple(
            InputFile(path=str(path), sha256=file_hash(path), role=role)
            for role, path in (*inputs, *options.files())
        ),
        versions=versions_here(),
        edits=edits or Edits(),
        options=options,
    )


def refuse_folders(files: Iterable[Path | str]) -> None:
    """Refuse names of files to be written that are folders' names, before anything is computed.

    Raises
    ------
    FileFault
        One is.
    """
    for file in files:
        if Path(file).is_dir():
            raise unwritten(file, IsADirectoryError(EISDIR, ""))


def build(
    manifest: Manifest,
    results: Sequence[object],
    files: Iterable[Path | str],
    beside: Path | str | None = None,
    *,
    told: Callable[[Text, int, int], None] = lambda what, done, of: None,  # noqa: ARG005
    written: Callable[[Path], None] = lambda path: None,  # noqa: ARG005
) -> tuple[Report, Manifest]:
    """Compose the report that a manifest describes and write its files, all of them or none.

    Parameters
    ----------
    beside
        Where the manifest is written, which goes with the files.
    told
        Called with what is being done and how many of how many steps are done: each figure that
        is drawn, each file that is written.
    written
        Called with each file as soon as it can be opened: where none stood, while the others are
        being written.

    Returns
    -------
    tuple of Report and Manifest
        The report, and the manifest with the hash of what it says and of each file.

    Raises
    ------
    FileFault
        A file cannot be written, such as where the disk is full; what stood there is as it was.
    """
    from sanfu.report.blocks import Picture  # noqa: PLC0415 - when a report is made
    from sanfu.report.composing import compose  # noqa: PLC0415 - composing knows manifests
    from sanfu.report.figures import draw_svg  # noqa: PLC0415

    use_language(manifest.language)
    report = compose(
        manifest.outline, *results, focus=manifest.focus, edits=manifest.edits, manifest=manifest
    )
    options = manifest.options
    how: dict[str, dict[str, Any]] = {
        ".docx": {"template": options.template or None},
        ".pdf": {"standards": options.standards()},
    }
    wanted = [Path(file) for file in files]
    asked = [*wanted, *([] if beside is None else [Path(beside)])]
    refuse_folders(asked)
    figures = [block.figure for block in report.document.blocks if isinstance(block, Picture)]
    if all(file.suffix.lower() == ".xlsx" for file in wanted):
        figures = []  # Excel draws its own
    steps = len(figures) + len(wanted)
    for done, figure in enumerate(figures):
        of = f"{done + 1}/{len(figures)}"
        told(Text(f"画图 {of} {figure.title}", f"drawing {of} {figure.title}"), done, steps)
        draw_svg(figure, framed=False)
    with ExitStack() as stack:
        staged: dict[Path, Path] = {}
        for folder in dict.fromkeys(file.parent for file in asked):
            folder.mkdir(parents=True, exist_ok=True)
            near = tempfile.TemporaryDirectory(dir=folder, prefix=".sanfu-")
            staged[folder] = Path(stack.enter_context(near))
        undo = stack.enter_context(ExitStack())
        made: dict[Path, Path] = {}
        for done, file in enumerate(wanted, start=len(figures)):
            told(Text(f"写 {file.name}", f"writing {file.name}"), done, steps)
            kind = how.get(file.suffix.lower(), {})
            made[file] = report.write(staged[file.parent] / file.name, **kind)
            if not file.exists():  # it can be read while the others are being written
                undo.callback(file.unlink, missing_ok=True)
                made[file] = made[file].replace(file)
                written(file)
        completed = manifest.completed(report, made.values())
        if beside is not None:
            beside = Path(beside)
            made[beside] = completed.write(staged[beside.parent] / beside.name)
        for file, new in made.items():
            if new != file:
                new.replace(file)
                written(file)
        undo.pop_all()
    return report, completed


def _found_again(outline: str | Path) -> str:
    """Give an outline so that it is found from another folder too."""
    own = Path(outline)
    return str(own.resolve() if own.suffix in (".yaml", ".yml") else outline)


def moved_to(manifest: Manifest, folder: Path) -> Manifest:
    """Give a manifest of which the workspace, with all files in it, stands elsewhere now."""
    was, now = Path(manifest.settings["workspace"]), folder.resolve()

    def there(path: str) -> str:
        return str(now / Path(path).relative_to(was)) if Path(path).is_relative_to(was) else path

    files = {name: there(getattr(manifest.options, name)) for name in ("template", "boundary")}
    return manifest.model_copy(
        update={
            "outline": there(manifest.outline),
            "settings": {name: there(value) for name, value in manifest.settings.items()},
            "inputs": tuple(
                one.model_copy(update={"path": there(one.path)}) for one in manifest.inputs
            ),
            "options": manifest.options.model_copy(update=files),
        }
    )


def read_manifest(path: Path | str) -> Manifest:
    """Read a manifest.

    Raises
    ------
    FileFault, DeclarationFaults
        There is no such file, or it is no manifest.
    """
    return read_declaration(Path(path), Manifest)


def rebuild(
    manifest: Manifest, results_of: Callable[[Manifest], Sequence[object]], folder: Path | str
) -> Rebuilt:
    """Make a report again from its manifest, and say whether it is the same.

    Parameters
    ----------
    results_of
        Computes the results that the outline needs, by the manifest's settings and seed.
    folder
        Where the files are written, under the names that they had.

    Raises
    ------
    MovedInput
        An input file or the outline has changed; nothing is written.
    """
    moved = [
        (one.path, one.sha256, now)
        for one in manifest.inputs
        if (now := _hash_if_there(Path(one.path))) != one.sha256
    ]
    outline = _outline_hash(manifest.outline)
    if outline != manifest.outline_sha256:
        moved.append((manifest.outline, manifest.outline_sha256, outline))
    if moved:
        raise MovedInput(moved)
    use_language(manifest.language)  # results name regions in the report's language
    # The document prints the recorded versions, not those of today: what differs is said apart.
    files = [Path(folder) / name for name in manifest.outputs]
    report, made = build(manifest, results_of(manifest), files)
    differs = tuple(
        name
        for name, recorded in manifest.outputs.items()
        if Path(name).suffix in EXACT and made.outputs[name] != recorded
    )
    here = versions_here()
    changed = {
        name: (old, here.get(name, ""))
        for name, old in manifest.versions.items()
        if here.get(name, "") != old
    }
    same = not differs and report.content_hash() == manifest.content
    return Rebuilt(tuple(files), same, differs, changed)


def file_hash(path: Path | str) -> str:
    """Give the SHA-256 of a file, or of all files of a folder with their names."""
    path = Path(path)
    if path.is_dir():
        whole = hashlib.sha256()
        for file in sorted(one for one in path.rglob("*") if one.is_file()):
            whole.update(f"{file.relative_to(path).as_posix()}\0{file_hash(file)}\n".encode())
        return whole.hexdigest()
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@cache
def versions_here() -> dict[str, str]:
    """Give the versions of what takes part in writing: Python, packages, and the typeface."""
    from sanfu.report.fonts import FontFault, find_typeface  # noqa: PLC0415 - when a report is made

    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    try:
        typeface = find_typeface()
        found[typeface.family] = file_hash(typeface.file)[:16]
    except FontFault:
        pass
    return found


def _hash_if_there(path: Path) -> str:
    return file_hash(path) if path.exists() else ""


def _outline_hash(outline: str) -> str:
    own = Path(outline)
    if own.suffix in (".yaml", ".yml"):
        return _hash_if_there(own)
    return _hash_if_there(content_path("outlines", f"{outline}.yaml"))


def with_manifest(report: Report, manifest: Manifest) -> Report:
    """Give a composed report with the manifest printed at its end and the day that it states."""
    document = replace(
        report.document,
        created=manifest.created,
        made_from=tuple(
            (name, _HASH.sub(r"\1", value))
            for name, value in (*report.document.made_from, *manifest.lines())
        ),
    )
    return replace(report, document=document)


_HASH = re.compile(r"\b([0-9a-f]{16})[0-9a-f]{48}\b")
"""A SHA-256, of which a page prints the first 16 digits; the manifest's file has it whole."""
