"""A batch of documents: on several cores, resumable, one fault holds up no other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from sanfu.errors import InputError, SanfuError
from sanfu.language import Text
from sanfu.report.batch import DONE, write_batch
from sanfu.report.blocks import Document, Heading, Paragraph

KEYS = [f"F{i:03d}" for i in range(40)]


def page(key: str) -> Document:
    return Document(f"企业 {key}", "zh", (Heading("自检"), Paragraph((f"编号 {key}",))))


def faulty(key: str) -> Document:
    if key == "F007":
        raise SanfuError(Text("缺少数据", "no data"))
    if key == "F008":
        raise ZeroDivisionError("a fault of ours")
    return page(key)


def pages():
    return page


def faulty_pages():
    return faulty


def slow_pages():
    def make(key: str) -> Document:
        time.sleep(0.005)
        return page(key)

    return make


def never_ready():
    raise InputError(Text("没有台账", "no ledger"))


def test_each_key_gets_its_file(tmp_path):
    told = []

    done = write_batch(
        KEYS, pages, tmp_path, stamp="a", workers=1, progress=lambda n, of: told.append((n, of))
    )

    assert done.written == tuple(KEYS)
    assert "编号 F011" in (tmp_path / "F011.html").read_text(encoding="utf-8")
    assert told[0] == (0, 40)
    assert told[-1] == (40, 40)
    assert [n for n, _ in told] == sorted(n for n, _ in told)


def test_several_processes_write_the_same(tmp_path):
    write_batch(KEYS, pages, tmp_path / "one", stamp="a", workers=1)

    done = write_batch(KEYS, pages, tmp_path / "two", stamp="a", workers=2)

    assert done.written == tuple(KEYS)
    for key in KEYS:
        name = f"{key}.html"
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_batch_that_was_cut_off_goes_on_where_it_stood(tmp_path):
    write_batch(KEYS[:25], pages, tmp_path, stamp="a", workers=1)
    with (tmp_path / DONE).open("a", encoding="utf-8") as file:
        file.write('{"key": "F02')  # the power went
    (tmp_path / "F003.html").unlink()

    done = write_batch(KEYS, pages, tmp_path, stamp="a", workers=1)

    assert set(done.kept) == set(KEYS[:25]) - {"F003"}
    assert set(done.written) == {"F003", *KEYS[25:]}


def test_the_line_after_a_cut_off_one_is_still_read(tmp_path):
    write_batch(KEYS[:2], pages, tmp_path, stamp="a", workers=1)
    with (tmp_path / DONE).open("a", encoding="utf-8") as file:
        file.write('{"key": "F0')
    write_batch(KEYS[:4], pages, tmp_path, stamp="a", workers=1)

    assert write_batch(KEYS[:4], pages, tmp_path, stamp="a", workers=1).written == ()


def test_other_data_or_another_format_are_written_anew(tmp_path):
    write_batch(KEYS[:5], pages, tmp_path, stamp="a", workers=1)

    assert len(write_batch(KEYS[:5], pages, tmp_path, stamp="b", workers=1).written) == 5
    again = write_batch(
        KEYS[:5], pages, tmp_path, stamp="b", endings=(".html", ".docx"), workers=1
    )  # fmt: skip
    assert len(again.written) == 5
    assert (tmp_path / "F001.docx").exists()


def test_one_fault_holds_up_no_other_and_is_tried_again(tmp_path):
    done = write_batch(KEYS[:10], faulty_pages, tmp_path, stamp="a", workers=1)

    again = write_batch(KEYS[:10], pages, tmp_path, stamp="a", workers=1)

    assert done.failed == (("F007", "缺少数据"), ("F008", "ZeroDivisionError: a fault of ours"))
    assert len(done.written) == 8
    assert (again.written, len(again.kept)) == (("F007", "F008"), 8)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_amiss_with_all_documents_stops_the_batch_at_once(tmp_path, workers):
    with pytest.raises(InputError, match="没有台账"):
        write_batch(KEYS, never_ready, tmp_path, stamp="a", workers=workers)


def test_what_other_data_gave_goes_and_what_is_not_the_batch_s_stays(tmp_path):
    (tmp_path / "own.html").write_text("the office's own page", encoding="utf-8")
    write_batch(KEYS[:5], pages, tmp_path, stamp="a", endings=(".html", ".docx"), workers=1)

    write_batch(KEYS[3:6], pages, tmp_path, stamp="b", workers=1)

    assert {file.name for file in tmp_path.iterdir()} == {
        DONE, "own.html", *(f"{key}.html" for key in KEYS[3:6])
    }  # fmt: skip


def test_a_file_outside_the_folder_is_never_removed(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "own.html").write_text("own", encoding="utf-8")
    line = {"key": "../own", "stamp": "a", "endings": [".html"]}
    (tmp_path / "out" / DONE).write_text(json.dumps(line), encoding="utf-8")

    write_batch(KEYS[:1], pages, tmp_path / "out", stamp="b", workers=1)

    assert (tmp_path / "own.html").exists()


def test_a_killed_batch_goes_on_where_it_stood(tmp_path):
    """The process group is killed outright, as by the power, while it writes."""
    code = (
        "import sys; from tests.report.test_batch import KEYS, slow_pages; "
        "from sanfu.report.batch import write_batch; "
        "write_batch([f'{k}{i}' for k in KEYS for i in range(20)], slow_pages, sys.argv[1],"
        " stamp='a', workers=2)"
    )
    running = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], start_new_session=True)
    until = time.monotonic() + 60
    while time.monotonic() < until and len(list(tmp_path.glob("*.html"))) < 80:
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    keys = [f"{key}{at}" for key in KEYS for at in range(20)]
    there = len(list(tmp_path.glob("*.html")))

    done = write_batch(keys, pages, tmp_path, stamp="a", workers=1)

    assert 80 <= there < len(keys)
    assert done.failed == ()
    assert len(done.kept) > 0
    assert {*done.kept, *done.written} == set(keys)
    assert all("</html>" in (tmp_path / f"{key}.html").read_text("utf-8") for key in keys)


@pytest.mark.parametrize("key", ["", "a/b", "..", "a:b", "F001"])
def test_a_key_that_cannot_name_its_file_is_refused(tmp_path, key):
    with pytest.raises(InputError, match=key or "''"):
        write_batch(["F001", key], pages, tmp_path, stamp="a")


def test_what_is_done_is_said_line_by_line(tmp_path):
    write_batch(KEYS[:2], pages, tmp_path, stamp="a", workers=1)

    lines = (tmp_path / DONE).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["key"] for line in lines] == KEYS[:2]
