"""Run one case in a process of its own, so that its peak memory is its own."""

from __future__ import annotations

import json
import subprocess
import sys


def alone(module: str, *arguments: object) -> tuple[float, float]:
    """Run a benchmark with arguments; give the seconds and peak GiB that it prints last."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return found["seconds"], found["gib"]
