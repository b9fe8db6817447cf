"""The choice in words: what is chosen, on what grounds, step by step, and how firm that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ...base.words import listed, p_value, percent, plural, rate, signed, span, whole
from ...judging.confirmation import Confirmation
from ...judging.decision import Decision
from ...judging.evidence import Evidence
from ...judging.pass_rate import PassAnswer, runs_that_could_meet
from ...judging.standings import Standing
from ...study.declaration import Criterion
from ..bundle import Bundle

MOST_STANDINGS: Final = 8
"""Told one by one; the table below the steps has all."""
MOST_NAMES: Final = 6
"""In a sentence."""
JUDGED: Final[dict[PassAnswer, str]] = {
    "meets": "it meets",
    "fails": "it fails",
    "not enough runs": "there are not enough runs to say whether it meets",
}


def headline(bundle: Bundle) -> list[str]:
    """The choice, what it achieves, and whether that is enough."""
    evidence, decision = bundle.compared.evidence, bundle.decision
    if decision is None:
        return ["No recipe has a run yet: there is nothing to choose from."]
    chosen, criterion = decision.chosen, evidence.study.criterion
    found = chosen.consistency
    interval = found.hold_interval
    assert interval is not None
    firm = "Provisional choice" if decision.unsettled else "Chosen"
    lines = [
        f"{firm}: {chosen.name}, {whole(chosen.parameters)} parameters; "
        f"{JUDGED[decision.verdict]} the criterion.",
        f"Its hold rate is {rate(found.hold_rate)} ({percent(criterion.confidence)} interval "
        f"{span(interval.low, interval.high)}, n = {found.runs}): the share of the last "
        f"{criterion.window} epochs at or above {whole(evidence.threshold)} of "
        f"{whole(evidence.total)}, mean over runs.",
        _verdict(decision, criterion),
    ]
    if decision.unsettled:
        lines.append(_unsettled(decision, criterion))
    if decision.standings and not decision.can_fall:
        pairs = max(standing.comparison.hold.pairs for standing in decision.standings)
        lines.append(
            f"No recipe can fall here: with {plural(pairs, 'pair')} of runs, not even the largest "
            f"deficit would be significant among {plural(1 + len(decision.standings), 'recipe')}."
        )
    return lines


def _verdict(decision: Decision, criterion: Criterion) -> str:
    found = decision.chosen.consistency
    bounds = found.pass_bounds
    assert bounds is not None
    passing = decision.passing
    fewest = runs_that_could_meet(criterion.required_pass_rate, criterion.confidence, passing.among)
    one_of = f", at {passing.level:.2g} for one of {passing.among}" if passing.among > 1 else ""
    return (
        f"The criterion is a pass rate of {rate(criterion.required_pass_rate)}. "
        f"{found.holding} of {plural(found.runs, 'run')} held the threshold throughout that "
        f"window: a pass rate of {rate(found.pass_rate)}, at least {rate(bounds.low)} and at most "
        f"{rate(bounds.high)} by one-sided {percent(criterion.confidence)} bounds; "
        f"the verdict takes more{one_of}: at least {plural(fewest, 'run')}, all holding, "
        "are needed to meet it."
    )


def _unsettled(decision: Decision, criterion: Criterion) -> str:
    needed = decision.runs_needed
    names = _some(decision.unsettled)
    line = f"The choice is provisional: with more seeds, {names} could still change it."
    if needed is None:
        return line
    return (
        f"{line} With about {plural(needed, 'seed')} a recipe, a deficit of "
        f"{criterion.tie_margin:g} in hold rate would be found with 80% power."
    )


def _some(names: Sequence[str]) -> str:
    """The names, or the first of many and how many more there are."""
    rest = len(names) - MOST_NAMES
    return listed(names if rest <= 0 else [*names[:MOST_NAMES], f"{rest} more"])


def steps(bundle: Bundle) -> Iterator[str]:
    """The rule, step by step, with who fell where and why."""
    decision, evidence = bundle.decision, bundle.compared.evidence
    if decision is None:
        return
    yield from _eligible(decision, evidence)
    leader, criterion = decision.leader, evidence.study.criterion
    yield (
        f"Leader: {leader.name} has the highest hold rate, {rate(leader.hold_rate)} "
        f"(n = {leader.consistency.runs})."
    )
    told = nearest(decision, MOST_STANDINGS)
    for standing in told:
        yield _standing(standing, criterion)
    if rest := len(decision.standings) - len(told):
        yield f"{plural(rest, 'recipe')} further behind: the table of deficits has all."
    level = [found.name for found in decision.level]
    if len(level) == 1:
        yield f"Choice: {leader.name}, the leader; no recipe is shown to tie with it."
    else:
        yield (
            f"Choice: of {_some(level)}, {decision.chosen.name} has the fewest parameters, or as "
            "few and fewer diverged runs or a higher mean final count."
        )
    if bundle.confirmation:
        yield from confirmed(bundle.confirmation)
    elif evidence.study.confirmation:
        yield (
            "Confirmation: not run yet; harness bench --confirm trains the choice and its rival "
            f"on {plural(len(evidence.study.confirmation), 'seed')} that took no part."
        )


def nearest(decision: Decision, most: int) -> list[Standing]:
    """The `most` standings with the highest hold rates, in the study's order."""
    by_rate = sorted(decision.standings, key=lambda s: s.candidate.hold_rate, reverse=True)
    names = {standing.name for standing in by_rate[:most]}
    return [standing for standing in decision.standings if standing.name in names]


