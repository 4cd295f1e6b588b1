"""The reference page: its session runs as shown, its YAML is valid, it names every result."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from sanfu.index.robustness import LeaveOneOut, Robustness, read_plan
from sanfu.index.robustness.declaration import Choice, DropChoice, WeightChoice

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "index-robustness.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_session_runs_as_it_is_shown():
    session = "\n".join(re.findall(r"```pycon\n(.*?)```", TEXT, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(session, {}, "page", str(PAGE), 0)
    said: list[str] = []

    result = doctest.DocTestRunner(verbose=False).run(test, out=said.append)

    assert result.attempted > 8
    assert result.failed == 0, "".join(said)


def test_the_declaration_shown_is_valid(tmp_path):
    (yaml,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    file = tmp_path / "choices.yaml"
    file.write_text(yaml, encoding="utf-8")

    assert list(read_plan(file).choices) == [
        *("treatment", "normalisation", "weights", "top", "left-out")
    ]


def test_every_key_and_result_is_on_the_page():
    keys = {*Choice.model_fields, *WeightChoice.model_fields, *DropChoice.model_fields} - {"name"}
    results = [
        name
        for kind in (Robustness, LeaveOneOut)
        for name in vars(kind)
        if not name.startswith("_") and name not in _INNER
    ]

    assert {key for key in keys if f"`{key}" not in TEXT} == set()
    assert {name for name in results if f".{name}" not in TEXT and f"`{name}" not in TEXT} == set()


_INNER = {
    *("index", "model", "offsets", "plan", "nominal", "same_scale", "compare", "place"),
    *("parts", "nominal_scores", "nominal_ranks", "units", "what"),
}


def test_the_howto_runs_as_it_is_written(tmp_path, monkeypatch):
    page = (PAGE.parents[1] / "howto" / "index-robustness.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
    monkeypatch.chdir(tmp_path)
    names: dict = {}

    exec(compile(code, "howto", "exec"), names)

    assert (tmp_path / "robustness.xlsx").exists()
    assert names["table"].height == 6
    assert names["first"]["share"].sum() >= 1
    assert names["seventh"].ranking.height == 6
    (yaml,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "c.yaml").write_text(yaml, encoding="utf-8")
    assert set(read_plan(tmp_path / "c.yaml").choices) == {"firms", "weights"}
