"""Every figure once, on invented data: writes SVG and PNG files, and one contact sheet.

    python examples/report_figures.py out/figures

The functions take plain frames; in a report the same frames come from results. All data here are
synthetic and every picture says so.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sanfu.report import figures as fig
from sanfu.report.figures.regions import read_tiles

if TYPE_CHECKING:
    from collections.abc import Callable

ABOUT: fig.About = {
    "title": "",
    "unit": "分",
    "source": "示例数据（由程序生成）",
    "as_of": "2025-12-31",
    "n": "16 个区",
    "method": "最小—最大标准化、等权、算术平均",
    "synthetic": True,
}
PILLARS = ("创新能力", "经营质量", "专业化水平", "数字化与绿色化转型", "要素保障", "服务体系")
TIERS = (
    "专精特新“小巨人”企业",
    "专精特新中小企业",
    "创新型中小企业",
    "科技型中小企业",
    "其他中小企业",
)
EVENT = dt.datetime(2026, 5, 20, 9, 0)  # noqa: DTZ001 - an event is printed in local time


def about(title: str, **other: str) -> fig.About:
    """Say what stands with a figure; what is not said is as in `ABOUT`."""
    return {**ABOUT, "title": title, **other}  # type: ignore[typeddict-item]


def districts(seed: int = 7) -> pl.DataFrame:
    """Sixteen districts with invented scores, ranks and intervals."""
    random = np.random.default_rng(seed)
    tiles = read_tiles("shanghai").sort("code")
    score = np.round(random.normal(58, 12, 16), 2)
    half = random.uniform(1, 5, 16)
    return tiles.select("code", "name").with_columns(
        score=pl.Series(score),
        low=pl.Series(score - half),
        high=pl.Series(score + half),
        rank=pl.Series(score).rank("min", descending=True).cast(pl.Int64),
    ).with_columns(
        rank_low=(pl.col("rank") - 2).clip(1, 16), rank_high=(pl.col("rank") + 1).clip(1, 16)
    )  # fmt: skip


def pillars() -> pl.DataFrame:
    """Give each district an invented score a pillar."""
    random = np.random.default_rng(3)
    names = districts()["name"].to_list()
    return pl.DataFrame(
        [(name, pillar, float(np.round(random.uniform(25, 95), 1)))
         for pillar in PILLARS for name in names],
        schema=["name", "part", "value"], orient="row",
    )  # fmt: skip


def years() -> pl.DataFrame:
    """Give each district invented scores and ranks over five years."""
    random = np.random.default_rng(11)
    walk = random.normal(0, 4, (16, 5)).cumsum(axis=1) + districts()["score"].to_numpy()[:, None]
    names = districts()["name"].to_list()
    frame = pl.DataFrame(
        [(names[i], 2021 + t, round(float(walk[i, t]), 2)) for i in range(16) for t in range(5)],
        schema=["name", "year", "value"], orient="row",
    )  # fmt: skip
    return frame.with_columns(
        rank=pl.col("value").rank("min", descending=True).over("year").cast(pl.Int64)
    )


def _tile_map() -> fig.Figure:
    return fig.tile_map(districts(), layout="shanghai", **about("上海十六区发展指数"))


def _tile_map_china() -> fig.Figure:
    random = np.random.default_rng(5)
    tiles = read_tiles("china").head(30)
    scores = tiles.select("code").with_columns(score=pl.Series(random.uniform(20, 90, 30)))
    scores = scores.with_columns(rank=pl.col("score").rank("min", descending=True).cast(pl.Int64))
    return fig.tile_map(
        scores, layout="china", **about("三十一个省级单位（一个无数据）", n="30 个省级单位")
    )


def _ranking() -> fig.Figure:
    return fig.ranking(districts(), **about("各区得分与稳健区间"))


def _ranking_plain() -> fig.Figure:
    return fig.ranking(districts().select("name", "score", "rank"), **about("各区得分"))


def _heat_map() -> fig.Figure:
    cells = pillars().select(row="name", column="part", value="value")
    return fig.heat_map(cells, **about("各区分维度得分"))


def _parallel_dots() -> fig.Figure:
    return fig.parallel_dots(pillars(), highlight="杨浦", **about("杨浦与其他区：各维度得分"))


def _waterfall() -> fig.Figure:
    steps = pl.DataFrame({"name": PILLARS, "value": [3.42, -1.25, 2.1, -4.36, 0.55, 1.87]})
    return fig.waterfall(
        steps, start=("全市平均", 58.3), end="杨浦得分", **about("杨浦的得分由何而来")
    )


def _pillar_bars() -> fig.Figure:
    steps = pl.DataFrame({"name": PILLARS, "value": [3.42, -1.25, 2.1, -4.36, 0.55, 1.87]})
    return fig.pillar_bars(steps, **about("杨浦各维度与全市平均之差"))


def _bars() -> fig.Figure:
    amounts = pl.DataFrame(
        {"name": ["生物医药", "集成电路", "人工智能", "新材料", "其他"],
         "value": [412_500_000, 98_760_000, 1_256_000, 87_500, 960]}
    )  # fmt: skip
    return fig.bars(
        amounts, **about("各产业研发投入", unit="元", n="824 家企业", method="企业填报数合计")
    )


def _structure() -> fig.Figure:
    random = np.random.default_rng(2)
    kinds = ("集成电路", "生物医药", "人工智能", "高端装备", "新材料", "其他")
    cells = [(name, kind, int(random.integers(5, 90)))
             for name in ("杨浦", "浦东", "徐汇", "闵行", "全市") for kind in kinds]  # fmt: skip
    frame = pl.DataFrame(cells, schema=["whole", "part", "value"], orient="row")
    return fig.structure(
        frame,
        wholes=None,
        **about("专精特新企业的产业构成", unit="占本区企业数的比例", n="1,460 家企业",
                method="按产业目录 2023 版归类"),
    )  # fmt: skip


def _slope() -> fig.Figure:
    wide = years().filter(pl.col("year").is_in([2024, 2025])).pivot(
        on="year", index="name", values="value"
    ).rename({"2024": "before", "2025": "after"})  # fmt: skip
    return fig.slope(
        wide, before="2024 年", after="2025 年", highlight=["杨浦", "浦东"],
        **about("两年得分的变化"),
    )  # fmt: skip


def _bump() -> fig.Figure:
    return fig.bump(
        years().select("name", "year", "rank"), **about("2021–2025 年名次", unit="名次")
    )


def _trend() -> fig.Figure:
    some = years().filter(pl.col("name").is_in(districts()["name"].to_list()[:9]))
    return fig.trend(some, **about("2021–2025 年得分"))


def _rank_acceptability() -> fig.Figure:
    random = np.random.default_rng(1)
    ordered = districts().sort("rank")
    draws = ordered["score"].to_numpy() + random.normal(0, 5, (2000, 16))
    ranks = (-draws).argsort(axis=1).argsort(axis=1) + 1
    cells = [
        (name, rank, float((ranks[:, i] == rank).mean()))
        for i, name in enumerate(ordered["name"].to_list())
        for rank in range(1, 17)
    ]
    shares = pl.DataFrame(cells, schema=["name", "rank", "share"], orient="row")
    return fig.rank_acceptability(
        shares, **about("名次有多稳", unit="占方案的比例", method="2,000 次随机方案")
    )


def _sobol() -> fig.Figure:
    indices = pl.DataFrame(
        {
            "name": ["标准化方法", "权重", "聚合方法", "缺失值处理", "离群值处理"],
            "first": [0.41, 0.22, 0.12, 0.03, 0.01],
            "first_low": [0.36, 0.18, 0.09, 0.01, 0.0],
            "first_high": [0.46, 0.27, 0.15, 0.05, 0.02],
            "total": [0.55, 0.31, 0.2, 0.06, 0.02],
            "total_low": [0.5, 0.26, 0.16, 0.03, 0.0],
            "total_high": [0.6, 0.37, 0.24, 0.09, 0.03],
        }
    )
    return fig.sobol(indices, **about("哪一项选择最影响名次", unit="占方差的比例", n="4,096 次"))


def _correlations() -> fig.Figure:
    random = np.random.default_rng(4)
    names = [*PILLARS, "研发费用占比", "发明专利数", "主导产品市场占有率", "劳动生产率"]
    r = np.corrcoef(
        random.normal(size=(40, len(names))) + random.normal(size=(40, 1)), rowvar=False
    )
    cells = [(names[i], names[j], float(r[i, j])) for i in range(len(names)) for j in range(i + 1)]
    frame = pl.DataFrame(cells, schema=["row", "column", "value"], orient="row")
    return fig.correlations(frame, **about("指标两两相关", unit="相关系数", method="皮尔逊"))


def _distribution() -> fig.Figure:
    random = np.random.default_rng(9)
    raw = np.concatenate([random.lognormal(3.2, 0.45, 77), [145.0, 168.0, 210.0]])
    treated = np.minimum(raw, 118.0)
    frame = pl.DataFrame(
        {"name": [f"样本企业{i:02d}" for i in range(80)], "value": raw, "treated": treated}
    )
    return fig.distribution(
        frame, **about("研发费用的分布", unit="万元", n="80 家企业", method="截尾到 1.5 倍四分位距")
    )


def _scatter() -> fig.Figure:
    random = np.random.default_rng(6)
    points = districts().select("name").with_columns(
        x=pl.Series(random.lognormal(18, 0.8, 16)), y=pl.Series(random.uniform(2, 12, 16))
    )  # fmt: skip
    return fig.scatter(
        points, x="研发费用（元）", y="研发费用占营业收入（%）", highlight=["杨浦"],
        **about("研发投入：规模与强度", unit="见坐标轴"),
    )  # fmt: skip


def _funnel() -> fig.Figure:
    steps = pl.DataFrame(
        {"name": ["发出邀请", "报名", "通过审核", "提出需求", "约定洽谈", "到场洽谈", "达成意向"],
         "count": [1860, 742, 655, 402, 318, 296, 87]}
    )  # fmt: skip
    return fig.funnel(steps, **about("对接活动各步", unit="家", n="1,860 家", method="逐步计数"))


def _pyramid() -> fig.Figure:
    tiers = pl.DataFrame(
        {"name": TIERS[:4], "count": [184, 1460, 3925, 8288], "before": [170, 1490, 3600, 8288]}
    )
    return fig.pyramid(tiers, **about("企业梯队", unit="家", n="8,288 家", method="按有效期内称号"))


def _tier_flows() -> fig.Figure:
    cells = [
        (TIERS[4], TIERS[3], 640), (TIERS[4], TIERS[4], 3100), (TIERS[3], TIERS[2], 410),
        (TIERS[3], TIERS[3], 2200), (TIERS[3], TIERS[4], 150), (TIERS[2], TIERS[1], 190),
        (TIERS[2], TIERS[2], 1300), (TIERS[2], TIERS[4], 60), (TIERS[1], TIERS[0], 22),
        (TIERS[1], TIERS[1], 900), (TIERS[1], TIERS[2], 45), (TIERS[0], TIERS[0], 160),
        (TIERS[0], TIERS[1], 8),
    ]  # fmt: skip
    moves = pl.DataFrame(cells, schema=["from", "to", "count"], orient="row")
    return fig.tier_flows(
        moves, before="2024 年", after="2025 年", order=TIERS,
        **about("一年中梯队的升降", unit="家", n="9,185 家", method="两年称号比对"),
    )  # fmt: skip


def _gantt() -> fig.Figure:
    random = np.random.default_rng(8)
    rows = [("主会场", "开幕与政策解读", EVENT, EVENT + dt.timedelta(minutes=40), "会议")]
    for table in range(1, 9):
        for slot in range(6):
            if random.random() < 0.85:
                start = EVENT + dt.timedelta(minutes=45 + 25 * slot)
                firm = f"样本企业{int(random.integers(1, 60)):02d}"
                rows.append(
                    (f"{table} 号桌", firm, start, start + dt.timedelta(minutes=20), "洽谈")
                )
    frame = pl.DataFrame(rows, schema=["lane", "label", "start", "end", "kind"], orient="row")
    return fig.gantt(
        frame, **about("对接会时间表", unit="时刻", n="8 张桌", as_of="2026-05-20", method="排程")
    )


FIGURES: dict[str, Callable[[], fig.Figure]] = {
    "tile_map": _tile_map,
    "tile_map_china": _tile_map_china,
    "ranking": _ranking,
    "ranking_plain": _ranking_plain,
    "heat_map": _heat_map,
    "parallel_dots": _parallel_dots,
    "waterfall": _waterfall,
    "pillar_bars": _pillar_bars,
    "bars": _bars,
    "structure": _structure,
    "slope": _slope,
    "bump": _bump,
    "trend": _trend,
    "rank_acceptability": _rank_acceptability,
    "sobol": _sobol,
    "correlations": _correlations,
    "distribution": _distribution,
    "scatter": _scatter,
    "funnel": _funnel,
    "pyramid": _pyramid,
    "tier_flows": _tier_flows,
    "gantt": _gantt,
}
"""Name → the function that makes the sample figure."""


def main(folder: Path) -> None:
    """Write each figure as SVG and PNG, and a page that shows them all."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = []
    for name, sample in FIGURES.items():
        figure = sample()
        svg = fig.draw_svg(figure)
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
        (folder / f"{name}.png").write_bytes(fig.draw_png(figure))
        shown.append(f"<section><h2><code>{name}</code></h2>{svg}</section>")
    page = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>图样一览</title>'
        "<style>body{columns:2;font-family:sans-serif}section{break-inside:avoid}"
        "svg{max-width:100%;height:auto}</style>" + "".join(shown) + "</html>"
    )
    (folder / "contact-sheet.html").write_text(page, encoding="utf-8")
    print(f"{len(FIGURES)} figures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/figures"))
