"""`sanfu report`: list, build, edit and rebuild, as an office would call them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from sanfu.cli.app import MOST_FILE_WORDS, file_words
from sanfu.cli.root import build_app
from sanfu.content import content_path
from sanfu.errors import SanfuError
from sanfu.language import Text, use_language


def run(*arguments):
    return CliRunner().invoke(build_app(list(arguments)), list(arguments))


@pytest.fixture(scope="module")
def office(sample_office):
    return sample_office(500, 6)


def test_the_list_names_every_outline_with_what_it_needs():
    found = json.loads(run("report", "list", "--json").output)

    assert {one["name"] for one in found} >= {"city-index", "district", "index-page"}
    assert all(one["needs"] for one in found)


def test_a_report_is_built_edited_and_rebuilt_with_the_edit(office, tmp_path):
    page = tmp_path / "r.html"
    build = ("report", "build", "index-page", "-w", str(office.folder), "-o", str(page))
    assert run(*build).exit_code == 0

    edited = run("report", "edit", str(page), "why.lead", "编辑的话。", "--editor", "甲")
    assert edited.exit_code == 0, edited.output
    wrong = run("report", "edit", str(page), "why.lead", "均值 {index.meen}。")
    again = run(*build)

    assert "index.mean" in str(wrong.exception)
    assert again.exit_code == 0
    assert "编辑的话。" in page.read_text(encoding="utf-8")
    assert "保留了 1 段" in again.output


def test_what_is_hidden_is_logged_beside_the_report_with_its_rule_and_gone_with_it(
    office, tmp_path
):
    page, log = tmp_path / "r.html", tmp_path / "r.hidden.csv"
    build = ("report", "build", "index-page", "-w", str(office.folder), "-o", str(page))

    told = run(*build)
    rows = log.read_text(encoding="utf-8-sig").splitlines()

    assert f"隐去 {len(rows) - 1} 个数" in told.output
    assert rows[0] == "文件,表,单元格,规则,原因"
    assert all(",min_firms," in row or ",dominance," in row or ",complementary," in row
               for row in rows[1:])  # fmt: skip
    assert not re.search("complementary|企业数过少", page.read_text(encoding="utf-8"))

    assert run(*build, "--min-firms", "1", "--dominance", "").exit_code == 0
    assert not log.exists()


def test_a_firms_name_goes_clean_into_the_files_name(office):
    name = office.ledger.firms["name"][0]

    made = run("report", "build", "firm", "-w", str(office.folder), "--unit", f"{name} ")

    assert made.exit_code == 0, made.output
    assert (office.out / f"合成数据_firm_{name}.html").exists()
    assert file_words('<b>&"x"</td>甲/乙\n') == "b_&_x___td_甲_乙"
    assert file_words("/..") == "_"
    assert len(file_words("甲" * 300)) == MOST_FILE_WORDS


def test_pages_are_written_a_firm_and_a_faulty_one_is_named_and_holds_up_no_other(
    office, tmp_path, monkeypatch
):
    import sanfu.report.firm_batch as batch

    firms, compose = office.ledger.firms["firm"].head(4).to_list(), batch.compose

    def faulty(outline, page, **more):
        if page.code == firms[1]:
            raise SanfuError(Text("缺少数据", "no data"))
        return compose(outline, page, **more)

    monkeypatch.setattr(batch, "compose", faulty)
    chosen = [part for firm in [*firms, firms[0]] for part in ("--firm", firm)]
    call = ("report", "firms", "-w", str(office.folder), "-o", str(tmp_path), "--on", "2024-05-01",
            "--workers", "1", *chosen)  # fmt: skip
    first = run(*call)
    listed = (tmp_path / "failed.csv").read_text("utf-8-sig")
    monkeypatch.undo()
    again = run(*call)

    name = office.ledger.firms["name"][1]
    assert (first.exit_code, again.exit_code) == (1, 0)
    assert "写了 3 页" in first.output
    assert f"{firms[1]} {name}：缺少数据" in first.output
    assert f"{firms[1]},{name},缺少数据" in listed
    assert "写了 1 页，沿用 3 页" in again.output
    assert not (tmp_path / "failed.csv").exists()
    assert len(list(tmp_path.glob("*.html"))) == 4
    assert firms[1] in (tmp_path / "index.csv").read_text("utf-8-sig")


def test_an_unknown_paragraph_is_refused_with_those_there_are(office, tmp_path):
    page = tmp_path / "r.html"
    run("report", "build", "index-page", "-w", str(office.folder), "-o", str(page))

    done = run("report", "edit", str(page), "nowhere", "x")

    assert done.exit_code != 0
    assert "why.lead" in str(done.exception)


def test_a_manifest_makes_the_same_report_again_after_the_ledger_moved_on(office, tmp_path):
    page, paper = tmp_path / "r.html", tmp_path / "r.pdf"
    run(
        "report", "build", "index-page", "-w", str(office.folder), "-o", str(page), "-o", str(paper)
    )
    office.undo()

    again = run("report", "rebuild", str(tmp_path / "r.manifest.json"), "-o", str(tmp_path / "b"))
    office.undo()

    assert again.exit_code == 0, again.output
    assert (tmp_path / "b" / "r.html").read_bytes() == page.read_bytes()
    assert (tmp_path / "b" / "r.pdf").read_bytes() == paper.read_bytes()


def test_an_exported_outline_can_be_changed_and_built(office, tmp_path):
    own = tmp_path / "own.yaml"
    assert run("report", "export", "index-page", str(own)).exit_code == 0
    own.write_text(own.read_text(encoding="utf-8").replace("zh: 结果,", "zh: 我们的结果,"), "utf-8")
    page = tmp_path / "own.html"

    done = run("report", "build", str(own), "-w", str(office.folder), "-o", str(page))

    assert done.exit_code == 0, done.output
    assert re.search("<h2[^>]*>我们的结果</h2>", page.read_text(encoding="utf-8"))


def test_a_region_that_is_not_there_is_refused_with_near_names(office, tmp_path):
    done = run(
        "report", "build", "district", "-w", str(office.folder), "--unit", "杨埔区",
        "-o", str(tmp_path / "d.html"),
    )  # fmt: skip

    assert done.exit_code != 0
    assert "杨浦区" in str(done.exception)


def district(office, tmp_path, *more, file="d.docx", lang="zh", unit="310110"):
    out = tmp_path / file
    use_language(lang)
    done = run(
        "report", "build", "district", "-w", str(office.folder), "--unit", unit, "-o", str(out),
        *more,
    )  # fmt: skip
    use_language("zh")
    return done, out


def test_the_office_s_own_word_file_is_filled_when_asked(office, tmp_path):
    import docx

    book = docx.Document()
    book.add_paragraph("本单位 {{ title }}")
    book.add_paragraph("{{ body }}")
    book.save(str(tmp_path / "own.docx"))

    done, out = district(office, tmp_path, "--template", str(tmp_path / "own.docx"))

    assert done.exit_code == 0, done.output
    words = [paragraph.text for paragraph in docx.Document(str(out)).paragraphs]
    assert words[0] == "本单位 区级专精特新企业发展报告"
    assert any("杨浦区得" in line for line in words)


def test_a_template_that_is_not_there_is_named_with_where_it_is_named(office, tmp_path):
    done, _ = district(office, tmp_path, "--template", str(tmp_path / "none.docx"))

    assert done.exit_code != 0
    assert "none.docx" in str(done.exception)
    assert "--template" in str(done.exception)


def test_a_boundary_file_without_its_approval_number_is_refused(office, tmp_path):
    declared = tmp_path / "map.yaml"
    declared.write_text("file: a.geojson\nsource: 示例\ndatum: CGCS2000\n", encoding="utf-8")

    done, out = district(office, tmp_path, "--boundary", str(declared), file="d.html")

    assert done.exit_code != 0
    assert "approval" in str(done.exception)
    assert not out.exists()


def test_maps_are_drawn_in_the_office_s_boundaries_with_their_approval_number(office, tmp_path):
    def square(i):
        x, y = 121 + i % 4 * 0.2, 31 + i // 4 * 0.2
        return [[x, y], [x + 0.18, y], [x + 0.18, y + 0.18], [x, y + 0.18], [x, y]]

    areas = [
        {"type": "Feature", "properties": {"dm": unit.code, "mc": unit.name.zh},
         "geometry": {"type": "Polygon", "coordinates": [square(i)]}}
        for i, unit in enumerate(office.region.units)
    ]  # fmt: skip
    (tmp_path / "a.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": areas}), encoding="utf-8"
    )
    (tmp_path / "map.yaml").write_text(
        "file: a.geojson\napproval: 沪S(2024)001号\nsource: 示例测绘院\ndatum: CGCS2000\n"
        "code: dm\nname: mc\n",
        encoding="utf-8",
    )

    done, out = district(
        office, tmp_path, "--boundary", str(tmp_path / "map.yaml"), file="d.html", lang="en"
    )

    assert done.exit_code == 0, done.output
    page = out.read_text(encoding="utf-8")
    assert "沪S(2024)001号" in page
    manifest = json.loads((tmp_path / "d.manifest.json").read_text("utf-8"))
    roles = [one["role"] for one in manifest["inputs"]]
    assert roles.count("boundary") == 2


@contextmanager
def set_once(office, lines):
    """Write lines into the office's table of settings for reports, for a while."""
    settings = office.folder / "sanfu.toml"
    before = settings.read_text("utf-8")
    settings.write_text(f"{before}\n[report]\n{lines}\n", "utf-8")
    try:
        yield
    finally:
        settings.write_text(before, "utf-8")


