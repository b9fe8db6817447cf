"""What to do, first of all: the choice in a sentence, what it achieves, and how firm it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...base.words import listed, mean, percent, plural, rate, some, whole
from ...judging.confirmation import Confirmation
from ...judging.decision import Decision, passing
from ...judging.evidence import Evidence
from ...judging.pass_rate import PassAnswer, PassVerdict, runs_that_could_meet
from ...judging.standings import Candidate
from ...statistics.intervals import Interval
from ...study.declaration import Criterion, Study
from ...study.imported import ImportedStudy
from ..bundle import Bundle
from ..tables.cells import ends, with_interval
from .course import openness, what_comes_next
from .goal import target, within
from .sources import across


@dataclass(frozen=True)
class Headline:
    """What to do, first of all, and what that rests on: lines of each, in the order of reading."""

    advice: str
    verdict: list[str]
    terms: list[str]
    """What the verdict's words mean, and what the choice rests on."""
    open: list[str]
    """What could still change, and what the tables leave out."""
    flattered: list[str]
    """To be read with the intervals of the choice, wherever they stand."""

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
        [_verdict(decision, criterion)],
        [_holding(evidence), _chosen_for(decision, criterion, bundle.confirmation)],
        [*_sources(evidence), *_openness(decision, evidence.study), *_without_runs(decision)],
        list(_flattered(decision, bundle.confirmation)),
    )


def _sources(evidence: Evidence) -> Iterator[str]:
    if line := across(evidence):
        yield line


def advice(evidence: Evidence, decision: Decision) -> str:
    """One sentence for those who read no further."""
    name, criterion = decision.chosen.name, evidence.study.criterion
    found = decision.chosen.consistency
    holding, runs = found.holding, found.runs
    if decision.passing.looks and decision.answered:
        holding, runs = decision.passing.holding, decision.passing.runs
    held = f"{holding} of {plural(runs, 'run')} held {target(criterion, evidence.measure)}"
    if decision.verdict == "meets":
        firm = " for now" if decision.provisional else ""
        return f"Take {name}{firm}: {held}, which is reliable enough."
    guess = "the best guess" if decision.provisional else "the best"
    return f"{_reliable(evidence, decision)}; {name} is {guess}: {held}."


def _reliable(evidence: Evidence, decision: Decision) -> str:
    """Who is shown to be reliable, where the choice is not."""
    by_verdict: dict[PassAnswer, list[str]] = {"meets": [], "fails": [], "not enough runs": []}
    among = decision.passing.among
    for found in _candidates(decision):
        by_verdict[passing(evidence, found.name, among).answer].append(found.name)
    if meeting := by_verdict["meets"]:
        return f"Only {some(meeting)} {'is' if len(meeting) == 1 else 'are'} reliable"
    if not by_verdict["not enough runs"]:
        return "None is reliable"
    return "None is shown to be reliable"


def _candidates(decision: Decision) -> Iterator[Candidate]:
    yield decision.leader
    yield from (standing.candidate for standing in decision.standings)


def _verdict(decision: Decision, criterion: Criterion) -> str:
    """How many runs are to hold, how many did, and whether that is enough."""
    chosen, required = decision.chosen, criterion.required_pass_rate
    found = chosen.consistency
    bounds, level = _bounds(decision, criterion)
    conclusion = {
        "meets": f"{chosen.name} meets that",
        "fails": f"{chosen.name} fails that",
        "not enough runs": f"there are not enough runs to say whether {chosen.name} meets that",
    }[decision.verdict]
    given = "" if "required_pass_rate" in criterion.model_fields_set else " (the default)"
    asked = decision.passing
    share, since = found.pass_rate, ""
    if asked.looks and asked.bounds and asked.runs != found.runs:
        share, since = asked.holding / asked.runs, f" in the first {plural(asked.runs, 'run')}"
    return (
        f"The study requires a pass rate, the share of runs that hold, of {rate(required)}{given}; "
        f"{conclusion}. Its pass rate{since} is {rate(share)}, by one-sided "
        f"{percent(level)} bounds at least {rate(bounds.low)} and at most "
        f"{rate(bounds.high)}. {_how_sure(decision.passing, criterion)}"
    )


def _bounds(decision: Decision, criterion: Criterion) -> tuple[Interval, float]:
    """Of the chosen recipe's pass rate, each at this level: at a look, those that are asked."""
    found = decision.passing
    if found.looks and found.bounds:
        return found.bounds, 1 - found.level
    bounds = decision.chosen.consistency.pass_bounds
    assert bounds is not None
    return bounds, criterion.confidence


def _how_sure(found: PassVerdict, criterion: Criterion) -> str:
    """At what level the verdict is given, and what it would take to meet the requirement."""
    chosen_from = (
        f" (one of {found.among} recipes was chosen by these runs, which flatters it)"
        if found.among > 1
        else ""
    )
    if found.looks:
        chosen_from += f"; {_asked_at(found.looks)}, at {found.level:.2g} each"
    level = (
        "The verdict is wrong with a probability of at most "
        f"{found.level * max(len(found.looks), 1):.2g}{chosen_from}"
    )
    if found.method == "declared":
        required = criterion.required_pass_rate
        answers = found.among * max(len(found.looks), 1)
        fewest = runs_that_could_meet(required, criterion.confidence, answers)
        return f"{level}: it takes at least {plural(fewest, 'run')}, all of which hold, to meet it."
    if found.answer == "not enough runs":
        return (
            f"{level}, however often one looks. Log evidence that it meets that is "
            f"{found.for_meets or 0:.2f}, that it fails it {found.for_fails or 0:.2f}; "
            f"{found.threshold:.2f} decides."
        )
    return f"{level}, however often one looks."


