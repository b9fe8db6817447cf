"""Paths into a folder that may not be looked into, where that must not end anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from filesystems import bound_by_permissions

CASES = {
    "a link that is kept": """
from reprobench.harness.base.disk.together import alone_with, write_together
with alone_with(place):
    write_together(place, {"new": "new"})
print(*sorted(found.name for found in place.iterdir()))
""",
    "a link like a download's leftover": """
from reprobench.harness.data.download import _remove_leftovers
_remove_leftovers(place)
print((place / ".download-link").is_symlink())
""",
    "a place for a program's memory": """
from reprobench.harness.training.programs.memory import remembered
with remembered("key", 1, None, closed / "deep" / "file") as memory:
    print(closed in memory.folder.parents)
""",
    "a path beside a test": """
from reprobench.harness.base.disk.files import is_file
from reprobench.harness.commands.pytest_plugin.imported import placed
print(*(placed("file", closed, *ask) == closed / "file" for ask in ([], [is_file])))
""",
}
SAID = {
    "a link that is kept": ".download-link new",
    "a link like a download's leftover": "True",
    "a place for a program's memory": "False",
    "a path beside a test": "True True",
}


@pytest.mark.parametrize("name", CASES)
def test_it_goes_on(name: str, tmp_path: Path) -> None:
    closed, place = tmp_path / "closed", tmp_path / "place"
    closed.mkdir()
    place.mkdir()
    (closed / "file").touch()
    (place / ".download-link").symlink_to(closed / "file")
    script = "import sys\nfrom pathlib import Path\nclosed, place = map(Path, sys.argv[1:])\n"
    arguments = [script + CASES[name], str(closed), str(place)]
    command = bound_by_permissions([sys.executable, "-c", *arguments])
    closed.chmod(0)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        closed.chmod(0o755)
    assert not done.stderr
    assert done.stdout.strip() == SAID[name]
