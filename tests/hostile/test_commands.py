"""Whatever lies in the way of a command: a line, an exit code, and nothing is waited for.

make hostile
"""

from __future__ import annotations

import csv
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from forked import TORCH, harness
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import mutated_content
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.loading.file import find_study, load_study
from resealed import ESCAPE, NONSENSE, resealed
from scripted import commit_records, scripted_record

TINY = load_study("tiny")
DRY = ("bench", "tiny", "--dry-run", "--engine", "torch")
REPORT = ("report", "tiny")
REBUILD = ("baseline", "tiny", "--rebuild")
VERIFY = ("verify", "tiny", "--engine", "torch")
EXAMPLES = 150
"""Examples of records in the ledger, each before a dry run."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a ledger of the tiny study and its committed records."""
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path / "nowhere"))
    made = tmp_path / "place"
    ledger = Ledger(made / "ledger")
    ledger.prepare()
    for run in TINY.runs():
        ledger.write(scripted_record(run, [480, 490], engine=TORCH, data_set="digits", python="3"))
    folder = commit_records(TINY, ledger, made / "reports")
    (folder / "environment.json").touch()
    return made


def files_of(place: Path) -> list[Path]:
    """The files of the ledger's records, in the order of the runs."""
    return sorted((place / "ledger" / "runs").rglob("*.json"))


def committed(place: Path) -> Path:
    return min((place / "reports" / "tiny" / "records").iterdir())


def test_undisturbed(place: Path) -> None:
    assert "0 runs to train, 4 of 4 in the ledger" in harness(place, *DRY).said
    assert harness(place, *REPORT).code == 0
    assert (place / "out" / "tiny" / "report.html").is_file()


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_in_the_ledger_and_among_what_is_committed(place: Path, name: str) -> None:
    change, expected = NONSENSE[name]
    path = files_of(place)[0]
    path.write_text(resealed(path.read_text(), change))
    dry = harness(place, *DRY)
    assert "damaged, would be set aside: " in dry.said
    assert expected in dry.said
    assert "1 run to train on 1 worker, 3 of 4 in the ledger" in dry.said
    committed(place).write_text(resealed(committed(place).read_text(), change))
    assert "restore it from version control" in harness(place, *REBUILD).said


@pytest.mark.parametrize(
    "names", [[*NONSENSE][first : first + 4] for first in range(0, len(NONSENSE), 4)]
)
def test_a_report_beside_nonsense(place: Path, names: list[str]) -> None:
    for path, name in zip(files_of(place), names, strict=False):
        path.write_text(resealed(path.read_text(), NONSENSE[name][0]))
    ended = harness(place, *REPORT)
    assert ended.code == 0
    assert ended.said.count("damaged, left out: ") == len(names)


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
def test_mutated_records_with_right_checksums(place: Path, data: st.DataObject) -> None:
    path = files_of(place)[0]
    sound = path.read_text()
    try:
        path.write_text(data.draw(mutated_content(sound)))
        said = harness(place, *DRY).said
        assert "damaged" in said or "has format" in said or "0 runs to train" in said
    finally:
        path.write_text(sound)


def test_a_newer_format(place: Path) -> None:
    for path in (files_of(place)[0], committed(place)):
        path.write_text(path.read_text().replace('"format":1', '"format":2'))
    before = files_of(place)[0].read_text()
    for command, code in ((DRY, 4), (REPORT, 4), (("bench", "tiny"), 2), (REBUILD, 2), (VERIFY, 2)):
        ended = harness(place, *command)
        assert ended.code == code
        assert "has format 2" in ended.said
    assert files_of(place)[0].read_text() == before


def a_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket has at most a hundred letters
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(path.name)
    os.chdir(here)


def a_hole(path: Path) -> None:
    """A file of ten gigabytes that takes no space on the disk."""
    with path.open("wb") as file:
        file.truncate(10**10)


NO_FILES: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "folder": os.mkdir,
    "socket": a_socket,
    "endless device": lambda path: path.symlink_to("/dev/zero"),
    "terminal": lambda path: path.symlink_to("/dev/tty"),
    "circle": lambda path: path.symlink_to(path.name),
    "ten gigabytes": a_hole,
}
PLACES: dict[str, tuple[Callable[[Path], Path], int | None]] = {
    "a record": (lambda place: files_of(place)[0], 0),
    "beside a record": (lambda place: files_of(place)[0].with_name("junk.json"), 0),
    "the records of a recipe": (lambda place: files_of(place)[0].parent, None),
    "the records of all": (lambda place: place / "ledger" / "runs", None),
    "the ledger": (lambda place: place / "ledger", None),
    "the reports": (lambda place: place / "out", None),
    "the report": (lambda place: place / "out" / "tiny", None),
    "checkpoints": (lambda place: place / "ledger" / "checkpoints", 0),
    "a committed record": (committed, None),
    "beside a committed record": (lambda place: committed(place).with_name("junk.json"), None),
    "the committed records": (lambda place: committed(place).parent, None),
    "what is committed": (lambda place: place / "reports", None),
}
"""Where something is put that does not belong there, and how a report and a dry run then end."""


