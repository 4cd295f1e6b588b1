"""Open a file and give its sheets as raw text cells, with the addresses that they have in it."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from sanfu.errors import FileFault
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

EXCEL = (".xlsx", ".xlsm", ".xls", ".et", ".xlsb", ".ods")
UNPACKED_LIMIT = 2_000_000_000
"""Bytes that a workbook may unpack to; more is taken for a zip bomb."""
CELL_LIMIT = 10_000_000
"""Characters that one cell of a CSV may hold."""
BROKEN = "\ue0fe"
"""Stands before bytes that could not be decoded; a character that no text uses."""
MERGES_LIMIT = 4_000_000
"""Bytes of a workbook up to which merged cells are looked up; larger lists rarely have them."""


@dataclass(frozen=True)
class RawSheet:
    """One sheet as text.

    Attributes
    ----------
    cells
        One column a sheet column, named by its letter; row i is row ``first_row + i``. All text,
        but for a file that states types itself (Parquet).
    merged
        Merged ranges as (first row, first column, last row, last column) into `cells`, from 0.
    broken
        Rows whose encoding is broken: index into `cells` → their bytes, shown.
    header
        The names of the columns, where the file itself states them: no header is looked for.
    source
        The file, where its cells can be kept by keeping it.
    """

    name: str
    cells: pl.DataFrame
    first_row: int = 1
    hidden: bool = False
    merged: Sequence[tuple[int, int, int, int]] = ()
    broken: dict[int, str] = field(default_factory=dict)
    header: tuple[str, ...] | None = None
    source: Path | None = None


def open_sheets(path: Path) -> list[RawSheet]:
    """Read every sheet of a file as text.

    Raises
    ------
    FileFault
        The file is missing, empty, protected, damaged, too large, or of a kind that is not read.
    """
    if path.is_dir():
        raise FileFault(
            path,
            Text(f"这是文件夹；请写 {path}/*.xlsx。", f"this is a folder; say {path}/*.xlsx."),
        )
    if not path.is_file():
        raise FileFault(
            path,
            Text(
                "文件不存在；请核对文件名与所在文件夹。", "no such file; see its name and folder."
            ),
        )
    if path.stat().st_size == 0:
        raise FileFault(
            path,
            Text(
                "文件是空的。请打开原表，另存为 .xlsx 后再试。",
                "the file is empty. Open the table and save it as .xlsx.",
            ),
        )
    ending = path.suffix.lower()
    if ending in EXCEL:
        kind = _kind_of_content(path)
        return [_csv(path)] if kind == "text" else list(_excel(path, kind))
    if ending in (".csv", ".txt", ".tsv"):
        with path.open("rb") as file:
            start = file.read(4)
        books = {b"PK\x03\x04": "zip", b"\xd0\xcf\x11\xe0": "ole"}  # by another name
        return list(_excel(path, books[start])) if start in books else [_csv(path)]
    if ending == ".parquet":
        return [_parquet(path)]
    raise FileFault(
        path,
        Text(
            f"不会读“{ending}”文件。可读 .xlsx .xls .et .csv .parquet；"
            "请在 Excel 或 WPS 里另存为 .xlsx。",
            f"cannot read “{ending}” files. Read are .xlsx .xls .et .csv .parquet; "
            "save it as .xlsx in Excel or WPS.",
        ),
    )


def column_letter(index: int) -> str:
    """Give the letter of a column counted from 0: A, B, … Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _kind_of_content(path: Path) -> str:
    """Tell what a file called a workbook is by its first bytes: zip, ole, text or damaged.

    Raises
    ------
    FileFault
        It is a web page, as some systems export under the name of a workbook.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(b"PK\x03\x04"):
        return "zip"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return "ole"
    if re.match(rb"(\xef\xbb\xbf)?\s*<[!?a-zA-Z]", start):
        raise FileFault(
            path,
            Text(
                "这是网页（HTML/XML），只是名字像表格。请在 Excel 或 WPS 里打开后另存为 .xlsx。",
                "this is a web page (HTML/XML) under the name of a workbook; "
                "open it in Excel or WPS and save it as .xlsx.",
            ),
        )
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    plain = wide or not re.search(rb"[\x00-\x08\x0e-\x1f]", start)
    return "text" if plain and re.search(rb"[,\t;]", start) else "damaged"


def _excel(path: Path, kind: str) -> Iterator[RawSheet]:
    import fastexcel  # noqa: PLC0415 - when a workbook is read

    _refuse_bombs(path)
    zipped = path.suffix.lower() in (".xlsx", ".xlsm", ".xlsb", ".ods")
    try:
        # by its content where the name says otherwise
        told = kind == "damaged" or (path.suffix.lower() in EXCEL and (kind == "zip") == zipped)
        book = fastexcel.read_excel(path if told else path.read_bytes())
        shapes = _shapes(path)
        for position, name in enumerate(book.sheet_names):
            sheet = book.load_sheet(position, header_row=None, skip_rows=0, dtypes="string")
            start, merged = shapes.get(name, ((0, 0), []))
            cells = sheet.to_polars()
            letters = [column_letter(start[1] + i) for i in range(cells.width)]
            cells.columns = letters
            yield RawSheet(
                name,
                cells,
                hidden=sheet.visible != "visible",
                merged=[
                    (top, left - start[1], bottom, right - start[1])
                    for (top, left), (bottom, right) in merged
                ],
            )
    except (fastexcel.FastExcelError, OSError) as error:
        said = str(error).splitlines()[0][:160]
        words = said.lower()
        if "password" in words or "encrypt" in words:
            text = Text(
                "文件有密码。请在 Excel 或 WPS 里去掉密码后另存。",
                "the file is protected by a password; save it without one.",
            )
        elif path.suffix.lower() == ".et":
            text = Text(
                "这个 .et 文件读不了，请在 WPS 里另存为 .xlsx。",
                "this .et file cannot be read; save it as .xlsx in WPS.",
            )
        else:
            text = Text(
                f"文件损坏或不是表格（{said}）。请在 Excel 或 WPS 里打开后另存为 .xlsx。",
                f"the file is damaged or no workbook ({said}); open it and save it as .xlsx.",
            )
        raise FileFault(path, text) from None


def _shapes(
    path: Path,
) -> dict[str, tuple[tuple[int, int], list[tuple[tuple[int, int], tuple[int, int]]]]]:
    """Give each sheet's first used cell and merged ranges, which fastexcel does not tell."""
    if path.stat().st_size > MERGES_LIMIT:
        return {}
    import python_calamine  # noqa: PLC0415 - when a workbook is read

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    shapes = {}
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        ranges = sheet.merged_cell_ranges or []
        shapes[name] = (sheet.start or (0, 0), [(tuple(a), tuple(b)) for a, b in ranges])
    return shapes  # type: ignore[return-value]


