"""The choice in words: what it rests on, what equals it, and how far its figures are biased."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ...base.words import agreeing, percent, plural, rate, some, whole
from ...judging.confirmation import Confirmation
from ...judging.decision import Decision
from ...judging.standings import Candidate
from ...study.declaration import Criterion
from ..tables.cells import average, ends, possible, with_interval
from .bias import BIASED
from .goal import final_noun


def contenders(decision: Decision) -> Iterator[Candidate]:
    """The leader, then all other candidates."""
    yield decision.leader
    yield from (standing.candidate for standing in decision.standings)


def biased(decision: Decision, confirmation: Confirmation | None) -> Iterator[str]:
    """A sentence that says that the choice's figures are biased, with those of fresh seeds."""
    if not decision.biased:
        return
    line = (
        f"The figures of {decision.chosen.name} and their intervals are {BIASED} out of "
        f"{1 + len(decision.standings)} recipes."
    )
    if confirmation is None:
        yield line
        return
    fresh = confirmation.evidence.consistency[confirmation.chosen]
    end, measure = final_noun(confirmation.evidence), confirmation.evidence.measure
    show, interval = partial(average, measure=measure), possible(fresh.final.interval, measure)
    yield (
        f"{line} On {plural(fresh.runs, 'seed')} that took no part in the choice, its hold rate is "
        f"{with_interval(fresh.hold_rate, fresh.hold_interval)}, its pass rate "
        f"{with_interval(fresh.pass_rate, fresh.pass_interval)}, and its mean {end} "
        f"{with_interval(fresh.final.mean, interval, show)}."
    )


def chosen_for(decision: Decision, criterion: Criterion, confirmation: Confirmation | None) -> str:
    """What the choice rests on, how far that is biased, and which recipes equal it in that."""
    chosen = decision.chosen
    size = f", with {whole(chosen.parameters)} parameters," if chosen.parameters else ""
    line = (
        f"{chosen.name}{size} has a hold rate of "
        f"{rate(chosen.hold_rate)} ({percent(criterion.confidence)} interval "
        f"{ends(chosen.consistency.hold_interval)}, n = {chosen.consistency.runs})"
        f"{_beside(decision, confirmation)}"
    )
    if equal := equals(decision):
        have = agreeing(len(equal), "has", "have")
        return f"{line}; {some([found.name for found in equal])} {have} the same hold rate."
    return f"{line}."


def _beside(decision: Decision, confirmation: Confirmation | None) -> str:
    """What should be read beside the hold rate of the choice."""
    if not decision.biased:
        return ""
    if confirmation is None:
        return f", which is {BIASED}"
    fresh = confirmation.evidence.consistency[confirmation.chosen]
    return (
        f", which is {BIASED}; on fresh seeds it is {rate(fresh.hold_rate)} "
        f"({ends(fresh.hold_interval)}, n = {fresh.runs})"
    )


def equals(decision: Decision) -> list[Candidate]:
    """The recipes whose hold rate is that of the choice."""
    chosen = decision.chosen
    return [
        found
        for found in contenders(decision)
        if found is not chosen and found.rank[0] == chosen.rank[0]
    ]
