"""Two commands: from needs to printed schedules, and from what came of it to the funnel."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from typer.testing import CliRunner

from sanfu.cli.root import build_app
from sanfu.exchange import FollowBook, load_timetable

NEEDS = """\
需求编号|需求名称|问题描述|企业编号|企业名称|公开程度|是否匿名|经办人
N1|锂电池隔膜涂布在线检测|涂布厚度偏差大，需研发机器视觉在线检测方法|F1|甲重工有限公司|公开|否|张
N2|反渗透膜污水回用|污水回用率低，希望改进反渗透膜清洗方法|F2|乙水务有限公司|保密|否|李
N3|协作机器人柔性装配|多品种小批量装配靠人工，拟用协作机器人|F3|丙汽车有限公司|公开|否|张"""
OFFERS = """\
服务编号|服务名称|机构名称|服务板块|服务内容
S1|隔膜涂布视觉检测|来宾一公司|赋能|锂电池隔膜涂布的机器视觉检测
S2|反渗透清洗|来宾二公司|赋智|反渗透膜清洗与污水回用
S3|机器人装配|来宾三公司|赋能|协作机器人柔性装配与力控
S4|机器人视觉|来宾四公司|赋能|协作机器人、机器视觉在线检测"""


def write(path, text):
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("表")
    for number, line in enumerate(text.split("\n")):
        page.write_row(number, 0, line.split("|"))
    book.close()
    return path


def run(*arguments):
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(build_app(words), words)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An event made once by the one command."""
    folder = tmp_path_factory.mktemp("event")
    needs, offers = write(folder / "需求.xlsx", NEEDS), write(folder / "服务.xlsx", OFFERS)
    done = run(
        "exchange", "event", needs, "-o", offers, "--out", folder / "day", "--day", "2026-06-10",
        "--on", "2026-05-20", "--name", "六月对接会", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    (folder / "said.json").write_text(done.stdout)
    return folder


def test_one_command_goes_from_needs_to_printed_schedules(folder):
    said = json.loads((folder / "said.json").read_text())
    day = folder / "day"

    assert said["proven"]
    assert said["meetings_held"] >= 2
    assert said["not_at_a_table"] == ["N2"]
    names = {path.name for path in day.iterdir()}
    assert {"1 需求检查.xlsx", "2 匹配与理由.xlsx", "3 邀请.xlsx", "4 活动.xlsx", "5 日程",
            "6 跟进记录.xlsx", "follow.sqlite", "index.html"} == names  # fmt: skip
    assert (day / "5 日程" / "来宾日程.pdf").stat().st_size > 5_000
    page = (day / "index.html").read_text()
    assert "已证明最优" in page
    assert "sanfu exchange follow" in page


def test_a_confidential_need_is_in_no_paper_of_the_day(folder):
    for path in (folder / "day" / "5 日程").rglob("*.html"):
        assert "反渗透" not in path.read_text(), path.name
    for path in (folder / "day" / "5 日程").rglob("*.ics"):
        assert "反渗透" not in path.read_text().replace("\r\n ", ""), path.name


def test_schedule_reads_the_event_that_was_changed_in_excel(folder, tmp_path):
    done = run(
        "exchange", "schedule", folder / "day" / "4 活动.xlsx", "--out", tmp_path, "--forms",
        "xlsx", "--explain", "甲重工有限公司",
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert "已证明最优" in done.stdout
    assert "甲重工有限公司：" in done.stdout
    assert load_timetable(tmp_path / "timetable.json").proven


def test_repair_says_what_changes_and_writes_the_notice(folder, tmp_path):
    told = folder / "day" / "5 日程" / "timetable.json"
    guest = load_timetable(told).frame["guest"][0]

    done = run(
        "exchange", "repair", told, "--now", "09:00", "--absent", guest, "--out", tmp_path,
        "--forms", "html",
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert "无法进行" in done.stdout
    assert "已证明变动最少" in done.stdout
    assert "无法进行" in (tmp_path / "变动通知.html").read_text()
    assert guest not in load_timetable(tmp_path / "timetable.json").frame["guest"].to_list()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--absent", "没有的公司"], "没有“没有的公司”"),
        (["--absent", "来宾五公司"], "相近的有：来宾"),
        (["--absent", "来宾"], "请写编号"),
        (["--late", "来宾一公司"], "甲公司=10:30"),
        (["--now", "23:00"], "场次号"),
        (["--lost-table", "Z9"], "没有“Z9”"),
    ],
)
def test_repair_refuses_what_it_does_not_know(folder, options, said):
    done = run("exchange", "repair", folder / "day" / "5 日程" / "timetable.json", *options)

    assert done.exit_code != 0
    assert said in done.stderr + str(done.exception)


def test_a_second_command_records_what_came_of_it_and_prints_the_funnel(folder):
    form = folder / "day" / "6 跟进记录.xlsx"
    sheet = pl.read_excel(form, sheet_id=1, engine="calamine", infer_schema_length=0)
    filled = [sheet.columns]
    for at, row in enumerate(sheet.rows()):
        stage, day, amount = [("揭榜", "2026-06-15", ""), ("签约", "2026-07-30", "80")][at % 2]
        values = dict(zip(sheet.columns, row, strict=True))
        values |= {"阶段": stage, "日期": day, "金额（万元）": amount}
        filled.append([values[name] or "" for name in sheet.columns])
    text = "\n".join("|".join(row) for row in filled)
    path = write(folder / "day" / "填好.xlsx", text)

    done = run("exchange", "follow", path, "--by", "张", "--on", "2026-08-01")
    again = run("exchange", "follow", path, "--by", "张", "--on", "2026-08-01", "--json")

    assert done.exit_code == 0, done.output
    assert f"新记 {sheet.height} 条" in done.stdout
    assert "已签约：" in done.stdout
    assert "2026 年发布需求 3 项" in done.stdout
    assert json.loads(again.stdout)["added"] == 0
    assert FollowBook(folder / "day" / "follow.sqlite").verify() == []


def test_one_step_is_recorded_from_the_command_line(folder):
    book = folder / "day" / "follow.sqlite"
    step = ["--book", book, "--need", "N3", "--party", "S9", "--on", "2026-08-02"]

    done = run("exchange", "follow", *step, "--stage", "揭榜", "--next", "约谈")
    unknown = run("exchange", "follow", *step, "--stage", "起飞")
    english = run("--lang", "en", "exchange", "funnel", "--book", book, "--by", "district")

    assert "新记 1 条" in done.stdout
    assert unknown.exit_code == 2
    assert "可用：已发布" in unknown.stderr
    assert english.exit_code == 0


def test_funnel_writes_a_workbook(folder, tmp_path):
    book = folder / "day" / "follow.sqlite"

    done = run("exchange", "funnel", "--book", book, "--out", tmp_path / "漏斗.xlsx", "--json")

    assert {row["stage"] for row in json.loads(done.stdout)["funnel"]} >= {"announced", "contract"}
    names = pl.read_excel(tmp_path / "漏斗.xlsx", sheet_id=0, engine="calamine").keys()
    assert list(names)[:3] == ["漏斗", "提醒", "年度小结"]


def test_without_a_book_the_command_says_where_it_looked(tmp_path):
    done = run("exchange", "funnel", "--book", tmp_path / "no.sqlite")

    assert done.exit_code == 2
    assert "no.sqlite" in done.stderr


def test_needs_or_sample_is_one_of_both(tmp_path):
    done = run("exchange", "event", "--out", tmp_path)

    assert done.exit_code == 2
    assert "--sample" in done.stderr


@pytest.mark.slow
def test_ctrl_c_keeps_the_best_and_says_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[2]), *sys.path])
    from benchmarks.meetings import make_event

    path = tmp_path / "e.yaml"
    path.write_text(json.dumps(make_event("150x30", 0.5, 0), ensure_ascii=False), encoding="utf-8")
    command = [sys.executable, "-X", "utf8", "-m", "sanfu.cli", "exchange", "schedule",
               str(path)]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as running:
        said = [running.stderr.readline() for _ in range(4)]  # the search in whole numbers begins
        time.sleep(0.2)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)

    assert running.returncode == 0, err
    assert all("差距" in line for line in said)
    first = out.splitlines()[0]
    assert "差距不超过" in first or "已证明最优" in first
    assert "Ctrl-C" not in out