def _asked_at(looks: tuple[int, ...]) -> str:
    numbers = listed([str(look) for look in looks])
    return f"it is asked after {numbers} runs, as declared"


def _holding(evidence: Evidence) -> str:
    """What it is for a run to hold."""
    window = evidence.study.criterion.window
    last = "its last epoch is" if window == 1 else f"all of its last {window} epochs are"
    return (
        f"A run holds if {last} {within(evidence)}. Its hold rate is the share of these epochs "
        "that are; a recipe's is the mean over its runs. The bounds above are one-sided, "
        "since the verdict asks one question; the intervals below are two-sided, hence wider."
    )


def _flattered(decision: Decision, confirmation: Confirmation | None) -> Iterator[str]:
    """That the intervals of the choice are flattered, and those of fresh seeds."""
    if not decision.flattered:
        return
    line = (
        f"The figures of {decision.chosen.name} and their intervals are flattered: these very runs "
        f"have chosen it, out of {1 + len(decision.standings)} recipes."
    )
    if confirmation is None:
        yield line
        return
    fresh = confirmation.evidence.consistency[confirmation.chosen]
    yield (
        f"{line} On {plural(fresh.runs, 'seed')} that took no part in that, its hold rate is "
        f"{with_interval(fresh.hold_rate, fresh.hold_interval)}, its pass rate "
        f"{with_interval(fresh.pass_rate, fresh.pass_interval)}, and its mean final count "
        f"{with_interval(fresh.final.mean, fresh.final.interval, mean)}."
    )


def _chosen_for(decision: Decision, criterion: Criterion, confirmation: Confirmation | None) -> str:
    """What the choice rests on, how far that flatters it, and who is equal to it in that."""
    chosen = decision.chosen
    size = f", with {whole(chosen.parameters)} parameters," if chosen.parameters else ""
    line = (
        f"{chosen.name}{size} has a hold rate of "
        f"{rate(chosen.hold_rate)} ({percent(criterion.confidence)} interval "
        f"{ends(chosen.consistency.hold_interval)}, n = {chosen.consistency.runs})"
        f"{_beside(decision, confirmation)}"
    )
    if equal := equals(decision):
        verb = "has" if len(equal) == 1 else "have"
        return f"{line}; {some([found.name for found in equal])} {verb} the same."
    return f"{line}."


def _beside(decision: Decision, confirmation: Confirmation | None) -> str:
    """What is to be read beside the hold rate of the choice."""
    if not decision.flattered:
        return ""
    flattered = ", flattered by the choice"
    if confirmation is None:
        return flattered
    fresh = confirmation.evidence.consistency[confirmation.chosen]
    return (
        f"{flattered}; on fresh seeds it is {rate(fresh.hold_rate)} ({ends(fresh.hold_interval)}, "
        f"n = {fresh.runs})"
    )


def equals(decision: Decision) -> list[Candidate]:
    """The recipes whose hold rate is that of the choice."""
    chosen = decision.chosen
    return [
        found
        for found in _candidates(decision)
        if found is not chosen and found.rank[0] == chosen.rank[0]
    ]


def _openness(decision: Decision, study: Study | ImportedStudy) -> Iterator[str]:
    """What could still change the choice, and what it would take to know."""
    if decision.adaptive:
        yield from openness(decision.adaptive, study.criterion)
        if decision.adaptive.next:
            yield what_comes_next(decision.adaptive, isinstance(study, Study) and study.prolonged)
    elif decision.unsettled:
        yield _unsettled(decision, study.criterion)
    if decision.look_ahead:
        yield (
            "Not every recipe has a run of every seed of the study: this is a look ahead, with "
            "intervals and tests that stay valid however often one looks."
        )
    if decision.standings and not decision.adaptive and not decision.can_fall:
        pairs = max(standing.comparison.hold.pairs for standing in decision.standings)
        yield (
            f"With {plural(pairs, 'pair')} of runs, no recipe can be shown to be behind: among "
            f"{plural(1 + len(decision.standings), 'recipe')}, not even the largest difference "
            "would be significant."
        )


def _unsettled(decision: Decision, criterion: Criterion) -> str:
    line = f"The choice is provisional: with more seeds, {_who_could(decision)} could change it."
    if decision.runs_needed is None:
        return line
    return (
        f"{line} About {plural(decision.runs_needed, 'seed')} a recipe would find a difference of "
        f"{criterion.tie_margin:g} in hold rate in 80% of all such studies."
    )


def _who_could(decision: Decision) -> str:
    """The recipes that could change the choice, the highest rank first."""
    if 1 < len(decision.unsettled) == len(decision.standings):
        return "each of the other recipes"
    could = [c for c in _candidates(decision) if c.name in decision.unsettled]
    ranked = sorted(could, key=lambda found: found.rank, reverse=True)
    return some([found.name for found in ranked])


def _without_runs(decision: Decision) -> Iterator[str]:
    """The recipes that the tables leave out."""
    if decision.without_runs:
        yield f"Without runs so far, hence in none of the tables: {listed(decision.without_runs)}."