def test_what_an_office_sets_once_holds_for_its_reports_and_for_their_rebuild(office, tmp_path):
    with set_once(office, "archive = true\naccessible = true"):
        done, out = district(office, tmp_path, file="d.pdf")
    assert done.exit_code == 0, done.output
    again = run("report", "rebuild", str(tmp_path / "d.manifest.json"), "-o", str(tmp_path / "b"))

    said = out.read_bytes()
    assert b"pdfaid" in said
    assert b"pdfuaid" in said
    assert again.exit_code == 0, again.output
    assert (tmp_path / "b" / "d.pdf").read_bytes() == said


def test_every_report_says_which_office_issues_it(office, tmp_path):
    import docx
    import openpyxl
    import pypdf

    name = "某市中小企业服务中心 <&>"
    settings = office.folder / "sanfu.toml"
    before = settings.read_text("utf-8")
    settings.write_text(before.replace('office = ""', f'office = "{name}"'), "utf-8")
    endings = ("html", "pdf", "docx", "xlsx")
    files = [tmp_path / f"d.{ending}" for ending in endings]
    try:
        out = [part for file in files for part in ("-o", str(file))]
        done = run("report", "build", "district", "-w", str(office.folder), "--unit", "杨浦", *out)
    finally:
        settings.write_text(before, "utf-8")
    assert done.exit_code == 0, done.output
    manifest = tmp_path / "d.manifest.json"
    again = run("report", "rebuild", str(manifest), "-o", str(tmp_path / "again"))

    page = files[0].read_text("utf-8")
    assert page.count("某市中小企业服务中心 &lt;&amp;&gt;</p>") == 2  # below the title, at the foot
    paper = pypdf.PdfReader(files[1])
    assert all(name in sheet.extract_text() for sheet in paper.pages)
    assert paper.metadata.author == name
    word = docx.Document(str(files[2]))
    assert name in [paragraph.text for paragraph in word.paragraphs[:3]]
    assert name in word.sections[0].footer.paragraphs[0].text
    book = openpyxl.load_workbook(files[3])
    told = [[row[0] for row in sheet.iter_rows(max_row=6, values_only=True)] for sheet in book]
    assert all(name in rows for rows in told[:-3])
    assert json.loads(manifest.read_text("utf-8"))["options"]["office"] == name
    assert again.exit_code == 0, again.output


