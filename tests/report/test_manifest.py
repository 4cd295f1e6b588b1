"""A report can be made again from its manifest, byte for byte; what has moved is named."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pypdf
import pytest

from sanfu.errors import InputError
from sanfu.language import Text, use_language
from sanfu.report import composing
from sanfu.report.edits import Edit, Edits
from sanfu.report.facts import Fact
from sanfu.report.figures import ranking
from sanfu.report.fonts import FontFault, find_typeface
from sanfu.report.manifest import MovedInput, build, new_manifest, read_manifest, rebuild
from sanfu.report.material import Item, Material

OUTLINE = """\
report: own
title: {zh: 报告, en: Report}
needs: [scores]
chapters:
  - id: summary
    title: {zh: 综述, en: Summary}
    parts:
      - text: {id: lead, zh: "最高 {top} 分，见{ref:summary-ranking}。", en: "Top {top}."}
      - figure: ranking
"""


class Scores(dict):
    """A result: name → score."""


def scores_material(scores: Scores) -> Material:
    def figure(_: Item | None):
        frame = pl.DataFrame(
            {"name": list(scores), "score": list(scores.values()), "rank": [1, 2][: len(scores)]}
        )
        return ranking(frame, title="排名", unit="分", source="样例", as_of="2025", n="2",
                       method="等权", synthetic=False)  # fmt: skip

    return Material(facts={"top": Fact(max(scores.values()))}, figures={"ranking": figure})


@pytest.fixture
def office(tmp_path, monkeypatch):
    """A folder with an outline and a data file, and the results that come of them."""
    try:
        find_typeface()
    except FontFault as fault:
        pytest.skip(str(fault))
    monkeypatch.setitem(composing.MATERIAL_OF, "Scores", (__name__, "scores_material", ()))
    (tmp_path / "own.yaml").write_text(OUTLINE, encoding="utf-8")
    (tmp_path / "scores.json").write_text('{"甲": 61.25, "乙": 40.0}', encoding="utf-8")
    return tmp_path


def results_of(manifest):
    with open(manifest.settings["data"], encoding="utf-8") as file:  # noqa: PTH123
        return [Scores(json.load(file))]


def make(office, *names, **more):
    manifest = new_manifest(
        office / "own.yaml",
        inputs=[("scores", office / "scores.json")],
        command=("sanfu", "report", "build", "own.yaml"),
        settings={"data": str(office / "scores.json")},
        seed=7,
        created=dt.date(2026, 11, 24),
        **more,
    )
    report, made = build(manifest, results_of(manifest), [office / name for name in names])
    return report, made.write(office / "own.manifest.json")


def test_a_rebuild_is_the_same_byte_for_byte(office):
    _, path = make(office, "r.html", "r.pdf", "r.docx")
    (office / "again").mkdir()

    again = rebuild(read_manifest(path), results_of, office / "again")

    assert again.same
    assert again.differs == ()
    for name in ("r.html", "r.pdf"):
        assert (office / name).read_bytes() == (office / "again" / name).read_bytes()
    assert (office / "again" / "r.docx").exists()


def test_the_report_states_what_it_was_made_from_and_when(office):
    make(office, "r.html", "r.pdf")
    page = (office / "r.html").read_text(encoding="utf-8")
    reader = pypdf.PdfReader(office / "r.pdf")
    text = "".join(page.extract_text() for page in reader.pages)
    text = text.replace("\u200b", "")  # a long path may be broken anywhere

    for words in ("sanfu report build own.yaml", "scores.json", "2026-11-24"):
        assert words in page
        assert words in text
    assert reader.metadata.creation_date.date() == dt.date(2026, 11, 24)


def test_an_input_that_has_changed_is_named_and_nothing_is_written(office):
    _, path = make(office, "r.html")
    (office / "scores.json").write_text('{"甲": 61.25, "乙": 41.0}', encoding="utf-8")
    (office / "again").mkdir()

    with pytest.raises(MovedInput, match=r"scores\.json"):
        rebuild(read_manifest(path), results_of, office / "again")
    assert list((office / "again").iterdir()) == []


def test_an_outline_that_has_changed_is_named(office):
    _, path = make(office, "r.html")
    (office / "own.yaml").write_text(OUTLINE.replace("综述", "概述"), encoding="utf-8")

    with pytest.raises(MovedInput, match=r"own\.yaml"):
        rebuild(read_manifest(path), results_of, office)


def test_a_rebuild_in_another_language_setting_is_still_the_same(office):
    _, path = make(office, "r.html")
    use_language("en")

    assert rebuild(read_manifest(path), results_of, office).same


def test_an_editor_s_words_are_part_of_the_manifest(office):
    edits = Edits(edits={"summary.lead": Edit(text="改写 {top}。", replaced="0" * 16)})
    _, path = make(office, "r.html", edits=edits)

    again = rebuild(read_manifest(path), results_of, office)

    assert again.same
    assert "改写 61.3。" in (office / "r.html").read_text(encoding="utf-8")


def test_results_that_come_out_otherwise_are_said(office):
    _, path = make(office, "r.html")

    again = rebuild(read_manifest(path), lambda _: [Scores({"甲": 61.35, "乙": 40.0})], office)

    assert not again.same
    assert again.differs == ("r.html",)


def test_another_version_is_said(office):
    _, path = make(office, "r.html")
    manifest = read_manifest(path)
    older = manifest.model_copy(update={"versions": {**manifest.versions, "typst": "0.14.0"}})

    again = rebuild(older, results_of, office)

    assert set(again.versions) == {"typst"}
    assert again.versions["typst"][0] == "0.14.0"


def test_the_words_point_at_the_figure(office):
    report, _ = make(office, "r.html")

    assert '见<a href="#summary-ranking">图 1</a>' in (office / "r.html").read_text("utf-8")
    assert str(Text("报告", "Report")) == report.document.title


@pytest.mark.parametrize("wrong", ["r.odt", "folder.html"])
def test_a_set_is_written_whole_or_not_at_all(office, wrong):
    make(office, "r.html")
    (office / "folder.html").mkdir()
    before = {path: path.read_bytes() for path in office.iterdir() if path.is_file()}
    (office / "scores.json").write_text('{"甲": 99.0, "乙": 40.0}', encoding="utf-8")
    before[office / "scores.json"] = (office / "scores.json").read_bytes()

    with pytest.raises(InputError, match=r"odt|文件夹"):
        make(office, "r.html", "r.xlsx", wrong)

    assert {path: path.read_bytes() for path in office.iterdir() if path.is_file()} == before
    assert [path.name for path in office.iterdir() if path.is_dir()] == ["folder.html"]


def test_a_new_file_can_be_read_while_the_others_are_written_and_an_old_one_stays_till_then(office):
    manifest = new_manifest(office / "own.yaml", settings={"data": str(office / "scores.json")})
    steps, out = [], []

    def told(what, done, of):
        steps.append((str(what), done, of))
        out.append((office / "r.html").read_bytes() if (office / "r.html").exists() else None)

    def build_it():
        steps.clear()
        out.clear()
        names = ("r.html", "r.xlsx")
        written = []
        build(manifest, results_of(manifest), [office / name for name in names], told=told,
              written=lambda file: written.append(file.name))  # fmt: skip
        return written

    assert build_it() == ["r.html", "r.xlsx"]
    new = (office / "r.html").read_bytes()
    said = str(Text("画图 1/1 排名", "drawing 1/1 排名"))
    assert [(done, of) for _, done, of in steps] == [(0, 3), (1, 3), (2, 3)]
    assert steps[0][0] == said
    assert out == [None, None, new]  # there before the workbook is begun
    (office / "scores.json").write_text('{"甲": 99.0, "乙": 40.0}', encoding="utf-8")
    assert build_it() == ["r.html", "r.xlsx"]
    assert out == [new, new, new]
    assert (office / "r.html").read_bytes() != new
