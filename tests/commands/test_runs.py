"""The runs of a ledger, as the command line lists, shows and removes them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from benching import Harness
from filesystems import bound_by_permissions
from programs import program, trained
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from scripted import ENGINE, scripted_record
from unpictured import SCRIPT


@pytest.fixture(autouse=True)
def filled(tiny: Study, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger with the four runs of the tiny study, in the working directory."""
    for run in tiny.runs():
        ledger.write(scripted_record(run, [240, 250 + run.seed], data_set="digits"))
    monkeypatch.chdir(tmp_path)


def test_they_are_listed(harness: Harness, tiny: Study) -> None:
    code, output, _ = harness("runs", "list", "tiny")
    assert code == 0
    assert output.count("252 of 500") == 2
    assert output.endswith("4 runs in ledger\n")
    code, output, _ = harness("runs", "list", "--json", "-")
    facts = json.loads(output)
    assert {row["epochs"] for row in facts} == {"2 of 2"}
    assert {row["key"] for row in facts} == {run.key(ENGINE) for run in tiny.runs()}
    assert {row["architecture"] for row in facts} == {"iteration", "final"}
    _, output, _ = harness("runs", "list", "tiny", "--json", "-", "--quiet")
    names = [recipe.name for recipe in tiny.recipes]
    assert {row["recipe"] for row in json.loads(output)} == set(names)


def test_long_names_are_listed_whole(harness: Harness, ledger: Ledger, tiny: Study) -> None:
    """One line a run, from the first line on, which a program may read."""
    recipe = tiny.own_recipes[0].model_copy(update={"architecture": f"networks:{300 * 'x'}"})
    ledger.write(
        scripted_record(replace(tiny.runs()[0], recipe=recipe), [240, 251], data_set="digits")
    )
    _, output, _ = harness("runs", "list")
    lines = output.splitlines()
    assert lines[0].split()[:2] == ["Key", "Architecture"]
    assert len([line for line in lines if line.endswith(" scripted ")]) == 5
    assert sum(recipe.architecture in line for line in lines) == 1


def test_they_are_in_the_order_of_their_seeds(
    harness: Harness, ledger: Ledger, tiny: Study
) -> None:
    for recipe in tiny.recipes:
        for seed in range(3, 13):
            run = tiny.run_of(recipe, seed)
            ledger.write(scripted_record(run, [240, 250], data_set="digits"))
    for study, named in (((), "architecture"), (("tiny",), "recipe")):
        _, output, _ = harness("runs", "list", *study, "--json", "-", "--quiet")
        listed = [(row[named], row["seed"]) for row in json.loads(output)]
        names = list(dict.fromkeys(name for name, _ in listed))
        assert listed == [(name, seed) for name in names for seed in range(1, 13)]


def test_a_command_is_listed_as_it_is(harness: Harness, ledger: Ledger, tmp_path: Path) -> None:
    command = "sh train.sh {seed} {epochs} [/bold] [red] :smile:"
    ledger.write(trained(program(tmp_path / "theirs", command=command)))
    code, output, _ = harness("runs", "list")
    assert code == 0
    assert command in output


def test_a_log_that_cannot_be_reached_is_left_out(
    harness: Harness, ledger: Ledger, tmp_path: Path
) -> None:
    record = trained(program(tmp_path / "theirs"))
    ledger.write(record)
    (ledger.root / "logs").symlink_to("a" * 300)
    code, output, _ = harness("runs", "show", record.key)
    assert code == 0
    assert f"key: {record.key}\n" in output
    assert "log: " not in output


def test_a_damaged_one_is_named(harness: Harness) -> None:
    path = next(Path("ledger/runs").glob("*/*.json"))
    path.write_text("{")
    for study in ((), ("tiny",)):
        _, output, _ = harness("runs", "list", *study)
        assert f"damaged: {path}: is not a record" in output
        assert output.endswith("3 runs in ledger\n")


