"""The commands in the documentation run, and print what it says that they print."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from blocks import NOT_RUN, PAGES, Block, blocks, name
from scripted import done_by, subprocess_environment

pytestmark = [pytest.mark.slow, pytest.mark.locked]

# Git needs a name, and `baseline` would refuse if the harness's own checkout were being changed.
SHELL = """
set -e
git() { command git -c user.name=Somebody -c user.email=somebody@example.org "$@"; }
harness() { command harness "$@" $([ "$1" = baseline ] && echo --force); }
"""


def run(block: Block, folder: Path) -> subprocess.CompletedProcess[str]:
    """The commands of a block, one after the other, as a shell runs a script."""
    tools = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    return subprocess.run(
        ["bash", "-c", SHELL + block.text],
        cwd=folder,
        env=subprocess_environment(PATH=tools),
        capture_output=True,
        text=True,
        check=False,
    )


def plain(text: str) -> str:
    """Words without Markdown's emphasis, and with single spaces between them."""
    return " ".join(text.replace("**", "").split())


def is_run(block: Block) -> bool:
    return block.language == "sh" and block.treatment != NOT_RUN


@pytest.mark.parametrize("page", [p for p in PAGES if any(map(is_run, blocks(p)))], ids=name)
def test_the_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    printed = None
    for block in blocks(page):
        if block.language in ("toml", "python") and "." in block.treatment:
            (tmp_path / block.treatment).write_text(block.text)
        elif is_run(block):
            done = run(block, tmp_path)
            printed = done.stdout + done.stderr
            expected = int(block.treatment.partition("=")[2] or 0)
            assert done.returncode == expected, block.text + printed
        elif block.language == "sh":
            printed = None
        elif block.language == "text" and block.treatment:
            assert_holds((tmp_path / block.treatment).read_text(), block)
        elif block.language == "text" and printed is not None:
            assert_holds(printed, block)


def assert_holds(text: str, block: Block) -> None:
    for line in block.text.splitlines():
        assert plain(line) in plain(text), f"{line}\n---\n{text}"


def test_the_example_in_python(tmp_path: Path) -> None:
    (page,) = [page for page in PAGES if page.name == "python.md"]
    (example,) = [block.text for block in blocks(page) if block.treatment == "example"]
    done = done_by(example, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "out/tiny/report.html"
    assert (tmp_path / "out" / "tiny" / "report.html").exists()