@pytest.mark.parametrize("kind", NO_FILES)
@pytest.mark.parametrize("where", PLACES)
def test_what_is_no_file(place: Path, where: str, kind: str) -> None:
    find, code = PLACES[where]
    path = find(place)
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    NO_FILES[kind](path)
    for command in (DRY, REPORT) if kind == "pipe" else (DRY,):
        ended = harness(place, *command)
        assert code is None or ended.code == code
    if "committed" in where and kind != "folder":
        for command in (REBUILD, VERIFY):
            assert harness(place, *command).code in (2, 4)


@pytest.mark.parametrize("kind", NO_FILES)
@pytest.mark.parametrize("command", ["report", "bench"])
def test_a_study_that_is_no_file(place: Path, command: str, kind: str) -> None:
    NO_FILES[kind](place / "study.toml")
    assert harness(place, command, "./study.toml").code == 2


@pytest.mark.parametrize("kind", NO_FILES)
def test_published_runs_that_are_no_file(place: Path, kind: str) -> None:
    NO_FILES[kind](place / "published.csv")
    study(place, 'name = "tiny"\n', 'name = "tiny"\npublished = "published.csv"\n')
    assert harness(place, "report", "study.toml").code == 2


def study(place: Path, old: str, new: str) -> None:
    """Write the tiny study with a part replaced."""
    text = find_study("tiny").read_text()
    assert old in text
    (place / "study.toml").write_text(text.replace(old, new, 1))


DIGITS = "9" * 5_000
HEX = "0x" + "f" * 5_000
AXIS = str([round(1 + number / 1_000, 3) for number in range(100)])
STUDIES = {
    "seeds of 5,000 digits": ("seeds = 2", f"seeds = {DIGITS}"),
    "a list with a seed of 5,000 digits": ("seeds = 2", f"seeds = [1, {HEX}]"),
    "a rate of 5,000 digits": ("lr = 0.05", f"lr = {HEX}"),
    "epochs beyond measure": ("epochs = 2", f"epochs = {10**30}"),
    "epochs of 5,000 digits": ("epochs = 2", f"epochs = {HEX}"),
    "parameters of 5,000 digits": ("parameters = 10_000", f"parameters = {HEX}"),
    "a target of 5,000 digits": ("target = 0.5", f"target = {HEX}"),
    "a name with an escape": ('name = "tiny"', r'name = "\u001b[31m"'),
    "a key with an escape": ("seeds = 2", 'seeds = 2\n"\\u001b[31m" = 1'),
    "a data set with an escape": ('data_set = "digits"', r'data_set = "\u001b[31m"'),
}


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("command", [("report",), ("bench", "--dry-run")])
def test_numbers_and_escapes_in_a_study(place: Path, command: tuple[str, ...], name: str) -> None:
    study(place, *STUDIES[name])
    assert harness(place, *command, "study.toml").code == 2


def test_a_grid_of_a_million_recipes(place: Path) -> None:
    text = find_study("tiny").read_text()
    axes = f"[grid]\nlr = {AXIS}\nweight_decay = {AXIS}\nbatch_size = {[*range(1, 101)]}\n"
    (place / "study.toml").write_text(text.partition("[defaults]")[0] + axes + DEFAULTS)
    assert harness(place, "bench", "study.toml", "--dry-run").code == 2


DEFAULTS = '[defaults]\narchitecture = "final"\noptimiser = { name = "SGD", momentum = 0.9 }\n'


@pytest.mark.parametrize("count", [DIGITS, str(10**25), "-1", "nan", "=1+1", ESCAPE, "٣"])
def test_numbers_in_published_runs(place: Path, count: str) -> None:
    (place / "published.csv").write_text(f"recipe,epoch,correct\nfinal,1,{count}\n")
    study(place, 'name = "tiny"\n', 'name = "tiny"\npublished = "published.csv"\n')
    assert harness(place, "report", "study.toml").code == 2


MARKUP = '<img src=x onerror=alert(1)> [a](javascript:b) `c` | =HYPERLINK("d")'


def test_markup_in_a_record_is_text_in_the_report(place: Path) -> None:
    made_with = {"native_engine": MARKUP, "processor": MARKUP}
    for path in files_of(place):
        path.write_text(resealed(path.read_text(), lambda c: c["environment"].update(made_with)))
    assert harness(place, *REPORT).code == 0
    for name in ("report.md", "report.html"):
        assert "<img src=x" not in (place / "out" / "tiny" / name).read_text()


@pytest.mark.parametrize(
    ("words", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@SUM(1)", "'@SUM(1)"),
        ("+1", "'+1"),
        ("-1+1", "'-1+1"),
        ("\\u001b[31m\\u0007", " [31m "),
    ],
)
def test_claims_are_text_in_a_spreadsheet(place: Path, words: str, cell: str) -> None:
    claim = f'[[claims]]\nrecipe = "final"\nwords = "{words}"\nabout = "parameters"\n\n[[recipes]]'
    study(place, "[[recipes]]", claim)
    assert harness(place, "report", "study.toml").code == 0
    written = [*cells(place / "out" / "tiny" / "claims.csv")]
    assert cell in written
    assert not any(cell.startswith(("=", "@", "+1", "-1+")) for cell in written)
    assert all(cell.isprintable() for cell in written)


def cells(path: Path) -> Iterator[str]:
    with path.open(newline="") as file:
        for row in csv.reader(file):
            yield from row
