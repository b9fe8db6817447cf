"""Replacing a committed report: what is shown, asked and refused."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.baseline import baseline
from reprobench.harness.commands.options.reports import BaselineOptions
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.study.recipe import Recipe
from rich.console import Console
from scripted import scripted_record

END_OF_INPUT = "\x04"

pytestmark = pytest.mark.usefixtures("no_pictures")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clean checkout that we stand in."""
    place = tmp_path / "checkout"
    place.mkdir()
    monkeypatch.chdir(place)
    for command in (
        "git init --quiet",
        "git -c user.name=a -c user.email=a commit --quiet --allow-empty --message first",
    ):
        subprocess.run(command.split(), check=True)
    return place


def fill(ledger: Ledger, study: Study, last: int, engine: str = "1", **environment: bool) -> None:
    for run in study.runs():
        counts, made_by = [240, last][-run.epochs :], EngineVersion("scripted", engine)
        record = scripted_record(run, counts, engine=made_by, data_set="digits", **environment)
        ledger.write(record)


def fill_anew(ledger: Ledger, study: Study, last: int) -> None:
    """Fill the ledger with runs of another version of the engine only."""
    for path in ledger.root.rglob("*.json"):
        path.unlink()
    fill(ledger, study, last, engine="2")


def run(study: Study, ledger: Ledger, **options: bool) -> tuple[Path | None, str]:
    output = io.StringIO()
    wanted = BaselineOptions(study=str(study.file), ledger=ledger.root, **options)
    folder = baseline(wanted, Console(file=output, width=200))
    return folder, output.getvalue()


def test_a_complete_report_is_kept_with_its_records(
    checkout: Path, ledger: Ledger, tiny: Study
) -> None:
    fill(ledger, tiny, 260)
    folder, shown = run(tiny, ledger)
    assert folder == Path("reports/tiny")
    assert shown == "baseline: reports/tiny; commit it\n"
    names = {path.name for path in (checkout / folder / "records").iterdir()}
    assert names == {f"{r}-seed-{s}.json" for r in ("iteration", "final") for s in (1, 2)}
    before = {path: path.read_bytes() for path in (checkout / folder).rglob("*.csv")}
    folder, _ = run(tiny, Ledger(checkout / "no-ledger"), rebuild=True)
    assert {path: path.read_bytes() for path in (checkout / "reports").rglob("*.csv")} == before


def test_another_result_is_shown_and_asked_about(
    checkout: Path, ledger: Ledger, tiny: Study
) -> None:
    fill(ledger, tiny, 260)
    run(tiny, ledger)
    fill_anew(ledger, tiny, 257)
    before = (checkout / "reports/tiny/runs.csv").read_bytes()
    with pytest.raises(
        InputError, match="there is no terminal to ask on; give --yes to replace it"
    ):
        run(tiny, ledger)
    assert (checkout / "reports/tiny/runs.csv").read_bytes() == before
    _, shown = run(tiny, ledger, yes=True)
    assert "260.0 → 257.0" in shown
    assert "-3.0" in shown
    assert "0 of 2" in shown
    assert (checkout / "reports/tiny/runs.csv").read_bytes() != before


@pytest.mark.slow
def test_the_answer_is_heard(checkout: Path, ledger: Ledger, tiny: Study) -> None:
    """At a real terminal."""
    fill(ledger, tiny, 260)
    run(tiny, ledger)
    table = checkout / "reports/tiny/runs.csv"
    before = table.read_bytes()
    fill_anew(ledger, tiny, 257)
    for typed in ("n\n", END_OF_INPUT):
        assert "replace the committed report of tiny? [y/n]" in answer(ledger, typed)
        assert table.read_bytes() == before
    answer(ledger, "y\n")
    assert table.read_bytes() != before


def answer(ledger: Ledger, typed: str) -> str:
    """What the command prints to somebody who types this answer."""
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    command = [sys.executable, "-m", "reprobench.harness", "baseline", "tiny", "--ledger"]
    done = subprocess.run(
        [*command, str(ledger.root)], stdin=theirs, capture_output=True, text=True, check=True
    )
    os.close(theirs)
    os.close(ours)
    return done.stdout


def test_a_partial_report_is_refused(checkout: Path, ledger: Ledger, tiny: Study) -> None:
    ledger.write(scripted_record(tiny.runs()[0], [240, 260], data_set="digits"))
    with pytest.raises(InputError, match=r"no runs of final; 1 of 2 declared seeds"):
        run(tiny, ledger)
    assert not (checkout / "reports").exists()


def test_the_runs_of_the_gate_go_along(checkout: Path, ledger: Ledger, guarded: Study) -> None:
    fill(ledger, guarded, 260)
    with pytest.raises(InputError, match=r"bench \S+/guarded.toml --gate` to the end first"):
        run(guarded, ledger)
    assert guarded.short
    fill(ledger, guarded.short, 250)
    folder, _ = run(guarded, ledger)
    assert folder
    assert len(list((checkout / folder / "gate").iterdir())) == len(guarded.short.runs())


@pytest.mark.usefixtures("checkout")
@pytest.mark.slow
def test_every_recipe_is_shown_that_changes(
    ledger: Ledger, guarded: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one of the gate's own recipes, one that has changed, and one that is no longer
    declared."""
    assert guarded.short
    fill(ledger, guarded, 260)
    fill(ledger, guarded.short, 250)
    run(guarded, ledger)
    first, *others = guarded.recipes
    changed = replace(guarded, recipes=(replace_lr(first), *others[:-1]))
    fill(ledger, changed, 255)
    monkeypatch.setattr("reprobench.harness.commands.baseline.load_study", lambda _: changed)
    _, shown = run(changed, ledger, yes=True)
    rows = {line.split()[0]: line for line in shown.splitlines() if "→" in line}
    assert "260.0 → 255.0" in rows[first.name]
    assert rows.keys() >= {recipe.name for recipe in guarded.short.recipes}
    assert f"{len(guarded.seeds)} → 0" in rows[others[-1].name]


def replace_lr(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"lr": recipe.lr / 2})


def test_what_nobody_could_repeat_is_refused(checkout: Path, ledger: Ledger, tiny: Study) -> None:
    fill(ledger, tiny, 260, dirty=True)
    with pytest.raises(
        InputError, match="study tiny: 4 runs trained while reprobench's own checkout had changes"
    ):
        run(tiny, ledger)
    fill(ledger, replace(tiny), 260)
    (checkout / "changed.py").touch()
    with pytest.raises(InputError, match=r"changes that are not committed, in changed\.py: nobody"):
        run(tiny, ledger)
    assert not (checkout / "reports").exists()
    assert run(tiny, ledger, force=True)[0]


def test_changes_beside_the_folder_that_we_stand_in_count_too(
    checkout: Path, ledger: Ledger, tiny: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ledger, tiny, 260)
    (checkout / "inner").mkdir()
    (checkout / "changed.py").touch()
    monkeypatch.chdir(checkout / "inner")
    with pytest.raises(InputError, match="the tree has changes that are not committed"):
        run(tiny, ledger)


@pytest.mark.usefixtures("checkout")
def test_nothing_is_there_to_rebuild(ledger: Ledger, tiny: Study) -> None:
    with pytest.raises(
        InputError, match=r"reports/tiny: holds no committed runs; go to .* with `harness base"
    ):
        run(tiny, ledger, rebuild=True)
