"""How the choice was made, step by step, and what fresh seeds say about it."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb
from typing import Final

from ...base.words import (
    agreeing,
    declared_rate,
    p_value,
    percent,
    plural,
    rate,
    signed,
    some,
    whole,
)
from ...judging.confirmation import Confirmation
from ...judging.consistency import RATE_DIGITS
from ...judging.decision import Decision
from ...judging.evidence import Evidence
from ...judging.standings import Candidate, StandingOutcome
from ...study.declaration import Criterion
from ..bundle import Bundle
from ..tables.cells import average, ends
from .choice import contenders, equals
from .course import rule
from .goal import final_noun, held_words
from .verdict import failed_words
from .zero import though_zero_is_inside, though_zero_is_outside

MOST_NAMES: Final = 6
"""Most names in a sentence; the table below the steps has all."""
FEW_PAIRS: Final = 5
"""The smallest p-value that pairs of runs can give is mentioned for at most this many pairs."""


def steps(bundle: Bundle) -> Iterator[str]:
    """The rule, step by step; the table below the steps has the numbers of each recipe."""
    decision, evidence = bundle.decision, bundle.compared.evidence
    if decision is None:
        return
    criterion = evidence.study.criterion
    limits = (
        ""
        if not evidence.by_engines
        else f", within {whole(criterion.parameters)} parameters and "
        f"{plural(criterion.epochs, 'epoch')}"
    )
    yield f"Eligible: {plural(1 + len(decision.standings), 'recipe')} with runs{limits}."
    if decision.adaptive:
        yield from rule(decision, decision.adaptive, criterion)
    elif not decision.standings:
        only = decision.chosen
        yield (
            f"Choice: {only.name}, the only one, with a hold rate of {rate(only.hold_rate)} "
            f"(n = {only.consistency.runs})."
        )
    else:
        yield _leader(decision, evidence)
        yield from _behind(decision, criterion)
        yield _choice(decision, evidence)
    if bundle.confirmation:
        yield " ".join(confirmed(bundle.confirmation))
    elif evidence.study.confirmation_seeds:
        yield (
            "Confirmation: not run yet; harness bench --confirm trains the choice and its rival "
            f"on {plural(len(evidence.study.confirmation_seeds), 'seed')} that took no part in it."
        )


def _leader(decision: Decision, evidence: Evidence) -> str:
    """Which recipe leads, and what decided between recipes with equal hold rates."""
    leader = decision.leader
    above = [found.name for found in contenders(decision) if found.rank > leader.rank]
    if above:
        return _leads_on_common_seeds(leader, above)
    line = (
        f"Leader: {leader.name}, which has the highest hold rate, {rate(leader.hold_rate)} "
        f"(n = {leader.consistency.runs})."
    )
    equal = [found for found in equals(decision) if found.rank[0] == leader.rank[0]]
    if decision.chosen is not leader or not equal:
        return line
    nearest = max(equal, key=lambda found: found.rank)
    line = (
        f"{line} {some([found.name for found in equal])} "
        f"{agreeing(len(equal), 'has', 'have')} the same hold rate"
    )
    if nearest.rank == leader.rank:
        return (
            f"{line}; among equals, the {_mean_final(evidence)} decides, in which "
            f"{nearest.name} is equal, too, so the one that the study declares first leads."
        )
    return (
        f"{line}; among equals, the one with the {_best(evidence)} leads: "
        f"{average(leader.consistency.final.mean, evidence.measure)}, compared with "
        f"{average(nearest.consistency.final.mean, evidence.measure)} for {nearest.name}."
    )


def _leads_on_common_seeds(leader: Candidate, above: list[str]) -> str:
    """Why a recipe leads although those `above` it have better figures on seeds of their own."""
    own, behind = agreeing(len(above), "ranks", "rank"), agreeing(len(above), "is", "are")
    return (
        f"Leader: {leader.name}, with a hold rate of {rate(leader.hold_rate)} "
        f"(n = {leader.consistency.runs}); no other recipe is ahead of it on the seeds that both "
        f"have. {some(above, MOST_NAMES)} {own} higher over all runs, but {behind} behind another "
        "recipe on the seeds that both have."
    )


def _behind(decision: Decision, criterion: Criterion) -> Iterator[str]:
    """Which recipes fall, tie or are undecided, and what that means: a sentence for each."""
    tie_margin = f"{criterion.tie_margin:g}"
    meaning: dict[StandingOutcome, str] = {
        "falls": "Falls (significantly behind the leader in hold rate: a Holm-adjusted p of at "
        f"most {1 - criterion.confidence:g})",
        "ties": f"Ties (each by itself shown to be less than {tie_margin} behind: the whole "
        "interval of the difference is below that)",
        "undecided": f"Undecided (shown neither to be behind nor to be within {tie_margin} of the "
        "leader, which would be a tie)",
    }
    for outcome, words in meaning.items():
        if decision.having(outcome):
            why = _least(decision, outcome) + _about_zero(decision, outcome)
            yield f"{words}: {_names(decision, outcome)}.{why}"


def _about_zero(decision: Decision, outcome: StandingOutcome) -> str:
    """Why recipes have this outcome although the intervals of their differences say otherwise."""
    found = {s.candidate.name: s.comparison.hold for s in decision.having(outcome)}
    intervals = {name: hold.interval for name, hold in found.items()}
    if outcome == "falls":
        return though_zero_is_inside(intervals)
    if outcome == "undecided":
        method = next(iter(found.values())).method
        return though_zero_is_outside(intervals, comb(decision.passing.among, 2), method)
    return ""


def _names(decision: Decision, outcome: StandingOutcome) -> str:
    """The recipes with this outcome, the highest rank first."""
    found = [standing.candidate for standing in decision.having(outcome)]
    if len(found) == len(decision.standings) > MOST_NAMES:
        return "all other recipes"
    ranked = sorted(found, key=lambda candidate: candidate.rank, reverse=True)
    return some([candidate.name for candidate in ranked], MOST_NAMES)


def _least(decision: Decision, outcome: StandingOutcome) -> str:
    """The smallest p that this number of pairs can give at all."""
    pairs = max(standing.comparison.hold.pairs for standing in decision.having(outcome))
    if outcome != "undecided" or not 0 < pairs <= FEW_PAIRS:
        return ""
    least = min(s.comparison.hold.least_p or 1.0 for s in decision.having(outcome))
    return (
        f" With {plural(pairs, 'pair')} of runs, p cannot be lower than {least:.3g}, even before "
        "adjustment."
    )


def _best(evidence: Evidence) -> str:
    end = "highest" if evidence.measure.sign > 0 else "lowest"
    return f"{end} {_mean_final(evidence)}"


def _mean_final(evidence: Evidence) -> str:
    return f"mean {final_noun(evidence)}"


def _choice(decision: Decision, evidence: Evidence) -> str:
    tied = [found.name for found in decision.tied]
    if len(tied) == 1:
        return f"Choice: {decision.leader.name}, the leader; no recipe is shown to tie with it."
    if not any(found.parameters for found in decision.tied):
        return (
            f"Choice: {decision.chosen.name}, which has the fewest diverged runs of {some(tied)}; "
            f"among equals, the {_best(evidence)} decides."
        )
    unstated = (
        ""
        if all(found.parameters for found in decision.tied)
        else " (those that do not state theirs count as the largest)"
    )
    return (
        f"Choice: {decision.chosen.name}, which has the fewest parameters of {some(tied)}"
        f"{unstated}; among equally small recipes, the fewest diverged runs decide, and then the "
        f"{_best(evidence)}."
    )


def confirmed(found: Confirmation) -> Iterator[str]:
    """What the runs on fresh seeds say."""
    criterion = found.evidence.study.criterion
    chosen = found.evidence.consistency[found.chosen]
    yield (
        f"Confirmation: on {plural(chosen.runs, 'seed')} that took no part in the choice, "
        f"{found.chosen} has a hold rate of {rate(chosen.hold_rate)} "
        f"({percent(criterion.confidence)} interval {ends(chosen.hold_interval)}), and "
        f"{held_words(chosen.holding, chosen.runs)}. {_by_itself(found)}"
    )
    hold = found.comparison.hold if found.comparison else None
    if hold and hold.interval and hold.mean is not None:
        yield (
            f"On these seeds its hold rate is {_beside(hold.mean)} that of its closest rival, "
            f"{found.rival} "
            f"({percent(criterion.confidence)} interval {ends(hold.interval, signed)}; "
            f"{p_value(hold.p)}, not adjusted, since this is a single comparison; "
            f"{plural(hold.pairs, 'pair')} of runs)."
        )


def _by_itself(found: Confirmation) -> str:
    """The verdict from the fresh seeds alone, which needs no correction for the choice."""
    required = declared_rate(found.evidence.study.criterion.required_pass_rate)
    said = {
        "meets": f"it meets the required pass rate of {required}",
        "fails": f"it fails the required pass rate of {required}",
        "not enough runs": "there are not enough runs to say whether it meets the required pass "
        f"rate of {required}",
    }[found.verdict]
    return (
        f"By these runs alone, at a significance level of {found.passing.alpha:.3g}, {said}."
        f"{failed_words(found.passing)}"
    )


def _beside(difference: float) -> str:
    if not round(difference, RATE_DIGITS):
        return "equal to"
    return f"{rate(abs(difference))} {'above' if difference > 0 else 'below'}"
