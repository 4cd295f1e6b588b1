"""The demonstration goes the whole way, and leaves other people's folders alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from urllib.parse import unquote

import pytest


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


def test_a_second_run_makes_its_folder_anew_and_another_folder_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")

    done = run("demo", "--out", str(tmp_path), "--firms", "300", lang="en")

    assert done.returncode == 2
    assert "left alone" in done.stderr
    assert (tmp_path / "mine.txt").read_text() == "keep"
