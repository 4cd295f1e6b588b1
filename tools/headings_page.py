"""Write docs/reference/ledger-headings.md out of the dictionary of measures and of findings.

``python tools/headings_page.py`` writes it; a test fails where the page is not what this gives.
"""

from __future__ import annotations

from pathlib import Path

from sanfu.content.measures import measures
from sanfu.registry.problems import problem_kinds

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "ledger-headings.md"
FRAMES = {
    "firms": "企业本身 / firms",
    "figures": "企业在一年里的数 / figures",
    "titles": "称号 / titles",
}
KINDS = {
    "money": "金额", "count": "整数", "date": "日期", "text": "文字", "category": "类别",
    "code": "代码", "flag": "是/否", "years": "年", "points": "分", "share": "比例",
}  # fmt: skip
SEVERITIES = {"error": "错误", "warning": "提醒", "note": "说明"}


def page() -> str:
    """Give the page as text."""
    lines = [
        "# 参考：认得的表头，和导入时会说的话",
        "",
        "本页由 `tools/headings_page.py` 从 `content/measures/*.yaml` 和",
        "`content/problems.yaml` 生成，不要手改。",
        "表头不计全半角、空格、括号、单位和年份；“本年/上年/前年”按表的年份推算。",
        "不认识的列原样保留，用 `--map 表头=指标名` 说一次，以后记住。",
    ]
    for frame, title in FRAMES.items():
        lines += [
            "",
            f"## {title}",
            "",
            "| 指标 | 官方名称 | English | 种类 | 表头 |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| `{m.name}` | {m.zh} | {m.en} | {KINDS[m.kind]} | {'、'.join(m.headings) or '—'} |"
            for m in measures().values()
            if m.frame == frame
        ]
    lines += ["", "## 导入时的发现 / findings", "", "| 代码 | 程度 | 问题 | 怎么改 | finding |"]
    lines += ["|---|---|---|---|---|"]
    lines += [
        f"| `{code}` | {SEVERITIES[kind.severity]} | {kind.zh} | {kind.remedy_zh} | {kind.en} |"
        for code, kind in problem_kinds().items()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
