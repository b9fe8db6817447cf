"""The gate of a study of imported runs, which trains nothing."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.gate import gate
from reprobench.harness.commands.options.training import GateOptions
from theirs import (
    COUNTS,
    NAN,
    STUDY,
    bring,
    commit,
    counts,
    guard,
    loss,
    losses,
    refused,
    told,
    write,
)

pytestmark = pytest.mark.usefixtures("theirs")


@pytest.mark.usefixtures("committed_theirs")
def test_nothing_changed() -> None:
    before = {*Path().rglob("*")}
    code, said = guard(losses("new.csv", seeds=5, worse=0.001))
    assert code == 0
    assert said.splitlines()[-1] == "pass: of 2 recipes 2 pass (10 runs of 3 epochs, study theirs)"
    assert "committed from committed.csv (CSV, SHA-256 " in said
    assert "Rise" in said
    assert {*Path().rglob("*")} - before == {Path("new.csv")}


@pytest.mark.usefixtures("committed_theirs")
def test_a_loss_that_rose() -> None:
    files = {name: Path(name) for name in ("summary", "junit", "json")}
    code, said = guard(losses("new.csv", seeds=5, worse=0.06), **files)
    assert code == 1
    assert "regression: of 2 recipes 2 rose; " in said
    assert "images" not in said
    summary = files["summary"].read_text()
    assert summary.startswith("### Accuracy gate: regression\n")
    assert "| Recipe | Committed (n) | Here (n) | Rise | Interval | Margin | Outcome |" in summary
    suite = ElementTree.fromstring(files["junit"].read_text())
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "2", "0")
    failure = suite.find("testcase[@name='a']/failure")
    assert failure is not None
    assert str(failure.get("message")).startswith("a: a rise of 0.0")
    facts = json.loads(files["json"].read_text())
    assert (facts["verdict"], facts["exit_code"], facts["epochs"]) == ("regression", 1, 3)
    first = facts["findings"][0]
    assert first["measure"]["direction"] == "lower"
    assert first["committed"][0] == pytest.approx(loss("a", 1, 3))
    assert first["drop"] == pytest.approx(0.06, abs=0.01)
    assert first["interval"]["low"] > 0


def added(*seeds: int, worse: float = 0.0, decimals: int = 9) -> Path:
    """A store: the runs that were committed, and others with these seeds, whose losses are `worse`.

    A seed below 11 replaces the committed run.
    """
    runs = {
        recipe: {
            seed: [loss(recipe, seed, epoch, worse * (seed in seeds)) for epoch in (1, 2, 3)]
            for seed in {*range(1, 11), *seeds}
        }
        for recipe in "ab"
    }
    rows = [
        {"recipe": recipe, "seed": seed, "epoch": epoch, "val_loss": value}
        for recipe, own in runs.items()
        for seed, values in own.items()
        for epoch, value in enumerate(values, start=1)
    ]
    pd.DataFrame(rows).round(decimals).to_csv("store.csv", index=False)
    return Path("store.csv")


@pytest.mark.usefixtures("committed_theirs")
@pytest.mark.parametrize("decimals", [9, 5])
def test_committed_runs_in_a_store_that_was_added_to_are_not_new(decimals: int) -> None:
    """With them, the 10 runs that are worse by 0.03 would be half of 20 worse by 0.015."""
    Path("theirs.toml").write_text(STUDY + "limit = 10\n")
    code, said = guard(added(*range(11, 21), worse=0.03, decimals=decimals), json=Path("gate.json"))
    assert code == 1
    assert "(20 runs of 3 epochs, study theirs)" in said
    line = "left out, since they are committed, with the same values: 10 runs of a and 10 runs of b"
    facts = json.loads(Path("gate.json").read_text())
    assert facts["changes"][0] == line
    assert facts["findings"][0]["drop"] == pytest.approx(0.03, abs=0.01)


@pytest.mark.usefixtures("committed_theirs")
@pytest.mark.parametrize(("again", "alike"), [((), 10), ((2, 3), 8)])
def test_runs_with_committed_seeds_may_have_been_trained_again(
    again: tuple[int, ...], alike: int
) -> None:
    code, said = guard(added(*again, worse=0.001))
    assert code == 0
    assert "(20 runs of 3 epochs, study theirs)" in said
    assert (
        "the same values as in the committed runs with these seeds, which is evidence only if they "
        f"were trained again: {alike} of 10 runs of a and {alike} of 10 runs of b\n"
    ) in said


@pytest.mark.usefixtures("committed_theirs")
def test_a_loss_that_fell_passes() -> None:
    code, said = guard(losses("new.csv", seeds=5, worse=-0.06))
    assert code == 0
    assert "2 pass" in said
    assert "on the same scale" not in said


@pytest.mark.usefixtures("committed_theirs")
def test_values_on_another_scale_pass_but_not_in_silence() -> None:
    code, said = guard(losses("new.csv", seeds=5, worse=-10))
    assert code == 0
    assert "\nb: every value here, from -9." in said
    assert ", is better than all that are committed, from 0." in said
    assert "; are they on the same scale?" in said


@pytest.mark.usefixtures("committed_theirs")
def test_too_few_runs_decide_nothing() -> None:
    code, said = guard(losses("new.csv", seeds=1, worse=0.021))
    assert code == 3
    assert said.splitlines()[-1].startswith("inconclusive: of 2 recipes ")


@pytest.mark.usefixtures("committed_theirs")
def test_the_margin_is_in_units_of_what_is_measured() -> None:
    """The same runs pass a margin that is larger than the rise, and fail a smaller one."""
    new = losses("new.csv", seeds=8, worse=0.04)
    Path("theirs.toml").write_text(STUDY.replace("margin = 0.02", "margin = 0.1"))
    assert guard(new)[0] == 0
    Path("theirs.toml").write_text(STUDY.replace("margin = 0.02", "margin = 0.03"))
    assert guard(new)[0] == 1


@pytest.mark.usefixtures("committed_theirs")
def test_runs_that_diverge_are_a_regression() -> None:
    runs = {
        recipe: [
            [0.5, NAN, NAN] if seed > 2 else [loss(recipe, seed, e) for e in (1, 2, 3)]
            for seed in range(1, 9)
        ]
        for recipe in "ab"
    }
    files = {"junit": Path("junit"), "json": Path("json")}
    code, said = guard(write("new.csv", runs), **files)
    assert code == 1
    assert "6 of 8 runs lost" in said
    assert "lost: a run that diverged; it is left out of rise and interval" in said
    assert "lost: a: 6 of 8 runs here, 0 of 10 committed runs" in said
    assert "(8)" in said
    found = json.loads(files["json"].read_text())["findings"][0]
    assert (found["lost"], found["new"][2:]) == (6, [None] * 6)


@pytest.mark.parametrize("lower", [0, 1, 30, 300])
def test_counts_are_compared_as_an_engine_s_are(
    lower: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reprobench.harness.commands.imports._report", lambda *_: None)
    Path("theirs.toml").write_text(COUNTS)
    old = {"a": [[900, 940 + seed, 970] for seed in range(12)]}
    bring(counts("committed.csv", old))
    commit()
    new = {"a": [[900, 942 + seed - lower, 970] for seed in range(8)]}
    code, said = guard(counts("new.csv", new))
    assert code == {0: 0, 1: 0, 30: 1, 300: 1}[lower]
    assert "(8 runs of 2 epochs, study theirs)" in said
    if lower >= 30:
        assert (
            f"regression: of 1 recipe 1 dropped; a drops by {lower:.1f} examples, by at least "
            in said
        )


@pytest.mark.usefixtures("committed_theirs")
def test_only_what_is_watched_is_guarded() -> None:
    Path("theirs.toml").write_text(STUDY + 'recipes = ["b"]\n')
    code, said = guard(losses("new.csv", recipes="bac", seeds=4))
    assert code == 0
    assert "ignored, because not guarded: a and c\n" in said
    assert "of 1 recipe 1 pass" in said


STUDIES = {
    "no gate": (STUDY.partition("[gate]")[0], "theirs.toml: declares no gate; add [gate], for exa"),
    "an unknown recipe": (STUDY + 'recipes = ["c"]\n', "gate.recipes: c is not committed; allowed"),
    "too many runs": (STUDY + "limit = 2\n", "new.csv: holds 3 runs of a, and gate.limit is 2; gi"),
    "more seeds than the limit": (
        STUDY + "limit = 2\nseeds = 3\n", "theirs.toml: gate.seeds = 3: is more than gate.limit (2)"
    ),
    "seeds without a limit": (STUDY + "seeds = 3\n", "gate.seeds = 3: needs gate.limit, which is"),
    "no margin": (STUDY.replace("margin = 0.02", ""), "theirs.toml: gate.margin: missing"),
    "a margin of 0": (STUDY.replace("0.02", "0"), "gate.margin = 0: should be greater"),
    "a key of an engine's gate": (
        STUDY + "short = 1\n", "theirs.toml: gate.short = 1: unknown; allowed are margin, epochs"
    ),
    "more epochs than there are": (
        STUDY + "epochs = 4\n", "committed.csv: recipe a, seed 1 has 3 epochs, but the gate compar"
    ),
    "more epochs than are declared": (
        STUDY.replace("window = 2", "window = 2\nepochs = 3") + "epochs = 4\n",
        "theirs.toml: gate.epochs = 4: is more than criterion.epochs (3)",
    ),
}  # fmt: skip


@pytest.mark.usefixtures("committed_theirs")
@pytest.mark.parametrize("name", STUDIES)
def test_what_a_gate_cannot_be(name: str) -> None:
    text, said = STUDIES[name]
    Path("theirs.toml").write_text(text)
    files = {"json": Path("gate.json"), "junit": Path("gate.xml")}
    files["json"].write_text('{"verdict": "pass", "exit_code": 0}')
    files["junit"].write_text('<testsuite name="gate theirs" />')
    assert said in refused(losses("new.csv", seeds=3), **files)
    assert not any(path.exists() for path in files.values())


@pytest.mark.usefixtures("committed_theirs")
def test_what_cannot_be_compared() -> None:
    new = losses("new.csv", seeds=3)
    assert refused() == ("theirs.toml: its runs are imported; name the new ones with --import FILE")
    assert refused(new, jobs=2) == "--jobs: does not apply to imported runs; leave it out"
    assert refused(new, power=True).startswith("--power: does not apply to imported runs")
    assert "holds no run of b, which is guarded" in refused(losses("a.csv", recipes="a"))
    assert "recipe a, seed 1 has 2 epochs, but the" in refused(losses("short.csv", epochs=2))
    assert "there is no folder no; make it" in refused(new, summary=Path("no/summary"))
    both = {"junit": Path("both"), "json": Path("both")}
    assert refused(new, **both) == "--junit both: is the file of --json; name another"
    assert refused(new, json=new) == "--json new.csv: is read by this command; name another file"
    with pytest.raises(InputError, match=r"--import new\.csv: study tiny trains its runs itself"):
        told(gate, GateOptions(study="tiny", imports=[new]))
    for path in sorted(Path("reports/theirs/records").glob("a-*"))[1:]:
        path.unlink()
    assert "a: 1 committed run, and 2 are needed, in reports/theirs; `harness" in refused(new)
    path = Path("reports/theirs/records/b-seed-1.json")
    path.write_text(path.read_text()[:-10])
    assert "restore it from version control" in refused(new)
    Path("reports").rename("elsewhere")
    assert "no runs are committed, in reports/theirs; `harness baseline theirs" in refused(new)


@pytest.mark.usefixtures("committed_theirs")
def test_another_measure_is_not_compared() -> None:
    Path("theirs.toml").write_text(STUDY.replace("val_loss", "test_loss"))
    new = write("new.csv", {"a": [[0.3, 0.3]], "b": [[0.3, 0.3]]}, "test_loss")
    assert refused(new) == (
        "new.csv: is measured by test_loss, lower is better, but the committed runs by val_loss, "
        "lower is better; give runs that are measured in the same way"
    )


@pytest.mark.usefixtures("committed_theirs")
def test_the_facts_for_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    guard(losses("new.csv", seeds=3), json=Path("-"))
    assert json.loads(capsys.readouterr().out)["verdict"] == "pass"


@pytest.mark.usefixtures("committed_theirs")
def test_more_runs_may_follow_at_looks_that_were_declared() -> None:
    """The bound at the first look is wider than that of a gate with one look."""
    new = losses("new.csv", seeds=3, worse=0.01)
    widths = []
    for looks in ("", "seeds = 3\nlimit = 12\n"):
        Path("theirs.toml").write_text(STUDY + looks)
        guard(new, json=Path("gate.json"))
        interval = json.loads(Path("gate.json").read_text())["findings"][0]["interval"]
        widths.append(interval["high"] - interval["low"])
    assert widths[1] > widths[0]


@pytest.mark.parametrize("name", ["run_name", "lr"])
def test_names_of_runs_that_were_axes_once_are_no_change(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another axis that is gone is one."""
    monkeypatch.setattr("reprobench.harness.commands.imports._report", lambda *_: None)
    old = losses("committed.csv")
    pd.read_csv(old).assign(**{name: 0.1}).to_csv(old, index=False)
    bring(old)
    commit()
    _, said = guard(losses("new.csv", seeds=5, worse=0.001))
    assert (f"a: {name}: committed 0.1, here none\n" in said) == (name == "lr")
