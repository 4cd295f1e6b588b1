"""Gather the fragments of changelog.d/ in CHANGELOG.md under "Unreleased", a heading a room.

``--release 0.2.0`` also gives them that number and today's date, and empties the folder.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {
    "registry": "registry: the ledger", "sample": "registry: the ledger", "ladder": "ladder",
    "index": "index", "exchange": "exchange", "matching": "exchange", "report": "report",
}  # fmt: skip
REST = "the house"
UNRELEASED = "## Unreleased"


def gather(folder: Path) -> str:
    """Give the fragments as one text, under the room that a fragment's name begins with."""
    rooms: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.md")):
        room = ROOMS.get(path.stem.partition("-")[0], REST)
        lines = path.read_text(encoding="utf-8").splitlines()
        rooms.setdefault(room, []).extend(
            f"- {line.lstrip('- ')}" for line in lines if line.strip()
        )
    order = list(dict.fromkeys((REST, *ROOMS.values())))
    return "\n\n".join(
        f"### {room[0].upper()}{room[1:]}\n\n" + "\n".join(rooms[room])
        for room in order
        if room in rooms
    )


def renewed(changelog: str, fragments: str, heading: str) -> str:
    """Give the changelog with what is unreleased replaced by the fragments under a heading."""
    before, mark, after = changelog.partition(UNRELEASED)
    if not mark:
        raise SystemExit(f"CHANGELOG.md has no line “{UNRELEASED}”")
    older = re.search(r"^## ", after, re.MULTILINE)
    kept = after[older.start() :] if older else ""
    fresh = heading if heading == UNRELEASED else f"{UNRELEASED}\n\n{heading}"
    return f"{before}{fresh}\n\n{fragments}\n" + (f"\n{kept}" if kept else "")


def main() -> None:
    """Rewrite CHANGELOG.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", default="", help="number of the release")
    number = parser.parse_args().release
    path, folder = ROOT / "CHANGELOG.md", ROOT / "changelog.d"
    today = dt.datetime.now(tz=dt.UTC).date()
    heading = f"## {number} ({today})" if number else UNRELEASED
    path.write_text(renewed(path.read_text(encoding="utf-8"), gather(folder), heading), "utf-8")
    if number:
        for fragment in folder.glob("*.md"):
            fragment.unlink()


if __name__ == "__main__":
    main()
