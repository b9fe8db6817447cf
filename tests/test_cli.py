"""The command line as a user meets it: real processes, real exit codes."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from filesystems import run_on_tmpfs
from reprobench.harness.cli import app, main
from reprobench.harness.results.ledger import Ledger
from scripted import subprocess_environment
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner
from waiting import PATIENCE

HARNESS = [sys.executable, "-m", "reprobench.harness"]
ONE_RUN = ["bench", "tiny", "--recipes", "final", "--seeds", "1", "--epochs", "1", "--jobs", "1"]


def harness(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*HARNESS, *arguments],
        cwd=cwd,
        env=subprocess_environment(**variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


HEAVY = {"torch", "pandas", "matplotlib", "joblib", "sklearn", "scipy", "seaborn", "safetensors"}
PRINT_HEAVY = (
    "import sys\n"
    "from reprobench.harness.cli import main\n"
    "heavy = sys.argv.pop(1).split()\n"
    "try: main()\n"
    "except SystemExit: pass\n"
    "print('heavy:', [name for name in heavy if name in sys.modules])\n"
)


@pytest.mark.parametrize(
    ("arguments", "expected", "heavy"),
    [
        ("--help", "baseline", {*HEAVY, "numpy"}),
        ("--version", "harness 0.", {*HEAVY, "numpy"}),
        ("bench --help", "--until-decided", {*HEAVY, "numpy"}),
        ("init", "wrote studies/mine.toml", {*HEAVY, "numpy"}),
        ("models final", "8,546", HEAVY),
        ("studies", "mnist-grid", HEAVY),
        ("runs list", "0 runs in ledger", HEAVY),
        ("runs list tiny", "0 runs in ledger", HEAVY),
    ],
)
def test_light_commands_import_nothing_heavy(
    tmp_path: Path, arguments: str, expected: str, heavy: set[str]
) -> None:
    Ledger(tmp_path / "ledger").prepare()
    done = subprocess.run(
        [sys.executable, "-c", PRINT_HEAVY, " ".join(heavy), *arguments.split()],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert expected in done.stdout
    assert "heavy: []" in done.stdout


Refused = Callable[[str], str]


@pytest.fixture
def refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refused:
    """The one line with which a command line is refused, as wrong input, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["harness", *arguments.split()])
        with pytest.raises(SystemExit) as caught:
            main()
        output, errors = capsys.readouterr()
        assert (caught.value.code, output) == (2, "")
        assert errors.startswith("harness: ")
        assert errors.count("\n") == 1
        return errors

    return run


