"""What an office chooses once for all its reports: template, boundary file, PDF standards, rules.

It stands as the table ``[report]`` of the workspace's ``sanfu.toml``; the command line says
otherwise for one report. A report's manifest keeps what was chosen.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from sanfu.content import Declaration, validate_declaration
from sanfu.errors import FileFault, InputError
from sanfu.index import Confidentiality
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

Standard = Literal["a-2b", "ua-1"]


class ReportOptions(Declaration):
    """What a report is written with, beside its outline and its results."""

    office: str = ""
    """The office's name, printed on its reports; stands as ``office`` in ``sanfu.toml`` itself, not
    under ``[report]``."""
    template: str = ""
    """The office's own Word file; see `sanfu.report.own_template`."""
    boundary: str = ""
    """The declaration of a boundary file; see `sanfu.report.figures.Boundary`. Maps are of tiles
    without one."""
    archive: bool = False
    """Whether PDF is written for the archive, as PDF/A-2b."""
    accessible: bool = False
    """Whether PDF is written for screen readers, as PDF/UA-1."""
    min_firms: int = Field(default=3, ge=1)
    """Fewest firms that a published figure rests on."""
    dominance: str = "1:75%"
    """``n:k``: a total of which the n largest firms hold more than k is not published; empty: no
    such rule."""

    def standards(self) -> tuple[Standard, ...]:
        """Give the standards that a PDF keeps."""
        asked: dict[Standard, bool] = {"a-2b": self.archive, "ua-1": self.accessible}
        return tuple(name for name, wanted in asked.items() if wanted)

    def rules(self) -> Confidentiality:
        """Give the rules of confidentiality."""
        return Confidentiality(min_firms=self.min_firms, dominance=read_dominance(self.dominance))

    def files(self) -> list[tuple[str, Path]]:
        """Give role and path of the files that a report made with them comes from.

        Raises
        ------
        TemplateFault, DeclarationFaults, FileFault
            The template or the boundary file cannot be used as it is.
        """
        found = []
        if self.template:
            from sanfu.report.own_template import check_template  # noqa: PLC0415 - when there is one

            check_template(self.template)
            found.append(("template", Path(self.template)))
        if self.boundary:
            from sanfu.report.figures import read_boundary  # noqa: PLC0415 - when there is one

            path = Path(self.boundary)
            declared, _ = read_boundary(path)
            found += [("boundary", path), ("boundary", path.parent / declared.file)]
        return found


def read_options(office: Mapping[str, Any], folder: Path, **said: Any) -> ReportOptions:
    """Read the options of an office, and what is said for one report.

    Parameters
    ----------
    office
        The settings of the workspace, of which ``report`` is the table meant.
    folder
        The workspace's folder, from which the files that its settings name are found.
    said
        What the command says; None where it says nothing. Files are found from here.

    Raises
    ------
    DeclarationFaults, FileFault
        A key is unknown, or its value is not what it should be; a file that is named is not there.
    InputError
        The command's own rule cannot be read.
    """
    table = office.get("report", {})
    settings = folder / "sanfu.toml"
    if not isinstance(table, dict):
        raise FileFault(
            settings,
            Text("[report] 应是一节设置。", "[report] should be a table of settings."),
        )
    named_twice = {"office": office["office"]} if "office" in office else {}
    set_once = validate_declaration(table | named_twice, ReportOptions, f"{settings} [report]")
    try:
        set_once.rules()
    except InputError as error:
        raise FileFault(
            settings, Text(f"[report]：{error.text.zh}", f"[report]: {error.text.en}")
        ) from None
    files = {
        name: str(folder / getattr(set_once, name))
        for name in ("template", "boundary")
        if getattr(set_once, name)
    }
    told = {name: value for name, value in said.items() if value is not None}
    options = ReportOptions(**(set_once.model_dump() | files | told))
    options.rules()  # says what is wrong with those of the command
    named = {name: getattr(options, name) for name in ("template", "boundary")}
    for name, file in named.items():
        if file and not Path(file).is_file():
            raise FileFault(
                file,
                Text(
                    f"文件不存在；由 --{name} 或 {settings} 的 [report] {name} 指定。",
                    f"no such file; it is named by --{name} or by {name} under [report] in "
                    f"{settings}.",
                ),
            )
    absolute = {name: str(Path(file).resolve()) for name, file in named.items() if file}
    return options.model_copy(update=absolute)


def read_dominance(said: str) -> tuple[int, float] | None:
    """Read a dominance rule such as ``1:75%`` or ``2:0.85``; None where there is none.

    Raises
    ------
    InputError
        It is not written so.
    """
    if not said.strip():
        return None
    number, _, share = said.replace("：", ":").partition(":")
    try:
        k = float(share.strip().removesuffix("%")) / (100 if share.strip().endswith("%") else 1)
        rule = (int(number), k)
    except ValueError:
        raise InputError(
            Text(
                f"优势规则写成“户数:占比”，例如 1:75%（最大的 1 户超过 75% 就不公布）；"
                f"找到“{said}”。不用此规则则写空字。",
                "dominance is written as firms:share, such as 1:75% (hide where the largest firm "
                f"holds more than 75%); found “{said}”. An empty word means no such rule.",
            )
        ) from None
    Confidentiality(dominance=rule)  # says what is wrong with the numbers
    return rule
