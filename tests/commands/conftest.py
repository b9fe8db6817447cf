"""Options for a bench, and a study of imported runs."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from benching import Harness
from reprobench.harness.cli import main
from reprobench.harness.commands.options.training import BenchOptions
from rich.console import Console
from theirs import STUDY, bring, commit, losses


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BenchOptions:
    """The tiny study, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HARNESS_DATA", raising=False)
    return BenchOptions(study="tiny", jobs=2)


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with a study of imported losses in it."""
    monkeypatch.chdir(tmp_path)
    Path("theirs.toml").write_text(STUDY)


@pytest.fixture
def committed_theirs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten committed runs of that study for each of two recipes; the report is not drawn."""
    request.getfixturevalue("theirs")
    monkeypatch.setattr("reprobench.harness.commands.imports._report", lambda *_: None)
    bring(losses("committed.csv"))
    commit()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty directory, whose modules are not kept between tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HARNESS_DATA", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in ("own_arrays", "own_networks"):
        sys.modules.pop(name, None)


@pytest.fixture
def no_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with no ledger in it."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def heard() -> io.StringIO:
    """What is written to the console."""
    return io.StringIO()


@pytest.fixture
def console(heard: io.StringIO) -> Console:
    return Console(file=heard, width=200)


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Harness:
    """Runs the command line; returns (exit code, output, errors)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["harness", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        return int(caught.value.code or 0), *capsys.readouterr()

    return run
