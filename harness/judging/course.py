"""The course of an adaptive study: what was known after how many runs, and where the seeds went."""

from __future__ import annotations

import numpy as np

from .allocation import Allocation, allocate
from .pair_evidence import PairEvidence


def allocation_course(runs: PairEvidence) -> list[Allocation]:
    """The allocation round by round, as the rule spends the runs on one worker; the last has all.

    It is a function of the runs alone, whenever and wherever they were trained: where the rule asks
    for runs that are not there, the next step is the last.
    """
    steps = [allocate(runs, counts=np.zeros(len(runs.names), dtype=np.int64))]
    while steps[-1].spent < runs.counts.sum():
        known = steps[-1]
        wanted = {**known.seeds, **known.next}
        counts = np.minimum([wanted[name] for name in runs.names], runs.counts)
        if counts.sum() == known.spent:
            counts = runs.counts
        steps.append(allocate(runs, counts=counts))
    return steps[1:]
