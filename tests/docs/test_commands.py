"""The commands, options, targets and paths that the documentation names exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
import typer
from blocks import NOT_RUN, PAGES, SPAN, blocks, commands, name, prose
from reprobench.harness.cli import app
from scripted import ROOT

CLI: Final = typer.main.get_command(app)
VERB: Final = re.compile(r"\bharness ([a-z]+)\b(.*)")
OPTION: Final = re.compile(r"(?<!\S)--[a-z][a-z-]*")
MAKE: Final = re.compile(r"(?:^|[^\w.-])make (?:-C (\S+) )?([a-z][a-z-]*)")
TARGET: Final = re.compile(r"^([a-z][a-z-]*)(?: [a-z -]*)?:", re.MULTILINE)
IN_THE_REPOSITORY: Final = re.compile(r"(?:harness|tests|docs)/[\w./-]*")

FILE: Final = r"[\w./-]+\.\w+"
TREATMENTS: Final = {
    "sh": rf"|exit=\d+|{NOT_RUN}",
    "text": rf"|layers|{FILE}",
    "ini": FILE,
    "toml": rf"study|{FILE}",
    "python": rf"example|architecture|{NOT_RUN}|{FILE}",
    "yaml": "",
}


def options_of(verb: str) -> set[str]:
    """The options of one verb of the command line."""
    parameters = CLI.commands[verb].params  # type: ignore[attr-defined]
    return {name for one in parameters for name in (*one.opts, *one.secondary_opts)} | {"--help"}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_says_what_is_done_with_it(page: Path) -> None:
    for block in blocks(page):
        assert re.fullmatch(TREATMENTS[block.language], block.treatment), block
    assert not re.findall(r"\n\n {4}(?:make|harness|pip|pytest|\$) .*", prose(page))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_verb_is_there_with_its_options(page: Path) -> None:
    for line in commands(page):
        for verb, rest in VERB.findall(line):
            assert verb in CLI.commands, line  # type: ignore[attr-defined]
            assert set(OPTION.findall(rest)) <= options_of(verb), line


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_option_that_is_named_alone_is_there(page: Path, pytestconfig: pytest.Config) -> None:
    known = set().union(*map(options_of, CLI.commands))  # type: ignore[attr-defined]
    for span in SPAN.findall(prose(page)):
        if span.startswith("--accuracy"):
            pytestconfig.getoption(span.partition("=")[0])
        elif span.startswith("--"):
            assert span.split()[0] in known, span


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_make_target_is_there(page: Path) -> None:
    for line in commands(page):
        for folder, target in MAKE.findall(line):
            makefile = (ROOT / folder / "Makefile").read_text()
            assert target in TARGET.findall(makefile), line


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_path_is_there(page: Path) -> None:
    for span in SPAN.findall(prose(page)):
        if IN_THE_REPOSITORY.fullmatch(span):
            assert (ROOT / span).exists(), span


def test_they_are_found_where_they_are_shown() -> None:
    """If none were found in any page, the tests above would show nothing."""
    lines = [line for page in PAGES for line in commands(page)]
    assert len({verb for line in lines for verb, _ in VERB.findall(line)}) >= 7
    assert len({target for line in lines for _, target in MAKE.findall(line)}) >= 20
    assert "bench" in TARGET.findall((ROOT / "Makefile").read_text())
