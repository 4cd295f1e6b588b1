"""Choices that cannot be combined: said before any replicate is handed out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanfu.errors import InputError
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Sequence


class ImpossibleCombination(InputError):
    """Choices that cannot be combined, found before any replicate is handed out."""

    def __init__(self, combinations: Sequence[tuple[str, Text]]) -> None:
        shown = list(combinations[:10])
        more = len(combinations) - len(shown)
        zh = "\n".join(f"  - {what}：{text.zh}" for what, text in shown)
        en = "\n".join(f"  - {what}: {text.en}" for what, text in shown)
        if more:
            zh, en = f"{zh}\n  - 另有 {more} 种", f"{en}\n  - and {more} more"
        super().__init__(
            Text(
                f"有 {len(combinations)} 种组合不能计算，未开始运行：\n{zh}\n"
                "请改写这些选择；若允许加常数，请在声明中写 impossible: {offset: 1}。",
                f"{len(combinations)} combinations cannot be computed; nothing was run:\n{en}\n"
                "Change these choices, or allow an offset: impossible: {offset: 1}.",
            )
        )
        self.combinations = tuple(combinations)
