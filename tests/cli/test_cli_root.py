"""The door of the command line: two languages, exit codes, nothing heavy for the quick answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from sanfu.cli.words import display_width, in_chinese


def sanfu(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, in a terminal of 100 columns."""
    env = {k: v for k, v in os.environ.items() if k not in ("LANG", "LC_ALL", "SANFU_LANG")}
    code = "from sanfu.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True, text=True, check=False, encoding="utf-8",
        env=env | {"COLUMNS": "100", "PYTHONUTF8": "1"} | environment,
    )  # fmt: skip


def test_help_is_chinese_by_default_and_english_on_request():
    chinese, english = sanfu("--help").stdout, sanfu("--lang", "en", "--help").stdout

    assert "用法：" in chinese
    assert "Usage" not in chinese
    assert "Show this message" not in chinese
    assert "Usage:" in english
    assert not re.search(r"[\u4e00-\u9fff]", english.replace("三赋", ""))


def test_the_help_names_first_steps_and_exit_codes():
    chinese, english = sanfu("--help").stdout, sanfu("--lang", "en", "--help").stdout

    assert "第一次用：sanfu new" in chinese
    assert "退出码" in chinese
    assert "First steps: sanfu new" in english
    assert "Exit codes" in english


def test_the_version_may_be_asked_in_any_language():
    assert sanfu("--lang", "en", "--version").stdout.startswith("sanfu 0.")


def test_the_language_can_come_from_the_environment():
    assert "Usage:" in sanfu("--help", LANG="en_GB.UTF-8").stdout
    assert "用法：" in sanfu("--help", LANG="zh_CN.UTF-8").stdout


@pytest.mark.parametrize("arguments", [["nothing"], ["--nothing"], ["--lang", "fr", "demo"]])
def test_bad_use_ends_with_2_and_says_so_on_standard_error(arguments):
    done = sanfu(*arguments)

    assert done.returncode == 2
    assert done.stdout == ""
    assert "错误" in done.stderr


def test_the_version_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['sanfu', '--version']\n"
        "from sanfu.cli import main; main(); print(*sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.startswith("sanfu 0.")
    assert not {"typer", "rich", "polars", "numpy"} & set(out.stdout.split())


def test_boxes_stay_straight_in_chinese():
    line = "│ --help         <bool>  Show this message and exit.                           │"

    assert display_width(in_chinese(line)) == display_width(line)


BAD = {
    "没有命令“impor”": ("impor",),
    "缺少参数 framework": ("index", "build"),
    "没有选项：--nope": ("ladder", "check", "--nope"),
    "缺少选项 --out": ("report", "rebuild", "a.json"),
    "--firms 的值不对：应不小于 100；现为“3”": ("sample", "--firms", "3", "--out", "z"),
    "before 的值不对：应为整数；现为“x”": ("ledger", "diff", "x", "2"),
    "多余的参数：b c": ("new", "a", "b", "c"),
    "选项 --by 后面缺少值": ("exchange", "funnel", "--by"),
    "选项 --json 后面不能写值": ("ladder", "check", "--json=3"),
    "请给出 --to 或 --set": ("ladder", "reform", "x"),
}


@pytest.mark.parametrize(("said", "arguments"), BAD.items())
def test_wrong_use_is_said_in_one_language(said, arguments):
    chinese, english = sanfu(*arguments), sanfu("--lang", "en", *arguments)

    assert [chinese.returncode, english.returncode] == [2, 2]
    assert said in chinese.stderr
    told = re.search(r"╭.*", chinese.stderr, re.DOTALL)[0]
    assert not re.search(r"[A-Za-z]{3,} [a-z]{2,}", told)
    assert not re.search(r"[\u4e00-\u9fff]", english.stderr)
