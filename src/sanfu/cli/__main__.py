"""Run the commands as ``python -m sanfu.cli``."""

from sanfu.cli import main

main()
