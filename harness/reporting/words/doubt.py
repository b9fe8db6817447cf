"""The doubt in words: what could still change the choice, and what the tables leave out."""

from __future__ import annotations

from collections.abc import Iterator

from ...base.words import listed, plural, some
from ...judging.decision import Decision
from ...judging.evidence import Evidence
from ...study.declaration import Criterion, Study
from ...study.imported import ImportedStudy
from .choice import contenders
from .course import openness, what_comes_next
from .goal import final_noun


def what_could_change(decision: Decision, study: Study | ImportedStudy) -> Iterator[str]:
    """What could still change the choice, and what it would take to know."""
    if decision.adaptive:
        prolonged = isinstance(study, Study) and study.prolonged
        yield from openness(decision.adaptive, study.criterion, prolonged)
        if decision.adaptive.next:
            yield what_comes_next(decision.adaptive, prolonged)
    elif decision.could_change_choice:
        yield _provisional(decision, study.criterion)
    if decision.look_ahead:
        yield (
            "Not every recipe has a run for every seed of the study, so this is a look ahead: "
            f"{_valid(decision)}.{_once_more(study)}"
        )
    if decision.standings and not decision.adaptive and not decision.can_fall:
        pairs = max(standing.comparison.hold.pairs for standing in decision.standings)
        yield (
            f"With {plural(pairs, 'pair')} of runs, no recipe can be shown to be behind: among "
            f"{plural(decision.passing.among, 'recipe')}, not even the largest possible "
            "difference would be significant."
        )


def _valid(decision: Decision) -> str:
    """For how many looks the intervals and tests of a look ahead are valid."""
    if any(found.consistency.method == "declared" for found in contenders(decision)):
        return (
            "intervals and tests that lack some of these runs stay valid however often one looks; "
            "those that have them all are valid at that number alone"
        )
    return "its intervals and tests stay valid however often one looks"


def _once_more(study: Study | ImportedStudy) -> str:
    """The price of a look ahead; declared looks have none, since they share the level."""
    if study.looks:
        return ""
    return (
        " A report on all declared seeds uses the whole significance level again: a verdict that "
        "is taken from whichever report gives one is wrong somewhat more often."
    )


def _provisional(decision: Decision, criterion: Criterion) -> str:
    line = f"The choice is provisional: with more seeds, {_who_could(decision)} could change it."
    if decision.runs_needed is None:
        return line
    return (
        f"{line} With about {plural(decision.runs_needed, 'seed')} per recipe, most such studies "
        f"would find a difference of {criterion.tie_margin:g} in hold rate, or a tie if the "
        "recipes are equal."
    )


def _who_could(decision: Decision) -> str:
    """The recipes that could change the choice, the highest rank first."""
    if 1 < len(decision.could_change_choice) == len(decision.standings):
        return "any of the other recipes"
    could = [c for c in contenders(decision) if c.name in decision.could_change_choice]
    ranked = sorted(could, key=lambda found: found.rank, reverse=True)
    return some([found.name for found in ranked])


def diverged(evidence: Evidence) -> Iterator[str]:
    """How many runs of which recipes diverged, and what they count as."""
    parts = [
        f"{found.diverged:,} of {plural(found.runs, 'run')} of {name}"
        for name, found in evidence.consistency.items()
        if found.diverged
    ]
    if parts:
        yield (
            f"Diverged: {some(parts)}. Such runs count as never at the threshold; the mean "
            f"{final_noun(evidence)} and its spread leave them out."
        )


def left_out(decision: Decision) -> Iterator[str]:
    """The recipes that the tables leave out."""
    if decision.without_runs:
        yield f"Left out of all tables, for lack of runs: {listed(decision.without_runs)}."
