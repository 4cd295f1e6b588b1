"""What every test shares: where real data lies, one language, no network."""

from __future__ import annotations

import socket
from functools import cache
from pathlib import Path

import pytest

from sanfu.language import use_language

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(autouse=True)
def _chinese():
    use_language("zh")
    yield
    use_language("zh")  # fixtures of the next module are made before its first test begins


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def refuse(self, address):
        host = address[0] if isinstance(address, tuple) else "localhost"
        if host not in ("127.0.0.1", "localhost", "::1"):
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="session")
def sample_office(tmp_path_factory):
    """Gives a workspace of so many synthetic firms, imported from dirty files; each made once."""
    from sanfu.registry.sample import shanghai
    from sanfu.registry.sample.dirty import write_dirty
    from sanfu.workspace import new_workspace

    @cache
    def make(firms: int, seed: int):
        made = new_workspace(tmp_path_factory.mktemp("office") / "o", region="shanghai")
        write_dirty(shanghai(firms=firms, seed=seed), made.inbox / "脏表", seed)
        for file in sorted((made.inbox / "脏表").glob("*.*")):
            made.take(file)
        return made

    return make


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real and golden data, else the test is skipped with the reason."""
    if not SHARED.is_dir():
        pytest.skip(f"real and golden data are not at {SHARED}")
    return SHARED
