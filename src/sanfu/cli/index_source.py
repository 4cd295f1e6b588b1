"""Where the commands of `index` take an index from: a framework, and a table or a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sanfu.cli.app import progress, say, t
from sanfu.cli.index_firms import figures_of_workspace, rows_of_years
from sanfu.language import Text

if TYPE_CHECKING:
    from sanfu.index import Index
    from sanfu.index.normalise import Parity


@dataclass(frozen=True)
class Source:
    """What an index is built from, as given on the command line."""

    framework: str
    figures: Path | None = None
    workspace: Path | None = None
    years: tuple[int, ...] = ()
    by: str = "district"
    as_of: str = ""
    parity: str = ""
    leave_absent: bool = False

    def check(self) -> None:
        """Refuse what cannot be meant."""
        if self.parity not in ("", "COINr"):
            raise typer.BadParameter(t("--parity 只能是 COINr", "--parity can only be COINr"))
        if (self.figures is None) == (self.workspace is None):
            raise typer.BadParameter(
                t(
                    "请给出数据文件，或 --workspace，二者取一",
                    "give a file of figures or --workspace",
                )
            )

    def build(self) -> Index:
        """Build the index, with a progress bar."""
        from sanfu.index import build_index, read_framework
        from sanfu.index.table_cells import find_table_cells

        self.check()
        parity: Parity = "COINr" if self.parity else None
        with progress() as bars:
            bars.add_task(t("计算指数", "building the index"), total=None)
            if self.figures is not None:
                framework = read_framework(self.framework)
                data = rows_of_years(self.figures, self.framework, list(self.years))
                cells = find_table_cells(self.figures, framework)
                return build_index(framework, data, parity, origins=cells)
            assert self.workspace is not None  # noqa: S101 - checked above
            data = figures_of_workspace(
                self.framework,
                self.workspace,
                list(self.years),
                by=self.by,
                as_of=self.as_of,
                leave_absent=self.leave_absent,
            )
            return build_index(self.framework, data, parity)

    def read_words(self, index: Index) -> Text:
        """Say what was read: framework, figures, units, years, what is missing."""
        framework = index.framework
        raw = index.steps["raw"].figures
        gone = len(raw.units) - len(index.units)
        missing = int((~index.observed).sum())
        years = "" if index.years is None else _span(sorted({int(y) for y in index.years}))
        where = self.figures if self.figures is not None else self.workspace
        named = f"{framework.framework} {framework.version} ({framework.content_hash()[:12]})"
        zh = (
            f"读入：体系 {named}；数据 {where}，{len(index.units)} 行 × "
            f"{len(index.plan.indicators)} 个指标"
        )
        en = (
            f"read: framework {named}; figures {where}, {len(index.units)} rows × "
            f"{len(index.plan.indicators)} indicators"
        )
        if years:
            zh, en = f"{zh}，{years} 年", f"{en}, {years}"
        zh, en = f"{zh}，缺 {missing} 个数", f"{en}, {missing} figures missing"
        if gone:
            zh, en = f"{zh}；未参评 {gone} 行", f"{en}; {gone} rows left out"
        return Text(f"{zh}。", f"{en}.")

    def out(self, stem: str, suffix: str) -> Path:
        """Give where a result is written if nothing is said: the workspace's ``out``, or here."""
        folder = Path() if self.workspace is None else self.workspace / "out"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{stem}{suffix}"


def _span(years: list[int]) -> str:
    return str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"


def say_left_out(index: Index) -> None:
    """Say what the build found and left out."""
    regions = index.regions
    for problem in () if regions is None else regions.problems:
        say(f"  ! {problem}")
    for finding in index.findings:
        say(f"  ! {finding.text}")


def wrote(path: Path) -> None:
    """Say where something was written."""
    say(Text(f"已写出 {path}", f"wrote {path}"))


FRAMEWORK = typer.Argument(help=t("体系文件或自带名称", "a file, or a shipped name"))
FIGURES = typer.Argument(None, help=t("数据：xlsx、csv 或 parquet", "xlsx, csv or parquet"))
WORKSPACE = typer.Option(
    None, "--workspace", "-w", help=t("改由此工作区的企业台账计算", "take a ledger's firms")
)
BY = typer.Option("district", "--by", help=t("台账按哪一列分组", "column to group by"))
AS_OF = typer.Option(
    "", "--as-of", help=t("称号在每年的哪一天有效，月-日", "MM-DD at which titles count")
)
YEARS = typer.Option(
    [], "--year", "-y", help=t("只算这些年份，可多次", "only these years; may be repeated")
)
PARITY = typer.Option(
    "", "--parity", help=t("COINr：与 COINr 同数（含其错误）", "COINr: its numbers, errors too")
)
LEAVE_ABSENT = typer.Option(
    False, "--leave-absent", help=t("台账没有的列作缺失", "columns not in the ledger: missing")
)
SEED = typer.Option(1, "--seed", help=t("随机种子；同一种子得同一结果", "seed of random draws"))
REPLICATES = typer.Option(1000, "--replicates", "-n", min=10, help=t("模拟次数", "simulations"))
JSON = typer.Option(False, "--json", help=t("输出 JSON", "print JSON"))
