"""QR codes by segno: as SVG for pages and PDF, as PNG for Word."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=4096)
def _code(words: str) -> Any:
    import segno  # noqa: PLC0415 - when a code is drawn

    return segno.make(words, error="m", micro=False)


def draw_code(words: str) -> str:
    """Draw a QR code as SVG that takes the size it is given."""
    made = io.BytesIO()
    _code(words).save(made, kind="svg", xmldecl=False, omitsize=True, border=2, svgclass=None)
    return made.getvalue().decode()


def code_png(words: str) -> bytes:
    """Draw a QR code as PNG."""
    made = io.BytesIO()
    _code(words).save(made, kind="png", scale=6, border=2)
    return made.getvalue()