def test_an_unknown_key_of_the_office_s_settings_is_named(office, tmp_path):
    with set_once(office, "templte = 'x.docx'"):
        done, _ = district(office, tmp_path, file="d.html")

    assert done.exit_code != 0
    assert "templte" in str(done.exception)
    assert "sanfu.toml" in str(done.exception)


@pytest.mark.parametrize("rule", ["75%", "0:75%", "1:175%", "x:y"])
def test_a_dominance_rule_that_cannot_be_read_is_refused_with_an_example(office, tmp_path, rule):
    done, _ = district(office, tmp_path, "--dominance", rule, file="d.html")

    assert done.exit_code != 0
    assert "75" in str(done.exception)


@pytest.mark.parametrize(("unit", "lang"), [("Yangpu", "zh"), ("杨浦区", "en"), ("杨浦", "en")])
def test_a_district_is_asked_for_by_any_name_in_either_language(office, tmp_path, unit, lang):
    done, out = district(office, tmp_path, file="d.html", lang=lang, unit=unit)

    assert done.exit_code == 0, done.output
    page = out.read_text(encoding="utf-8")
    assert ("杨浦区：得分与位次" if lang == "zh" else "Yangpu: score and place") in page
    assert ("“1”（示例）" if lang == "zh" else "the 1 (sample)") in page


