"""Keep needs and offers as JSON files: the office's own, with everything that was imported."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from sanfu.errors import FileFault
from sanfu.exchange.needs import Need, Record
from sanfu.exchange.offers import Offer
from sanfu.exchange.read import NeedsRead, OffersRead, read_needs, read_offers
from sanfu.language import Text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

Kept = TypeVar("Kept", bound=Record)

_FORMATS = {Need: "sanfu/needs/1", Offer: "sanfu/offers/1"}


def write_records(path: Path | str, records: Sequence[Need] | Sequence[Offer]) -> None:
    """Write needs or offers, readable by the owner of the file only; replaced when all is written.

    The file holds confidential needs too: keep it in the office's own folder.
    """
    path = Path(path)
    kind = _FORMATS[type(records[0])] if records else _FORMATS[Need]
    rows = [record.model_dump(mode="json", exclude_defaults=True) for record in records]
    text = json.dumps({"format": kind, "records": rows}, ensure_ascii=False, indent=1)
    fresh = path.with_suffix(path.suffix + ".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123 - the mode is given on opening
        file.write(text)
    fresh.replace(path)


def load_needs(path: Path | str, *, on: dt.date | None = None) -> NeedsRead:
    """Read needs from a kept ``.json``, or from a needs file (see `read_needs`).

    Raises
    ------
    FileFault
        The file is missing, damaged or of another format.
    """
    if Path(path).suffix.lower() != ".json":
        return read_needs(path, on=on)
    return NeedsRead(_load(Path(path), Need), NeedsRead.no_problems())


def load_offers(path: Path | str) -> OffersRead:
    """Read offers from a kept ``.json``, or from an offers file (see `read_offers`).

    Raises
    ------
    FileFault
        The file is missing, damaged or of another format.
    """
    if Path(path).suffix.lower() != ".json":
        return read_offers(path)
    return OffersRead(_load(Path(path), Offer), NeedsRead.no_problems())


def _load(path: Path, model: type[Kept]) -> list[Kept]:
    wanted = _FORMATS[model]
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["format"] != wanted:
            raise FileFault(
                path,
                Text(
                    f"格式是“{held['format']}”，应为“{wanted}”。",
                    f"its format is “{held['format']}”, it should be “{wanted}”.",
                ),
            )
        return [model.model_validate(row) for row in held["records"]]
    except FileNotFoundError:
        raise FileFault(path, Text("文件不存在。", "no such file.")) from None
    except (ValueError, KeyError, TypeError, ValidationError):
        raise FileFault(
            path,
            Text(
                "文件已损坏或不是由 sanfu exchange import 写出的。",
                "is damaged, or was not written by sanfu exchange import.",
            ),
        ) from None