@pytest.mark.parametrize("verb", [("list",), ("show", "a")])
def test_what_is_unreadable_is_not_taken_for_empty(ledger: Ledger, verb: tuple[str, ...]) -> None:
    folder = min((ledger.root / "runs").iterdir())
    folder.chmod(0)
    try:
        told = subprocess.run(
            bound_by_permissions([*SCRIPT, "runs", *verb]),
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        folder.chmod(0o755)
    assert (told.returncode, told.stdout) == (4, "")
    said = f"harness: {folder.relative_to(Path.cwd())}: Permission denied; fix that or give another"
    assert told.stderr.startswith(said)
    assert told.stderr.count("\n") == 1


def test_one_of_a_newer_format_is_named(harness: Harness) -> None:
    path = next(Path("ledger/runs").glob("*/*.json"))
    path.write_text(path.read_text().replace('"format":1', '"format":2'))
    code, _, errors = harness("runs", "list")
    assert code == 4
    assert errors.startswith(f"harness: {path}: has format 2, but this version of reprobench reads")


def test_one_is_shown(harness: Harness, tiny: Study) -> None:
    key = tiny.runs()[0].key(ENGINE)
    code, output, _ = harness("runs", "show", key[:12])
    assert code == 0
    assert f"key: {key}\n" in output
    assert "251 of 500" in output
    assert " Learning rate " in output
    _, output, _ = harness("runs", "show", key, "--json", "-", "--quiet")
    assert [row["correct"] for row in json.loads(output)["rows"]] == [240, 251]


def test_one_is_removed(harness: Harness, ledger: Ledger, tiny: Study) -> None:
    run = tiny.runs()[0]
    code, output, _ = harness("runs", "remove", run.key(ENGINE)[:12], "--yes")
    assert code == 0
    assert output.endswith("1 run removed from ledger\n")
    assert ledger.find(run.recipe_key, run.key(ENGINE)) is None
    assert len(list(Path("ledger/runs").glob("*/*.json"))) == 3


def test_a_removed_run_begins_anew(harness: Harness, ledger: Ledger, tiny: Study) -> None:
    key = tiny.runs()[0].key(ENGINE)
    progress = ledger.checkpoint(key)
    progress.parent.mkdir()
    progress.touch()
    assert harness("runs", "remove", key, "--yes")[0] == 0
    assert not progress.exists()


def test_what_cannot_be_removed_stays_and_is_named(
    harness: Harness, ledger: Ledger, tiny: Study
) -> None:
    key = tiny.runs()[0].key(ENGINE)
    ledger.checkpoint(key).mkdir(parents=True)
    code, output, errors = harness("runs", "remove", key, "--yes")
    assert (code, errors.count("\n")) == (4, 1)
    assert f"checkpoints/{key}.safetensors: " in errors
    assert "removed from" not in output
    assert len(list(Path("ledger/runs").glob("*/*.json"))) == 4


def test_all_are_removed_or_none(harness: Harness, ledger: Ledger, tiny: Study) -> None:
    keys = [run.key(ENGINE) for run in tiny.runs()]
    locks = ledger.locks()
    assert locks.take(keys[1])
    assert locks.take(keys[3])
    code, _, errors = harness("runs", "remove", *keys, "--yes")
    assert code == 2
    said = "harness: run {}: a bench is training it; end that first"
    assert errors.splitlines() == [said.format(key[:12]) for key in (keys[1], keys[3])]
    assert len(list(ledger.everything())) == 4
    locks.close()
    assert harness("runs", "remove", *keys, "--yes")[0] == 0
    assert list(ledger.everything()) == []


@pytest.mark.parametrize("closed", ["", "<&-"])
def test_without_a_terminal_to_ask_on(closed: str, ledger: Ledger, tiny: Study) -> None:
    key = tiny.runs()[0].key(ENGINE)
    script = f'exec "$0" -m reprobench.harness runs remove {key} {closed}'
    command = ["sh", "-c", script, sys.executable]
    told = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    line = "harness: there is no terminal to ask on; give --yes to remove them\n"
    assert (told.returncode, told.stderr) == (2, line)
    assert len(list(ledger.everything())) == 4


def test_nothing_is_removed_unasked(harness: Harness, tiny: Study) -> None:
    key = tiny.runs()[0].key(ENGINE)
    assert harness("runs", "remove", key)[0] == 2
    code, _, errors = harness("runs", "remove", key, "nonsense", "--yes")
    assert (code, errors.count("\n")) == (2, 1)
    assert "nonsense: begins the key of no run" in errors
    assert len(list(Path("ledger/runs").glob("*/*.json"))) == 4


def test_a_ledger_is_read_once_for_all_keys(
    harness: Harness, tiny: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, times = Ledger.everything, []
    monkeypatch.setattr(Ledger, "everything", lambda ledger: (times.append(1), read(ledger))[1])
    keys = [run.key(ENGINE) for run in tiny.runs()]
    code, output, _ = harness("runs", "remove", keys[2], keys[0][:20], keys[2][:20], "--yes")
    assert (code, len(times)) == (0, 1)
    assert output.endswith("2 runs removed from ledger\n")


class Keyboard(io.StringIO):
    """What a user types on a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "left"), [("y\n", 3), ("n\n", 4), ("", 4)])
def test_what_is_asked_is_answered(
    harness: Harness,
    tiny: Study,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    left: int,
) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard(typed))
    code, output, _ = harness("runs", "remove", tiny.runs()[0].key(ENGINE))
    assert code == 0
    assert "remove 1 run for good? [y/n]" in output
    assert ("nothing was changed" in output) == (left == 4)
    assert len(list((ledger.root / "runs").rglob("*.json"))) == left


def test_all_keys_begin_with_nothing(harness: Harness) -> None:
    code, _, errors = harness("runs", "show", "")
    assert code == 2
    assert "begins the keys of 4 runs" in errors
