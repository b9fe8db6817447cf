"""Adaptive seeds in words: what was dropped or settled, what is open, and where seeds went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ...base.words import agreeing, evidence, listed, plural, rate, some, whole
from ...judging.decision import Decision
from ...judging.seeds.adaptive import AdaptiveState
from ...judging.seeds.allocation import Allocation, Dropped, Rival
from ...study.declaration import Criterion
from ..bundle import Bundle
from ..tables.columns import Rows
from ..tables.course import CourseRow
from .choice import contenders

MOST_NAMES = 6
MOST_RIVALS: Final = 3
"""Most open recipes whose evidence one sentence gives."""
TWO_SIDED: Final = (
    "A recipe may be dropped although its p-value is large: p-values are two-sided and adjusted "
    "for all pairs, while the rule tests in one direction, and only the pairs that the choice "
    "rests on. To be dropped a recipe need only be behind by however little; one that is settled "
    "may be further behind, since nothing was asked but whether it leads."
)


def openness(state: AdaptiveState, criterion: Criterion, prolonged: bool) -> Iterator[str]:
    """Whether the choice is final; if not, what is open and about what would decide it.

    A `prolonged` study is one with --until-decided, whose file declares no budget.
    """
    found, tie_margin = state.allocation, f"{criterion.tie_margin:g}"
    if found.is_final:
        wrong = f"{1 - criterion.confidence:.3g}"
        yield (
            f"The choice is final: no recipe of this study leads {found.choice} by {tie_margin} or "
            f"more in hold rate. This is wrong with a probability of at most {wrong}, however "
            "often one looks."
        )
    elif found.tested is None:
        yield "The choice is provisional: not every recipe has a run with the study's first seed."
    else:
        rivals = some([_rival(rival, found) for rival in found.open], MOST_RIVALS)
        yield (
            f"The choice is provisional: {rivals} may still lead {found.tested}, the recipe under "
            f"test, by {tie_margin} in hold rate. The figures in brackets are the log evidence "
            f"against that, the log evidence that {found.tested} is behind at all, and the value "
            "at which either decides."
        )
    if state.spent_budget:
        yield (
            "The declared budget of seeds is spent; with a larger one, a bench would go on from "
            "here."
        )
    elif state.outgrows_budget:
        adaptively = ', with seeds = "adaptive"' if prolonged else ""
        yield (
            f"At this rate the budget, {plural(state.budget, 'seed')} per recipe, is spent before "
            f"that; a larger one may be declared at any time{adaptively}, since no guarantee "
            "depends on it."
        )


def _rival(rival: Rival, found: Allocation) -> str:
    more = f"; about {plural(rival.more_seeds, 'more seed')}" if rival.more_seeds else ""
    needed, within, ahead = evidence(found.required_evidence, rival.log_evidence, rival.ahead)
    return f"{rival.name} ({within} and {ahead} of {needed}{more})"


def what_comes_next(state: AdaptiveState, prolonged: bool) -> str:
    """What a further bench would train; for a `prolonged` study, one with --until-decided."""
    goal = "reach a verdict" if state.is_final else "settle the choice"
    bench = "another `bench --until-decided`" if prolonged else "another bench"
    seeds = [f"{name} to {plural(until, 'seed')}" for name, until in sorted(state.next.items())]
    return f"To {goal}, {bench} would next take {some(seeds, MOST_NAMES)}."


def rule(decision: Decision, state: AdaptiveState, criterion: Criterion) -> Iterator[str]:
    """The steps from the eligible recipes to the choice."""
    found, tie_margin = state.allocation, f"{criterion.tie_margin:g} in hold rate"
    if found.tested is None:
        yield (
            f"Choice for now: {decision.chosen.name}, which has the highest hold rate, "
            f"{rate(decision.chosen.hold_rate)} (n = {decision.chosen.consistency.runs}); not "
            "every recipe has a run with the study's first seed."
        )
        return
    if found.dropped:
        behind = {name: _behind(dropped, found) for name, dropped in found.dropped.items()}
        yield (
            "Dropped (shown to be behind another recipe in hold rate): "
            f"{_ranked(decision, list(behind), behind)}."
        )
    yield _under_test(decision, found.tested)
    if found.settled:
        names = _ranked(decision, list(found.settled))
        yield f"Settled (shown not to lead {found.tested} by {tie_margin}): {names}."
    if found.open:
        names = _ranked(decision, [rival.name for rival in found.open])
        yield f"Open (may still lead {found.tested} by {tie_margin}): {names}."
        yield (
            f"Choice for now: {decision.chosen.name}, which has the highest hold rate of the "
            f"remaining recipes, {rate(decision.chosen.hold_rate)} "
            f"(n = {decision.chosen.consistency.runs})."
        )
    else:
        yield f"Choice: {found.tested}, since no remaining recipe may lead it by {tie_margin}."


def _behind(dropped: Dropped, found: Allocation) -> str:
    needed, shown = evidence(found.required_evidence, dropped.log_evidence)
    return f"behind {dropped.behind}: log evidence {shown}, required {needed}"


def _under_test(decision: Decision, tested: str) -> str:
    """Why this recipe is under test."""
    stated = [bool(found.parameters) for found in contenders(decision)]
    if not any(stated):
        return (
            f"Under test: {tested}, which has the highest hold rate of the remaining recipes; none "
            "states its parameters."
        )
    others = "" if all(stated) else "; those that do not state theirs count as the largest"
    return (
        f"Under test: {tested}, which has the fewest parameters of the remaining recipes (of "
        "equally small ones, the one with the highest hold rate is taken; of these, the one with "
        f"the most runs, and then the first declared{others})."
    )


def _ranked(decision: Decision, names: list[str], behind: Mapping[str, str] | None = None) -> str:
    """The names, the highest rank first, each with what it is `behind`."""
    ranked = sorted(contenders(decision), key=lambda found: found.rank, reverse=True)
    return some(
        [
            f"{found.name} ({behind[found.name]})" if behind else found.name
            for found in ranked
            if found.name in names
        ],
        MOST_NAMES,
    )


def course(bundle: Bundle) -> list[str]:
    """When each recipe was dropped or settled, and against what."""
    required = next(iter(bundle.course)).required_evidence
    lines = [
        "Seeds went where the decision was open. Log evidence says how strongly the runs "
        "contradict that a recipe leads the one under test by the margin; at "
        f"{required:.2f} the recipe is settled. Dotted lines: log evidence that it leads at all; "
        "at that value, the one under test is dropped. However often one looks, a final choice is "
        f"wrong with a probability of at most {1 - bundle.evidence.study.criterion.confidence:.3g}."
    ]
    ends: dict[str, list[str]] = {}
    for row in _ends(bundle.course):
        against = f" against {row.tested}" if row.place == "settled" else ""
        end = f"{row.place}{against} after {plural(row.runs, 'run')} in total"
        ends.setdefault(end, []).append(row.recipe)
    for end, names in ends.items():
        lines.append(f"{some(names, MOST_NAMES)} {agreeing(len(names), 'was', 'were')} {end}.")
    if bundle.unasked:
        was = agreeing(bundle.unasked, "was", "were")
        lines.append(
            "This is told as the rule with one worker would have spent the runs; "
            f"{plural(bundle.unasked, 'further run')}, which it did not ask for, {was} there too, "
            "from other studies or to keep several workers busy."
        )
    return lines


def _ends(course: Rows[CourseRow]) -> list[CourseRow]:
    """Where recipes were dropped, or settled against the last one under test, in this order."""
    ends: dict[str, CourseRow] = {}
    for row in course:
        known = ends.get(row.recipe)
        if known and _is_same_end(known, row):
            continue
        ends.pop(row.recipe, None)
        if row.place in ("dropped", "settled"):
            ends[row.recipe] = row
    return list(ends.values())


def _is_same_end(known: CourseRow, row: CourseRow) -> bool:
    return known.place == row.place and (row.place == "dropped" or known.tested == row.tested)


def seeds(bundle: Bundle) -> list[str]:
    """How many runs the recipes with the most and with the fewest have."""
    last = {row.recipe: row.seeds for row in bundle.course}
    most, fewest = max(last.values()), min(last.values())
    total = plural(sum(last.values()), "run")
    if most == fewest:
        return [f"Each recipe has {whole(most)} of the {total}."]
    return [
        f"{_having(last, most, f'the most of the {total}')}, and "
        f"{_having(last, fewest, 'the fewest')}."
    ]


def _having(seeds_of: dict[str, int], number: int, how_many: str) -> str:
    names = [name for name, seeds in seeds_of.items() if seeds == number]
    if len(names) == 1:
        return f"{names[0]} has {how_many}, {whole(number)}"
    few = len(names) <= MOST_NAMES
    said = listed(names) if few else f"{names[0]} and {len(names) - 1} others"
    return f"{said} have {how_many}, {whole(number)} each"