def _refuse_bombs(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as packed:
        size = sum(entry.file_size for entry in packed.infolist())
    if size > UNPACKED_LIMIT:
        raise FileFault(
            path,
            Text(
                f"解压后有 {size:,} 字节，超过上限 {UNPACKED_LIMIT:,}，不读。请拆成几个文件。",
                f"unpacks to {size:,} bytes, over the limit of {UNPACKED_LIMIT:,}; split it.",
            ),
        )


def _csv(path: Path) -> RawSheet:
    text = _decode(path.read_bytes())
    delimiter = max(",\t;", key=text[:20_000].count)
    cells = _fast_csv(text, delimiter)
    if cells is None:
        cells = _any_csv(path, text, delimiter)
    return RawSheet(path.stem, cells, broken=_broken_rows(cells) if BROKEN in text else {})


def _any_csv(path: Path, text: str, delimiter: str) -> pl.DataFrame:
    """Read CSV whose rows differ in length, or whose quotes span lines."""
    csv.field_size_limit(CELL_LIMIT)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise FileFault(
            path,
            Text(
                f"不是完整的 CSV（{error}），多半是引号没有成对。请在 Excel 里打开后另存为 .xlsx。",
                f"no whole CSV ({error}), likely an unpaired quote; open it and save it as .xlsx.",
            ),
        ) from None
    width = max((len(row) for row in rows), default=0)
    letters = [column_letter(i) for i in range(width)]
    filled = [[cell or None for cell in row] + [None] * (width - len(row)) for row in rows]
    return pl.DataFrame(filled, schema=dict.fromkeys(letters, pl.String), orient="row")


def _fast_csv(text: str, delimiter: str) -> pl.DataFrame | None:
    """Read regular CSV by Polars; None where rows differ in length or anything is quoted."""
    first = text.split("\n", 1)[0]
    if '"' in text or first.count(delimiter) == 0:
        return None
    try:
        cells = pl.read_csv(
            text.encode(), separator=delimiter, has_header=False, infer_schema=False,
            quote_char=None,
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        return None
    if cells.height != text.rstrip("\r\n").count("\n") + 1:
        return None
    cells.columns = [column_letter(i) for i in range(cells.width)]
    return cells.with_columns(pl.all().str.strip_chars("\r"))


def _broken_rows(cells: pl.DataFrame) -> dict[int, str]:
    """Give the rows that hold bytes which could not be decoded, with those bytes shown."""
    holds = cells.select(
        pl.any_horizontal(pl.all().str.contains(BROKEN, literal=True).fill_null(value=False))
    )
    found = holds.to_series().arg_true().to_list()
    return {
        index: "\t".join(cell or "" for cell in cells.row(index)).replace(BROKEN, "")
        for index in found
    }


def _show_bytes(error: UnicodeError) -> tuple[str, int]:
    """Stand in for what cannot be decoded: a mark, and the bytes written out."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return BROKEN + "".join(f"\\x{byte:02x}" for byte in wrong), error.end


codecs.register_error("sanfu.broken", _show_bytes)


def _decode(data: bytes) -> str:
    """Decode: UTF-8 with or without mark, UTF-16 by its mark or its zero bytes, else GB 18030.

    What cannot be decoded is marked where it stands, so that only its row is set aside.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="sanfu.broken")
    for encoding, zeros in (("utf-16-le", data[1:200:2]), ("utf-16-be", data[:200:2])):
        if zeros.count(0) > len(zeros) * 0.3:
            return data.decode(encoding, errors="sanfu.broken")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    read = [data.decode(name, errors="sanfu.broken") for name in ("utf-8-sig", "gb18030")]
    return min(read, key=lambda text: text.count(BROKEN))


def _parquet(path: Path) -> RawSheet:
    """Give a Parquet file with its own types; its column names are the header, row 1."""
    try:
        # a column at a time and in one piece: little memory, and what is added later copies none
        names = list(pl.read_parquet_schema(path))
        with ThreadPoolExecutor(max_workers=2) as pool:
            frame = pl.DataFrame(
                list(pool.map(lambda n: pl.read_parquet(path, columns=[n])[n].rechunk(), names))
            )
    except (pl.exceptions.PolarsError, OSError) as error:
        said = str(error).splitlines()[0][:160]
        raise FileFault(
            path, Text(f"不是完整的 Parquet 文件（{said}）。", f"no whole Parquet file ({said}).")
        ) from None
    header = tuple(frame.columns)
    frame.columns = [column_letter(i) for i in range(frame.width)]
    nested = [
        name for name, dtype in frame.schema.items() if dtype.is_nested() or dtype == pl.Binary
    ]
    if nested:
        frame = frame.with_columns(
            pl.Series(name, [None if cell is None else str(cell) for cell in frame[name].to_list()])
            for name in nested
        )
    return RawSheet(path.stem, frame, first_row=2, header=header, source=path)
