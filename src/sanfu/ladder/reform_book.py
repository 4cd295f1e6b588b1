"""The workbook of a reform: at a glance, by group, by criterion, and the firms that change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.ladder.checking import SELF_CHECK
from sanfu.ladder.reform import CHANGES
from sanfu.ladder.values import OUTCOME_WORDS
from sanfu.ladder.words import CATEGORIES, measure_words
from sanfu.language import Text
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from sanfu.ladder.reform import Reform

_JUDGED = Text("人工判断项按符合，缺数据的按不符合", "judged matters as met, missing data as unmet")
COUNTS: dict[str, tuple[Text, Text]] = {
    "firms": (Text("企业数", "firms"), Text("", "")),
    "before_judged": (Text("原规则符合（判断项按符合）", "meet, before (judged as met)"), _JUDGED),
    "after_judged": (Text("新规则符合（判断项按符合）", "meet, after (judged as met)"), _JUDGED),
    "gains_judged": (Text("新符合（判断项按符合）", "gain (judged as met)"), _JUDGED),
    "loses_judged": (Text("不再符合（判断项按符合）", "lose (judged as met)"), _JUDGED),
    "before_low": (
        Text("原规则符合", "meet, before"),
        Text("未定的一律按不符合", "what is open counted as unmet"),
    ),
    "before_high": (
        Text("原规则最多", "at most, before"),
        Text("未定的一律按符合", "what is open counted as met"),
    ),
    "after_low": (Text("新规则符合", "meet, after"), Text("同上", "likewise")),
    "after_high": (Text("新规则最多", "at most, after"), Text("同上", "likewise")),
    "gains": (Text("新符合", "gain"), Text("未定的按不符合", "what is open counted as unmet")),
    "gains_high": (Text("新符合（未定按符合）", "gain (open as met)"), Text("", "")),
    "loses": (Text("不再符合", "lose"), Text("未定的按不符合", "what is open counted as unmet")),
    "loses_high": (Text("不再符合（未定按符合）", "lose (open as met)"), Text("", "")),
    "net_low": (Text("净增（低）", "net, low"), Text("", "")),
    "net_high": (Text("净增（高）", "net, high"), Text("", "")),
}


def _by(name: str) -> Text:
    words = measure_words(name)
    return Text(f"按{words.zh}", f"by {words.en}")


def write_reform(found: Reform, path: Path | str) -> None:
    """Write the workbook; every sheet says that it is a self-check."""
    notes = [str(found.in_words()), str(SELF_CHECK)]
    numbers = [
        Column(name, label, "integer", meaning=meaning) for name, (label, meaning) in COUNTS.items()
    ]
    sheets = [Sheet(str(Text("总览", "summary")), found.summary, numbers, notes)]
    for name in found.by:
        group = Column(name, measure_words(name), width=18)
        said = {word: str(text) for word, text in CATEGORIES.items()}
        counts = found.count_by(name).with_columns(pl.col(name).cast(pl.String).replace(said))
        sheets.append(Sheet(str(_by(name)), counts, [group, *numbers], notes))
    sheets.append(
        Sheet(
            str(Text("按条款", "by criterion")),
            found.criteria,
            [
                Column("label", Text("条款", "criterion"), width=32),
                Column("worse", Text("变差", "worse"), "integer"),
                Column("better", Text("变好", "better"), "integer"),
            ],
            notes,
        )
    )
    words = {name: str(word) for name, word in OUTCOME_WORDS.items()}
    changed = found.frame.filter(pl.col("change") != "same").with_columns(
        pl.col("before", "after").replace(words),
        pl.col("change").replace({name: str(word) for name, word in CHANGES.items()}),
    )
    sheets.append(
        Sheet(
            str(Text("有变化的企业", "firms that change")),
            changed,
            [
                Column(found.before.firm, Text("企业", "firm"), width=14),
                *(Column(name, measure_words(name)) for name in found.by),
                Column("before", Text("原结论", "before")),
                Column("after", Text("新结论", "after")),
                Column(
                    "change",
                    Text("变化", "change"),
                    tones={
                        str(CHANGES["gains"]): "good",
                        str(CHANGES["loses"]): "bad",
                        str(CHANGES["opens"]): "warn",
                        str(CHANGES["closes"]): "warn",
                    },
                ),
                Column("decided_by", Text("由哪些条款引起", "decided by"), width=48),
            ],
            notes,
        )
    )
    write_workbook(path, sheets)