def _eligible(decision: Decision, evidence: Evidence) -> Iterator[str]:
    criterion = evidence.study.criterion
    with_runs = 1 + len(decision.standings)
    yield (
        f"Eligible: {plural(with_runs, 'recipe')} with runs, within {whole(criterion.parameters)} "
        f"parameters and {plural(criterion.epochs, 'epoch')}."
    )
    if decision.without_runs:
        yield f"Without runs, hence not considered: {_some(decision.without_runs)}."


def _standing(standing: Standing, criterion: Criterion) -> str:
    deficit = standing.comparison.hold
    if deficit.mean is None or deficit.interval is None:
        return f"{standing.name}: undecided, having no seed in common with the leader."
    low, high = deficit.interval.low, deficit.interval.high
    numbers = (
        f"{rate(deficit.mean)} behind in hold rate ({percent(criterion.confidence)} interval "
        f"{span(low, high, signed)}; Holm-adjusted {p_value(standing.hold_p)}; "
        f"{plural(deficit.pairs, 'pair')} of runs)"
    )
    match standing.outcome:
        case "falls":
            return f"{standing.name} falls: {numbers}."
        case "ties":
            return f"{standing.name} ties: {numbers}, less than {criterion.tie_margin:g} for sure."
        case _:
            least = "" if deficit.pairs > 5 else f"; p can be no lower than {deficit.least_p:g}"
            return f"{standing.name} is undecided, which is no tie: {numbers}{least}."


def _beside(difference: float) -> str:
    if not difference:
        return "equal to"
    return f"{rate(abs(difference))} {'above' if difference > 0 else 'below'}"


def confirmed(found: Confirmation) -> Iterator[str]:
    """What the runs on fresh seeds say."""
    criterion = found.evidence.study.criterion
    chosen = found.evidence.consistency[found.chosen]
    interval = chosen.hold_interval
    assert interval is not None
    yield (
        f"Confirmation: on {plural(chosen.runs, 'seed')} that took no part in the choice, "
        f"{found.chosen} has a hold rate of {rate(chosen.hold_rate)} "
        f"({percent(criterion.confidence)} interval {span(interval.low, interval.high)}), and "
        f"{chosen.holding} of {plural(chosen.runs, 'run')} held."
    )
    comparison = found.comparison
    if comparison and comparison.hold.interval and comparison.hold.mean is not None:
        hold = comparison.hold
        assert hold.interval is not None
        assert hold.mean is not None
        yield (
            f"There its hold rate is {_beside(hold.mean)} that of its closest rival, {found.rival} "
            f"({percent(criterion.confidence)} interval "
            f"{span(hold.interval.low, hold.interval.high, signed)}; {p_value(hold.p)}; "
            f"{plural(hold.pairs, 'pair')} of runs)."
        )
