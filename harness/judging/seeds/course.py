"""The course of an adaptive study: what was known after how many runs, and where seeds went."""

from __future__ import annotations

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
