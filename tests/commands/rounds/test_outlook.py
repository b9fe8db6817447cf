"""What adaptive seeds leave open, while runs are trained for the decision."""

from __future__ import annotations

import pytest
from reprobench.harness.commands.rounds.outlook import EvidenceOutlook, with_runs
from reprobench.harness.judging.evidence import Evidence
from reprobench.harness.judging.seeds.adaptive import adaptive_state
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.declaration import Study
from scripted import evidence_of, scripted_record


@pytest.fixture
def study(tiny: Study) -> Study:
    """Two recipes, `iteration` and the smaller `final`; 250 of 360 is held."""
    return tiny.until_decided(60)


def outlook_of(evidence: Evidence, workers: int = 1) -> EvidenceOutlook:
    return EvidenceOutlook(evidence, adaptive_state(evidence, workers))


def ended(study: Study, name: str, seed: int, count: int) -> RunRecord:
    (recipe,) = [recipe for recipe in study.recipes if recipe.name == name]
    made = scripted_record(study.run_of(recipe, seed), [count] * 2, data_set="digits")
    return made.model_copy(update={"parameters": 9_770 if name == "iteration" else 8_546})


def test_evidence_grows_as_runs_end(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    five = dict.fromkeys(range(1, 6), 200)
    outlook = outlook_of(evidence_of(study, iteration=five, final=five))
    first = outlook.now()
    assert first.question == (
        "may these recipes lead final by 0.1 in hold rate? bars: log evidence that they do not, "
        "or that final is behind at all"
    )
    ((rival,)) = first.bars
    assert (rival.name, rival.required_evidence) == ("iteration", pytest.approx(2.9957, abs=1e-4))
    assert first.rest == "final is under test; 0 settled, 0 dropped"
    monkeypatch.setattr(outlook, "_due", 0.0)
    outlook.finished(ended(study, "iteration", 6, 200))
    outlook.finished(ended(study, "final", 6, 300))
    ((later,)) = outlook.now().bars
    assert later.log_evidence > rival.log_evidence
    assert later.note.startswith("6 seeds, about ")


def test_a_bar_is_the_nearer_of_both_ends(study: Study) -> None:
    better, worse = dict.fromkeys(range(1, 4), 300), dict.fromkeys(range(1, 4), 200)
    (bar,) = outlook_of(evidence_of(study, iteration=better, final=worse)).now().bars
    assert 0 < bar.log_evidence < bar.required_evidence


def test_it_says_the_same_however_many_workers_are_kept_busy(study: Study) -> None:
    found = evidence_of(study, iteration=dict.fromkeys(range(1, 6), 200), final={1: 200})
    assert outlook_of(found).now() == outlook_of(found, workers=16).now()


def test_it_decides_anew_seldom_enough(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    outlook = outlook_of(evidence_of(study))
    monkeypatch.setattr(outlook, "_due", float("inf"))
    outlook.finished(ended(study, "final", 1, 300))
    assert outlook.now().question == "nothing is decided until each recipe has its first runs"


def test_of_a_final_choice_the_verdict_is_open(study: Study) -> None:
    holds, not_ = dict.fromkeys(range(1, 16), 300), dict.fromkeys(range(1, 16), 200)
    found = outlook_of(evidence_of(study, iteration=not_, final=holds)).now()
    assert found.question == (
        "the choice is final: final; still open: does it meet the required pass rate? bars: log "
        "evidence"
    )
    assert [gauge.name for gauge in found.bars] == ["meets it", "fails it"]
    assert found.bars[0].log_evidence > found.bars[1].log_evidence == 0


def test_only_runs_of_the_study_that_are_evidence_are_added(study: Study) -> None:
    found = evidence_of(study, final={1: 300})
    failed = ended(study, "final", 2, 300).model_copy(update={"status": "failed", "rows": ()})
    (other,) = [r for r in study.recipes if r.name == "iteration"]
    foreign = scripted_record(
        study.run_of(other.model_copy(update={"lr": 0.7}), 3),
        [300, 300], data_set="digits",
    )  # fmt: skip
    added = with_runs(found, [failed, foreign, ended(study, "final", 1, 200)])
    assert {name: len(own) for name, own in added.records.items()} == {"iteration": 0, "final": 1}
    assert added.judged("final")[1].hold_rate == 0
