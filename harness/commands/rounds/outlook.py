"""What adaptive seeds leave open, kept up to date while runs are being trained."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Final

from ...base.words import plural
from ...judging.evidence import Evidence
from ...judging.pass_rate import PassVerdict
from ...judging.seeds.adaptive import AdaptiveState, adaptive_state
from ...judging.seeds.allocation import Rival
from ...results.record import RunRecord
from ...training.gauges import Gauge, Gauges

SHARE: Final = 0.05
"""Share of the time that may be spent on deciding while workers train."""


class EvidenceOutlook:
    """Decides again after runs have ended, but seldom enough to cost almost nothing.

    One thread reports runs to it, another asks for the state.
    """

    def __init__(self, evidence: Evidence, state: AdaptiveState) -> None:
        """`state` is what the evidence decides so far."""
        self._evidence, self._ended = evidence, list[RunRecord]()
        self._lock = threading.Lock()
        self._gauges, self._due = gauges(state, evidence), time.monotonic()

    def finished(self, record: RunRecord) -> None:
        """One of the runs has ended."""
        with self._lock:
            self._ended.append(record.with_last_mistakes())

    def now(self) -> Gauges:
        """What is open, with the evidence on it."""
        with self._lock:
            if self._ended and time.monotonic() >= self._due:
                self._evidence = with_runs(self._evidence, self._ended)
                self._ended = []
                self._decide()
            return self._gauges

    def _decide(self) -> None:
        begin = time.monotonic()
        self._gauges = gauges(adaptive_state(self._evidence), self._evidence)
        self._due = time.monotonic() + (time.monotonic() - begin) / SHARE


def with_runs(evidence: Evidence, records: list[RunRecord]) -> Evidence:
    """The evidence with these runs of its recipes added; they replace earlier ones."""
    study = evidence.trainable_study
    names = {study.run_of(r, study.seeds[0]).recipe_key: r.name for r in study.recipes}
    place = {seed: number for number, seed in enumerate(study.seeds)}
    found = {name: {own.seed: own for own in there} for name, there in evidence.records.items()}
    for record in records:
        if record.is_evidence and record.recipe_key in names:
            found[names[record.recipe_key]][record.seed] = record
    kept = {
        name: sorted(own.values(), key=lambda record: place[record.seed])
        for name, own in found.items()
    }
    return replace(evidence, records=kept)


def gauges(state: AdaptiveState, evidence: Evidence) -> Gauges:
    """What is open about the choice, or else about the verdict on it."""
    found = state.allocation
    if found.tested is None:
        return Gauges("nothing is decided until each recipe has its first runs")
    if not found.open:
        return Gauges(
            f"the choice is final: {found.choice}; still open: does it meet the required pass "
            "rate? bars: log evidence",
            _of_verdict(state.verdict) if state.verdict else (),
        )
    lead = f"{found.tested} by {evidence.study.criterion.tie_margin:g} in hold rate"
    return Gauges(
        f"may these recipes lead {lead}? bars: log evidence that they do not, or that "
        f"{found.tested} is behind at all",
        [_of_rival(rival, found.required_evidence) for rival in found.open],
        f"{found.tested} is under test; {len(found.settled)} settled, {len(found.dropped)} dropped",
    )


def _of_rival(rival: Rival, required: float) -> Gauge:
    more = f", about {rival.more_seeds:,} more to go" if rival.more_seeds else ""
    return Gauge(rival.name, rival.nearer, required, f"{plural(rival.pairs, 'seed')}{more}")


def _of_verdict(verdict: PassVerdict) -> list[Gauge]:
    return [
        Gauge(words, evidence or 0.0, verdict.required_evidence)
        for words, evidence in (("meets it", verdict.for_meets), ("fails it", verdict.for_fails))
    ]
