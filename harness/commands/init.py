"""`harness init`: a study, a network, a test and a workflow for a repository of one's own."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from rich.console import Console

from ..base.console import say
from ..base.disk.folders import write_whole
from ..base.errors import InputError, StorageError
from ..results.environment import DISTRIBUTION
from .list_options import InitOptions

STARTER: Final = Path(__file__).parent / "starter"
FILES: Final = {
    "networks.py": "networks.py.txt",
    "studies/mine.toml": "study.toml.txt",
    "tests/test_accuracy.py": "test_accuracy.py.txt",
    ".github/workflows/accuracy.yml": "accuracy.yml.txt",
}
"""Path of each file that is written, and the file here that it is made from."""
NEXT: Final = (
    "harness bench studies/mine.toml      trains it, and writes a report to out/",
    "harness baseline studies/mine.toml   once committed: keeps that report in reports/",
    "harness gate studies/mine.toml       says whether a change lowered the accuracy",
    "pytest --accuracy-save               stores runs in .accuracy/ for the test",
)


def init(options: InitOptions, console: Console) -> None:
    """Write the files; raises InputError if one of them is there already."""
    folder = options.folder
    if present := [name for name in FILES if (folder / name).exists()]:
        raise InputError(
            f"{folder / present[0]}: already exists; move it away, or name another folder"
        )
    try:
        for name, source in FILES.items():
            text = (STARTER / source).read_text()
            write_whole(folder / name, text.replace("$REPROBENCH", _requirement()))
            say(console, f"wrote {folder / name}")
    except OSError as error:
        raise StorageError(
            f"{error.filename or folder}: {error.strerror}; give another folder"
        ) from error
    say(console, "\nThen, in that folder:")
    for line in NEXT:
        say(console, f"  {line}")


def _requirement() -> str:
    """What pip is to install elsewhere: the commit that this was installed from, if known."""
    try:
        origin = distribution(DISTRIBUTION).read_text("direct_url.json")
    except PackageNotFoundError:
        origin = None
    found = json.loads(origin) if origin else {}
    version = found.get("vcs_info", {})
    if not version:
        return DISTRIBUTION
    return f"{DISTRIBUTION} @ {version['vcs']}+{found['url']}@{version['commit_id']}"