def test_an_unknown_form_is_refused_with_the_choices(folder, tmp_path):
    done = run("exchange", "schedule", folder / "day" / "4 活动.xlsx", "--out", tmp_path,
               "--forms", "html,doc")  # fmt: skip

    assert done.exit_code == 2
    assert "html, pdf, xlsx, ics" in done.stderr


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A workspace whose ledger holds five firms."""
    folder = tmp_path_factory.mktemp("office")
    firms = write(
        folder / "企业.xlsx",
        "企业名称|统一社会信用代码|所属区|经营范围\n"
        "甲重工有限公司|91310110MA1G8AAA0X|杨浦区|重型装备\n"
        "子设备有限公司|91310115MA1G8BBB0Y|浦东新区|锂电池隔膜涂布机、机器视觉在线检测\n"
        "丑膜业有限公司||闵行区|反渗透膜清洗、污水回用\n"
        "寅机器人有限公司||浦东新区|协作机器人柔性装配\n"
        "卯视觉有限公司||杨浦区|机器视觉在线检测",
    )
    assert run("new", folder / "ws").exit_code == 0
    assert run("import", firms, "-w", folder / "ws").exit_code in (0, 1)
    write(folder / "需求.xlsx", NEEDS.replace("|F1|", "||").replace("|F3|", "||"))
    return folder


def test_match_and_invite_read_the_firms_of_a_workspace(office, tmp_path):
    ws = ["-w", office / "ws", "--on", "2026-05-20"]

    done = run("exchange", "match", office / "需求.xlsx", *ws, "--json")
    letters = run(
        "exchange", "invite", office / "需求.xlsx", *ws, "--out", tmp_path / "l.xlsx", "--json"
    )

    names = {one["name"] for one in json.loads(done.stdout)["matches"] if one["need"] == "N1"}
    assert "子设备有限公司" in names
    assert {one["name"] for one in json.loads(letters.stdout)["invitations"]} >= {
        "寅机器人有限公司"
    }


def test_an_empty_workspace_and_two_sources_are_refused(office, tmp_path):
    assert run("new", tmp_path / "empty").exit_code == 0

    empty = run("exchange", "match", office / "需求.xlsx", "-w", tmp_path / "empty")
    both = run(
        "exchange", "match", office / "需求.xlsx", "-w", office / "ws", "-l", office / "企业.xlsx"
    )

    assert (empty.exit_code, both.exit_code) == (2, 2)
    assert "还没有企业" in empty.stderr
    assert "二者取一" in both.stderr


def test_an_event_of_a_workspace_keeps_its_book_there_and_knows_the_firms(office):
    done = run(
        "exchange", "event", office / "需求.xlsx", "-w", office / "ws", "--out", office / "day",
        "--day", "2026-06-10", "--on", "2026-05-20", "--name", "六月", "--forms", "xlsx", "--json",
    )  # fmt: skip
    said = json.loads(done.stdout)

    assert done.exit_code == 0, done.output
    assert said["book"] == str(office / "ws" / "follow.sqlite")
    held = load_timetable(office / "day" / "5 日程" / "timetable.json").event
    assert "甲重工有限公司" in {host.name for host in held.hosts}
    step = run(
        "exchange", "follow", "-w", office / "ws", "--need", "N1", "--party", "子设备有限公司",
        "--stage", "揭榜", "--next", "约谈", "--on", "2026-06-12",
    )  # fmt: skip
    assert step.exit_code == 0, step.output
    case = FollowBook(said["book"]).history("N1")[-1]
    assert (case.party_name, case.party[:1]) == ("子设备有限公司", "F")
    funnel = run(
        "exchange", "funnel", "-w", office / "ws", "--by", "district", "--on", "2026-07-01",
        "--json",
    )  # fmt: skip
    groups = {row["group"] for row in json.loads(funnel.stdout)["funnel"]}
    assert "杨浦区" in groups  # from the ledger: the needs file does not say it


def test_another_event_with_the_same_id_for_another_need_is_refused(office):
    again = write(office / "再次.xlsx", NEEDS.replace("锂电池隔膜涂布在线检测", "别的需求"))
    words = [
        "exchange", "event", again, "-w", office / "ws", "--out", office / "next", "--forms",
        "xlsx", "--on", "2026-05-20", "--name", "七月",
    ]  # fmt: skip
    before = len(FollowBook(office / "ws" / "follow.sqlite").history())

    done = run(*words)

    assert done.exit_code != 0
    assert "N1" in done.stderr + str(done.exception)
    assert "换一个编号" in done.stderr + str(done.exception)
    assert len(FollowBook(office / "ws" / "follow.sqlite").history()) == before


def test_follow_up_can_be_started_from_a_needs_file_alone(office, tmp_path):
    book = tmp_path / "follow.sqlite"
    needs = ["--needs", office / "需求.xlsx", "--book", book, "--event", "来信"]

    done = run(
        "exchange", "follow", *needs, "--write-form", tmp_path / "表.xlsx", "--on", "2026-06-01",
        "--json",
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["added"] == 3
    rows = pl.read_excel(tmp_path / "表.xlsx", engine="calamine", infer_schema_length=0)
    assert rows["需求编号"].to_list() == ["N1", "N2", "N3"]
    assert (
        json.loads(run("exchange", "follow", *needs, "--on", "2026-06-01", "--json").stdout)[
            "added"
        ]
        == 0
    )


def test_follow_up_can_be_started_by_hand(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    step = ["exchange", "follow", "--need", "A1", "--on", "2026-06-01"]

    without = run(*step, "--title", "隔膜", "--stage", "发布")
    done = run(*step, "--new", "--title", "隔膜", "--stage", "发布")
    answered = run(*step, "--party", "甲公司", "--stage", "揭榜")

    assert without.exit_code == 2
    assert "--new" in without.stderr
    assert done.exit_code == 0, done.output
    assert answered.exit_code == 0, answered.output
    entries = FollowBook(tmp_path / "follow.sqlite").history()
    assert [(one.title, one.stage) for one in entries] == [
        ("隔膜", "announced"),
        ("隔膜", "answered"),
    ]


def test_two_books_in_a_folder_are_not_guessed_between(tmp_path):
    for name in ("follow.sqlite", "follow_合成数据.sqlite"):
        FollowBook(tmp_path / name)

    done = run("exchange", "funnel", "-w", tmp_path)

    assert done.exit_code == 2
    assert "--book" in done.stderr


def test_the_funnel_by_officer_is_that_by_owner_and_a_wrong_group_names_the_choices(folder):
    book = ["--book", folder / "day" / "follow.sqlite", "--on", "2026-12-31"]

    officer = run("exchange", "funnel", *book, "--by", "officer")
    owner = run("exchange", "funnel", *book, "--by", "owner")
    wrong = run("exchange", "funnel", *book, "--by", "nope")

    assert officer.stdout == owner.stdout
    assert "责任人" in officer.stdout
    assert wrong.exit_code == 2
    assert "event, district, industry, owner" in wrong.stderr
