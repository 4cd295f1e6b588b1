"""Firms as people name them: found by id, credit code or name, else said why not."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from sanfu.errors import InputError
from sanfu.language import LANGUAGES, Text, joined
from sanfu.registry.identity import fold_name, fold_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sanfu.registry.ledger import Ledger

SHOWN = 5
"""Most firms that a message names."""
_ALIKE = 60
"""Least likeness of a name that is proposed, of 100."""


class FirmFinder:
    """Finds firms by what is written of them: an id before a code, a code before a name.

    Width, case, spaces and dots do not count.

    Parameters
    ----------
    firms
        ``firm``, and where present ``uscc``, ``name``, ``district`` and ``merged_into``.
    gone
        Firms that were merged into others, as `Ledger.gone`.
    districts
        District code → its name, for messages.
    """

    def __init__(
        self,
        firms: pl.DataFrame,
        *,
        gone: pl.DataFrame | None = None,
        districts: Mapping[str, str] | None = None,
    ) -> None:
        self.firms = firms
        self.gone = firms.clear() if gone is None else gone
        self.districts = districts or {}

    @classmethod
    def of(cls, ledger: Ledger, firms: pl.DataFrame | None = None) -> FirmFinder:
        """Find among the firms of a ledger, or among those of them that are given."""
        region = ledger.region
        names = {} if region is None else {code: str(n) for code, n in region.names().items()}
        return cls(ledger.firms if firms is None else firms, gone=ledger.gone, districts=names)

    def find(self, *written: str) -> str | None:
        """Give the firm that the first of these finds; a name that two firms bear finds neither."""
        for one in written:
            found = self._keys.get(_key(one))
            if isinstance(found, str):
                return found
        return None

    def one(self, said: str, *, by_part: bool = False) -> str:
        """Give the firm that is meant; with `by_part` also by a part of a name that no other bears.

        Raises
        ------
        InputError
            There is none (near names are proposed), there are several (they are listed), or it was
            merged into another (it is said into which).
        """
        key = _key(said)
        found = _all(self._keys.get(key)) or (self._bearing(key) if by_part else [])
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(self._several(said, found, alike=key not in self._keys))
        was = _all(self._gone_keys.get(key))
        raise InputError(self._merged(said, was[-1]) if was else self._none(said))

    def near(self, written: str) -> list[str]:
        """Give the ids of firms that are called nearly so, the nearest first."""
        from rapidfuzz import fuzz, process  # noqa: PLC0415 - when none is found

        key = _key(written)
        if not self._names:
            return []
        alike = process.extract(
            key, self._names, scorer=fuzz.WRatio, limit=SHOWN, score_cutoff=_ALIKE
        )
        return [firm for _, _, firm in alike]

    @cached_property
    def _keys(self) -> dict[str, str | list[str]]:
        return _keys_of(self.firms)

    @cached_property
    def _gone_keys(self) -> dict[str, str | list[str]]:
        return _keys_of(self.gone)

    @cached_property
    def _names(self) -> dict[str, str]:
        """Firm → its folded name."""
        if "name" not in self.firms.columns:
            return {}
        return dict(_folded(self.firms, "name").select("firm", "key").iter_rows())

    def _bearing(self, key: str) -> list[str]:
        return [firm for firm, name in self._names.items() if key and key in name]

    def _several(self, said: str, found: Sequence[str], *, alike: bool) -> Text:
        listed = joined([self._described(firm) for firm in found[:SHOWN]])
        more = " …" if len(found) > SHOWN else ""
        zh, en = ("名称含", "have in their name") if alike else ("叫", "are called")
        return Text(
            f"{zh}“{said}”的企业不止一家（{len(found)} 家）：{listed.zh}{more}；请用编号",
            f"{len(found)} firms {en} “{said}”: {listed.en}{more}; give the id",
        )

    def _merged(self, said: str, firm: str) -> Text:
        row = self.gone.row(by_predicate=pl.col("firm") == firm, named=True)
        into, on = row["merged_into"], row.get("merged_on")
        who = Text(said, said) if said == firm else _beside(f"“{said}”", firm)
        named = self._named(into)
        return Text(
            f"{who.zh} 已{'' if on is None else f'于 {on} '}并入 {named.zh}；请写 {into}",
            f"{who.en} was merged into {named.en}{'' if on is None else f' on {on}'}; say {into}",
        )

    def _none(self, said: str) -> Text:
        near = joined([self._named(firm) for firm in self.near(said)])
        return Text(
            f"没有企业“{said}”；"
            + (f"相近的：{near.zh}" if near.zh else "可写编号、信用代码或全称"),
            f"no firm “{said}”; "
            + (f"near ones: {near.en}" if near.en else "give an id, a credit code or a full name"),
        )

    def _named(self, firm: str) -> Text:
        name = self._facts(firm).get("name")
        return _beside(name, firm) if name else Text(firm, firm)

    def _described(self, firm: str) -> Text:
        """Give the id with name, code, district and the firm that it was merged into."""
        row = self._facts(firm)
        district = row.get("district")
        facts = row.get("name"), row.get("uscc"), self.districts.get(str(district), district)
        told = [Text(str(one), str(one)) for one in facts if one]
        if row.get("merged_into"):
            told.append(Text(f"已并入 {row['merged_into']}", f"now {row['merged_into']}"))
        return _beside(firm, *told) if told else Text(firm, firm)

    def _facts(self, firm: str) -> dict[str, Any]:
        rows = self.firms.filter(pl.col("firm") == firm)
        return rows.row(0, named=True) if rows.height else {}


def _beside(what: str, *told: str | Text) -> Text:
    """Put in brackets what is told of a thing, in each language's own."""
    zh, en = (
        [one if isinstance(one, str) else one.in_language(language) for one in told]
        for language in LANGUAGES
    )
    return Text(f"{what}（{'，'.join(zh)}）", f"{what} ({', '.join(en)})")


def _key(written: object) -> str:
    return fold_name(str(written or ""))


def _folded(firms: pl.DataFrame, column: str) -> pl.DataFrame:
    keys = fold_names(firms[column].cast(pl.String))
    folded = firms.select("firm").with_columns(keys.alias("key"))
    return folded.filter(pl.col("key") != "")


def _keys_of(firms: pl.DataFrame) -> dict[str, str | list[str]]:
    """Give each folded name, code and id with the firm, or the firms, that it stands for."""
    found: dict[str, str | list[str]] = {}
    for column in ("name", "uscc", "firm"):  # the last counts
        if column not in firms.columns:
            continue
        pairs = _folded(firms, column)
        found |= zip(pairs["key"].to_list(), pairs["firm"].to_list(), strict=True)
        twice = pairs.filter(pairs["key"].is_duplicated()).unique(maintain_order=True)
        several = twice.group_by("key", maintain_order=True).agg("firm")
        found |= dict(several.filter(pl.col("firm").list.len() > 1).iter_rows())
    return found


def _all(found: str | list[str] | None) -> list[str]:
    return [found] if isinstance(found, str) else found or []
