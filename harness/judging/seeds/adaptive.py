"""Studies with adaptive seeds: what the evidence decides, and which runs to train next."""

from __future__ import annotations

from dataclasses import dataclass

from ...study.identity import Run
from ..evidence import Evidence
from ..pass_rate import PassVerdict
from ..verdicts import verdict_on
from .allocation import Allocation, allocate, portion
from .course import allocation_course, without_a_request
from .order import finished, without_gaps
from .pair_evidence import AdaptiveRule, PairEvidence


@dataclass(frozen=True)
class AdaptiveState:
    """The choice and what is still open, the verdict on it, and the seeds that come next."""

    allocation: Allocation
    verdict: PassVerdict | None
    """On the choice; None while there is no choice."""
    next: dict[str, int]
    """How many of the study's first seeds each of these recipes should have next. Empty once choice
    and verdict are final, or the budget is spent."""
    budget: int
    """The most seeds that a recipe is given."""

    @property
    def is_final(self) -> bool:
        """Whether the choice is final; the verdict may still be open."""
        return self.allocation.is_final

    @property
    def spent_budget(self) -> bool:
        """Whether something is open but the declared budget allows no more seeds for it."""
        unsure = self.verdict is None or self.verdict.answer == "not enough runs"
        return not self.next and (unsure or not self.is_final)

    @property
    def outgrows_budget(self) -> bool:
        """Whether an open recipe would be decided only by more seeds than the budget allows, if
        evidence keeps growing at its average rate."""
        rivals = self.allocation.open
        return any(rival.pairs + (rival.more_seeds or 0) > self.budget for rival in rivals)


def adaptive_state(evidence: Evidence, workers: int = 1) -> AdaptiveState:
    """What the evidence of a study with a budget decides; `workers` are kept busy if possible.

    While the choice is open, seeds go to the recipe under test and its rivals, and after that to
    the chosen recipe until its verdict is known. Raises ValueError for a study without a budget.
    """
    pair_evidence = pair_evidence_of(evidence)
    allocation, budget = allocate(pair_evidence, workers), pair_evidence.rule.budget
    if allocation.choice is None:
        return AdaptiveState(allocation, None, allocation.next, budget)
    verdict = _verdict(evidence, allocation.choice)
    following = allocation.next
    if allocation.is_final and not following and verdict.answer == "not enough runs":
        following = _more_of(allocation.choice, allocation.seeds, budget)
    return AdaptiveState(allocation, verdict, following, budget)


def pair_evidence_of(evidence: Evidence) -> PairEvidence:
    """The hold rates of all recipes, each up to its first missing seed, as pair evidence.

    Raises ValueError for a study without a budget.
    """
    study = evidence.study
    if study.budget is None:
        raise ValueError(f"study {study.name} has a declared number of seeds, and no budget")
    names = [recipe.name for recipe in study.recipes]
    criterion = study.criterion
    return PairEvidence.of(
        {name: [run.hold_rate for run in without_gaps(evidence, name)] for name in names},
        {name: _known_parameters(evidence, name) for name in names},
        AdaptiveRule(
            criterion.tie_margin, 1 - criterion.confidence, study.budget, criterion.candidates or 0
        ),
        {name: found.final.merit for name, found in evidence.consistency.items()},
    )


def _known_parameters(evidence: Evidence, recipe: str) -> int | None:
    """The recipe's parameters; None if it has no runs, or if they do not state them."""
    return (evidence.parameters(recipe) or None) if evidence.records[recipe] else None


def next_runs(evidence: Evidence, state: AdaptiveState) -> list[Run]:
    """The runs that `state.next` asks for and that are missing, failed or short, seed by seed."""
    study = evidence.trainable_study
    recipes = [recipe for recipe in study.recipes if recipe.name in state.next]
    there = {recipe.name: finished(evidence, recipe.name) for recipe in recipes}
    return [
        study.run_of(recipe, seed)
        for number, seed in enumerate(study.seeds, start=1)
        for recipe in recipes
        if number <= state.next[recipe.name] and seed not in there[recipe.name]
    ]


def _verdict(evidence: Evidence, choice: str, runs: int | None = None) -> PassVerdict:
    """The verdict on the choice, from all of its runs without gaps or from the first `runs`."""
    return verdict_on(evidence, choice, chosen_among(evidence), runs)


def chosen_among(evidence: Evidence) -> int:
    """How many recipes the choice is made among: all of the study's, with runs or without."""
    return evidence.study.criterion.chosen_among(len(evidence.study.recipes))


def unasked_runs(evidence: Evidence) -> int:
    """The number of runs without gaps that neither the choice nor the verdict on it asked for."""
    steps = allocation_course(pair_evidence_of(evidence))
    further = without_a_request(steps)
    number = sum(map(len, further.values()))
    if not number or not steps[-2].is_final:
        return number
    choice = steps[-2].choice
    assert choice is not None
    return number - len(_for_the_verdict(evidence, choice, further[choice]))


def _for_the_verdict(evidence: Evidence, choice: str, further: range) -> range:
    """Those of the choice's further runs that were asked for because there was no verdict yet."""
    until = further.start
    while until < further.stop and _verdict(evidence, choice, until).answer == "not enough runs":
        until = min(until + portion(until), further.stop)
    return range(further.start, until)


def _more_of(choice: str, seeds: dict[str, int], budget: int) -> dict[str, int]:
    until = min(seeds[choice] + portion(seeds[choice]), budget)
    return {choice: until} if until > seeds[choice] else {}
