"""The README's results agree with the committed report."""

from __future__ import annotations

import io
import json
from typing import Any

import pandas as pd
import pytest
from reprobench.harness.commands.gate import guard, show_power
from reprobench.harness.guarding.power import UNCHANGED, simulate_gates
from reprobench.harness.study.loading.file import load_study
from rich.console import Console
from scripted import ROOT

REPORT = ROOT / "reports" / "published"


def cells(row: Any) -> list[str]:
    """What the README's table shows of a row of consistency.csv."""
    return [
        f"{row.recipe}",
        f"{row.parameters:,}",
        f"{row.runs}",
        f"{row.hold_rate:.3f} ({row.hold_low:.3f} to {row.hold_high:.3f})",
        f"{row.pass_rate:.3f} ({row.holding} of {row.runs})",
        f"{row.final_mean:,.1f} ± {row.final_std:.1f}",
        f"{row.final_min:,.0f} to {row.final_max:,.0f}",
    ]


def test_the_table_is_that_of_the_report() -> None:
    readme = (ROOT / "README.md").read_text()
    decision = json.loads((ROOT / "reports" / "mnist" / "decision.json").read_text())
    for row in pd.read_csv(ROOT / "reports" / "mnist" / "consistency.csv").itertuples():
        bold = "**" if row.recipe == decision["chosen"] else ""
        assert f"| {bold}{f'{bold} | {bold}'.join(cells(row))}{bold} |" in readme


def test_the_words_on_mnist_are_those_of_its_report() -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())
    decision = json.loads((ROOT / "reports" / "mnist" / "decision.json").read_text())
    assert (decision["chosen"], decision["verdict"]) == ("steady", "meets")
    assert not decision["provisional"]
    assert decision["adaptive"]["dropped"]["smallest"] == "steady"
    runs = sum(decision["adaptive"]["seeds"].values())
    assert f"takes `steady`, in {runs} runs: `smallest` is shown to be behind it, and no" in readme
    assert decision["adaptive"]["open"] == []


def test_the_words_on_the_frontier_are_those_of_its_report() -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())
    report = (ROOT / "reports" / "frontier" / "report.md").read_text()
    held = pd.read_csv(ROOT / "reports" / "frontier" / "consistency.csv").set_index("recipe")
    once, often = held.loc["padded-2606"], held.loc["padded-7793"]
    assert f"that held 99.4% in any run has 2,606 parameters ({once.holding} of" in report
    assert f"has 7,793 parameters ({often.holding} of {often.runs} runs held)" in report
    assert f"Once: 2,606 ({once.holding} of {once.runs} runs held)" in readme
    assert (
        f"Reliably, so that a pass rate of 0.8 is shown: 7,793 ({often.holding} of {often.runs})"
        in readme
    )
    assert (ROOT / "reports" / "frontier" / "plots" / "rates_by_parameters.png").exists()


def test_the_words_are_those_of_the_report() -> None:
    head = " ".join((ROOT / "README.md").read_text().partition("| Recipe")[0].split())
    decision = json.loads((REPORT / "decision.json").read_text())
    outcomes = {standing["recipe"]: standing["outcome"] for standing in decision["standings"]}
    assert outcomes == {"iteration1": "settled", "iteration3": "settled", "final": "dropped"}
    assert not decision["provisional"]
    assert decision["verdict"] == "fails"
    runs = pd.read_csv(REPORT / "consistency.csv").set_index("recipe")
    chosen = runs.loc[decision["chosen"]]
    assert f"In {runs['runs'].sum()} runs" in head
    assert f"`{decision['chosen']}` fails the required pass rate of 0.8" in head
    confirmed = pd.read_csv(REPORT / "confirmation.csv").query("seeds == 'confirmation'")
    fresh, _ = confirmed.itertuples()
    held = f"{chosen.holding} of {chosen.runs} runs held, and {fresh.holding} of {fresh.runs}"
    assert f"{held} on seeds that took no part in the choice" in head
    assert (REPORT / "plots" / "hold_rate.png").exists()


def test_the_words_on_the_grid_are_those_of_its_report() -> None:
    page = " ".join((ROOT / "docs" / "reading-a-report.md").read_text().split())
    decision = json.loads((ROOT / "reports" / "mnist-grid" / "decision.json").read_text())
    assert {row["outcome"] for row in decision["standings"]} == {"open"}
    linked = "([its report](../reports/mnist-grid/report.md))"
    assert f"at its first 5 seeds each, and still open {linked}" in page


