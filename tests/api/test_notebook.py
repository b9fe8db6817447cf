"""What `import reprobench` offers: its names, its examples, its errors, and that it is quick."""

from __future__ import annotations

import doctest
import html
import inspect
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import reprobench
from reprobench.harness.api import notebook
from reprobench.harness.commands.rounds import machine
from reprobench.harness.engines.choice import AUTO, choose
from reprobench.harness.judging.evidence import Evidence
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.training.sweep import Failure
from reprobench.harness.training.worker import Job, failed_record
from scripted import evidence, published_recipes, scripted_record, subprocess_environment

PUBLIC = {
    "Decision",
    "Evidence",
    "HarnessError",
    "Judgement",
    "Study",
    "bench",
    "comparisons",
    "consistency",
    "decide",
    "epochs",
    "gather",
    "judge",
    "load_study",
    "runs",
    "write_report",
}


def test_the_names() -> None:
    assert set(reprobench.__all__) == set(dir(reprobench)) == PUBLIC
    assert reprobench.Study is Study
    assert reprobench.Evidence is Evidence
    with pytest.raises(AttributeError, match="has no attribute 'benhc'"):
        _ = reprobench.benhc  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", ["reprobench", "reprobench.harness"])
def test_the_package_runs_as_the_command(tmp_path: Path, module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--version"],
        env=subprocess_environment(),
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout.startswith("harness ")


@pytest.mark.parametrize("name", sorted(PUBLIC - {"HarnessError"}))
def test_every_name_is_documented(name: str) -> None:
    thing = getattr(reprobench, name)
    assert inspect.getdoc(thing)
    assert not inspect.isfunction(thing) or ">>> " in str(thing.__doc__)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"jobs": 0}, "jobs: is 0; give a whole number above 0, or None"),
        ({"jobs": True}, "jobs: is True; give a whole number above 0, or None"),
        ({"seeds": "1"}, "seeds: is '1'; give a whole number above 0, or None"),
        ({"recipes": "final"}, "recipes: is 'final'; give a list of the recipes' names"),
        ({"recipes": [1]}, "recipes: is [1]; give a list of the recipes' names"),
        ({"recipes": ()}, "recipes: is (); give a list of the recipes' names"),
        ({"recipes": ["x"]}, "recipes x: unknown; allowed are iteration, final"),
        ({"engine": "x"}, "engine x: unknown; allowed are auto, cuda, native, torch"),
        ({"engine": 5}, "engine: is 5; give its name"),
        ({"data": 5}, "data: is 5; give the path of a folder"),
    ],
)
def test_what_is_no_number_and_no_list_is_said(
    arguments: dict[str, Any], said: str, tmp_path: Path
) -> None:
    study = reprobench.load_study("tiny")
    with pytest.raises(reprobench.HarnessError) as caught:
        reprobench.bench(study, ledger=tmp_path / "ledger", **arguments)
    assert caught.value.lines == (said,)
    assert not (tmp_path / "ledger").exists()


@pytest.mark.usefixtures("no_pictures")
def test_numbers_of_numpy_and_names_of_a_generator_will_do(tmp_path: Path) -> None:
    study = reprobench.load_study("tiny")
    names = (recipe.name for recipe in study.recipes[:1])
    asked = {"seeds": np.int64(1), "jobs": np.int64(1), "recipes": names}
    evidence = reprobench.bench(study, ledger=tmp_path / "ledger", quiet=True, **asked)
    assert {name: len(own) for name, own in evidence.records.items() if own} == {"iteration": 1}


def test_what_is_no_path_is_said(tiny: Study) -> None:
    said = "ledger: is 5; give the path of a folder"
    for call in (reprobench.bench, reprobench.gather):
        with pytest.raises(reprobench.HarnessError, match=said):
            call(tiny, ledger=5)  # type: ignore[arg-type]


def test_a_tilde_is_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: Study, ledger: Ledger
) -> None:
    """No shell replaces it here."""
    ledger.write(scripted_record(tiny.runs()[0], [100, 200], data_set="digits"))
    shutil.copy(tiny.file, tmp_path / "mine.toml")
    monkeypatch.setenv("HOME", str(tmp_path))
    study = reprobench.load_study("~/mine.toml")
    evidence = reprobench.gather(study, ledger=f"~/{ledger.root.relative_to(tmp_path)}")
    assert sum(map(len, evidence.records.values())) == 1


