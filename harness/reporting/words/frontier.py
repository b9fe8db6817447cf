"""Parameters in words: whether more of them hold better, or how few reach the target."""

from __future__ import annotations

from collections.abc import Sequence

from ...base.words import agreeing, declared_rate, extent, listed, plural, rate, some, whole
from ...judging.pass_rate import PassAnswer, runs_that_could_meet
from ...judging.verdicts import verdict_on
from ..bundle import Bundle
from ..tables.consistency import ConsistencyRow
from .answers import highest
from .goal import target_words


def parameters(bundle: Bundle) -> list[str]:
    """The range of parameters, and the best of the smallest recipes and of all; of several."""
    ranked = list(bundle.ranked)
    most_allowed = whole(bundle.evidence.study.criterion.parameters)
    allowed = f"; {most_allowed} are allowed" if bundle.evidence.by_engines else ""
    sizes, fewest = _sizes(ranked), min(row.parameters or 0 for row in ranked)
    if all(row.parameters == fewest for row in ranked):
        return [f"All recipes have {sizes} parameters{allowed}."]
    best = highest(ranked, lambda row: row.over.hold_rate or 0.0)
    of_all = f"The recipes have {sizes} parameters{allowed}."
    if len(best) == len(ranked):
        equal = f"{rate(best[0].over.hold_rate)} ({_runs(best)})"
        return [of_all, f"All have the same hold rate, {equal}."]
    small, *others = [row for row in ranked if row.parameters == fewest]
    which = "best recipe" if others else "recipe"
    return [
        of_all,
        f"The {which} with the fewest parameters, {small.recipe}, {_beside(small, best)}.",
        "Recipes differ in more than their number of parameters, so this does not show what causes "
        "the difference.",
    ]


def _beside(small: ConsistencyRow, best: list[ConsistencyRow]) -> str:
    """The hold rate of the best of the smallest recipes, beside the highest, whose is named."""
    known = f"{rate(small.over.hold_rate)} (n = {small.over.runs})"
    larger = [row for row in best if row is not small]
    names = some([row.recipe for row in larger])
    if small not in best:
        return (
            f"has a hold rate of {known}; the highest hold rate is that of {names}, "
            f"{rate(best[0].over.hold_rate)} with {_sizes(larger)} parameters ({_runs(larger)})"
        )
    if not larger:
        return f"has the highest hold rate, {known}"
    return (
        f"has the highest hold rate, {known}, and so {agreeing(len(larger), 'has', 'have')} "
        f"{names}, with {_sizes(larger)} parameters ({_runs(larger)})"
    )


def _sizes(rows: Sequence[ConsistencyRow]) -> str:
    """The numbers of parameters, from the fewest to the most."""
    return extent([row.parameters or 0 for row in rows])


def _runs(rows: Sequence[ConsistencyRow]) -> str:
    return f"n = {extent([row.over.runs for row in rows])}"


def frontier(bundle: Bundle) -> list[str]:
    """The smallest network that held in some run, and the smallest shown to meet the pass rate."""
    rows = sorted(bundle.ranked, key=lambda row: row.parameters or 0)
    return [_once(bundle, rows), _reliably(bundle, rows)]


def _once(bundle: Bundle, rows: list[ConsistencyRow]) -> str:
    study = bundle.evidence.study
    goal = target_words(study.criterion, bundle.evidence.measure)
    smallest = next((row for row in rows if row.over.holding), None)
    if smallest is None:
        return f"No run of these {len(rows)} networks held {goal}."
    return (
        f"Once: the smallest network that held {goal} in any run has "
        f"{plural(smallest.parameters or 0, 'parameter')} "
        f"({whole(smallest.over.holding)} of {plural(smallest.over.runs, 'run')})."
    )


def _reliably(bundle: Bundle, rows: list[ConsistencyRow]) -> str:
    criterion = bundle.evidence.study.criterion
    required, among = criterion.required_pass_rate, criterion.chosen_among(len(rows))
    asked = (
        f"a pass rate of {declared_rate(required)} (tested as one of {among} networks, with a "
        f"confidence of {rate(criterion.confidence)} for all of them together)"
    )
    answers = [verdict_on(bundle.evidence, row.recipe, among).answer for row in rows]
    fewest = runs_that_could_meet(required, criterion.confidence, among)
    takes = f"That takes at least {plural(fewest, 'run')}, even if all of them hold."
    if "meets" not in answers:
        lacking = _lacking("these", rows, answers)
        return f"Reliably: no network is shown to meet {asked}. {takes}{lacking}"
    place = answers.index("meets")
    smallest = rows[place]
    return (
        f"Reliably: the smallest network shown to meet {asked} has "
        f"{plural(smallest.parameters or 0, 'parameter')} "
        f"({whole(smallest.over.holding)} of {plural(smallest.over.runs, 'run')} held). {takes}"
        f"{_lacking('the smaller', rows[:place], answers[:place])}"
    )


def _lacking(which: str, rows: list[ConsistencyRow], answers: list[PassAnswer]) -> str:
    """Which networks fail the pass rate, and which are undecided, as a further sentence."""
    said = []
    for answer, verb in (("not enough runs", "undecided"), ("fails", "shown to fail it")):
        pairs = zip(rows, answers, strict=True)
        if sizes := [whole(row.parameters or 0) for row, own in pairs if own == answer]:
            are = agreeing(len(sizes), "is", "are")
            said.append(
                f"{agreeing(len(sizes), 'that', 'those')} with {listed(sizes)} {are} {verb}"
            )
    return f" Of {which} networks, {'; '.join(said)}." if said else ""
