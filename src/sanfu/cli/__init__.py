"""The command line: `sanfu`. Thin: each command calls the Python function of the same name.

A module here for each room makes its commands in a function ``register(app)``; it is imported only
when one of its commands is asked for, so that ``sanfu --version`` loads nothing heavy.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the entry point ``sanfu``."""
    if sys.argv[1:] == ["--version"]:
        from sanfu import __version__

        print(f"sanfu {__version__}")  # noqa: T201 - before Typer is loaded
        return
    from sanfu.cli.app import choose_language, language_first

    sys.argv[1:] = language_first(sys.argv[1:])
    choose_language(sys.argv[1:])
    from sanfu.cli.root import build_app, run

    run(build_app(sys.argv[1:]))
