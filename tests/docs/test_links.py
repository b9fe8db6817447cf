"""Links lead somewhere: to a file that exists, and to a heading in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from blocks import FENCED, PAGES, name, prose
from scripted import ROOT

LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
HEADING: Final = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchor(heading: str) -> str:
    """The anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def links(page: Path) -> list[str]:
    """Targets of the page's links into the repository."""
    return [link for link in LINK.findall(prose(page)) if "://" not in link]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_leads_somewhere(page: Path) -> None:
    for link in links(page):
        file, _, place = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        if place:
            headings = HEADING.findall(FENCED.sub("", target.read_text()))
            assert place in map(anchor, headings), link


def test_every_page_can_be_reached_from_the_readme() -> None:
    start = ROOT / "README.md"
    reached, todo = {start}, [start]
    while todo:
        page = todo.pop()
        for link in links(page):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target in PAGES and target not in reached:
                reached.add(target)
                todo.append(target)
    assert reached == set(PAGES)


def test_an_anchor_is_what_github_makes_of_a_heading() -> None:
    assert anchor("6. Your own network") == "6-your-own-network"
    assert anchor("Can I trust this number?") == "can-i-trust-this-number"
    assert anchor("`harness gate`: says no") == "harness-gate-says-no"
