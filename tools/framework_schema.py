"""Write the JSON Schemas of framework files and of robustness files, for editors.

``uv run python tools/framework_schema.py`` writes ``schema.json`` in ``content/frameworks`` and in
``content/robustness``; tests say when they are out of date.
"""

from __future__ import annotations

import json
from pathlib import Path

from sanfu.content import content_path
from sanfu.index.framework import framework_schema
from sanfu.index.robustness import plan_schema


def schema_text(schema: dict) -> str:
    """Give a schema as it stands in its file."""
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    for folder, schema in (("frameworks", framework_schema()), ("robustness", plan_schema())):
        target = Path(content_path(folder, "schema.json"))
        target.write_text(schema_text(schema), encoding="utf-8")
        print(target)
