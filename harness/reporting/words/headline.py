"""What a report says first: the choice in a sentence, what it achieves, and how firm it is."""

from __future__ import annotations

from dataclasses import dataclass

from ...base.words import agreeing, some
from ...judging.decision import Decision
from ...judging.evidence import Evidence
from ...judging.pass_rate import PassAnswer
from ...judging.verdicts import verdict_on
from ..bundle import Bundle
from .choice import biased, chosen_for, contenders
from .doubt import diverged, left_out, what_could_change
from .goal import held_words, target_words
from .scale import scale_doubts
from .sources import across
from .verdict import holding_means, verdict_of


@dataclass(frozen=True)
class Headline:
    """What to do, followed by the lines that it rests on, in the order of reading."""

    advice: str
    verdict: list[str]
    terms: list[str]
    """What the verdict's words mean, and what the choice rests on."""
    open: list[str]
    """What could still change, and what the tables leave out."""
    biased: list[str]
    """To be read with the intervals of the choice, wherever these are shown."""

    @property
    def grounds(self) -> list[str]:
        """All but the advice."""
        return [*self.verdict, *self.terms, *self.open]


def headline(bundle: Bundle) -> Headline:
    """The choice in words."""
    evidence, decision = bundle.compared.evidence, bundle.decision
    if decision is None:
        return Headline("No recipe has a run yet: there is nothing to choose from.", [], [], [], [])
    criterion = evidence.study.criterion
    return Headline(
        advice(evidence, decision),
        [verdict_of(decision, criterion)],
        [holding_means(evidence), chosen_for(decision, criterion, bundle.confirmation)],
        [
            *scale_doubts(evidence),
            *filter(None, [across(evidence)]),
            *what_could_change(decision, evidence.study),
            *diverged(evidence),
            *left_out(decision),
        ],
        list(biased(decision, bundle.confirmation)),
    )


def advice(evidence: Evidence, decision: Decision) -> str:
    """One sentence for those who read no further."""
    name, criterion = decision.chosen.name, evidence.study.criterion
    found = decision.chosen.consistency
    holding, runs = found.holding, found.runs
    if decision.passing.looks and decision.answered:
        holding, runs = decision.passing.holding, decision.passing.runs
    goal = target_words(criterion, evidence.measure)
    held = f"{held_words(holding, runs)} {goal}"
    if decision.verdict == "meets":
        firm = " for now" if decision.provisional else ""
        return f"Take {name}{firm}: {held}, which is reliable enough."
    if not decision.standings:
        return f"{name} is {'not' if decision.answered else 'not shown to be'} reliable: {held}."
    guess = "the best guess" if decision.provisional else "the best"
    if not holding:
        none = f"none of its {runs:,} runs held {goal}" if runs > 1 else held
        return f"{_reliable(evidence, decision)}; {name} is {guess}, although {none}."
    return f"{_reliable(evidence, decision)}; {name} is {guess}: {held}."


def _reliable(evidence: Evidence, decision: Decision) -> str:
    """Which recipes are shown to be reliable, if the choice is not."""
    by_verdict: dict[PassAnswer, list[str]] = {"meets": [], "fails": [], "not enough runs": []}
    among = decision.passing.among
    for found in contenders(decision):
        by_verdict[verdict_on(evidence, found.name, among).answer].append(found.name)
    if meeting := by_verdict["meets"]:
        return f"Only {some(meeting)} {agreeing(len(meeting), 'is', 'are')} shown to be reliable"
    if not by_verdict["not enough runs"]:
        return "No recipe is reliable"
    return "No recipe is shown to be reliable"
