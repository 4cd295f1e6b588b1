"""Run all measurements, or the named ones: ``python -m benchmarks [startup reading …]``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    """Run each in a process of its own, so that peak memory is its own; give how many failed."""
    found = sorted(p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_"))
    failed = 0
    for name in names or found:
        if name not in found:
            print(f"no benchmark {name!r}; there are: {', '.join(found)}")
            return 2
        print(f"\n=== {name}", flush=True)
        failed += (
            subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
            != 0
        )
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
