"""How long the command line takes to answer, against a bare Python that does nothing.

Wanted: `import sanfu` < 0.3 s, `sanfu --version` < 0.4 s.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

TRIES = 11


def median_seconds(code: str) -> float:
    """Median wall time of a fresh interpreter that runs the code."""
    times = []
    for _ in range(TRIES):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Print each time, and its ratio to the bare interpreter's."""
    bare = median_seconds("pass")
    run = (
        "import sys; sys.argv = ['sanfu', *{!r}]\nfrom sanfu.cli import main\n"
        "try: main()\nexcept SystemExit: pass"
    )
    cases = {
        "bare python": "pass",
        "import sanfu": "import sanfu",
        "import typer (peer)": "import typer",
        "import polars (peer)": "import polars",
        "sanfu --version": run.format(["--version"]),
        "sanfu --help": run.format(["--help"]),
    }
    for name, code in cases.items():
        seconds = median_seconds(code)
        print(f"{name:24} {seconds:6.3f} s   {seconds / bare:5.1f} x bare python")


if __name__ == "__main__":
    main()
