"""The documentation keeps its four kinds apart, and every page can be reached."""

from __future__ import annotations

import re
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
KINDS = ("tutorial", "howto", "explanation", "reference")
PAGES = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}


def test_every_page_stands_once_in_the_nav_under_its_kind():
    home, *kinds = YAML(typ="safe").load(ROOT / "mkdocs.yml")["nav"]
    listed = [page for kind in kinds for pages in kind.values() for page in pages]

    assert list(home.values()) == ["index.md"]
    assert sorted(listed) == sorted(PAGES - {"index.md"})
    for kind, named in zip(KINDS, kinds, strict=True):
        (pages,) = named.values()
        assert {page.split("/")[0] for page in pages} == {kind}


def test_the_first_page_leads_to_every_page():
    links = re.findall(r"\]\(([^)#]+\.md)\)", (DOCS / "index.md").read_text(encoding="utf-8"))

    assert sorted(links) == sorted(PAGES - {"index.md"})


def test_links_between_pages_lead_somewhere():
    broken = [
        f"{page}: {link}"
        for page in sorted(PAGES)
        for link in re.findall(
            r"\]\((?!https?:|mailto:)([^)#\s]+)", (DOCS / page).read_text(encoding="utf-8")
        )
        if not (DOCS / page).parent.joinpath(link).exists()
    ]

    assert broken == []
