"""What ships as data, and how declarations are read.

`content_path` finds a shipped file; `read_declaration` reads any declaration, shipped or the
office's own, strictly and with all its faults at once.
"""

from __future__ import annotations

from pathlib import Path

from sanfu.content.declaration import (
    Declaration,
    Label,
    line_of,
    load_yaml,
    plain,
    read_declaration,
    validate_declaration,
    validation_text,
)

__all__ = [
    "Declaration",
    "Label",
    "content_path",
    "line_of",
    "load_yaml",
    "plain",
    "read_declaration",
    "validate_declaration",
    "validation_text",
]


def content_path(*parts: str) -> Path:
    """Give the path of a file or folder that ships with Sanfu, such as ``"frameworks"``."""
    return Path(__file__).parent.joinpath(*parts)
