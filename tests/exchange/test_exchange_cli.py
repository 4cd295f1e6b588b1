"""From files to ranked lists and invitations through the command line."""

from __future__ import annotations

import datetime as dt
import json
import sys

import polars as pl
import pytest
import xlsxwriter
from typer.testing import CliRunner

from sanfu.cli.root import build_app
from sanfu.exchange import make_event, match, sample_event, write_event
from sanfu.language import Text


def write_rows(path, rows):
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("表")
    for number, row in enumerate(rows):
        page.write_row(number, 0, row.split("|"))
    book.close()
    return path


NEEDS = """\
编号|需求名称|需求内容|预算(万元)|完成期限|合作方式|知识产权|联系人|公开程度|目标指标
n1|锂电池隔膜涂布在线检测|涂布厚度偏差大，需研发机器视觉在线检测方法并用于产线。|30-50|2027-12|联合攻关|共有|张三|公开|偏差≤1μm
n2|反渗透膜污水回用|污水回用率低，膜组件易堵，希望改进膜清洗方法。|面议|2027-12|委托|共有|李四|保密|回用率≥80%
n3|古琴演奏培训|寻找老师|||||||"""


@pytest.fixture
def files(tmp_path):
    needs = NEEDS.split("\n")
    offers = [
        "服务名称|机构名称|服务板块|服务内容",
        "隔膜涂布视觉检测|甲服务|赋能|锂电池隔膜涂布机的机器视觉检测",
        "污水处理|乙服务|赋智|反渗透膜清洗与污水回用",
    ]
    return (
        write_rows(tmp_path / "needs.xlsx", needs),
        write_rows(tmp_path / "offers.xlsx", offers),
        tmp_path,
    )


def run(*arguments):
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(build_app(words), words)


def test_needs_are_imported_and_kept_for_the_owner_only(files):
    needs, _, folder = files
    kept = folder / "needs.json"

    done = run("exchange", "import", needs, "--out", kept, "--on", "2026-05-01")

    assert done.exit_code == 0
    assert kept.stat().st_mode & 0o077 == 0
    assert [r["id"] for r in json.loads(kept.read_text())["records"]] == ["n1", "n2", "n3"]


def test_check_says_what_to_mend_and_ends_with_1(files):
    needs, _, _ = files

    done = run("exchange", "check", needs, "--on", "2026-05-01", "--json")

    said = json.loads(done.stdout)
    assert done.exit_code == 1
    assert said["publishable"] == ["n1", "n2"]
    assert {f["need"] for f in said["findings"] if f["severity"] == "error"} == {"n3"}


def test_match_ranks_with_reasons_and_says_what_has_no_answer(files):
    needs, offers, folder = files
    out = folder / "匹配.xlsx"

    done = run("exchange", "match", needs, "--offers", offers, "--out", out, "--json")

    said = json.loads(done.stdout)
    assert done.exit_code == 0
    assert [(m["need"], m["offer"]) for m in said["matches"] if m["rank"] == 1] == [
        ("n1", "S0001"),
        ("n2", "S0002"),
    ]
    assert "隔膜涂布" in said["matches"][0]["reasons"]
    assert [u["need"] for u in said["unanswered"]] == ["n3"]
    assert out.is_file()


def test_match_reads_a_firm_list(files):
    needs, _, folder = files
    firms = write_rows(
        folder / "firms.xlsx",
        ["企业名称|所属区|主导产品|经营范围", "甲设备有限公司|杨浦区|隔膜涂布机|锂电池设备制造"],
    )

    done = run("exchange", "match", needs, "--ledger", firms, "--json")

    assert [m["name"] for m in json.loads(done.stdout)["matches"]] == ["甲设备有限公司"]


def test_only_public_needs_when_asked(files):
    needs, offers, _ = files

    done = run("exchange", "match", needs, "--offers", offers, "--public-needs")

    assert "锂电池" in done.stdout
    assert "反渗透" not in done.stdout


