"""For other people's tests: `accuracy`, a fixture that compares a recipe with its stored runs.

    def test_my_network_stays_accurate(accuracy):
        accuracy("studies/mine.toml", "mine", epochs=3, margin=10)

Runs that the test has trained itself are compared with stored ones in the same way:

    def test_my_training_stays_accurate(accuracy):
        accuracy.of_runs("studies/theirs.toml", "runs.csv")

`pytest --accuracy-save` trains the runs and stores them, to be committed; `pytest` compares with
them. Every pytest loads this file, so it imports little before the fixture is used.
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import asdict, dataclass, field
from os.path import exists  # that of a Path raises for a name that is too long
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from ...guarding.regression import Finding
    from .accuracy import Accuracy

STORAGE: Final = ".accuracy"
NAME: Final = "baseline"
NAMES: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,79}")
"""What a name for the runs may be."""
WORKER_KEY: Final = "reprobench_accuracy"
KEPT_KEY: Final = "reprobench_accuracy_kept"


@dataclass
class Session:
    """What the tests of a session found."""

    findings: list[Finding] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """On runs that passed: what else is different, and whether they are on the same scale."""
    kept: str | None = None
    """With `--accuracy-save`, a folder of all processes of the session: see `Kept`."""


SESSION: Final = pytest.StashKey[Session]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, named as pytest-benchmark names its own."""
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
    """Set up the findings; raises UsageError for an option that cannot be meant as it is."""
    for option in ("--accuracy-save", "--accuracy-compare"):
        _check_name(config, option)
    if not config.getoption("--accuracy-storage"):
        raise pytest.UsageError("--accuracy-storage=: is empty; name a folder, or leave it out")
    jobs = config.getoption("--accuracy-jobs")
    if jobs is not None and jobs < 1:
        raise pytest.UsageError(f"--accuracy-jobs {jobs}: give a whole number above 0")
    config.stash[SESSION] = Session(kept=_kept(config))


def _check_name(config: pytest.Config, option: str) -> None:
    name = config.getoption(option)
    if name is None or name == NAME:
        return
    if not name:
        raise pytest.UsageError(f"{option}=: is empty; write {option}=NAME, such as {NAME}")
    if exists(config.invocation_params.dir / name.partition("::")[0]):
        raise pytest.UsageError(
            f"{option} {name}: is where tests are, not a name for the runs; write "
            f"{option}={NAME} {name}"
        )
    if not NAMES.fullmatch(name) or name.endswith(".py"):
        raise pytest.UsageError(
            f"{option} {name}: cannot be a name for the runs, which begins with a letter or digit, "
            "has at most 80 of A-Z, a-z, 0-9, '.', '_', '+' and '-', and does not end in .py; "
            f"write {option}={NAME}, and after it which tests to run"
        )


def _kept(config: pytest.Config) -> str | None:
    """The folder of a worker is that of the process that started it."""
    if not config.getoption("--accuracy-save"):
        return None
    if given := getattr(config, "workerinput", {}).get(KEPT_KEY):
        return str(given)
    folder = tempfile.TemporaryDirectory(prefix="harness-")
    config.add_cleanup(folder.cleanup)
    return folder.name


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Before a worker of pytest-xdist starts: say where it finds what other workers store."""
    node.workerinput[KEPT_KEY] = node.config.stash[SESSION].kept


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """After a worker of pytest-xdist has ended: take what its tests found."""
    sent = getattr(node, "workeroutput", {}).get(WORKER_KEY)
    if not sent:
        return
    from ...guarding.regression import Finding
    from ...statistics.intervals import Interval
    from ...study.measure import Measure

    session = node.config.stash[SESSION]
    session.stored += sent["stored"]
    session.remarks += sent["remarks"]
    for fields in json.loads(sent["findings"]):
        interval = fields["interval"] and Interval(**fields["interval"])
        measure = fields["measure"] and Measure(**fields["measure"])
        made = {**fields, "interval": interval, "measure": measure}
        session.findings.append(Finding(**made))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker of pytest-xdist: send what the tests found to the process that prints it."""
    output = getattr(session.config, "workeroutput", None)
    found = session.config.stash[SESSION]
    if output is not None and (found.findings or found.stored):
        findings = json.dumps([asdict(finding) for finding in found.findings])
        sent = {"findings": findings, "stored": found.stored, "remarks": found.remarks}
        output[WORKER_KEY] = sent


@pytest.fixture
def accuracy(request: pytest.FixtureRequest) -> Accuracy:
    """Trains a recipe over seeds, and fails the test if its accuracy dropped; see `Accuracy`."""
    from ...base.errors import InputError
    from ...base.source_date import check_source_date

    try:
        check_source_date()
    except InputError as error:
        pytest.fail(str(error), pytrace=False)
    from .accuracy import Accuracy
    from .kept import Kept

    option, session = request.config.getoption, request.config.stash[SESSION]
    return Accuracy(
        beside=request.path.parent,
        storage=request.config.rootpath / Path(option("--accuracy-storage")),
        save=option("--accuracy-save"),
        compare=option("--accuracy-compare"),
        workers=option("--accuracy-jobs"),
        findings=session.findings,
        stored=session.stored,
        remarks=session.remarks,
        kept=Kept(Path(session.kept)) if session.kept else None,
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a table of the recipes that were compared, and what was stored."""
    session = terminalreporter.config.stash[SESSION]
    if not session.findings and not session.stored:
        return
    from ...guarding.findings import findings_text

    terminalreporter.section("accuracy")
    for line in session.stored:
        terminalreporter.write_line(line)
    if session.findings:
        terminalreporter.write(findings_text(session.findings))
    for line in session.remarks:
        terminalreporter.write_line(line)
