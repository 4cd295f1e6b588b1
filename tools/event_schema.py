"""Write the JSON Schema of event files, for editors.

``uv run python tools/event_schema.py`` writes ``src/sanfu/content/exchange/event.schema.json``; a
test says when that is out of date.
"""

from __future__ import annotations

import json
from pathlib import Path

from sanfu.content import content_path
from sanfu.exchange import Event


def schema_text() -> str:
    """Give the schema as it stands in the file."""
    return (
        json.dumps(Event.model_json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )


if __name__ == "__main__":
    target = Path(content_path("exchange", "event.schema.json"))
    target.write_text(schema_text(), encoding="utf-8")
    print(target)
