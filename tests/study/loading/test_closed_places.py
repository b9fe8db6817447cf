"""Studies in or with a folder that its reader may not look into: what is there, if anything, is not
taken for nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filesystems import bound_by_permissions
from problem_lines import Write
from programs import program

LOAD = """
import sys
from reprobench.harness.base.errors import InputError
from reprobench.harness.study.loading.file import load_study

for name in sys.argv[1:]:
    try:
        load_study(name)
    except InputError as error:
        print(*error.lines, sep="\\n")
"""


@pytest.fixture(params=[0o000, 0o444])
def closed(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    folder = tmp_path / "closed"
    folder.mkdir()
    for name in ("__init__.py", "nets.py", "run.sh", "p.csv", "study.toml", "arrays.npz"):
        (folder / name).touch()
    folder.chmod(request.param)
    yield folder
    folder.chmod(0o755)


def said_of(name: Path, cwd: Path | None = None) -> list[str]:
    """What a reader of the study who may read only what permissions allow is told."""
    command = bound_by_permissions([sys.executable, "-c", LOAD, str(name)])
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    assert not done.stderr
    return [line.removeprefix(f"{name}: ") for line in done.stdout.splitlines()]


def test_the_study_itself(closed: Path) -> None:
    reason = "cannot be read: Permission denied; fix that, or name another"
    assert said_of(closed / "study.toml") == [f"study {closed}/study.toml: {reason}"]


@pytest.mark.usefixtures("closed")
def test_its_published_runs(study_file: Write) -> None:
    head = 'name = "s"\ndata_set = "mnist"\nseeds = 1\npublished = "closed/p.csv"'
    reason = "cannot be read: Permission denied; fix that, or name another CSV file"
    assert said_of(study_file(head=head)) == [f"published = 'closed/p.csv': {reason}"]


@pytest.mark.usefixtures("closed")
def test_its_program(tmp_path: Path) -> None:
    file = program(tmp_path)
    file.write_text(file.read_text().replace("sh train.sh", "closed/run.sh"))
    (line,) = said_of(file)
    assert "command = 'closed/run.sh" in line
    reason = "cannot be run: Permission denied; fix that, or write another"
    assert line.endswith(f": closed/run.sh {reason}")


@pytest.mark.usefixtures("closed")
def test_its_architecture(tmp_path: Path, study_file: Write) -> None:
    """Python takes a package that it may not look into for an empty one."""
    recipe = '[[recipes]]\nname = "a"\narchitecture = "closed.nets:net"\nbatch_size = 9\nlr = 0.1'
    (line,) = said_of(study_file(recipe=recipe), tmp_path)
    assert "closed.nets cannot be imported (PermissionError: [Errno 13] Permission denied" in line
