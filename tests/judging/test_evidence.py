"""Evidence: which records a report is based on, and what it lacks."""

from dataclasses import replace

from reprobench.harness.judging.evidence import foremost
from reprobench.harness.judging.gathering import gather
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.engine_version import EngineVersion
from scripted import ENGINE, published_recipes, scripted_record


def fill(ledger: Ledger, study: Study, counts: list[int], **options: object) -> None:
    for run in study.runs():
        ledger.write(scripted_record(run, counts, data_set="digits", **options))  # type: ignore[arg-type]


def test_a_complete_study_has_no_gaps(ledger: Ledger, tiny: Study) -> None:
    fill(ledger, tiny, [240, 260])
    evidence = gather(tiny, ledger)
    assert evidence.gaps() == []
    assert evidence.engine == ENGINE
    assert evidence.threshold == 250
    assert [record.seed for record in evidence.records["final"]] == [1, 2]
    assert evidence.consistency["final"].pass_rate == 1


def test_an_empty_ledger(ledger: Ledger, tiny: Study) -> None:
    evidence = gather(tiny, ledger)
    assert evidence.engine is None
    assert evidence.gaps() == ["no runs of iteration and final"]


def test_what_is_missing_is_named(ledger: Ledger, tiny: Study) -> None:
    runs = tiny.runs()
    ledger.write(scripted_record(runs[0], [240], data_set="digits"))
    ledger.write(
        scripted_record(runs[1], [], status="failed", data_set="digits", error="out of memory")
    )
    evidence = gather(tiny, ledger)
    assert evidence.gaps() == [
        "no runs of final",
        "1 of 2 declared seeds",
        "runs of 1 of 2 declared epochs",
        "1 failed run",
    ]
    assert [record.error for _, record in evidence.failed] == ["out of memory"]


def test_a_diverged_run_is_evidence_and_no_gap(ledger: Ledger, tiny: Study) -> None:
    fill(ledger, tiny, [300, 300])
    diverging, *_ = replace(tiny, seeds=(2,)).runs()
    path = ledger.path(scripted_record(diverging, [300, 300], data_set="digits"))
    path.unlink()
    ledger.write(scripted_record(diverging, [], status="diverged", data_set="digits"))
    evidence = gather(tiny, ledger)
    assert evidence.gaps() == []
    assert evidence.consistency[diverging.recipe.name].pass_rate == 0.5
    assert evidence.consistency[diverging.recipe.name].diverged == 1


def test_engines_are_never_mixed(ledger: Ledger, tiny: Study) -> None:
    fill(ledger, tiny, [240, 260])
    ledger.write(
        scripted_record(
            tiny.runs()[0], [1, 2], engine=EngineVersion("scripted", "2"), data_set="digits"
        )
    )
    most = gather(tiny, ledger)
    assert (most.engine, most.by_other_engines) == (ENGINE, 1)
    asked = gather(tiny, ledger, {"iteration": EngineVersion("scripted", "2")})
    assert (asked.by_other_engines, len(asked.records["iteration"])) == (2, 1)


def test_damaged_files_are_listed(ledger: Ledger, tiny: Study) -> None:
    fill(ledger, tiny, [240, 260])
    path = ledger.path(scripted_record(tiny.runs()[0], [240, 260], data_set="digits"))
    path.write_text("{")
    evidence = gather(tiny, ledger)
    assert [damage.path for damage in evidence.damaged] == [path]
    assert evidence.gaps() == ["1 to 2 of 2 declared seeds"]


def test_the_foremost_have_the_highest_hold_rates(ledger: Ledger) -> None:
    study = published_recipes(1)
    at = {"iteration1": 9_940, "iteration2": 9_000, "iteration3": 9_940, "final": None}
    for run in study.runs():
        if count := at[run.recipe.name]:
            ledger.write(scripted_record(run, [count]))
    evidence = gather(study, ledger)
    assert foremost(evidence, 1) == ["iteration1"]
    assert foremost(evidence, 2) == ["iteration1", "iteration3"]
    assert foremost(evidence, 3) == ["iteration1", "iteration2", "iteration3"]
    assert foremost(evidence, 9) == list(at)
    assert foremost(evidence, 2, first="iteration2") == ["iteration1", "iteration2"]


def test_runs_are_in_the_order_of_the_studys_seeds(ledger: Ledger, tiny: Study) -> None:
    """That is the order of training, on which intervals for any number of runs depend."""
    study = replace(tiny, seeds=(9, 1, 4))
    fill(ledger, study, [240, 260])
    evidence = gather(study, ledger)
    assert [record.seed for record in evidence.records["final"]] == [9, 1, 4]
    assert list(evidence.judged("final")) == [9, 1, 4]
