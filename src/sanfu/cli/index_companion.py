"""The analyses that reports carry beside an index: `sanfu index companion`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Any

import typer

from sanfu.cli import index_source as given
from sanfu.cli.app import say, say_json, t
from sanfu.cli.index_audit import show_table
from sanfu.cli.index_source import Source, say_left_out, wrote
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from sanfu.index import Index
    from sanfu.index.companions import Companion

KINDS = {
    "coupling": Text("耦合协调度（各分项之间）", "coupling coordination of the pillars"),
    "obstacles": Text("障碍度：失分在哪些指标", "obstacle degree: where points are lost"),
    "theil": Text("泰尔指数，组内与组间（要 --group）", "Theil index by groups (--group)"),
    "gini": Text("Dagum 基尼系数分解（要 --group）", "Dagum's Gini by groups (--group)"),
    "sigma": Text("σ 收敛（要多年）", "σ convergence (several years)"),
    "beta": Text("β 收敛（要多年）", "β convergence (several years)"),
    "classes": Text("自然断点分档", "natural breaks"),
    "types": Text("按分项聚成类型，带稳定性", "types by profile, with their stability"),
}
_SHOWN = 60


def companion(
    kind: str = typer.Argument(help=t("哪种分析：", "which: ") + ", ".join(KINDS)),
    framework: str = given.FRAMEWORK,
    figures: Path | None = given.FIGURES,
    workspace: Path | None = given.WORKSPACE,
    year: list[int] = given.YEARS,
    by: str = given.BY,
    as_of: str = given.AS_OF,
    group: str = typer.Option(
        "", "--group", help=t("分组列（theil、gini）", "column of groups (theil, gini)")
    ),
    node: str = typer.Option("", "--node", help=t("用哪个节点的得分", "whose scores")),
    classes: int = typer.Option(
        4, "--classes", min=2, help=t("分几档（classes）", "how many classes")
    ),
    unit: str = typer.Option("", "--unit", "-u", help=t("只看一个单元", "only one unit")),
    seed: int = given.SEED,
    out: Path | None = typer.Option(
        None, "--out", "-o", help=t("写出工作簿 .xlsx", "write a workbook .xlsx")
    ),
    json: bool = given.JSON,
) -> None:
    """Run one companion analysis; its formula and source are printed with it."""
    if kind not in KINDS:
        raise typer.BadParameter(t("应为 ", "is one of ") + "、".join(KINDS))
    source = Source(framework, figures, workspace, tuple(year), by, as_of)
    index = source.build()
    found = _made(kind, index, {"group": group, "node": node, "classes": classes, "seed": seed})
    frame = found.frame
    if unit:
        index.row(unit)
        frame = frame.filter(frame["unit"] == unit) if "unit" in frame.columns else frame
    if out is not None:
        found.to_excel(out)
    if json:
        say_json({"kind": kind, "formula": found.formula, "source": found.source}
                 | {"frame": frame.to_dicts()})  # fmt: skip
        return
    say(source.read_words(index))
    say_left_out(index)
    say(KINDS[kind])
    say(Text(f"公式：{found.formula}", f"formula: {found.formula}"))
    say(Text(f"出处：{found.source}", f"source: {found.source}"))
    from sanfu.index.companions.base import label_of

    shown = _ordered(kind, frame)
    show_table(
        shown.head(_SHOWN).to_dicts(), {name: label_of(name) for name in shown.columns}, _cell
    )
    left = shown.height - _SHOWN
    if left > 0:
        say(
            Text(
                f"……另有 {left} 行，用 --out 写出。", f"… {left} more rows; write them with --out."
            )
        )
    if kind == "types":
        said = Text(f"随机种子 {seed}", f"seed {seed}")
        say(said)
    if out is not None:
        wrote(out)


def _ordered(kind: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Put what a reader looks for first; of obstacles only each unit's three largest."""
    import polars as pl

    if kind == "obstacles":
        first = frame.filter(pl.col("kind") == "indicator", pl.col("rank") <= 3)
        kept = first.sort("unit", "year", "rank").drop("part", "kind")
        return kept.drop("year") if kept["year"].n_unique() == 1 else kept
    by = {"coupling": "D", "classes": "value"}.get(kind)
    if by is not None:
        return frame.sort(by, descending=True, nulls_last=True)
    return frame.sort("type", "unit") if kind == "types" else frame


def _cell(row: dict[str, Any], name: str) -> str:
    value = row[name]
    if value is None:
        return "—"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _made(kind: str, index: Index, asked: dict[str, Any]) -> Companion:
    from sanfu.index import companions

    node = asked["node"] or index.plan.nodes[-1]
    index.value(node)  # says so if there is no such node
    makers: dict[str, Callable[[], Companion]] = {
        "coupling": lambda: companions.couple_systems(index),
        "obstacles": lambda: companions.find_obstacles(index),
        "theil": lambda: companions.decompose_theil(*_grouped(index, node, asked["group"])),
        "gini": lambda: companions.decompose_gini(*_grouped(index, node, asked["group"])),
        "sigma": lambda: companions.find_sigma_convergence(_panel(index, node), "score"),
        "beta": lambda: companions.find_beta_convergence(_panel(index, node), "score"),
        "classes": lambda: companions.break_naturally(
            *_last_year(index, node), classes=asked["classes"]
        ),
        "types": lambda: companions.find_types(index, seed=asked["seed"]),
    }
    return makers[kind]()


def _grouped(index: Index, node: str, group: str) -> tuple[Any, Any]:
    from sanfu.errors import InputError

    others = index.keys.others
    if group not in others.columns:
        known = "、".join(others.columns) or "—"
        raise InputError(
            Text(
                f"请用 --group 给出分组列；数据里指标之外的列有：{known}",
                f"give a column of groups with --group; beside the indicators there are: {known}",
            )
        )
    rows = _rows_of_last_year(index)
    return index.value(node)[rows], others.get_column(group)[rows].to_list()


def _rows_of_last_year(index: Index) -> Any:
    import numpy as np

    if index.years is None:
        return np.arange(len(index.units))
    return np.flatnonzero(index.years == index.years.max())


def _last_year(index: Index, node: str) -> tuple[list[str], Any]:
    rows = _rows_of_last_year(index)
    return [index.units[row] for row in rows], index.value(node)[rows]


def _panel(index: Index, node: str) -> Any:
    import polars as pl

    from sanfu.errors import InputError

    if index.years is None or len(set(index.years.tolist())) < 2:
        raise InputError(
            Text("收敛要两年以上的数据", "convergence needs figures of two years or more")
        )
    frame = index.frame.filter(pl.col("node") == node)
    return frame.select("unit", "year", "score")
