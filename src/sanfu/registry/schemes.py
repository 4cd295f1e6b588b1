"""Industry systems as versioned data: which tags a firm carries, by which rule.

A scheme is many to many: one firm can hold several tags, and two rules can disagree and both be
shown. So shares of tags add up to more than one, and each tag row says the rule that gave it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from sanfu.content import Declaration, Label, content_path, read_declaration
from sanfu.errors import FileFault
from sanfu.language import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

TAG_SCHEMA = dict.fromkeys(("firm", "scheme", "tag", "rule", "group"), pl.String)
TAGGED_BY = ("industry", "products")
"""Columns of firms that the rules of schemes read."""


class TagRule(Declaration):
    """A versioned rule that gives a tag by class prefixes or by words of the main product."""

    tag: str
    group: str
    rule: str
    codes: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def holds(self, code: str, product: str) -> bool:
        """Say whether a firm of this class with this main product gets the tag."""
        by_code = code.startswith(self.codes) and not code.startswith(self.without or ("-",))
        return (bool(self.codes) and by_code) or any(word in product for word in self.words)

    def condition(self, columns: Iterable[str]) -> pl.Expr:
        """Give `holds` for a frame of firms; a column that it lacks gives no tag."""
        has = set(columns)
        found = pl.lit(value=False)
        if self.codes and "industry" in has:
            by_code = _starts(self.codes)
            found = found | (by_code & ~_starts(self.without) if self.without else by_code)
        if self.words and "products" in has:
            words = pl.col("products").str.contains_any(list(self.words))
            found = found | words.fill_null(value=False)
        return found


class TagGroup(Declaration):
    """A group of tags, such as the three leading industries."""

    group: str
    label: Label


class Scheme(Declaration):
    """An industry system: groups of tags and the rules that give them, many to many."""

    scheme: str
    label: Label
    source: str
    mark: str
    """``published``, ``assumed`` or ``to be checked``: what stands behind the rules."""
    groups: tuple[TagGroup, ...]
    rules: tuple[TagRule, ...]


@cache
def read_scheme(name: str | Path) -> Scheme:
    """Read an industry system that ships, by its file's name, or an office's own file.

    Raises
    ------
    FileFault
        There is no such scheme; the message lists those that ship.
    DeclarationFaults
        All faults of the file at once, with their lines.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = content_path("schemes", f"{name}.yaml")
        if not path.exists():
            known = "、".join(sorted(p.stem for p in content_path("schemes").glob("*.yaml")))
            raise FileFault(
                str(name),
                Text(f"没有这个产业分类方案。自带：{known}", f"no such scheme; shipped: {known}"),
            )
    return read_declaration(path, Scheme)


def apply_schemes(firms: pl.DataFrame, schemes: Iterable[Scheme]) -> pl.DataFrame:
    """Tag firms by the rules of schemes.

    Parameters
    ----------
    firms
        One row a firm: ``firm``, and ``industry`` (class of GB/T 4754) and ``products`` as far as
        they are known. A firm without either gets no tag.

    Returns
    -------
    pl.DataFrame
        ``firm, scheme, tag, rule, group``, a row a tag.
    """
    rows = [
        firms.filter(rule.condition(firms.columns)).select(
            "firm",
            pl.lit(scheme.scheme).alias("scheme"),
            pl.lit(rule.tag).alias("tag"),
            pl.lit(rule.rule).alias("rule"),
            pl.lit(rule.group).alias("group"),
        )
        for scheme in schemes
        for rule in scheme.rules
    ]
    tags = pl.concat(rows) if rows else pl.DataFrame(schema=TAG_SCHEMA)
    return tags.sort("firm", "scheme", "rule", "tag")


def _starts(prefixes: Iterable[str]) -> pl.Expr:
    tests = [pl.col("industry").str.starts_with(prefix) for prefix in prefixes]
    return pl.any_horizontal(tests).fill_null(value=False)
