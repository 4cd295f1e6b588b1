"""Write the JSON Schema of framework files, for editors.

``uv run python tools/framework_schema.py`` writes ``src/sanfu/content/frameworks/schema.json``; a
test says when that is out of date.
"""

from __future__ import annotations

import json
from pathlib import Path

from sanfu.content import content_path
from sanfu.index.framework import framework_schema


def schema_text() -> str:
    """Give the schema as it stands in the file."""
    return json.dumps(framework_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    target = Path(content_path("frameworks", "schema.json"))
    target.write_text(schema_text(), encoding="utf-8")
    print(target)
