"""The course of an adaptive study: what was known after how many runs, and where seeds went."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .allocation import Allocation, allocate
from .pair_evidence import PairEvidence


def allocation_course(pair_evidence: PairEvidence) -> list[Allocation]:
    """The allocations round by round, as the rule would spend the runs with one worker.

    They depend on the runs alone, not on when and where these were trained. The last allocation has
    all runs; it follows at once if the rule asks for runs that do not exist.
    """
    steps = [allocate(pair_evidence, counts=np.zeros(len(pair_evidence.names), dtype=np.int64))]
    while steps[-1].spent < pair_evidence.runs.sum():
        known = steps[-1]
        wanted = {**known.seeds, **known.next}
        counts = np.minimum([wanted[name] for name in pair_evidence.names], pair_evidence.runs)
        if counts.sum() == known.spent:
            counts = pair_evidence.runs
        steps.append(allocate(pair_evidence, counts=counts))
    return steps[1:]


def without_a_request(steps: Sequence[Allocation]) -> dict[str, range]:
    """The runs of the last step by recipe, as places in the order of seeds, if none was asked for.

    They were there already, for example from another study. Empty if the step before asked for any.
    """
    if len(steps) < 2:
        return {}
    before, last = steps[-2:]
    wanted = {**before.seeds, **before.next}
    if any(min(wanted[name], last.seeds[name]) > before.seeds[name] for name in wanted):
        return {}
    return {name: range(before.seeds[name], last.seeds[name]) for name in wanted}
