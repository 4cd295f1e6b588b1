"""Read a YAML declaration strictly, and say all its faults at once with their lines.

YAML 1.2 by ruamel.yaml: ``on`` and ``no`` stay words, a key given twice is a fault, and every
node knows its line. A pydantic model then checks it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from sanfu.errors import DeclarationFaults, Fault, FileFault
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Model = TypeVar("Model", bound=BaseModel)


class Declaration(BaseModel):
    """Base of every declaration model: frozen, and an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def content_hash(self) -> str:
        """Give the SHA-256 of the declaration's content, the same for the same meaning."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


class Label(BaseModel):
    """A name in Chinese and in English."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str

    def text(self) -> Text:
        """Give the label as a two-language text."""
        return Text(self.zh, self.en)


def load_yaml(path: Path | str) -> Any:
    """Read one YAML document into ruamel's round-trip nodes, which know their lines.

    Raises
    ------
    FileFault
        The file is missing, not UTF-8, or not YAML; the message names the line.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - slow to import, not needed by every command
    from ruamel.yaml.error import MarkedYAMLError  # noqa: PLC0415

    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FileFault(path, Text("文件不存在。", "no such file.")) from None
    except UnicodeDecodeError:
        raise FileFault(
            path, Text("不是 UTF-8 编码，请另存为 UTF-8。", "is not UTF-8; save it as UTF-8.")
        ) from None
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = None if mark is None else mark.line + 1
        problem = str(error.problem)
        raise DeclarationFaults(
            path, [Fault(line, "YAML", Text(f"语法错误：{problem}", f"syntax: {problem}"))]
        ) from None
    except ValueError:
        raise DeclarationFaults(path, _impossible_dates(text)) from None


def _impossible_dates(text: str) -> list[Fault]:
    """Find what is written like a date and is none; the parser does not say where it stands."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        for written in re.findall(r"\b\d{4}-\d{1,2}-\d{1,2}\b", line):
            try:
                dt.date(*map(int, written.split("-")))
            except ValueError:
                zh = f"“{written}”不是日期，应为日期（例如 2026-04-01）"
                en = f"“{written}” is no date; wanted is one such as 2026-04-01"
                found.append(Fault(number, "YAML", Text(zh, en)))
    return found


def line_of(document: Any, location: Sequence[str | int]) -> int | None:
    """Find the line (from 1) of the node at `location` in a loaded document."""
    node, line = document, None
    for step in location:
        if isinstance(node, dict) and step not in node:
            continue  # pydantic names the kind of a tagged union where the file has no such step
        marks = getattr(node, "lc", None)
        try:
            if marks is not None:
                line = (marks.key(step) if isinstance(node, dict) else marks.item(step))[0] + 1
            node = node[step]
        except (KeyError, IndexError, TypeError):
            break
    return line


def plain(node: Any) -> Any:
    """Turn ruamel's nodes into plain dicts, lists and scalars."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node)
    if isinstance(node, str):
        return str(node)
    return node


def validate_declaration(document: Any, model: type[Model], source: Path | str) -> Model:
    """Check a loaded document against its model.

    Raises
    ------
    DeclarationFaults
        With one fault for each thing that is wrong, each with its line.
    """
    try:
        return model.model_validate(plain(document))
    except ValidationError as error:
        faults = [
            Fault(
                line_of(document, item["loc"]),
                ".".join(str(step) for step in item["loc"]) or str(Text("整个文件", "the file")),
                validation_text(item),
            )
            for item in error.errors(include_url=False)
        ]
        raise DeclarationFaults(source, faults) from None


def read_declaration(path: Path | str, model: type[Model]) -> Model:
    """Read a YAML file and check it against its model, all faults at once.

    Raises
    ------
    FileFault, DeclarationFaults
        See `load_yaml` and `validate_declaration`.
    """
    return validate_declaration(load_yaml(path), model, path)


_WORDS = {
    "missing": "缺少这一项", "extra_forbidden": "不认识这一项，请检查拼写",
    "greater_than": "应大于 {gt}", "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}", "less_than_equal": "应不大于 {le}",
    "too_short": "至少要有 {min_length} 项", "too_long": "至多 {max_length} 项",
    "string_too_short": "至少 {min_length} 个字", "string_too_long": "至多 {max_length} 个字",
    "string_pattern_mismatch": "应符合 {pattern}", "string": "应为文字", "int": "应为整数",
    "float": "应为数字", "finite_number": "应为数字", "decimal": "应为数字",
    "bool": "应为 true 或 false", "date": "应为日期（例如 2026-04-01）",
    "datetime": "应为日期和时刻（例如 2026-04-01 09:00）", "time": "应为时刻（例如 09:00）",
    "literal_error": "应为 {expected} 之一", "enum": "应为 {expected} 之一",
    "union_tag_invalid": "应为 {expected_tags} 之一", "union_tag_not_found": "缺少 {discriminator}",
    "list": "应为列表", "tuple": "应为列表", "set": "应为列表", "frozenset": "应为列表",
    "dict": "应为一组“名称: 值”", "mapping": "应为一组“名称: 值”", "model": "应为一组“名称: 值”",
}  # fmt: skip
"""Kinds of pydantic's errors, or their first word, and what they are in Chinese."""


def validation_text(item: Mapping[str, Any]) -> Text:
    """Word one error of pydantic, as `ValidationError.errors` gives it, in both languages."""
    kind, about = str(item["type"]), item.get("ctx", {})
    own = getattr(about.get("error"), "args", ())[:1]
    if own and isinstance(own[0], Text):
        return own[0]
    said = str(item["msg"]).removeprefix("Value error, ")
    words = _WORDS.get(kind) or _WORDS.get(kind.partition("_")[0])
    zh = (words or said).format_map({name: _listed(value) for name, value in about.items()})
    if kind in ("missing", "extra_forbidden"):
        return Text(zh, said)
    shown = str(item.get("input"))
    shown = shown if len(shown) <= SHOWN else shown[: SHOWN - 3] + "…"
    return Text(f"{zh}；现为“{shown}”", f"{said}; found “{shown}”")


SHOWN = 60
"""Characters of a wrong value that a message shows."""


def _listed(value: Any) -> str:
    return str(value).replace(" or ", "、").replace(", ", "、").replace("'", "")
