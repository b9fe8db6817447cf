"""`harness init`: a study, a network, a test and a workflow for the user's own repository."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from rich.console import Console

from ..base.console import say
from ..base.disk.folders import write_whole
from ..base.disk.option_files import check_folder
from ..base.errors import InputError, StorageError
from ..results.environment import DISTRIBUTION
from .options.lists import InitOptions

STARTER: Final = Path(__file__).parent / "starter"
WORKFLOW: Final = ".github/workflows/accuracy.yml"
FILES: Final = {
    "networks.py": "networks.py.txt",
    "studies/mine.toml": "study.toml.txt",
    "tests/test_accuracy.py": "test_accuracy.py.txt",
    WORKFLOW: "accuracy.yml.txt",
}
"""Path of each file that is written, and the file in `starter/` that it is made from."""
NEXT: Final = (
    "harness bench studies/mine.toml      trains it, and writes a report to out/",
    "harness baseline studies/mine.toml   once committed: keeps that report in reports/",
    "harness gate studies/mine.toml       says whether a change lowered the accuracy",
    "pytest --accuracy-save               stores runs in .accuracy/ for the test",
)

GITHUB: Final = re.compile(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")
"""The end of a repository's address on GitHub: the action can then be named by it."""
UNKNOWN: Final = "OWNER/reprobench@COMMIT"
FILL_IN: Final = (
    f"\nIn {WORKFLOW}, fill in {UNKNOWN}: the owner of the repository that has reprobench's "
    "action, and a tag or commit of it."
)


def init(options: InitOptions, console: Console) -> None:
    """Write the files; raises InputError if one is there already, or a file instead of a folder."""
    folder = options.folder
    for name in FILES:
        check_folder("init", (folder / name).parent)
    if present := [name for name in FILES if os.path.lexists(folder / name)]:
        raise InputError(
            f"{folder / present[0]}: already exists; move it away, or name another folder"
        )
    action = _action(_origin())
    for name in _written(folder, action):
        say(console, f"wrote {folder / name}")
    say(console, "\nThen, in that folder:")
    for line in NEXT:
        say(console, f"  {line}")
    if action == UNKNOWN:
        say(console, FILL_IN)


def _written(folder: Path, action: str) -> list[str]:
    """Writes all files, or none of them, and returns their names; raises StorageError."""
    done: list[str] = []
    for name, source in FILES.items():
        text = (STARTER / source).read_text().replace("$ACTION", action)
        done.append(name)
        try:
            write_whole(folder / name, text)
        except BaseException as error:
            for written in done:
                with suppress(OSError):
                    (folder / written).unlink()
            if not isinstance(error, OSError):
                raise
            raise StorageError(
                f"{folder / name}: {error.strerror}; no file is left; give another folder"
            ) from error
    return done


def _action(origin: str | None) -> str:
    """The action, by the repository and commit that this was installed from; else UNKNOWN.

    `origin` is pip's note of where the package came from, if there is one.
    """
    found = json.loads(origin) if origin else {}
    commit = found.get("vcs_info", {}).get("commit_id")
    place = GITHUB.search(found.get("url", ""))
    return f"{place[1]}@{commit}" if commit and place else UNKNOWN


def _origin() -> str | None:
    try:
        return distribution(DISTRIBUTION).read_text("direct_url.json")
    except PackageNotFoundError:
        return None
