"""Judging new runs of a recipe against committed ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from reprobench.harness.base.disk.earlier_results import Content, content_of
from reprobench.harness.guarding.findings import GateReport, explain, lost_in_words
from reprobench.harness.guarding.formats import as_json, as_junit
from reprobench.harness.guarding.regression import Finding, gate_verdict, judge_drop
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.declaration import Gate, Study
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.study.measure import Measure
from scripted import scripted_record

COUNT = Measure(total=500)
GATE = Gate(seeds=2, limit=8, epochs=1, alpha=0.05, margins={"final": 4.0})
AT = (2, 4, 8)
OLD = (300, 302, 304, 306, 308, 310)


def runs(
    study: Study, counts: Sequence[int], version: str = "1", diverged: Sequence[int] = ()
) -> dict[int, RunRecord]:
    recipe = study.recipes[1]
    made: dict[int, RunRecord] = {}
    for seed, count in enumerate(counts, start=1):
        made[seed] = scripted_record(
            study.run_of(recipe, seed),
            () if seed in diverged else (count, 400),
            status="diverged" if seed in diverged else "completed",
            engine=EngineVersion("scripted", version),
            data_set="digits",
        )
    return made


def found(study: Study, new: dict[int, RunRecord], *, exact: bool = True) -> Finding:
    return judge_drop("final", runs(study, OLD), new, GATE, AT, (), COUNT, exact=exact)


def test_the_same_bits(tiny: Study) -> None:
    finding = found(tiny, runs(tiny, OLD[:2]))
    assert finding.outcome == "identical"
    assert (finding.committed, finding.new) == (OLD, OLD[:2])
    assert found(tiny, runs(tiny, OLD[:2]), exact=False).outcome == "undecided"


def test_only_the_epochs_of_the_gate_are_compared(tiny: Study) -> None:
    """Runs of one epoch are the beginning of committed ones of two."""
    short = {
        seed: scripted_record(
            tiny.run_of(tiny.recipes[1], seed), OLD[seed - 1 : seed], data_set="digits"
        )
        for seed in (1, 2)
    }
    assert found(tiny, short).outcome == "identical"


def test_other_bits_from_the_same_version_are_noticed(tiny: Study) -> None:
    finding = found(tiny, runs(tiny, (300, 303)))
    assert finding.outcome == "undecided"
    assert (finding.same_version, finding.same_bits) == (True, False)


def test_another_version_is_never_identical(tiny: Study) -> None:
    finding = found(tiny, runs(tiny, OLD, version="2"))
    assert (finding.outcome, finding.drop, finding.same_version) == ("undecided", 0.0, False)


@pytest.mark.parametrize(
    ("counts", "outcome"),
    [
        ((200, 210), "undecided"),  # beside six committed runs, two erratic ones
        ((200, 210) * 2, "regression"),
        ((305, 302), "undecided"),
        ((307,) * 8, "pass"),
        ((300, 296) * 4, "regression"),
        ((303, 299) * 2, "undecided"),  # a drop of 4 that could be luck
        ((330, 340) * 4, "pass"),
        ((330, 340), "undecided"),  # two runs do not exclude that one in four is lost
    ],
)
def test_outcomes(tiny: Study, counts: tuple[int, ...], outcome: str) -> None:
    assert found(tiny, runs(tiny, counts, version="2")).outcome == outcome


def test_a_run_that_diverges_is_a_count_of_nothing(tiny: Study) -> None:
    one = found(tiny, runs(tiny, OLD[:2], diverged=[2]))
    assert (one.new, one.outcome) == ((300, 0), "undecided")
    both = found(tiny, runs(tiny, OLD[:2], diverged=[1, 2]))
    assert (both.new, both.outcome) == ((0, 0), "regression")
    assert (both.lost, both.drop) == (2, None)
    (meaning,) = lost_in_words([both])
    assert meaning == (
        "lost: a run that diverged, or whose count is below half of the median of committed runs "
        "that did not; it is left out of drop and interval, but not of the means"
    )
    assert explain(both).endswith(meaning)
    unharmed = found(tiny, runs(tiny, (305, 302), version="2"))
    assert "lost" not in explain(unharmed)


def test_the_report_says_which_runs_were_lost(tiny: Study) -> None:
    """Of two new runs one diverged; of six committed ones, the last ended below half of 304."""
    old, new = runs(tiny, (*OLD[:-1], 100)), runs(tiny, (305, 302), "2", diverged=[2])
    lost = judge_drop("final", old, new, GATE, AT, ["final"], COUNT)
    assert lost.drop == pytest.approx(304 - 305)
    report = GateReport("tiny", GATE, [lost, found(tiny, runs(tiny, OLD[:2]))], [])
    assert report.lines()[0] == "lost: final: 1 of 2 runs here, 1 of 6 committed runs"
    assert report.lines()[1].startswith("lost: a run that diverged, or ")
    first, identical = json.loads(as_json(report))["findings"]
    for option, text in (("json", as_json(report)), ("junit", as_junit(report))):
        assert content_of(option, text) is Content.RESULT
    assert (first["lost"], first["committed_lost"]) == (1, 1)
    assert (identical["lost"], identical["committed_lost"]) == (0, 0)
    without = GateReport("tiny", GATE, [found(tiny, runs(tiny, (305, 302), version="2"))], [])
    assert "lost" not in "".join(without.lines())


def test_a_recipe_is_held_against_the_runs_that_it_lost_itself(tiny: Study) -> None:
    """Six of 20 committed runs were lost, and two of four new ones; none of another recipe's 20."""
    flaky = runs(tiny, [300 + seed for seed in range(20)], diverged=range(1, 7))
    steady = runs(tiny, [300 + seed for seed in range(20)])
    new = runs(tiny, (305, 306, 307, 308), "2", diverged=[2, 3])
    gate = replace(GATE, margins={"final": 4.0, "other": 4.0})

    def outcome(committed: dict[int, RunRecord], *losing: str) -> str:
        return judge_drop("final", committed, new, gate, AT, losing, COUNT).outcome

    assert outcome(flaky, "final") == "undecided"
    assert outcome(steady) == "regression"
    assert outcome(steady, *map(str, range(60))) == "undecided"  # who share the false alarms


def test_a_failed_run_decides_nothing(tiny: Study) -> None:
    new = runs(tiny, OLD[:2])
    run = tiny.run_of(tiny.recipes[1], 2)
    new[2] = scripted_record(run, (), status="failed", error="MemoryError", data_set="digits")
    finding = found(tiny, new)
    assert (finding.outcome, finding.error) == ("failed", "MemoryError")
    assert gate_verdict([finding]) == "inconclusive"


def test_a_drop_within_the_margin_passes_however_sure_it_is(tiny: Study) -> None:
    old = runs(tiny, (300, 300, 300, 301))
    finding = judge_drop("final", old, runs(tiny, (298,) * 8, version="2"), GATE, AT, (), COUNT)
    assert finding.interval
    assert finding.interval.low > 0
    assert finding.outcome == "pass"


def test_the_worst_is_the_verdict(tiny: Study) -> None:
    same = found(tiny, runs(tiny, OLD[:2]))
    worse = found(tiny, runs(tiny, (200, 210) * 2, version="2"))
    open_ = found(tiny, runs(tiny, (305, 302), version="2"))
    assert gate_verdict([same, same]) == "pass"
    assert gate_verdict([same, open_]) == "inconclusive"
    assert gate_verdict([open_, worse, same]) == "regression"