def test_the_words_on_steady_are_those_of_its_reports() -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())
    steady = ROOT / "reports" / "steady"
    decision = json.loads((steady / "decision.json").read_text())
    (row,) = pd.read_csv(steady / "consistency.csv").itertuples()
    assert decision["verdict"] == "meets"
    assert row.pass_at_least >= 0.95
    assert f"{row.holding} of {row.runs} runs did**, with {row.parameters:,} parameters" in readme
    error = f"at a probability of error of {1 - decision['criterion']['confidence']:.3f}"
    assert f"By the exact bound, {error}, it holds in at least 95 of 100 runs" in readme
    (first,) = pd.read_csv(ROOT / "reports" / "steady-4884" / "consistency.csv").itertuples()
    linked = f"[{first.holding} of {first.runs} runs](reports/steady-4884/report.md)"
    assert f"of the first ones, {linked} and " in readme


def test_the_words_on_smallest_are_those_of_its_reports() -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())
    decision, other = (
        json.loads((ROOT / "reports" / name / "decision.json").read_text())
        for name in ("smallest", "steady")
    )
    (row,) = pd.read_csv(ROOT / "reports" / "smallest" / "consistency.csv").itertuples()
    assert decision["verdict"] == "meets"
    assert decision["criterion"]["confidence"] == other["criterion"]["confidence"]
    assert decision["criterion"]["required_pass_rate"] == 0.8
    did = f"with {row.parameters:,} parameters: {row.holding} of {row.runs} did"
    said = "in at least 8 of 10 runs**, by the same bound"
    assert f"{said}, {did} ([its report](reports/smallest/report.md))" in readme
    confirmed = pd.read_csv(ROOT / "reports" / "mnist" / "confirmation.csv").set_index(
        ["recipe", "seeds"]
    )
    later, steady = (confirmed.loc[name, "confirmation"] for name in ("smallest", "steady"))
    runs = pd.read_csv(ROOT / "reports" / "mnist" / "runs.csv")
    fresh = runs[(runs["recipe"] == "smallest") & (runs["seed"] > 20)]
    held = fresh["holds"].sum() + later.holding
    assert f"and {held} of {len(fresh) + later.runs} together with all runs since" in readme
    held = f"(all {steady.holding} runs of `steady` held, and {later.holding} of `smallest`)"
    assert held in readme
    rows = pd.read_csv(ROOT / "reports" / "mnist" / "comparisons.csv").set_index("recipe")
    lead = rows.loc["smallest"]
    interval = f"({lead.hold_difference_low:.3f} to {lead.hold_difference_high:.3f})"
    assert f"is small, {lead.hold_difference:.3f} in hold rate {interval}" in readme
    first = pd.read_csv(ROOT / "reports" / "smallest-4884" / "consistency.csv")
    given_up = first.set_index("recipe").loc["padded-4884"]
    assert f"[{given_up.holding} of {given_up.runs}](reports/smallest-4884/report.md)" in readme


def test_the_gate_is_as_shown() -> None:
    gate = load_study("mnist").gate
    assert gate is not None
    n = len(gate.margins)
    said = f"pass: of {n} recipes {n} identical ({n * gate.seeds} runs of {gate.epochs} epochs"
    for page in ("README.md", "docs/guarding.md"):
        assert said in (ROOT / page).read_text()


@pytest.mark.slow
def test_the_power_is_what_the_committed_runs_give() -> None:
    output = io.StringIO()
    show_power("mnist", Console(file=output, width=120), ROOT / "reports")
    guarding = (ROOT / "docs" / "guarding.md").read_text()
    rows = [line.strip() for line in output.getvalue().splitlines() if " recipe   " in line]
    assert len(rows) == 13
    assert all(row in guarding for row in rows)


@pytest.mark.slow
def test_the_gate_raises_false_alarms_as_rarely_as_it_says() -> None:
    guarded = guard(load_study("mnist"), ROOT / "reports")
    simulated = simulate_gates(guarded.gate, guarded.committed_merits())
    unchanged = [power for power in simulated if power.change in UNCHANGED]
    assert {power.gates for power in unchanged} == {10_000}
    assert all(0 < power.regression <= guarded.gate.alpha for power in unchanged)
    assert len(unchanged) == len(UNCHANGED) == 3