@pytest.mark.parametrize("name", ["study", "ledger", "data", "out"])
def test_an_unknown_users_home_folder(
    name: str, tiny: Study, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No folder is made that is called like that."""
    monkeypatch.chdir(tmp_path)
    place, before = "~nobody-of-that-name/a", [*tmp_path.iterdir()]
    calls: dict[str, Callable[[], object]] = {
        "study": lambda: reprobench.load_study(place),
        "ledger": lambda: reprobench.bench(tiny, seeds=1, ledger=place),
        "data": lambda: reprobench.bench(tiny, seeds=1, data=place),
        "out": lambda: reprobench.write_report(evidence(tiny, ledger, {"final": 1}), out=place),
    }
    said = f"^{name} {place}: is in the home folder of an unknown user; write out the path"
    with pytest.raises(reprobench.HarnessError, match=said):
        calls[name]()
    assert [*tmp_path.iterdir()] == before


def test_what_is_no_study_is_said() -> None:
    with pytest.raises(reprobench.HarnessError, match="study: is None; give its name, or its file"):
        reprobench.load_study(None)  # type: ignore[arg-type]


@pytest.mark.usefixtures("no_pictures")
def test_the_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(notebook)
    assert result.failed == 0
    assert result.attempted > 20


def test_importing_it_imports_nothing_else() -> None:
    script = (
        "import sys; before = set(sys.modules); import reprobench; "
        "print(*sorted(m for m in set(sys.modules) - before if '.' not in m))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=subprocess_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "reprobench" in done.stdout.split()
    assert not {"torch", "numpy", "pandas", "scipy"} & set(done.stdout.split())


def test_nothing_is_taken_for_another_folder(tmp_path: Path, tiny: Study) -> None:
    with pytest.raises(reprobench.HarnessError, match="there is no ledger"):
        reprobench.gather(tiny, ledger=tmp_path / "nowhere")
    with pytest.raises(reprobench.HarnessError, match="recipes second: unknown"):
        reprobench.bench(tiny, recipes=["second"], ledger=tmp_path / "ledger")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["bench", "gather"])
@pytest.mark.parametrize(("given", "kind"), [("mine.toml", "a str"), (5, "an int")])
def test_a_file_is_no_study(name: str, given: object, kind: str) -> None:
    with pytest.raises(reprobench.HarnessError, match=f"study: is {kind}; give what"):
        getattr(reprobench, name)(given)


@pytest.mark.parametrize(
    "name", ["epochs", "runs", "consistency", "comparisons", "decide", "write_report"]
)
def test_a_study_is_no_evidence(
    name: str, tiny: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(reprobench.HarnessError, match="evidence: is a Study; give what"):
        getattr(reprobench, name)(tiny)
    with pytest.raises(reprobench.HarnessError, match="evidence: is an int; give what"):
        getattr(reprobench, name)(5)
    assert not list(tmp_path.iterdir())


def test_a_failed_run_is_named(
    tiny: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(jobs: list[Job], *, ledger: Ledger, **_: object) -> list[Failure]:
        records = [(job.run.recipe.name, failed_record(job, "no memory")) for job in jobs]
        for _, record in records:
            ledger.write(record)
        return records

    monkeypatch.setattr(machine, "sweep", fail)
    said = "failed: (iteration|final) seed 1: no memory"
    with pytest.warns(UserWarning, match=said) as warned:
        found = reprobench.bench(tiny, seeds=1, ledger=tmp_path, quiet=True)
    assert len(warned) == len(found.failed) == 2
    assert reprobench.decide(found) is None
    version = choose(AUTO, tiny.recipes, tiny.data)["final"]
    short = scripted_record(
        tiny.run_of(tiny.recipes[1], 1), [300], engine=version, data_set="digits"
    )
    Ledger(tmp_path).write(short)
    with pytest.warns(UserWarning, match=said) as warned:
        found = reprobench.bench(tiny, seeds=1, ledger=tmp_path, quiet=True)
    assert (len(warned), len(found.failed)) == (2, 1)


def test_the_decision_is_that_of_the_evidence(tiny: Study, ledger: Ledger) -> None:
    found = evidence(published_recipes(), ledger, {"final": 20, "iteration1": 0})
    decision = reprobench.decide(found)
    assert decision is not None
    assert decision.chosen.name == "final"
    assert reprobench.comparisons(found)["outcome"].tolist() == ["falls"]
    assert reprobench.decide(reprobench.gather(tiny, ledger=ledger.root)) is None


def test_a_study_is_shown_in_short(tiny: Study) -> None:
    assert repr(tiny) == "<Study tiny: 2 recipes (iteration and final), 2 seeds (1 and 2)>"
    many = repr(reprobench.load_study("mnist-grid").until_decided())
    assert many.startswith("<Study mnist-grid: 24 recipes (iteration-lr0.1-none, ")
    assert many.endswith(" and 18 more), at most 100 seeds>")
    assert len(many) < 300


def test_a_judgement_is_a_table_in_a_notebook() -> None:
    """What it prints, in which no name is taken for markup."""
    rows = [
        {"recipe": recipe, "seed": seed, "epoch": epoch, "value": 0.9 + gain * epoch}
        for recipe, gain in (("<b>steep</b>", 0.02), ("flat", 0.01))
        for seed in range(6)
        for epoch in range(1, 5)
    ]
    judged = reprobench.judge(pd.DataFrame(rows), target=0.95, window=2)
    shown = judged._repr_html_()
    assert "<b>" not in shown
    assert f"<p>{html.escape(judged.advice)}</p>" in shown
    table = ElementTree.fromstring(shown[shown.index("<table") :])
    cells = [cell.text for cell in table.iter() if cell.tag in ("th", "td") and cell.text]
    assert cells == repr(judged).partition(judged.advice)[2].split()
