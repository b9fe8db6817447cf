"""How few parameters reach the target, once and reliably: the answer of a study of many sizes."""

from __future__ import annotations

from ...base.words import plural, rate, whole
from ...judging.verdicts import verdict_on
from ..bundle import Bundle
from ..tables.consistency import ConsistencyRow
from .goal import target_words


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
    required = criterion.required_pass_rate
    asked = (
        f"a pass rate of {rate(required)} (tested for {len(rows)} networks, with a confidence of "
        f"{rate(criterion.confidence)} for all of them together)"
    )
    smallest = next((row for row in rows if _meets(bundle, row.recipe, len(rows))), None)
    if smallest is None:
        return f"Reliably: no network is shown to meet {asked}."
    return (
        f"Reliably: the smallest network shown to meet {asked} has "
        f"{plural(smallest.parameters or 0, 'parameter')} "
        f"({whole(smallest.over.holding)} of {plural(smallest.over.runs, 'run')} held)."
    )


def _meets(bundle: Bundle, recipe: str, among: int) -> bool:
    """Whether this network, at its share of alpha, is shown to meet the pass rate."""
    return verdict_on(bundle.evidence, recipe, among).answer == "meets"
