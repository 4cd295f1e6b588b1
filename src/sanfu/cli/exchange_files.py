"""What the commands of `exchange` share: options, what is read, where the follow-up is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING

import typer

from sanfu.cli.app import day_of, fail, t
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from sanfu.exchange import Embedder, Need

JSON_OPTION = typer.Option(False, "--json", help=t("输出 JSON", "print JSON"))
ON_OPTION = typer.Option(
    "", "--on", help=t("日期，缺省为今天", "day (YYYY-MM-DD); today by default")
)
OFFERS_OPTION = typer.Option(
    None, "--offers", "-o", help=t("供给文件，可重复", "offers file; may be repeated")
)
LEDGER_OPTION = typer.Option(
    None, "--ledger", "-l", help=t("企业名单（作为能力供给）", "firm list (as capability offers)")
)
WORKSPACE_OPTION = typer.Option(
    None,
    "--workspace",
    "-w",
    help=t("工作区：用它的台账和跟进记录", "workspace: its ledger and its book of follow-up"),
)
EMBEDDER_OPTION = typer.Option(
    "",
    "--embedder",
    help=t("本单位的向量模型，如 my_model:make", "an office's own model, such as my_model:make"),
)
BOOK = Text("follow", "follow")
"""How the book of follow-up is called; synthetic ones say so after it."""


@dataclass(frozen=True)
class Firms:
    """What is known of the firms: the ledger's frames, districts by name."""

    firms: pl.DataFrame
    titles: pl.DataFrame
    figures: pl.DataFrame
    tags: pl.DataFrame

    @classmethod
    def of(cls, held: object, names: Mapping[str, str]) -> Firms:
        """Take the frames of a ledger or a sample registry."""
        import polars as pl

        firms: pl.DataFrame = held.firms  # type: ignore[attr-defined]
        named = pl.col("district").replace(names).alias("district_name")
        firms = firms.with_columns(named) if "district" in firms.columns else firms
        return cls(firms, held.titles, held.figures, held.tags)  # type: ignore[attr-defined]

    def keyed(self) -> Firms:
        """Let code or name stand for each firm: a list's own numbers change with the list."""
        import polars as pl

        key = pl.coalesce(*(n for n in ("uscc", "name") if n in self.firms.columns), "firm")
        keys = self.firms.select("firm", key.alias("_key"))
        once = keys.filter(~keys["_key"].is_duplicated())
        told = pl.col("firm").replace(dict(once.iter_rows()))
        frames = (self.firms, self.titles, self.figures, self.tags)
        return Firms(*(frame.with_columns(told) for frame in frames))


def firms_of(
    workspace: Path | None, ledger: Path | None, *, sample: bool = False, required: bool = True
) -> Firms | None:
    """Read the firms of a workspace, of a list, or of the sample; None where none is named.

    A workspace without firms is refused, or gives None where they are not `required`.
    """
    from sanfu import workspace as office

    if workspace is not None and ledger is not None:
        raise fail(
            Text("--workspace 和 --ledger 二者取一。", "give --workspace or --ledger, one of both.")
        )
    if workspace is not None:
        held = office.open_workspace(workspace).ledger
        if held.firms.is_empty():
            if not required:
                return None
            raise fail(
                Text(
                    f"{workspace} 的台账里还没有企业；请先 sanfu import。",
                    f"the ledger of {workspace} has no firms yet; run sanfu import first.",
                )
            )
    elif ledger is not None:
        held = office.read(ledger)
    elif sample:
        from sanfu.registry.sample import shanghai

        registry = shanghai(firms=8288)
        pairs = registry.firms.select("district", "district_name").unique().iter_rows()
        return Firms.of(registry, dict(pairs))
    else:
        return None
    names = {} if held.region is None else held.region.names()
    read = Firms.of(held, {code: name.zh for code, name in names.items()})
    return read if ledger is None else read.keyed()


def offers_of(offers: Sequence[Path] | None, firms: Firms | None, on: str) -> pl.DataFrame:
    """Put offers files and the firms' capabilities into one frame of offers."""
    from sanfu.exchange import join_offers, load_offers, offer_frame, offers_from_ledger
    from sanfu.registry import firms_on

    parts: list[pl.DataFrame] = []
    for path in offers or []:
        read = load_offers(path)
        say_problems(read.problems)
        parts.append(offer_frame(read.offers))
    if firms is not None:
        held = firms_on(firms.firms, day_of(on))
        parts.append(offers_from_ledger(held, firms.titles, firms.figures))
    if not parts:
        raise fail(
            Text(
                "没有供给：请用 --offers 给出供给文件，用 --workspace 给出工作区，或用 --ledger "
                "给出企业名单。",
                "no offers: give an offers file with --offers, a workspace with --workspace, or a "
                "firm list with --ledger.",
            )
        )
    return join_offers(parts)


def needs_of(path: Path, on: str, firms: Firms | None = None) -> list[Need]:
    """Read needs, and put to each its firm of the ledger."""
    from sanfu.exchange import link_needs, load_needs

    needs, problems = load_needs(path, on=day_of(on))
    say_problems(problems)
    return needs if firms is None else link_needs(needs, firms.firms)


def embedder_of(named: str) -> Embedder | None:
    """Get an office's own model: ``module:factory``, the module beside the command or installed."""
    if not named:
        return None
    import importlib
    import sys

    module, _, factory = named.partition(":")
    sys.path.insert(0, "")
    try:
        made: Embedder = getattr(importlib.import_module(module), factory)()
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise fail(
            Text(
                f"--embedder {named} 不能用：{error}。应写作 模块:函数，函数不带参数、返回有 "
                "name、suitable、embed 的对象，见 docs/howto/embedder.md。",
                f"--embedder {named} cannot be used: {error}. Write module:factory; the factory "
                "takes nothing and gives an object with name, suitable and embed, see "
                "docs/howto/embedder.md.",
            )
        ) from None
    finally:
        sys.path.remove("")
    missing = [name for name in ("name", "suitable", "embed") if not hasattr(made, name)]
    if missing:
        raise fail(
            Text(
                f"--embedder {named}：返回的对象缺少 {'、'.join(missing)}，见 docs/howto/embedder.md。",
                f"--embedder {named}: what it gives lacks {', '.join(missing)}, see "
                "docs/howto/embedder.md.",
            )
        )
    return made


def find_book(folder: Path) -> Path | None:
    """Find the book of follow-up in a folder; None where there is none."""
    found = sorted(folder.glob(f"{BOOK.zh}*.sqlite"))
    if len(found) > 1:
        names = "、".join(path.name for path in found)
        raise fail(
            Text(
                f"{folder} 里有几个跟进记录文件（{names}），请用 --book 指明。",
                f"{folder} holds several books ({names}); name one by --book.",
            )
        )
    return found[0] if found else None


def say_problems(problems: pl.DataFrame) -> None:
    """Print each finding with its place and remedy on standard error."""
    for row in problems.iter_rows(named=True):
        place = f"{row['file']} {row['sheet']} {row['row']} {row['column']}"
        said = Text(f"{row['zh']}{row['remedy_zh']}", f"{row['en']} {row['remedy_en']}")
        typer.echo(f"{place} {said}", err=True)
