"""A batch of documents: on several cores, resumable, one fault holds up no other."""

from __future__ import annotations

import json

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
    return page(key)


def test_each_key_gets_its_file(tmp_path):
    told = []

    done = write_batch(
        KEYS, page, tmp_path, stamp="a", workers=1, progress=lambda n, of: told.append((n, of))
    )

    assert done.written == tuple(KEYS)
    assert "编号 F011" in (tmp_path / "F011.html").read_text(encoding="utf-8")
    assert told[0] == (0, 40)
    assert told[-1] == (40, 40)
    assert [n for n, _ in told] == sorted(n for n, _ in told)


def test_several_processes_write_the_same(tmp_path):
    write_batch(KEYS, page, tmp_path / "one", stamp="a", workers=1)

    done = write_batch(KEYS, page, tmp_path / "two", stamp="a", workers=2)

    assert done.written == tuple(KEYS)
    for key in KEYS:
        name = f"{key}.html"
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_batch_that_was_cut_off_goes_on_where_it_stood(tmp_path):
    write_batch(KEYS[:25], page, tmp_path, stamp="a", workers=1)
    with (tmp_path / DONE).open("a", encoding="utf-8") as file:
        file.write('{"key": "F02')  # the power went
    (tmp_path / "F003.html").unlink()

    done = write_batch(KEYS, page, tmp_path, stamp="a", workers=1)

    assert set(done.skipped) == set(KEYS[:25]) - {"F003"}
    assert set(done.written) == {"F003", *KEYS[25:]}


def test_the_line_after_a_cut_off_one_is_still_read(tmp_path):
    write_batch(KEYS[:2], page, tmp_path, stamp="a", workers=1)
    with (tmp_path / DONE).open("a", encoding="utf-8") as file:
        file.write('{"key": "F0')
    write_batch(KEYS[:4], page, tmp_path, stamp="a", workers=1)

    assert write_batch(KEYS[:4], page, tmp_path, stamp="a", workers=1).written == ()


def test_other_data_or_another_format_are_written_anew(tmp_path):
    write_batch(KEYS[:5], page, tmp_path, stamp="a", workers=1)

    assert len(write_batch(KEYS[:5], page, tmp_path, stamp="b", workers=1).written) == 5
    again = write_batch(
        KEYS[:5], page, tmp_path, stamp="b", endings=(".html", ".docx"), workers=1
    )  # fmt: skip
    assert len(again.written) == 5
    assert (tmp_path / "F001.docx").exists()


def test_one_fault_holds_up_no_other_and_is_tried_again(tmp_path):
    done = write_batch(KEYS[:10], faulty, tmp_path, stamp="a", workers=1)

    assert done.failed == (("F007", "缺少数据"),)
    assert len(done.written) == 9
    assert write_batch(KEYS[:10], page, tmp_path, stamp="a", workers=1).written == ("F007",)


@pytest.mark.parametrize("key", ["", "a/b", "..", "a:b", "F001"])
def test_a_key_that_cannot_name_its_file_is_refused(tmp_path, key):
    with pytest.raises(InputError, match=key or "''"):
        write_batch(["F001", key], page, tmp_path, stamp="a")


def test_what_is_done_is_said_line_by_line(tmp_path):
    write_batch(KEYS[:2], page, tmp_path, stamp="a", workers=1)

    lines = (tmp_path / DONE).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["key"] for line in lines] == KEYS[:2]
