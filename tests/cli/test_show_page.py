"""The demonstration opens its page where there is a desktop, and prints the path elsewhere."""

from __future__ import annotations

import sys
import webbrowser

import pytest
from typer.testing import CliRunner

from sanfu.cli import demo
from sanfu.cli.app import show_page
from sanfu.cli.root import build_app
from sanfu.language import use_language


@pytest.fixture
def desktop(monkeypatch, tmp_path):
    """A terminal on a desktop whose browser notes what it was given."""
    opened = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    page = tmp_path / "index.html"
    page.touch()
    return page, opened, monkeypatch


def test_a_desktop_opens_the_page(desktop):
    page, opened, _ = desktop

    assert show_page(page)
    assert opened == [page.as_uri()]


@pytest.mark.parametrize("without", ["terminal", "display", "person"])
def test_nothing_is_opened_without(desktop, without):
    page, opened, monkeypatch = desktop
    if without == "terminal":
        monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    elif without == "display":
        monkeypatch.delenv("DISPLAY")
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    else:
        monkeypatch.setenv("CI", "true")

    assert not show_page(page)
    assert opened == []


def test_a_browser_that_fails_is_no_fault(desktop):
    page, _, monkeypatch = desktop

    def fail(_):
        raise webbrowser.Error("none")

    monkeypatch.setattr(webbrowser, "open", fail)

    assert not show_page(page)


@pytest.mark.parametrize(("shown", "words"), [(True, "已在浏览器里打开："), (False, "打开：")])
def test_the_demo_says_what_it_did(tmp_path, monkeypatch, shown, words):
    page = tmp_path / "demo" / "index.html"
    monkeypatch.setattr(demo, "show_page", lambda _: shown)
    monkeypatch.setattr(demo.Demo, "steps", lambda _: [])
    monkeypatch.setattr(demo.Demo, "finish", lambda _: page)
    monkeypatch.setattr(demo.Demo, "office", demo.Demo(tmp_path, 300, 7), raising=False)
    monkeypatch.setattr(demo.Demo, "folder", tmp_path, raising=False)
    use_language("zh")

    done = CliRunner().invoke(build_app(["demo"]), ["demo", "--out", str(tmp_path / "demo")])

    assert f"{words}{page}" in done.stdout