def test_models_and_studies(tmp_path: Path) -> None:
    listed = harness("models", cwd=tmp_path)
    assert "9,770" in listed.stdout
    assert "32 x 32" in listed.stdout
    assert "Total params: 8,546" in harness("models", "final", cwd=tmp_path).stdout
    studies = harness("studies", cwd=tmp_path).stdout
    assert all(name in studies for name in ("digits", "mnist", "mnist-grid", "tiny"))
    (adaptive,) = (line for line in studies.splitlines() if " mnist-grid " in line)
    assert " at most 100 " in adaptive


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("models finall", "did you mean final?"),
        ("bench mnits", "did you mean mnist?"),
        ("bench tiny --recipes finl", "did you mean final?"),
        ("bench tiny --seeds 3", "declares 2; give 1 to 2, or declare more in a copy"),
        ("bench tiny --epochs 0", "declares 2; give 1 to 2"),
        ("bench tiny --data-set mnist", "runs on digits"),
        ("bench --data-set minst", "did you mean mnist?"),
        ("report nowhere.toml", "neither a file nor a shipped study"),
        ("baseline tiny", "run `harness bench tiny` to the end first"),
        (
            "report tiny --ledger nowhere",
            "--ledger nowhere: there is no ledger; `harness bench tiny` makes one, or name the ri",
        ),
        ("runs list", "--ledger ledger: there is no ledger; `harness bench STUDY` makes one, or"),
        ("runs list tiny", "--ledger ledger: there is no ledger; `harness bench tiny` makes one"),
        ("runs show a", "--ledger ledger: there is no ledger; `harness bench STUDY` makes one"),
        ("bench tiny --engine natve", "did you mean native?"),
        ("bench tiny --out reports", "holds the committed reports"),
        ("bench tiny --cluster local:2 --jobs 2", "--jobs 2: --cluster trains on its own workers"),
        ("gate mnist --power --json a.json", "--power: prints its table and writes no files"),
        ("bnech", "bnech: no such command; did you mean bench?"),
        ("runs lst", "lst: no such command; did you mean list?"),
        ("runs zzz", "zzz: no such command; see `harness runs --help`"),
        ("bench --seedz 3 --json -", "--seedz: no such option; did you mean --seeds?"),
        ("bench --sedes 3", "--sedes: no such option; did you mean --seeds?"),
        ("gate tiny --daemon x", "--daemon: no such option; see `harness gate --help`"),
        ("gate tiny --exact", "--exact: no such option; it is the default: leave it out"),
        ("runs list -x", "-x: no such option; see `harness runs list --help`"),
        ("runs --foo", "--foo: no such option; see `harness runs --help`"),
        ("bench --seeds three --json -", "--seeds three: should be a valid integer"),
        ("bench --jobs 0", "--jobs 0: should be greater than or equal to 1"),
        ("judge x.csv --bounds 0 x", "--bounds x: should be a valid number"),
        ("judge x.csv --bounds 0 --lower", "--bounds --lower: begins with a dash"),
        ("judge x.csv --bounds 0", "--bounds: needs 2 values; give them after it"),
        ("gate --json", "--json: needs a value; give one after it"),
        ("bench --fresh=1", "--fresh: takes no value; leave it out"),
        ("judge", "files: this argument is missing; see `harness judge --help`"),
        ("import x.csv", "--study: this option is missing; see `harness import --help`"),
        ("init here there", "there: too many arguments; see `harness init --help`"),
        ("runs list --json -q", "--json -q: begins with a dash, as options do; give another"),
        ("bench --out --json -", "--out --json: begins with a dash"),
        ("report --ledger -q", "or write --ledger=-q"),
        ("bench mnist --data -", "--data -: begins with a dash"),
        ("gate --summary -", "--summary -: begins with a dash"),
        ("judge x.csv --name -- --window 1", "--name --: begins with a dash"),
        ("bench tiny --seeds -3", "--seeds -3: "),
        ("judge x.csv --target -2 --window 1 --bounds -1 -3", "bounds = [-1.0, -3.0]"),
    ],
)
def test_wrong_input_is_one_line_and_exit_2(
    tmp_path: Path, arguments: str, expected: str, refused: Refused
) -> None:
    assert expected in refused(arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("bench tiny --out file", "--out: file is not a folder; name another, or move it away"),
        ("bench tiny --ledger file", "--ledger: file is not a folder; name another, or move it"),
        ("bench tiny --ledger file --dry-run", "--ledger: file is not a folder"),
        ("baseline tiny --ledger file/ledger", "--ledger: file is not a folder"),
        ("bench mnist --data file", "--data: file is not a folder"),
        ("judge file --target 1 --window 1 --out file", "--out: file is not a folder"),
        ("init file", "init: file is not a folder"),
        ("studies --json folder", "--json folder: is a folder; name a file"),
    ],
)
def test_a_file_in_the_place_of_a_folder_is_wrong_input(
    tmp_path: Path, arguments: str, expected: str, refused: Refused
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    assert expected in refused(arguments)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.parametrize("group", [(), ("runs",)])
def test_without_a_verb_there_is_help(
    group: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["harness", *group])
    with pytest.raises(SystemExit) as caught:
        main()
    output, errors = capsys.readouterr()
    assert (caught.value.code, errors) == (2, "")
    assert "Usage: " in output


def test_a_value_may_begin_with_a_dash_behind_a_sign_of_equality(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["harness", "studies", "--json=-q"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert (caught.value.code, [path.name for path in tmp_path.iterdir()]) == (0, ["-q"])


def test_a_wrong_study_file_trains_nothing(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text('name = "w"\ndata_set = "digits"\nseeds = 1\n')
    done = harness("bench", "wrong.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["wrong.toml"]


def test_the_whole_job(tmp_path: Path) -> None:
    done = harness(*ONE_RUN, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 run to train on 1 worker, 0 of 1 in the ledger" in done.stdout
    assert "[partial: no runs of iteration; 1 of 2 declared seeds" in done.stdout
    assert (tmp_path / "out" / "tiny" / "report.html").is_file()


CHECK_RECORDS = (
    "import sys; from pathlib import Path; "
    "from reprobench.harness.results.parsing import read_record; "
    "print('sound:', sum(bool(read_record(p)) for p in Path(sys.argv[1]).glob('runs/*/*.json')), "
    "'partial:', len([*Path(sys.argv[1], 'runs').rglob('.*')]))"
)


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    """A real file system of four pages: room for one record, not for two."""
    check = f'{sys.executable} -c "{CHECK_RECORDS}" {tmp_path}/disk/ledger'
    command = [*HARNESS, "bench", "tiny", "--recipes", "final", "--ledger", "disk/ledger"]
    done = run_on_tmpfs(tmp_path / "disk", "size=16k", command, after=check)
    assert done.returncode == 4, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1
    assert "No space left on device" in done.stderr
    assert "all finished runs are kept" in done.stderr
    sound = int(done.stdout.rpartition("sound: ")[2].split()[0])
    assert sound == 1
    assert "partial: 0" in done.stdout


@pytest.mark.parametrize(("option", "place"), [("--ledger", "ledger"), ("--out", "out")])
def test_a_read_only_disk_is_found_before_training(tmp_path: Path, option: str, place: str) -> None:
    command = [*HARNESS, *ONE_RUN, option, f"disk/{place}"]
    done = run_on_tmpfs(tmp_path / "disk", "ro", command)
    assert done.returncode == 4, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1
    assert "Read-only file system" in done.stderr
    assert f"give another {option}" in done.stderr
    assert "started" not in done.stdout


def commands(group: TyperGroup, *above: str) -> Iterator[tuple[str, ...]]:
    yield above
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, *above, name)
        else:
            yield *above, name


COMMANDS = [*commands(cast("TyperGroup", get_command(app)))]


@pytest.mark.parametrize("verb", COMMANDS, ids=" ".join)
def test_help_cuts_no_word_on_a_small_terminal(verb: tuple[str, ...]) -> None:
    help = CliRunner().invoke(app, [*verb, "--help"], env={"COLUMNS": "80"}).stdout
    assert max(map(len, help.splitlines())) == 80
    assert "\u2026" not in help
    assert "bool" not in help  # a switch takes no value


def test_help_has_room_for_words_on_a_small_terminal() -> None:
    """No column of switches that turn others off takes it."""
    help = CliRunner().invoke(app, ["bench", "--help"], env={"COLUMNS": "80"}).stdout
    assert "Train only the first N declared seeds." in help


def test_colour_is_left_out_where_it_is_not_wanted(tmp_path: Path) -> None:
    coloured = harness("bench", "--help", cwd=tmp_path, FORCE_COLOR="1", NO_COLOR="").stdout
    assert "\x1b[" in coloured
    plain = harness("bench", "--help", cwd=tmp_path, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b[3" not in plain
