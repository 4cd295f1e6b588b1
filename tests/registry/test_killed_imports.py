"""An import killed at any moment leaves the ledger as it was before, or as it is after."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

import pytest

from sanfu.workspace import new_workspace, open_workspace

KILLS = 200
OFFICES = 4


IMPORT = """
import sys
from sanfu.workspace import open_workspace
office = open_workspace(sys.argv[1])
office.take(sys.argv[2], dry_run=True)  # what is loaded once is loaded before the kill
print("ready", flush=True)
for path in sys.stdin:
    office.take(path.strip())
    print("done", flush=True)
"""


class Worker:
    """A process that imports what it is fed; starting one takes longer than an import."""

    def __init__(self, office, warm):
        self.process = subprocess.Popen(
            [sys.executable, "-c", IMPORT, str(office.folder), str(warm)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def feed(self, path):
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()

    def said(self):
        return self.process.stdout.readline().strip()

    def kill(self):
        self.process.kill()
        self.process.communicate()


def list_of(office, number):
    path = office.inbox / f"{number}-2023.csv"
    rows = "\n".join(f"企业{number}-{i},杨浦,{i}" for i in range(30))
    path.write_text(f"企业名称,所属区,从业人员\n{rows}\n", encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX systems")
@pytest.mark.parametrize("seed", range(OFFICES))
def test_two_hundred_kills_lose_nothing_and_leave_nothing_half(tmp_path, seed):
    """A worker is fed a file, killed at a random moment of the import, and looked after."""
    office = new_workspace(tmp_path / "office")
    moments = random.Random(seed)
    warm = list_of(office, KILLS + 2)  # written once: workers read it while others start
    worker, spare = Worker(office, warm), Worker(office, warm)
    assert worker.said() == "ready"
    began = time.perf_counter()
    worker.feed(list_of(office, 0))
    assert worker.said() == "done"
    window = 2 * (time.perf_counter() - began)
    outcomes = {"before": 0, "after": 0}
    versions, firms = 1, 30
    for kill in range(1, KILLS // OFFICES + 1):
        worker.feed(list_of(office, kill))
        time.sleep(moments.random() * window)
        worker.kill()
        worker, spare = spare, Worker(office, warm)

        ledger = open_workspace(office.folder).ledger
        assert ledger.number in (versions, versions + 1)
        outcome = "after" if ledger.number == versions + 1 else "before"
        outcomes[outcome] += 1
        # follow the machine's load, so that kills keep falling on both sides of the commit
        window *= 1.15 if outcome == "before" else 0.9
        firms += 30 if outcome == "after" else 0
        versions = ledger.number
        assert ledger.firms.height == firms
        assert ledger.figures.height == firms
        assert worker.said() == "ready"

    worker.kill()
    spare.kill()
    done = open_workspace(office.folder).take(list_of(office, KILLS + 1))
    assert done.new_firms == 30
    assert outcomes["before"] > 0
    assert outcomes["after"] > 0


def test_what_a_killed_import_left_is_swept(tmp_path):
    office = new_workspace(tmp_path / "office")
    office.take(list_of(office, 1))
    named = set(office.store.parts_folder.iterdir())
    orphan = office.store.parts_folder / ("0" * 64 + ".parquet")
    orphan.write_bytes(b"half")
    stale = office.store.parts_folder / ".999999999-1.part"
    stale.write_bytes(b"half")

    assert office.store.sweep() == 2
    assert set(office.store.parts_folder.iterdir()) == named
