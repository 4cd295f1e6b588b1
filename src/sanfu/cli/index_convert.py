"""Take over another tool's index: `sanfu index convert`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations

import typer

from sanfu.cli.app import say, t
from sanfu.cli.index_source import wrote
from sanfu.language import Text


def convert(
    source: Path = typer.Argument(
        help=t(
            "COIN Tool 工作簿，或 COINr 的 iMeta 表（.xlsx/.csv）",
            "a COIN Tool workbook, or COINr's iMeta table (.xlsx/.csv)",
        )
    ),
    data: Path | None = typer.Argument(
        None, help=t("COINr 的 iData 表；COIN Tool 不需要", "COINr's iData table; none for a tool")
    ),
    code: str = typer.Option("converted", "--code", help=t("体系代码", "code of the framework")),
    out: Path = typer.Option(..., "--out", "-o", help=t("写到哪个文件夹", "folder to write to")),
) -> None:
    """Write the framework as YAML and the figures as CSV, ready for `sanfu index build`."""
    from ruamel.yaml import YAML

    from sanfu.index.coin_tool import read_coin_tool
    from sanfu.index.coinr_input import figures_from_coinr, framework_from_coinr

    if data is None:
        framework, figures = read_coin_tool(source, code=code)
    else:
        framework = framework_from_coinr(str(source), code=code)
        figures = figures_from_coinr(str(data))
    out.mkdir(parents=True, exist_ok=True)
    declared = framework.model_dump(mode="json", exclude_defaults=True)
    said = Text(
        f"由 {source.name} 转换；方法（标准化、合成、缺失）未在其中，这里取缺省，请核对。",
        f"converted from {source.name}; it does not hold the method: the defaults stand here.",
    )
    with (out / f"{code}.yaml").open("w", encoding="utf-8") as file:
        file.write(f"# {said}\n")
        YAML().dump(declared, file)
    figures.write_csv(out / f"{code}.csv")
    say(
        Text(
            f"读入 {source}：{len(framework.indicators)} 个指标，{len(framework.nodes)} 个节点，"
            f"{figures.height} 行。{said.zh}",
            f"read {source}: {len(framework.indicators)} indicators, {len(framework.nodes)} nodes, "
            f"{figures.height} rows. {said.en}",
        )
    )
    wrote(out / f"{code}.yaml")
    wrote(out / f"{code}.csv")
