"""The pages of the documentation, and their code blocks by what the tests do with them.

After a block's language stands what is done with it:

    sh                  run, in order, in a folder of the page's own; ends with exit code 0
    sh exit=1           the same, with this exit code
    sh not-run          no test runs it
    text                every line was printed by the block before it, unless that is not run
    text FILE           every line stands in this file, in the page's folder
    text layers         the rooms' import order
    ini FILE            the settings with which pytest runs
    toml FILE           written to the page's folder
    toml study          a study file, validated
    python FILE         written to the page's folder
    python example      run
    python architecture run in the registry's place
    python not-run      no test runs it
    yaml                a workflow, whose commands exist
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripted import ROOT

PAGES: Final = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
)
FENCED: Final = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
SPAN: Final = re.compile(r"`([^`\n]+)`")
NOT_RUN: Final = "not-run"


@dataclass(frozen=True)
class Block:
    """A code block: its language, what the tests do with it, and its text."""

    language: str
    treatment: str
    text: str


def name(page: Path) -> str:
    """A page as the tests call it."""
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    """The page's code blocks, in order."""
    found = FENCED.findall(page.read_text())
    return [Block(*_split(information), text) for information, text in found]


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return FENCED.sub("", page.read_text())


def commands(page: Path) -> list[str]:
    """Whatever may be a command: lines of code blocks, without comments, and inline code."""
    lines = [
        line.partition(" #")[0]
        for block in blocks(page)
        if block.language in ("sh", "yaml")
        for line in block.text.splitlines()
    ]
    return lines + SPAN.findall(prose(page))


def _split(information: str) -> tuple[str, str]:
    language, _, treatment = information.partition(" ")
    return language, treatment
