"""What verbs print as JSON, the page that a report opens, and the shell's completion."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import webbrowser
from pathlib import Path
from typing import Any

import pytest
from benching import Harness
from reprobench.harness.base.disk.earlier_results import Content, content_of
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.loading.file import find_study, load_study
from scripted import commit_records, scripted_record, subprocess_environment

pytestmark = pytest.mark.usefixtures("no_pictures")


@pytest.fixture(autouse=True)
def filled(tiny: Study, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger with the four runs of the tiny study, which are committed too."""
    for run in tiny.runs():
        ledger.write(scripted_record(run, [240, 250 + run.seed], data_set="digits"))
    commit_records(tiny, ledger, tmp_path / "reports")
    monkeypatch.chdir(tmp_path)


def facts(run: Harness, *arguments: str) -> Any:
    """Standard output, which must be JSON and nothing else; text for people goes elsewhere."""
    code, output, errors = run(*arguments, "--json", "-")
    assert code == 0
    assert errors
    assert run(*arguments, "--json", "-", "--quiet")[1:] == (output, "")
    assert run(*arguments, "--json", "facts.json", "--quiet")[1:] == ("", "")
    assert Path("facts.json").read_text() == output
    return json.loads(output)


def test_of_studies_and_models(harness: Harness) -> None:
    tiny = {"study": "tiny", "data_set": "digits", "recipes": 2, "seeds": 2, "epochs": 2}
    assert {**tiny, "adaptive": False, "target": 0.5} in facts(harness, "studies")
    (final,) = facts(harness, "models", "final")
    assert (final["architecture"], final["parameters"]) == ("final", 8_546)
    assert len(facts(harness, "models")) > 1


def test_of_a_report(harness: Harness) -> None:
    found = facts(harness, "report", "tiny")
    assert found["study"] == "tiny"
    assert found["chosen"] in ("iteration", "final")
    assert Path(found["folder"], "report.html").is_file()
    assert content_of("json", json.dumps(found)) is Content.RESULT


def test_twins_with_runs_are_named(harness: Harness, ledger: Ledger) -> None:
    """A bench refuses them; a report on existing runs says that they are the same."""
    text = find_study("tiny").read_text()
    twin = text[text.rindex("[[recipes]]") :].replace('"final"', '"twin"', 1)
    idle = 'scheduler = { name = "StepLR", step_size = 20 }'
    Path("twins.toml").write_text(f"{text}\n{twin}{idle}\n")
    _, output, _ = harness("report", "twins.toml")
    assert "amounts to the same" not in output
    for run in load_study("twins.toml").runs():
        if run.recipe.name == "twin":
            ledger.write(scripted_record(run, [240, 250], data_set="digits"))
    _, output, _ = harness("report", "twins.toml")
    said = "twin amounts to the same as final, at every step: the report compares a recipe with"
    assert said in output


def test_of_a_ledger(harness: Harness) -> None:
    found = facts(harness, "runs", "list")
    assert sorted((row["seed"], row["correct"]) for row in found) == [(1, 251)] * 2 + [(2, 252)] * 2
    assert facts(harness, "runs", "show", found[0]["key"])["key"] == found[0]["key"]


def test_a_place_that_cannot_be_written(harness: Harness) -> None:
    """It is refused before anything else is done, and nothing is left behind."""
    code, output, errors = harness("report", "tiny", "--json", "nowhere/facts.json")
    line = "harness: --json nowhere/facts.json: there is no folder nowhere; make it\n"
    assert (code, output, errors) == (2, "", line)
    code, _, errors = harness("report", "tiny", "--json", ".")
    assert (code, errors) == (2, "harness: --json .: is a folder; name a file\n")
    code, _, _ = harness("report", "tinny", "--json", "facts.json")
    assert code == 2
    assert not Path("facts.json").exists()
    assert not Path("out").exists()


@pytest.mark.parametrize("verb", ["bench", "report", "verify", "gate"])
def test_no_earlier_result_is_left(harness: Harness, verb: str) -> None:
    """Whoever reads the file after a command that could not start would take it for this one's."""
    Path("facts.json").write_text('{"verdict": "pass", "exit_code": 0}')
    assert harness(verb, "tinny", "--json", "facts.json")[0] == 2
    assert not Path("facts.json").exists()


def test_an_earlier_result_is_gone_even_if_another_file_is_refused(harness: Harness) -> None:
    facts, suite = '{"verdict": "pass", "exit_code": 0}', '<testsuite name="gate tiny" />'
    for earlier, wrong, text in (("json", "junit", facts), ("junit", "json", suite)):
        Path("earlier").write_text(text)
        done = harness("gate", "tiny", f"--{earlier}", "earlier", f"--{wrong}", "no/file")
        assert done[::2] == (2, f"harness: --{wrong} no/file: there is no folder no; make it\n")
        assert not Path("earlier").exists()


def test_a_record_is_no_place_for_facts(harness: Harness, ledger: Ledger) -> None:
    path = next(iter(ledger.root.glob("runs/*/*.json")))
    text = path.read_text()
    done = harness("runs", "show", path.stem, "--ledger", str(ledger.root), "--json", str(path))
    assert done[0] == 2
    assert done[2] == f"harness: --json {path}: is read by this command; name another file\n"
    assert path.read_text() == text


def test_what_a_verb_reads_is_no_place_for_facts(harness: Harness) -> None:
    text = find_study("tiny").read_text()
    Path("mine.toml").write_text(text)
    judge = ("judge", "mine.toml", "--target", "0.9", "--window", "1")
    report, gate = (("report", "mine.toml"), ("gate", "mine.toml"))
    said = "mine.toml: is read by this command; name another file\n"
    for option, verb in (("json", judge), ("json", report), ("junit", gate), ("summary", gate)):
        done = harness(*verb, f"--{option}", "mine.toml")
        assert done == (2, "", f"harness: --{option} {said}")
    assert Path("mine.toml").read_text() == text


@pytest.mark.parametrize("there", [True, False])
def test_the_page_is_opened(harness: Harness, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    opened: list[str] = []

    def browser(address: str) -> bool:
        opened.append(address)
        return there

    monkeypatch.setattr(webbrowser, "open", browser)
    code, output, _ = harness("report", "tiny", "--open")
    page = Path("out/tiny/report.html").resolve()
    assert (code, opened) == (0, [page.as_uri()])
    assert (f"no browser could be started; open {page}" in output) == (not there)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("harness be", {"bench"}),
        ("harness runs rem", {"remove"}),
        ("harness bench --until", {"--until-decided"}),
    ],
)
def test_the_shell_completes(typed: str, completed: set[str]) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    done = subprocess.run(
        [Path(sys.executable).with_name("harness")],
        env=subprocess_environment(**words, _HARNESS_COMPLETE="complete_bash"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split(os.linesep)) - {""} == completed