def test_a_confidential_need_stands_in_no_letter(files):
    needs, offers, folder = files
    out = folder / "邀请.xlsx"

    done = run("exchange", "invite", needs, "-o", offers, "--out", out, "--event", "对接会")

    assert done.exit_code == 0
    sheets = pl.read_excel(out, sheet_id=0, engine="calamine", has_header=False)
    text = "".join(str(frame.rows()) for frame in sheets.values())
    assert "甲服务" in text
    assert "对接会" in text
    assert "反渗透" not in text
    assert "乙服务" not in text


def test_without_offers_the_command_says_what_is_missing(files):
    done = run("exchange", "match", files[0])

    assert done.exit_code == 2
    assert "--offers" in done.stderr


def test_a_day_that_is_none_is_refused(files):
    done = run("exchange", "check", files[0], "--on", "明天")

    assert done.exit_code == 2
    assert "2026-05-01" in done.stderr


@pytest.fixture(scope="module")
def event_file(tmp_path_factory):
    """The workbook of an event as `sanfu exchange event` writes it."""
    made = sample_event()
    event, _ = make_event(
        match(made.needs, made.providers), name=Text("活动", "event"), day=dt.date(2026, 6, 10)
    )
    path = tmp_path_factory.mktemp("event") / "4 活动.xlsx"
    write_event(event, path)
    return path


@pytest.mark.parametrize("command", [["match"], ["check"], ["import", "--out", "x.json"]])
def test_an_event_file_is_not_taken_for_needs(files, event_file, command):
    more = ["--offers", files[1]] if command == ["match"] else []

    done = run("exchange", command[0], event_file, *command[1:], *more)

    assert done.exit_code != 0
    said = done.stderr + str(done.exception)
    assert "主办桌、来宾" in said
    assert "sanfu exchange schedule" in said
    assert "没有导入" not in said


def test_an_event_file_is_not_taken_for_offers(files, event_file):
    done = run("exchange", "match", files[0], "--offers", event_file)

    assert done.exit_code != 0
    assert "服务名称" in done.stderr + str(done.exception)


def test_a_firm_list_is_not_taken_for_needs_or_offers(files, tmp_path):
    firms = write_rows(
        tmp_path / "firms.xlsx", ["企业名称|统一社会信用代码|所属区", "甲|91|杨浦区"]
    )

    as_needs = run("exchange", "check", firms)
    as_offers = run("exchange", "match", files[0], "--offers", firms)

    for done in (as_needs, as_offers):
        assert done.exit_code != 0
        assert "--ledger" in done.stderr + str(done.exception)


def test_a_short_list_of_titles_is_needs(tmp_path):
    needs = write_rows(tmp_path / "n.xlsx", ["编号|需求名称", "1|锂电池隔膜涂布"])

    done = run("exchange", "import", needs, "--out", tmp_path / "n.json", "--json")

    assert json.loads(done.stdout)["read"] == 1


MODEL = """
import numpy as np

class Toy:
    name, suitable = "toy", 0.9

    def embed(self, texts):
        return np.array([[1.0, 0.0] if "古琴" in t or "乐器" in t else [0.0, 1.0] for t in texts])

def make():
    return Toy()

def empty():
    return object()
"""


@pytest.fixture
def model(tmp_path, monkeypatch):
    (tmp_path / "office_model.py").write_text(MODEL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "office_model", raising=False)
    return "office_model:make"


def test_an_offices_own_model_finds_what_no_word_does(files, tmp_path, model):
    offers = write_rows(tmp_path / "o.xlsx", ["服务名称|服务内容", "乐器课|民族乐器"])

    without = run("exchange", "match", files[0], "-o", offers, "--json")
    found = run("exchange", "match", files[0], "-o", offers, "--embedder", model, "--json")

    assert json.loads(without.stdout)["matches"] == []
    (hit,) = [one for one in json.loads(found.stdout)["matches"] if one["need"] == "n3"]
    assert hit["similarity"] == 1.0


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nowhere:make", "nowhere"),
        ("office_model", "office_model"),
        ("office_model:nothing", "nothing"),
        ("office_model:empty", "suitable"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused_with_the_way(files, model, named, said):
    del model
    done = run("exchange", "match", files[0], "-o", files[1], "--embedder", named)

    assert done.exit_code == 2
    assert said in done.stderr
    assert "docs/howto/embedder.md" in done.stderr
