"""What a bench trains next, given what is known, round after round until nothing is next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ...base.words import evidence, listed, plural, some
from ...judging.confirmation import Confirmation, confirming, gather_confirmation
from ...judging.decision import Decision, decide
from ...judging.evidence import Evidence
from ...judging.gathering import gather
from ...judging.seeds.adaptive import AdaptiveState, adaptive_state, next_runs
from ...judging.seeds.order import without_gaps
from ...results.ledger import Ledger
from ...study.declaration import Study
from ...study.engine_version import EngineVersion
from ...study.identity import Run
from ...training.gauges import Outlook
from .outlook import EvidenceOutlook


@dataclass(frozen=True)
class Round:
    """Runs to train together, and why."""

    why: str
    study: Study
    """The study that they belong to, with its data and declared epochs."""
    runs: tuple[Run, ...]
    outlook: Outlook | None = None
    """What they are to decide, if that is shown while they are trained."""


@dataclass(frozen=True)
class Known:
    """What is known so far; the ledger is read, and the decision made, once and on demand."""

    study: Study
    part: Study
    """The selected part of the study."""
    ledger: Ledger
    engines: Mapping[str, EngineVersion]
    workers: int = 1
    """How many workers adaptive seeds should keep busy."""
    epochs: int | None = None
    """After how many epochs every run is stopped; None if after those that are declared."""

    @cached_property
    def evidence(self) -> Evidence:
        """The evidence of the declared runs that the ledger holds."""
        return gather(self.study, self.ledger, self.engines)

    @cached_property
    def decision(self) -> Decision | None:
        """The decision on that evidence; None if there are no runs."""
        return decide(self.evidence.compared)

    def confirmation(self) -> Confirmation | None:
        """The choice on the seeds that took no part in it."""
        return gather_confirmation(self.evidence, self.decision, self.ledger)


@dataclass(frozen=True)
class Reason:
    """One reason to train: the runs that it asks for, given what is known."""

    name: str
    ask: Callable[[Known], Round | None]
    by_evidence: bool = False
    """Whether what it asks for depends on how earlier runs end."""
    asks_again: bool = False
    """Whether it may ask for more runs when these have ended."""


SeenTo = Collection[tuple[str, int]]
"""Runs that this bench has already dealt with, by recipe key and seed, however they ended."""


def next_round(reasons: Sequence[Reason], known: Known, seen_to: SeenTo) -> Round | None:
    """The next round: that of the first reason that asks for runs not yet in `seen_to`.

    It has only those runs. None if no reason asks for any.
    """
    for reason in reasons:
        if asked := reason.ask(known):
            runs = tuple(run for run in asked.runs if identity(run) not in seen_to)
            if runs:
                return replace(asked, runs=runs)
    return None


def identity(run: Run) -> tuple[str, int]:
    """What distinguishes a run from all others of a bench: its recipe key and its seed."""
    return run.recipe_key, run.seed


def _declared(known: Known) -> Round:
    part = known.part
    recipes, seeds = plural(len(part.recipes), "recipe"), plural(len(part.seeds), "seed")
    return Round(f"study {part.name}: {recipes}, {seeds}", part, tuple(part.runs()))


def _next_look(known: Known) -> Round | None:
    """The seeds up to the next look; None if an earlier look gave an answer, or was the last."""
    study, decision = known.study, known.decision
    if decision and decision.answered:
        return None
    fewest = min(len(without_gaps(known.evidence, recipe.name)) for recipe in study.recipes)
    look = next((look for look in study.looks if look > fewest), None)
    if look is None:
        return None
    part = replace(study, seeds=study.seeds[:look])
    recipes = plural(len(study.recipes), "recipe")
    why = f"study {study.name}: {recipes}, up to the look at {plural(look, 'seed')}"
    return Round(why, part, tuple(part.runs()))


def _open(known: Known) -> Round | None:
    """The seeds that would decide; None if the decision is made or the budget is spent."""
    evidence = known.evidence.compared
    state = adaptive_state(evidence, known.workers)
    runs = next_runs(evidence, state)
    if not runs:
        return None
    why = _what_is_open(state, known.study.criterion.tie_margin)
    return Round(why, known.study, tuple(runs), EvidenceOutlook(evidence, state))


def _what_is_open(state: AdaptiveState, margin: float) -> str:
    found = state.allocation
    if found.tested is None:
        return "adaptive seeds: the first seeds of every recipe"
    if not found.open:
        return (
            f"adaptive seeds: {found.choice} is chosen; it is open whether it meets the required "
            "pass rate"
        )
    rivals = [
        "{3} ({1} and {2} of {0})".format(
            *evidence(found.required_evidence, rival.log_evidence, rival.ahead), rival.name
        )
        for rival in found.open
    ]
    spent = f"the budget, {plural(state.budget, 'seed')} per recipe, is spent before that"
    return (
        f"adaptive seeds: {some(rivals)} may still lead {found.tested} by {margin:g} in hold rate; "
        f"in brackets: the log evidence against that, the log evidence that {found.tested} is "
        "behind at all, and the value at which either decides"
        + (f"; at this rate {spent}" if state.outgrows_budget else "")
    )


def _confirmation(known: Known) -> Round | None:
    fresh = confirming(known.study, known.decision)
    if fresh is None:
        return None
    names = listed([recipe.name for recipe in fresh.recipes])
    why = f"confirming {names} on seeds that took no part in the choice"
    return Round(why, fresh, tuple(fresh.runs()))


def _short(known: Known) -> Round | None:
    short = known.study.short
    if short is None:
        return None
    declared = short.criterion.epochs
    epochs = min(known.epochs or declared, declared)
    why = f"the gate's own recipes, {plural(epochs, 'epoch')} each"
    return Round(why, short, tuple(short.runs()))


DECLARED = Reason("the declared seeds", _declared)
LOOKS = Reason("the seeds up to the next look", _next_look, by_evidence=True, asks_again=True)
ADAPTIVE = Reason("more seeds where the decision is open", _open, by_evidence=True, asks_again=True)
CONFIRMATION = Reason("the confirmation", _confirmation, by_evidence=True)
GATE = Reason("the gate's own recipes", _short)
