"""The demonstration goes the whole way, and leaves other people's folders alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

pytestmark = pytest.mark.slow  # it goes the whole way, reports and event included


def run(*arguments, lang="zh"):
    return subprocess.run(
        [sys.executable, "-m", "sanfu.cli", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "SANFU_LANG": lang},
        check=False,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "d"
    done = run("demo", "--out", str(out), "--firms", "600", "--seed", "3")
    assert done.returncode == 0, done.stderr
    return out, done


def test_the_demo_writes_pages_that_say_they_are_synthetic(demo):
    out, _ = demo

    page = (out / "合成数据_指数速览.html").read_text(encoding="utf-8")
    assert "合成数据 / synthetic" in page
    assert "浦东新区" in page
    assert (out / "合成数据_指数速览.pdf").read_bytes().startswith(b"%PDF")


def test_the_first_page_links_only_what_is_there(demo):
    out, _ = demo

    links = re.findall(r'href="([^"#]+)"', (out / "index.html").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (out / unquote(link)).exists()] == []


def test_the_demo_says_what_it_found_and_what_to_open(demo):
    out, done = demo

    assert "台账：" in done.stdout
    assert str(out / "index.html") in done.stdout
    assert "\x1b" not in done.stdout


def test_the_demo_ends_with_reports_lists_firms_pages_and_a_proven_timetable(demo):
    out, done = demo

    for name in ("城市指数报告", "杨浦区报告"):
        for form in ("html", "pdf", "docx", "xlsx"):
            assert (out / f"合成数据_{name}.{form}").stat().st_size > 10_000
    assert (out / "合成数据_报告解读.pptx").exists()
    told = (out / "合成数据_杨浦区报告.html").read_text(encoding="utf-8")
    assert "“1”（示例）" in told
    assert "疑似重复" in (out / "合成数据_城市指数报告.html").read_text(encoding="utf-8")
    assert len(list(out.glob("合成数据_企业页_*.pdf"))) == 3
    season = [path.suffix for path in (out / "合成数据_梯度培育").iterdir()]
    assert ".ics" in season
    assert season.count(".xlsx") >= 4
    assert "已证明最优" in done.stdout
    day = out / "合成数据_对接会"
    assert (day / "index.html").exists()
    assert (day / "5 日程" / "来宾日程_合成数据.pdf").stat().st_size > 10_000
    named = [path for path in day.rglob("*") if path.is_file() and path.name != "index.html"]
    assert all("合成数据" in path.name or "_synthetic" in path.name for path in named)


def test_a_report_of_the_demo_is_made_again_from_its_manifest(demo, tmp_path):
    out, _ = demo

    done = run(
        "report", "rebuild", str(out / "合成数据_杨浦区报告.manifest.json"), "-o", str(tmp_path)
    )

    assert done.returncode == 0, done.stdout + done.stderr
    for form in ("html", "pdf"):
        name = f"合成数据_杨浦区报告.{form}"
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


def test_the_demo_goes_the_whole_way_in_english(tmp_path):
    done = run("demo", "--out", str(tmp_path / "d"), "--firms", "600", "--seed", "3", lang="en")

    assert done.returncode == 0, done.stderr
    assert "proven best" in done.stdout
    page = (tmp_path / "d" / "synthetic_Yangpu-report.html").read_text(encoding="utf-8")
    assert "Yangpu" in page
    assert "the 1 (sample)" in page  # the district's own industries
    written = [path.name for path in (tmp_path / "d").iterdir()]
    assert all(name.isascii() for name in written), written
    assert (tmp_path / "d" / "index.html").exists()


def test_without_a_chinese_typeface_what_needs_one_is_skipped_and_said(tmp_path, monkeypatch):
    from sanfu.cli.demo import Demo
    from sanfu.report import fonts

    class NeedsTypeface:
        def write(self, path):
            if path.suffix == ".pdf":
                fonts.find_typeface()
            path.write_text("made")
            return path

    monkeypatch.setattr(fonts, "_folders", lambda: iter([tmp_path]))
    fonts.find_typeface.cache_clear()
    said = []
    monkeypatch.setattr("sanfu.cli.demo.say", lambda words: said.append(str(words)))
    try:
        written = Demo(tmp_path, 300, 1)._write(NeedsTypeface(), "page")
    finally:
        fonts.find_typeface.cache_clear()

    assert [path.suffix for path in written] == [".html", ".docx", ".xlsx"]
    assert "fonts-noto-cjk" in said[0]


def test_a_second_run_makes_its_folder_anew_and_another_folder_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")

    done = run("demo", "--out", str(tmp_path), "--firms", "300", lang="en")

    assert done.returncode == 2
    assert "left alone" in done.stderr
    assert (tmp_path / "mine.txt").read_text() == "keep"


@pytest.mark.skipif(sys.platform == "win32", reason="the activation of a POSIX shell")
@pytest.mark.parametrize(
    ("path", "by_uv", "shown"),
    [
        (["bin"], False, ""),
        (["usr"], False, ". my office/bin/activate"),
        (["bin", "usr"], True, ". my office/bin/activate"),
        (["bin", "bin", "usr"], True, ""),
    ],
)
def test_how_to_activate_is_said_unless_the_command_is_on_the_path(
    tmp_path, monkeypatch, path, by_uv, shown
):
    from sanfu.cli.demo import activation

    own = tmp_path / "my office" / "bin"
    own.mkdir(parents=True)
    for name in ("activate", "sanfu"):
        (own / name).write_text("")
        (own / name).chmod(0o755)
    folders = {"bin": str(own), "usr": str(tmp_path / "usr")}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(own / "python"))
    monkeypatch.setenv("PATH", os.pathsep.join(folders[name] for name in path))
    monkeypatch.delenv("UV_RUN_RECURSION_DEPTH", raising=False)
    if by_uv:
        monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")

    assert activation().replace("'", "") == shown


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "先在终端运行：. "), ("en", "first run in your")]
)
def test_the_last_screen_says_how_to_activate(tmp_path, monkeypatch, lang, words):
    import typer
    from typer.testing import CliRunner

    from sanfu.cli import demo
    from sanfu.language import use_language

    use_language(lang)
    monkeypatch.setattr(demo.Demo, "steps", lambda _: [])
    monkeypatch.setattr(demo.Demo, "office", SimpleNamespace(folder=tmp_path))
    monkeypatch.setattr(demo, "activation", lambda: ". .venv/bin/activate")
    app = typer.Typer()
    demo.register(app)

    done = CliRunner().invoke(app, ["--out", str(tmp_path / "d")])

    assert done.exit_code == 0, done.output
    assert words in done.output
    page = (tmp_path / "d" / "index.html").read_text(encoding="utf-8")
    assert page.index("<code>. .venv/bin/activate</code>") < page.index("<code>sanfu --help")
