"""Names that cannot be what is asked for, for each argument and option of every command.

make hostile
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from forked import TORCH, harness
from reprobench.harness.cli import app
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.loading.file import load_study
from resealed import ESCAPE
from scripted import commit_records, scripted_record
from typer.main import get_command

NAMES: Final = ["a" * 300, f"{ESCAPE}\nb", "record.json/x", "circle", "link", "\udcff"]
ENGINE: Final = ("--engine", "torch")
GIVEN: Final[dict[str, tuple[str | None, tuple[str, ...]]]] = {
    "bench": ("tiny", ("--dry-run", *ENGINE)),
    "report": ("tiny", ()),
    "import": ("runs.csv", ("--study", "import.toml")),
    "judge": ("runs.csv", ("--target", "0.9", "--window", "1")),
    "baseline": ("tiny", ("--rebuild",)),
    "verify": ("tiny", ("--runs", "1", *ENGINE)),
    "gate": ("tiny", ENGINE),
    "models": ("final", ()),
    "studies": (None, ()),
    "init": ("made", ()),
    "runs list": ("tiny", ()),
    "runs show": ("0" * 8, ()),
    "runs remove": ("0" * 8, ()),
    "runs restore": ("tiny", ()),
}
"""What each command is given besides the name: its argument, and options."""


def parameters() -> Iterator[tuple[str, str | None, int]]:
    """A command, one of its options with the number of its values, or None for its argument."""
    for command, declared in _commands(get_command(app), ()):
        for parameter in declared.params:
            option = parameter.opts[0]
            if not option.startswith("-"):
                yield command, None, 1
            elif not getattr(parameter, "is_flag", False):
                yield command, option, parameter.nargs


def _commands(group: Any, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*names, name))
        else:
            yield " ".join((*names, name)), command


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with a ledger of the tiny study, its committed records, and files."""
    place = tmp_path_factory.mktemp("names") / "place"
    tiny, ledger = load_study("tiny"), Ledger(place / "ledger")
    ledger.prepare()
    for run in tiny.runs():
        ledger.write(scripted_record(run, [480, 490], engine=TORCH, data_set="digits", python="3"))
    (commit_records(tiny, ledger, place / "reports") / "environment.json").touch()
    (place / "runs.csv").write_text("recipe,seed,epoch,value\nmine,1,1,0.9\nmine,2,1,0.8\n")
    criterion = "[criterion]\ntarget = 0.9\nepochs = 1\nwindow = 1\n"
    (place / "import.toml").write_text(f'name = "import"\nseeds = 2\n{criterion}[import]\n')
    (place / "record.json").touch()
    (place / "circle").symlink_to("circle")
    (place / "link").symlink_to("a" * 300)
    return place


@pytest.fixture
def place(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path / "nowhere"))
    return shutil.copytree(original, tmp_path / "place", symlinks=True)


@pytest.mark.parametrize(("command", "option", "values"), [*parameters()])
def test_names_that_are_none(place: Path, command: str, option: str | None, values: int) -> None:
    """A line and an exit code of ours, as `harness` checks."""
    argument, options = GIVEN[command]
    for name in NAMES:
        if option is None:
            harness(place, *command.split(), name, *options)
        else:
            given = [*command.split(), *([argument] if argument else []), *options]
            harness(place, *given, option, *[name] * values)
