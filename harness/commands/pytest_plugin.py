"""For other people's tests: `accuracy`, a fixture that holds a recipe against its stored runs.

    def test_my_network_stays_accurate(accuracy):
        accuracy("studies/mine.toml", "mine", epochs=3, margin=10)

`pytest --accuracy-save` trains the runs and stores them, to be committed; `pytest` compares with
them. It is loaded with every pytest, and imports no more than that until the fixture is called.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from ..guarding.regression import Finding
    from .accuracy import Accuracy

STORAGE: Final = ".accuracy"
NAME: Final = "baseline"


@dataclass
class Session:
    """What the tests of a session found."""

    findings: list[Finding] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)


SESSION: Final = pytest.StashKey[Session]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, in pytest-benchmark's manner."""
    group = parser.getgroup("accuracy", "accuracy of recipes over seeds, against stored runs")
    group.addoption(
        "--accuracy-save",
        nargs="?",
        const=NAME,
        metavar="NAME",
        help="Train the runs and store them under this name (default: baseline); compare nothing.",
    )
    group.addoption(
        "--accuracy-compare",
        default=NAME,
        metavar="NAME",
        help="Compare with the runs stored under this name (default: baseline).",
    )
    group.addoption(
        "--accuracy-storage",
        default=STORAGE,
        metavar="DIR",
        help=f"Where runs are stored (default: {STORAGE} in the root directory).",
    )
    group.addoption(
        "--accuracy-jobs",
        type=int,
        default=None,
        metavar="N",
        help="Runs to train at once (default: all physical cores).",
    )


def pytest_configure(config: pytest.Config) -> None:
    """A place for the findings."""
    config.stash[SESSION] = Session()


@pytest.fixture
def accuracy(request: pytest.FixtureRequest) -> Accuracy:
    """Trains a recipe over seeds, and fails the test if its accuracy dropped; see `Accuracy`."""
    from .accuracy import Accuracy

    option, session = request.config.getoption, request.config.stash[SESSION]
    return Accuracy(
        beside=request.path.parent,
        storage=request.config.rootpath / Path(option("--accuracy-storage")),
        save=option("--accuracy-save"),
        compare=option("--accuracy-compare"),
        workers=option("--accuracy-jobs"),
        findings=session.findings,
        stored=session.stored,
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A table of the recipes that were compared, and what was stored."""
    session = terminalreporter.config.stash[SESSION]
    if not session.findings and not session.stored:
        return
    from ..guarding.outcomes import plain_table

    terminalreporter.section("accuracy")
    for line in session.stored:
        terminalreporter.write_line(line)
    if session.findings:
        terminalreporter.write(plain_table(session.findings))
