"""Figures of steps and time: the funnel, the ladder, moves between tiers, the event's timetable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.language import Text
from sanfu.report.figures.grammar import (
    cut,
    make,
    names_axis,
    printed,
    wanted,
    words_mark,
)
from sanfu.report.figures.model import (
    CATEGORIES,
    INK,
    QUIET,
    SEQUENTIAL,
    FigureFault,
    Native,
    NothingToDraw,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from typing import Unpack

    from sanfu.report.figures.model import About, Figure

_COUNT = Text("数量", "count")


def funnel(steps: pl.DataFrame, **about: Unpack[About]) -> Figure:
    """Draw how many remain after each step, with the share of the step before and of the first.

    Parameters
    ----------
    steps
        One row a step, in order: `name`, `count`.
    """
    wanted(steps, about["title"], "name", "count")
    rows = steps.to_dicts()
    texts = []
    for i, row in enumerate(rows):
        words = printed(row["count"], 0)
        if i and rows[i - 1]["count"] and rows[0]["count"]:
            before = printed(row["count"] / rows[i - 1]["count"] * 100, 0)
            first = printed(row["count"] / rows[0]["count"] * 100, 0)
            words += str(
                Text(
                    f"（上一步的 {before}%，起点的 {first}%）",
                    f" ({before}% of the step before, {first}% of the first)",
                )
            )
        texts.append(words)
    colours = [CATEGORIES[0]] * len(rows)
    spec = _centred([(row["name"], row["count"]) for row in rows], texts, colours)
    said = [f"{row['name']} {words}" for row, words in zip(rows, texts, strict=True)]
    alt = Text("，".join(said) + "。", ", ".join(said) + ".")
    headings = {"name": Text("步骤", "step"), "count": _COUNT}
    native = Native("bar", "name", ("count",))
    return make(spec, steps, alt, headings, native=native, **about)


def pyramid(tiers: pl.DataFrame, **about: Unpack[About]) -> Figure:
    """Draw the ladder: one bar a tier, the highest on top, its width by its number of firms.

    Parameters
    ----------
    tiers
        One row a tier, the highest first: `name`, `count`; optionally `before`, the count of the
        period before, whose change is then printed.
    """
    wanted(tiers, about["title"], "name", "count")
    rows = tiers.to_dicts()
    texts = []
    for row in rows:
        words = printed(row["count"], 0)
        if row.get("before") is not None:
            change = row["count"] - row["before"]
            plus = f"{'+' if change > 0 else ''}{printed(change, 0)}"
            words += str(Text(f"（较上期 {plus}）", f" ({plus} on the period before)"))
        texts.append(words)
    dark = SEQUENTIAL[::-1]
    colours = [dark[min(i, len(dark) - 3)] for i in range(len(rows))]
    spec = _centred([(row["name"], row["count"]) for row in rows], texts, colours)
    said = [f"{row['name']} {words}" for row, words in zip(rows, texts, strict=True)]
    alt = Text(
        "由高到低：" + "，".join(said) + "。", "from the highest tier: " + ", ".join(said) + "."
    )
    headings = {"name": Text("梯队", "tier"), "count": _COUNT}
    if "before" in tiers.columns:
        headings["before"] = Text("上期", "before")
    native = Native("bar", "name", ("count",))
    return make(spec, tiers, alt, headings, native=native, **about)


def _centred(
    steps: Sequence[tuple[str, float]], texts: Sequence[str], colours: Sequence[str]
) -> dict[str, Any]:
    most = max((count for _, count in steps), default=0) or 1
    data = [
        {
            "key": f"{i:03d} {cut(str(name), 180)}",
            "from": -count / most,
            "to": count / most,
            "text": text,
            "colour": colour,
        }
        for i, ((name, count), text, colour) in enumerate(zip(steps, texts, colours, strict=True))
    ]
    y = names_axis("key", sort=None)
    y["axis"]["labelExpr"] = "substring(datum.label, 4)"
    side = {"type": "quantitative", "axis": None, "scale": {"domain": [-1, 1], "nice": False}}
    return {
        "data": {"values": data},
        "width": 300,
        "height": {"step": 38},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.8}, "cornerRadius": 2},
                "encoding": {
                    "y": y,
                    "x": {"field": "from", **side},
                    "x2": {"field": "to"},
                    "color": {"field": "colour", "type": "nominal", "scale": None},
                },
            },
            {
                "mark": words_mark(align="left"),
                "encoding": {"y": y, "x": {"value": 308}, "text": {"field": "text"}},
            },
        ],
    }


def tier_flows(
    moves: pl.DataFrame,
    *,
    before: str,
    after: str,
    order: Sequence[str],
    **about: Unpack[About],
) -> Figure:
    """Draw how many firms moved from which tier to which, as bands of their width (Sankey).

    Vega-Lite has no Sankey of its own; the bands are areas whose edges are computed here.

    Parameters
    ----------
    moves
        One row a pair of tiers: `from`, `to`, `count`.
    before, after
        What the two sides are called, such as ``"2025"`` and ``"2026"``.
    order
        The tiers from the highest down; those of `moves` must be among them.
    """
    wanted(moves, about["title"], "from", "to", "count")
    strangers = sorted({*moves["from"], *moves["to"]} - set(order))
    if strangers:
        raise FigureFault(
            Text(
                f"图“{about['title']}”：梯队顺序里没有 {'、'.join(strangers)}。",
                f"figure “{about['title']}”: the order of tiers lacks {', '.join(strangers)}.",
            )
        )
    rows = moves.filter(pl.col("count") > 0).to_dicts()
    total = sum(row["count"] for row in rows)
    if not total:
        raise NothingToDraw(about["title"])
    rank = {tier: i for i, tier in enumerate(order)}
    height, gap = 380.0, 16.0
    nodes: dict[tuple[str, str], tuple[float, float]] = {}
    sides = {"from": [t for t in order if any(r["from"] == t for r in rows)],
             "to": [t for t in order if any(r["to"] == t for r in rows)]}  # fmt: skip
    unit = (height - gap * (max(len(side) for side in sides.values()) - 1)) / total
    for side, tiers in sides.items():
        top = 0.0
        for tier in tiers:
            size = unit * sum(row["count"] for row in rows if row[side] == tier)
            nodes[side, tier] = (top, top + size)
            top += size + gap
    rows.sort(key=lambda row: (rank[row["from"]], rank[row["to"]]))
    used = {key: top for key, (top, _) in nodes.items()}
    bands, counts = [], []
    for number, row in enumerate(rows):
        size = row["count"] * unit
        a, b = used["from", row["from"]], used["to", row["to"]]
        used["from", row["from"]] += size
        used["to", row["to"]] += size
        kind = _move(rank[row["to"]] - rank[row["from"]])
        for i in range(21):
            share = i / 20
            ease = share * share * (3 - 2 * share)
            top = a + (b - a) * ease
            bands.append(
                {"band": number, "x": share, "top": top, "bottom": top + size, "kind": str(kind)}
            )
        if size >= 11:
            counts.append({"x": 0.03, "y": a + size / 2, "text": printed(row["count"], 0)})
    boxes, labels = [], []
    for (side, tier), (top, bottom) in nodes.items():
        count = sum(row["count"] for row in rows if row[side] == tier)
        edge = (-0.02, 0.0) if side == "from" else (1.0, 1.02)
        boxes.append({"x": edge[0], "x2": edge[1], "top": top, "bottom": bottom})
        labels.append(
            {"side": side, "x": -0.03 if side == "from" else 1.03, "y": (top + bottom) / 2,
             "words": f"{cut(tier, 130)} {printed(count, 0)}"}
        )  # fmt: skip
    heads = [
        {"side": side, "x": 0.0 if side == "from" else 1.0, "y": -18.0, "words": words}
        for side, words in (("from", before), ("to", after))
    ]
    x = {"field": "x", "type": "quantitative", "axis": None,
         "scale": {"domain": [-0.02, 1.02], "nice": False}}  # fmt: skip
    y = {"type": "quantitative", "axis": None, "scale": {"domain": [height, -28], "nice": False}}
    kinds = [str(_move(step)) for step in (-1, 0, 1)]
    spec = {
        "width": 360,
        "height": height + 28,
        "layer": [
            {
                "data": {"values": bands},
                "mark": {"type": "area", "opacity": 0.6, "interpolate": "monotone"},
                "encoding": {
                    "x": x,
                    "y": {"field": "top", **y},
                    "y2": {"field": "bottom"},
                    "detail": {"field": "band"},
                    "color": {
                        "field": "kind",
                        "type": "nominal",
                        "scale": {"domain": kinds,
                                  "range": [CATEGORIES[0], "#B9C0C5", CATEGORIES[5]]},
                        "legend": {"title": None, "orient": "top"},
                    },
                },
            },
            {
                "data": {"values": boxes},
                "mark": {"type": "rect", "color": INK},
                "encoding": {
                    "x": x,
                    "x2": {"field": "x2"},
                    "y": {"field": "top", **y},
                    "y2": {"field": "bottom"},
                },
            },
            {
                "data": {"values": counts},
                "mark": words_mark(align="left", fontSize=10),
                "encoding": {"x": x, "y": {"field": "y", **y}, "text": {"field": "text"}},
            },
            *(
                {
                    "data": {"values": [one for one in these if one["side"] == side]},
                    "mark": words_mark(align=align, **look),
                    "encoding": {"x": x, "y": {"field": "y", **y}, "text": {"field": "words"}},
                }
                for these, look in ((labels, {}), (heads, {"fontWeight": "bold", "color": QUIET}))
                for side, align in (("from", "right"), ("to", "left"))
            ),
        ],
    }  # fmt: skip
    said = {
        step: sum(
            r["count"] for r in rows if (rank[r["to"]] > rank[r["from"]]) - (
                rank[r["to"]] < rank[r["from"]]) == step
        )
        for step in (-1, 0, 1)
    }  # fmt: skip
    alt = Text(
        f"{before} 到 {after}，{printed(said[-1], 0)} 家升档，{printed(said[0], 0)} 家不变，"
        f"{printed(said[1], 0)} 家降档。",
        f"from {before} to {after}: {printed(said[-1], 0)} moved up, {printed(said[0], 0)} stayed, "
        f"{printed(said[1], 0)} moved down.",
    )
    headings = {"from": Text(before, before), "to": Text(after, after), "count": _COUNT}
    return make(spec, pl.DataFrame(rows), alt, headings, **about)


def _move(step: int) -> Text:
    if step < 0:
        return Text("升档", "up")
    return Text("降档", "down") if step else Text("不变", "same")


def gantt(sessions: pl.DataFrame, *, lanes: Text | None = None, **about: Unpack[About]) -> Figure:
    """Draw the event's timetable: one line a table or room, one bar a meeting.

    Parameters
    ----------
    sessions
        One row a meeting: `lane`, `label`, `start`, `end` (local times without a zone), and
        optionally `kind`, told apart by colour. A label that does not fit in its bar is cut or
        left out; the data table holds all.

    Raises
    ------
    FigureFault
        A meeting ends before it starts.
    """
    wanted(sessions, about["title"], "lane", "label", "start", "end")
    wrong = sessions.filter(pl.col("end") <= pl.col("start"))
    if wrong.height:
        first = wrong.row(0, named=True)
        raise FigureFault(
            Text(
                f"图“{about['title']}”：“{first['label']}”的结束时间 {first['end']} 不晚于开始时间 "
                f"{first['start']}。",
                f"figure “{about['title']}”: “{first['label']}” ends at {first['end']}, not after "
                f"its start {first['start']}.",
            )
        )
    rows = sessions.to_dicts()
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    wide = 560.0
    second = wide / (end - start).total_seconds()
    lane_names = [cut(str(lane), 130) for lane in sessions["lane"].unique(maintain_order=True)]
    kinds = sessions["kind"].unique(maintain_order=True).to_list() if "kind" in sessions.columns \
        else []  # fmt: skip
    data = []
    for row in rows:
        room = (row["end"] - row["start"]).total_seconds() * second - 6
        label = str(row["label"])
        shown = cut(label, room, 10) if room >= 24 else ""
        data.append(
            {"lane": cut(str(row["lane"]), 130), "words": "" if shown == "…" else shown,
             "start": _utc(row["start"]), "end": _utc(row["end"]),
             "middle": _utc(row["start"] + (row["end"] - row["start"]) / 2),
             "kind": str(row.get("kind", ""))}
        )  # fmt: skip
    x = {
        "field": "start",
        "type": "temporal",
        "scale": {"type": "utc", "domain": [_utc(start), _utc(end)], "nice": False},
        "axis": {
            "title": None, "orient": "top", "labelAngle": 0,
            "format": "%H:%M" if start.date() == end.date() else "%m-%d %H:%M",
        },
    }  # fmt: skip
    y = names_axis("lane", sort=lane_names)
    colour: dict[str, Any] = {"value": CATEGORIES[4]}
    if kinds:
        colour = {
            "field": "kind",
            "type": "nominal",
            "scale": {"domain": kinds, "range": ["#A8D5EE", "#F6D58A", "#9ED9C5", "#E5C3D6"]},
            "legend": {"title": None, "orient": "bottom"},
        }
    spec = {
        "data": {"values": data},
        "width": wide,
        "height": {"step": 24},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.82}, "stroke": "white"},
                "encoding": {"x": x, "x2": {"field": "end"}, "y": y, "color": colour},
            },
            {
                "mark": words_mark(fontSize=10),
                "encoding": {"x": {**x, "field": "middle"}, "y": y, "text": {"field": "words"}},
            },
        ],
    }
    hours = f"{start:%Y-%m-%d %H:%M}–{end:%H:%M}" if start.date() == end.date() else \
        f"{start:%Y-%m-%d %H:%M}–{end:%Y-%m-%d %H:%M}"  # fmt: skip
    alt = Text(
        f"{hours}，{len(lane_names)} 条线，{len(rows)} 场。",
        f"{hours}, {len(lane_names)} lanes, {len(rows)} sessions.",
    )
    table = sessions.with_columns(
        pl.col("start").dt.strftime("%Y-%m-%d %H:%M"), pl.col("end").dt.strftime("%Y-%m-%d %H:%M")
    )
    headings = {
        "lane": lanes or Text("场地", "place"),
        "start": Text("开始", "start"),
        "end": Text("结束", "end"),
        "label": Text("内容", "what"),
    }
    if kinds:
        headings["kind"] = Text("类别", "kind")
    return make(spec, table, alt, headings, **about)


def _utc(moment: dt.datetime) -> str:
    """Give a local time as if it were UTC, so that the picture is the same in every zone."""
    return moment.replace(tzinfo=None).isoformat() + "Z"
