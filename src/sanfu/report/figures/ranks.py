"""Figures of order: the ranking with its intervals, how sure ranks are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.language import Text
from sanfu.report.figures.grammar import (
    BY_INK,
    NAME,
    cut,
    make,
    names_axis,
    numbers_axis,
    printed,
    wanted,
    words_mark,
)
from sanfu.report.figures.model import (
    CATEGORIES,
    INK,
    SEQUENTIAL,
    Native,
)

if TYPE_CHECKING:
    from typing import Unpack

    from sanfu.report.figures.model import About, Figure

RANK, SCORE = Text("名次", "rank"), Text("得分", "score")


def ranking(scores: pl.DataFrame, **about: Unpack[About]) -> Figure:
    """Draw the regions in order: bars, or points with their intervals where those are given.

    Parameters
    ----------
    scores
        One row a region: `name`, `score`, `rank`; optionally the score's interval `low`, `high`,
        and the rank's, `rank_low` and `rank_high`.
    """
    wanted(scores, about["title"], "name", "score", "rank")
    ordered = scores.sort("rank", "name")
    intervals = {"low", "high"} <= set(scores.columns)
    ranked = {"rank_low", "rank_high"} <= set(scores.columns)
    data = [
        {
            **row,
            "label": f"{row['rank']}  {cut(str(row['name']), 170)}",
            "text": _with_interval(row, intervals=intervals, ranked=ranked),
        }
        for row in ordered.to_dicts()
    ]
    y = names_axis("label")
    x = numbers_axis("score", about["unit"], scale={"zero": not intervals})
    end = {"x": {"value": 408}, "y": y, "text": {"field": "text"}}
    if intervals:
        layers: list[dict[str, Any]] = [
            {
                "mark": {"type": "rule", "strokeWidth": 5, "color": CATEGORIES[4], "opacity": 0.6},
                "encoding": {
                    "y": y,
                    "x": numbers_axis("low", about["unit"], scale={"zero": False}),
                    "x2": {"field": "high"},
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "color": CATEGORIES[0]},
                "encoding": {"y": y, "x": x},
            },
        ]
    else:
        layers = [
            {
                "mark": {"type": "bar", "color": CATEGORIES[0], "height": {"band": 0.7}},
                "encoding": {"y": y, "x": x},
            }
        ]
    layers.append({"mark": words_mark(align="left"), "encoding": end})
    first, last = ordered.row(0, named=True), ordered.row(-1, named=True)
    alt = Text(
        f"第 1 名 {first['name']} {printed(first['score'])}，"
        f"末位 {last['name']} {printed(last['score'])}，共 {ordered.height} 个。",
        f"first {first['name']} at {printed(first['score'])}, "
        f"last {last['name']} at {printed(last['score'])}, {ordered.height} in all.",
    )
    headings = {"rank": RANK, "name": NAME, "score": SCORE}
    if intervals:
        headings |= {"low": Text("得分下限", "score, low"), "high": Text("得分上限", "score, high")}
    if ranked:
        headings |= {
            "rank_low": Text("名次上限", "best rank"),
            "rank_high": Text("名次下限", "worst rank"),
        }
    spec = {"data": {"values": data}, "width": 400, "height": {"step": 15.5}, "layer": layers}
    native = Native("bar", "name", ("score",))
    return make(spec, ordered, alt, headings, native=native, **about)


def _with_interval(row: dict[str, Any], *, intervals: bool, ranked: bool) -> str:
    whole = not intervals and float(row["score"]).is_integer()
    words = printed(row["score"], 0 if whole else 1)
    if intervals:
        words += f"（{printed(row['low'])}–{printed(row['high'])}）"
    if ranked:
        same = row["rank_low"] == row["rank_high"]
        ranks = f"{row['rank_low']}" if same else f"{row['rank_low']}–{row['rank_high']}"
        words += str(Text(f" 第 {ranks} 名", f" ranks {ranks}"))
    return words


def rank_acceptability(shares: pl.DataFrame, **about: Unpack[About]) -> Figure:
    """Draw in what share of the runs each region took each rank, as a table of shaded cells.

    Parameters
    ----------
    shares
        One row a region and rank: `name`, `rank` (1 is best), `share` in [0, 1]. A pair that is
        not there is 0. Regions keep the order in which they come.
    """
    wanted(shares, about["title"], "name", "rank", "share")
    names = shares["name"].unique(maintain_order=True).to_list()
    top = max(shares["rank"].to_list())
    side = 34 if top <= 18 else 22
    data = [
        {
            "name": cut(row["name"], 150),
            "rank": row["rank"],
            "share": row["share"],
            "text": printed(row["share"] * 100, 0) if row["share"] >= (0.005 if top <= 18 else 0.1)
            else "",
            "ink": "white" if row["share"] > 0.55 else INK,
        }
        for row in shares.filter(pl.col("share") > 0).to_dicts()
    ]  # fmt: skip
    y = names_axis(sort=[cut(name, 150) for name in names])
    y["scale"] = {"domain": [cut(name, 150) for name in names]}
    x = {
        "field": "rank",
        "type": "ordinal",
        "scale": {"domain": list(range(1, top + 1))},
        "axis": {
            "title": str(Text("名次", "rank")), "orient": "top", "labelAngle": 0, "ticks": False,
            "domain": False,
        },
    }  # fmt: skip
    spec = {
        "data": {"values": data},
        "width": {"step": side},
        "height": {"step": 22},
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "white"},
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": {
                        "field": "share",
                        "type": "quantitative",
                        "scale": {"domain": [0, 1], "range": list(SEQUENTIAL)},
                        "legend": {
                            "title": str(Text("占试算次数的比例", "share of all runs")),
                            "format": ".0%",
                            "values": [0, 0.25, 0.5, 0.75, 1],
                            "orient": "bottom",
                            "gradientLength": 220,
                        },
                    },
                },
            },
            {
                "mark": words_mark(color=BY_INK, fontSize=10),
                "encoding": {
                    "x": x,
                    "y": y,
                    "text": {"field": "text"},
                },
            },
        ],
    }
    likely = shares.sort("share", descending=True).row(0, named=True)
    first = shares.filter(pl.col("rank") == 1).sort("share", descending=True)
    leader = first.row(0, named=True) if first.height else likely
    percent = printed(leader["share"] * 100, 0)
    alt = Text(
        f"{len(names)} 个地区在各次试算中取得各名次的比例；{leader['name']} 在 {percent}% "
        f"的方案中为第 {leader['rank']} 名。格中数字为百分比。",
        f"share of all runs in which each of {len(names)} took each rank; {leader['name']} was "
        f"number {leader['rank']} in {percent}% of them. Cells hold percentages.",
    )
    headings = {"name": NAME, "rank": RANK, "share": Text("比例", "share")}
    return make(spec, shares.filter(pl.col("share") > 0), alt, headings, **about)