def test_a_full_disk_ends_with_a_sentence_and_leaves_no_half_set(office, tmp_path):
    """In a process of its own, whose files may not grow beyond 150 kB."""
    pytest.importorskip("resource")
    out = tmp_path / "out"
    names = [str(out / f"r.{ending}") for ending in ("xlsx", "html")]
    code = (
        "import resource, sys; from sanfu.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (150_000,) * 2); main()"
    )
    command = ["report", "build", "index-page", "-w", str(office.folder), "-o", names[0], "-o"]

    done = subprocess.run(
        [sys.executable, "-c", code, *command, names[1]], capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "磁盘已满" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(out.iterdir()) == []


@pytest.fixture
def own_office(office, tmp_path):
    """A copy of the office with a district's own industries and its own outline in it."""
    folder = tmp_path / "本单位"
    shutil.copytree(office.folder, folder)
    sample = content_path("schemes", "district_sample.yaml")
    shutil.copy(sample, folder / "own-scheme.yaml")
    settings = folder / "sanfu.toml"
    own = 'unit_schemes = {"310110" = ["own-scheme.yaml"]}\n'
    settings.write_text(own + settings.read_text("utf-8"), "utf-8")
    shutil.copy(content_path("outlines", "district.yaml"), folder / "own.yaml")
    return folder


def build_own(folder, out, monkeypatch):
    monkeypatch.chdir(folder)
    made = run("report", "build", "own.yaml", "-w", ".", "--unit", "杨浦", "-o", str(out))
    assert made.exit_code == 0, made.output
    return out.with_name(f"{out.stem}.manifest.json")


def test_a_report_is_rebuilt_from_any_folder_after_the_workspace_moved(
    own_office, tmp_path, monkeypatch
):
    manifest = build_own(own_office, tmp_path / "d.html", monkeypatch)
    monkeypatch.chdir(tmp_path)
    moved = own_office.rename(tmp_path / "搬家以后")

    gone = run("report", "rebuild", str(manifest), "-o", str(tmp_path / "no"))
    again = run("report", "rebuild", str(manifest), "-o", str(tmp_path / "b"), "-w", str(moved))

    assert gone.exit_code != 0
    assert again.exit_code == 0, (again.output, again.exception)
    page = (tmp_path / "b" / "d.html").read_text("utf-8")
    assert page == (tmp_path / "d.html").read_text("utf-8")
    assert str(tmp_path) not in page  # the machine's folders are nobody else's business


def test_a_changed_industry_system_is_named_when_a_report_is_rebuilt(
    own_office, tmp_path, monkeypatch
):
    manifest = build_own(own_office, tmp_path / "d.html", monkeypatch)
    scheme, settings = own_office / "own-scheme.yaml", own_office / "sanfu.toml"
    before = scheme.read_text("utf-8")
    scheme.write_text(before.replace('["65"]', '["66"]'), "utf-8")
    changed = run("report", "rebuild", str(manifest), "-o", str(tmp_path / "b"))
    scheme.write_text(before, "utf-8")
    settings.write_text(settings.read_text("utf-8").split("\n", 1)[1], "utf-8")
    unset = run("report", "rebuild", str(manifest), "-o", str(tmp_path / "b"))

    assert changed.exit_code != 0
    assert "own-scheme.yaml" in str(changed.exception)
    assert unset.exit_code == 2
    assert "own-scheme.yaml" in unset.output


def test_a_district_s_report_without_a_district_says_how_to_name_one(office, tmp_path):
    call = ("report", "build", "district", "-w", str(office.folder), "-o")

    done = run(*call, str(tmp_path / "d.html"))

    assert done.exit_code == 2
    assert "--unit" in done.output
    assert "杨浦区" in done.output


def test_a_word_file_for_a_report_that_is_not_word_is_refused(office, tmp_path):
    (tmp_path / "own.docx").write_bytes(b"")

    call = ("report", "build", "index-page", "-w", str(office.folder), "-o")
    done = run(*call, str(tmp_path / "d.pdf"), "--template", str(tmp_path / "own.docx"))

    assert done.exit_code == 2
    assert ".docx" in done.output


def test_a_measure_that_the_ledger_lacks_refuses_the_report_unless_told_to_leave_it(
    office, tmp_path
):
    shipped = content_path("frameworks", "shanghai-srdi.yaml").read_text("utf-8")
    own = tmp_path / "own.yaml"
    own.write_text(shipped.replace("matched_growth(staff)", "matched_growth(brand_count)"), "utf-8")
    assert "brand_count" in own.read_text("utf-8")
    call = ("report", "build", "index-page", "-w", str(office.folder), "--framework", str(own))

    refused = run(*call, "-o", str(tmp_path / "a.html"))
    left = run(*call, "-o", str(tmp_path / "a.html"), "--leave-absent")
    again = run("report", "rebuild", str(tmp_path / "a.manifest.json"), "-o", str(tmp_path / "b"))

    assert "brand_count" in str(refused.exception)
    assert left.exit_code == 0, (left.output, left.exception)
    assert again.exit_code == 0, (again.output, again.exception)
