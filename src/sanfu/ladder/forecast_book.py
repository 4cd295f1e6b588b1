"""The workbook of a forecast: what runs out, who is near, who is at risk, how reviews went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sanfu.ladder.checking import SELF_CHECK
from sanfu.ladder.forecast import NEAR, RISKS
from sanfu.ladder.reform import CHANGES
from sanfu.ladder.values import OUTCOME_WORDS
from sanfu.ladder.which import TIER_WORDS
from sanfu.language import Text, current_language
from sanfu.registry.titles import undated_note
from sanfu.workbook import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from sanfu.ladder.forecast import Forecast

WHO = (
    Column("firm", Text("企业编号", "firm"), width=12),
    Column("name", Text("企业名称", "name"), width=32),
    Column("district", Text("所属区", "district")),
)
COUNTS = (
    Column("unmet", Text("不符合项", "unmet"), "integer", 9),
    Column("missing", Text("缺数据项", "missing"), "integer", 9),
    Column("judge", Text("需判断项", "to judge"), "integer", 9),
    Column(
        "distance",
        Text("距离", "distance"),
        "number",
        meaning=Text(
            "各不符合数量的差距÷门槛之和；越小越近",
            "sum of gap ÷ threshold over what is unmet; smaller is nearer",
        ),
    ),
    Column("short_of", Text("差什么", "short of"), width=48),
    Column("lacks", Text("缺什么数据", "data missing"), width=36),
    Column("to_judge", Text("需人工判断", "for a person to judge"), width=36),
)


def write_forecast(found: Forecast, path: Path | str, *, synthetic: bool = False) -> None:
    """Write the lists; every sheet says that it is a self-check."""
    notes = [
        str(SELF_CHECK),
        str(Text(f"自 {found.on} 起 {found.months} 个月", f"from {found.on}")),
    ]
    if (without := undated_note(found.titles)) is not None:
        notes.append(str(without))
    if synthetic:
        notes.append(str(Text("合成数据，不代表任何真实企业。", "Synthetic data; no real firms.")))
    tier = Column("tier", Text("称号", "title"), width=22)
    expires = Column("expires", Text("到期", "expires"), "date", 12)
    days = Column("days_left", Text("剩余天数", "days left"), "integer", 9)
    batch = Column("batch", Text("批次", "batch"))
    book = Column("rulebook", Text("标准", "standard"), width=22)
    near = Text(
        f"第二梯队：距上一层级不超过 {NEAR} 项不符合，由近到远",
        f"near the next tier: at most {NEAR} criteria unmet, the nearest first",
    )
    rates = found.pass_rates.rename({f"batch_{current_language()}": "b"})
    sheets = [
        Sheet(
            str(Text("第二梯队", "second echelon")),
            _said(found.second_echelon),
            [
                *WHO,
                Column("holds", Text("现有称号", "holds"), width=20),
                Column("next", Text("下一层级", "next tier"), width=20),
                book,
                Column("outcome", Text("结论", "outcome")),
                *COUNTS,
            ],
            [*notes, str(near)],
        ),
        Sheet(
            str(Text("复核风险", "review risk")),
            _said(found.review_risk),
            [
                *WHO,
                tier,
                batch,
                expires,
                days,
                book,
                Column(
                    "risk",
                    Text("风险（按现有数据）", "risk on today's figures"),
                    width=24,
                    tones={
                        str(RISKS["unmet"]): "bad",
                        str(RISKS["missing"]): "warn",
                        str(RISKS["met"]): "good",
                    },
                ),
                *COUNTS,
            ],
            notes,
        ),
        Sheet(
            str(Text("即将到期", "running out")),
            _said(found.expiring),
            [
                *WHO,
                tier,
                batch,
                Column("granted", Text("认定", "granted"), "date", 12),
                expires,
                days,
            ],
            notes,
        ),
        Sheet(
            str(Text("2026 年标准更严", "stricter in 2026")),
            _said(found.stricter),
            [
                *WHO,
                tier,
                Column("change", Text("变化", "change")),
                Column("decided_by", Text("由哪些条款引起", "decided by"), width=48),
            ],
            [
                *notes,
                str(
                    Text(
                        "按 2022 年标准符合或未定、按 2026 年标准不符合的现有称号企业",
                        "holders who meet, or may meet, the standard of 2022 and fail that of 2026",
                    )
                ),
            ],
        ),
        Sheet(
            str(Text("历次复核通过率", "past reviews")),
            _said(rates),
            [
                tier,
                Column("b", Text("批次", "batch"), width=18),
                Column("announced", Text("到期", "due"), "integer"),
                Column("passed", Text("通过", "passed"), "integer"),
                Column("rate", Text("通过率", "rate"), "percent"),
                Column("low", Text("95% 下限（Wilson）", "95 % low (Wilson)"), "percent"),
                Column("high", Text("95% 上限（Wilson）", "95 % high (Wilson)"), "percent"),
            ],
            [
                str(
                    Text(
                        "全国数字见公开报道，来源写在 content/ladder/reviews.yaml；"
                        "只说明总体，不预测某一家。",
                        "National figures from public reports (content/ladder/reviews.yaml); "
                        "they tell of the whole, never of one firm.",
                    )
                )
            ],
        ),
    ]
    write_workbook(path, sheets)


def _said(frame: pl.DataFrame) -> pl.DataFrame:
    """Put outcomes, tiers and changes in words."""
    words: dict[str, dict[str, str]] = {
        "outcome": {name: str(word) for name, word in OUTCOME_WORDS.items()},
        "tier": {name: str(word) for name, word in TIER_WORDS.items()},
        "holds": {"": str(Text("无", "none")), **{n: str(w) for n, w in TIER_WORDS.items()}},
        "next": {name: str(word) for name, word in TIER_WORDS.items()},
        "change": {str(name): str(word) for name, word in CHANGES.items()},
    }
    return frame.with_columns(
        pl.col(name).replace(words[name]) for name in words if name in frame.columns
    )
