"""The command `sample`: a synthetic registry, clean and as an office would really receive it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sanfu.cli.app import FOUND_PROBLEMS, fail, progress, say, say_json, t

if TYPE_CHECKING:
    import polars as pl

    from sanfu.registry.sample import SampleRegistry
    from sanfu.registry.sample.dirty import AnswerKey
    from sanfu.registry.sample.dirty.roundtrip import RoundTrip

STREAM_FROM = 50_000
"""Firms from which the registry is written in chunks, in bounded memory, without dirty files."""


def register(app: typer.Typer) -> None:
    """Add the command to the root."""

    @app.command(
        "sample",
        help=t(
            "生成合成样本（合成数据，不代表任何真实企业）：登记库、十二份“脏”表和答案",
            "make a synthetic sample (no real firms): the registry, twelve dirty files and their key",
        ),
    )
    def _(
        region: str = typer.Argument(
            "shanghai", help=t("地区（现有 shanghai）", "region (shanghai)")
        ),
        out: Path = typer.Option(..., "--out", help=t("输出文件夹", "folder to write")),
        firms: int = typer.Option(8288, min=100, help=t("企业数", "number of firms")),
        seed: int = typer.Option(7, help=t("随机种子", "seed")),
        check: bool = typer.Option(
            False,
            "--check",
            help=t(
                "把十二份脏表导入临时台账，与答案逐格、逐行、逐称号对照",
                "import the dirty files into a scratch ledger and compare with the key",
            ),
        ),
        json_: bool = typer.Option(False, "--json", help=t("输出 JSON", "print JSON")),
    ) -> None:
        if region != "shanghai":
            raise fail(t(f"没有地区 {region} 的样本；有：shanghai",
                         f"no sample of the region {region}; there is shanghai"))  # fmt: skip
        if firms >= STREAM_FROM:
            write_chunks(out, firms, seed)
            say(t(f"已写入 {out}（合成数据）", f"written to {out} (synthetic data)"))
            return
        from sanfu.registry.sample import calibration, shanghai
        from sanfu.registry.sample.dirty import write_dirty

        registry = shanghai(firms=firms, seed=seed)
        place = out / "合成数据"
        place.mkdir(parents=True, exist_ok=True)
        for name in ("firms", "figures", "titles", "tags"):
            getattr(registry, name).write_parquet(place / f"{name}.parquet")
        key = write_dirty(registry, out / "合成数据_脏表", seed)
        table = calibration(registry)
        table.write_csv(place / "calibration.csv")
        missed = table.filter(~table["met"].fill_null(value=True))
        done = _check(registry, key) if check else None
        if json_:
            about = {"seed": seed, "firms": firms, "files": key.files, "missed": missed.to_dicts()}
            if done is not None:
                about["round_trip"] = {**done.outcomes(), "duplicates": done.search()}
            say_json(about)
        else:
            _say_targets(table)
            say(t(f"合成数据已写入 {out}（种子 {seed}）", f"synthetic data in {out} (seed {seed})"))
            if done is not None:
                _say_round_trip(done)
        if missed.height or (done is not None and done.wrong()):
            raise typer.Exit(FOUND_PROBLEMS)


def _say_targets(table: pl.DataFrame) -> None:
    say(t("目标\t想要\t得到\t标准误\t达到", "target\twanted\tgot\tsd\tmet"))
    for row in table.iter_rows(named=True):
        got = "" if row["got"] is None else f"{row['got']:.4g}"
        sd = "" if row["sampling_sd"] is None else f"{row['sampling_sd']:.3g}"
        met = (
            row["reason"]
            if row["met"] is None
            else t("是" if row["met"] else "否", str(row["met"]))
        )
        say(f"{row['id']} {t(row['zh'], row['en'])}\t{row['wanted']}\t{got}\t{sd}\t{met}")


def _check(registry: SampleRegistry, key: AnswerKey) -> RoundTrip:
    """Import the dirty files into a ledger that is thrown away, and compare."""
    import tempfile

    from sanfu.registry.sample.dirty.roundtrip import round_trip

    with tempfile.TemporaryDirectory(prefix="sanfu-") as scratch, progress() as bars:
        task = bars.add_task(t("导入", "import"), total=len(key.files))
        return round_trip(
            registry, key, Path(scratch) / "ledger",
            lambda name: bars.update(task, description=name, advance=1),
        )  # fmt: skip


def _say_round_trip(done: RoundTrip) -> None:
    names = {
        "cells": t("单元格", "cells"),
        "identity": t("行属于哪家企业", "firm of each row"),
        "facts": t("台账中的企业数据", "facts in the ledger"),
        "titles": t("称号历史", "history of titles"),
    }
    say(t("\n与答案对照\t一致\t不可判定\t另存\t错",
          "\nagainst the answer key\tequal\tundecidable\tset aside\twrong"))  # fmt: skip
    for name, outcomes in done.outcomes().items():
        unsure = outcomes.get("undecidable", 0) + outcomes.get("apart", 0)
        aside = outcomes.get("set-aside", 0)
        equal = outcomes.get("equal", 0)
        wrong = sum(outcomes.values()) - equal - unsure - aside
        say(f"{names[name]}\t{equal}\t{unsure}\t{aside}\t{wrong}")
    found = done.search()
    if found["proposed"] and found["to_find"]:
        say(t(f"重复企业：应找 {found['to_find']}，提出 {found['proposed']}，其中对 {found['right']}；"
              f"精确率 {found['precision']:.4f}，召回率 {found['recall']:.4f}",
              f"duplicates: {found['to_find']} to find, {found['proposed']} proposed, "
              f"{found['right']} right; precision {found['precision']:.4f}, "
              f"recall {found['recall']:.4f}"))  # fmt: skip


def write_chunks(out: Path, firms: int, seed: int) -> None:
    """Write a large registry chunk by chunk: one Parquet file a frame and chunk."""
    from sanfu.registry.sample import chunks

    out.mkdir(parents=True, exist_ok=True)
    with progress() as bars:
        task = bars.add_task(t("生成", "making"), total=firms)
        for number, part in enumerate(chunks(firms, seed)):
            for name in ("firms", "figures", "titles", "tags"):
                folder = out / f"{name}_合成数据"
                folder.mkdir(exist_ok=True)
                getattr(part, name).write_parquet(folder / f"{number:05d}.parquet")
            bars.advance(task, part.firms.height)
