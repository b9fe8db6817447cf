"""How often a gate says what, for drops of a stated size: simulated from the committed counts.

In each simulated gate the committed counts and the new ones of a recipe are both drawn anew, with
replacement, from the counts that are committed, so that the luck of the committed runs counts too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ..statistics.intervals import Floats
from ..study.declaration import Gate
from .looks import drops, looks
from .regression import bounds_of

GATES: Final = 10_000
DROPS: Final = (0, 5, 10, 20, 50)
SEED: Final = 1

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Power:
    """Shares of the simulated gates that end in each verdict.

    `drop`, in images, is that of every recipe, or of one alone, averaged over which.
    """

    drop: float
    everywhere: bool
    gates: int
    regression: float
    passed: float
    runs: float
    """Trained a gate, on average."""

    @property
    def error(self) -> float:
        """Monte-Carlo standard error of `regression`; the rule of three bounds it where it is 0."""
        return math.sqrt(max(self.regression * (1 - self.regression), 1 / self.gates) / self.gates)


@dataclass(frozen=True)
class _Ended:
    """Of one recipe in each simulated gate: how it ended, and at which look."""

    regression: Flags
    passed: Flags
    look: npt.NDArray[np.int64]


def simulate(gate: Gate, committed: Mapping[str, Sequence[int]], gates: int = GATES) -> list[Power]:
    """For each drop: in every recipe, and, where there are several, in one of them."""
    found = {drop: list(_ended(gate, committed, drop, gates)) for drop in DROPS}
    several = len(committed) > 1
    return [
        power
        for drop in DROPS
        for power in (
            _power(gate, found[drop], drop, everywhere=True),
            *([_in_one(gate, found[0], found[drop], drop)] if several and drop else []),
        )
    ]


def _in_one(gate: Gate, unchanged: list[_Ended], changed: list[_Ended], drop: float) -> Power:
    """The mean over which recipe it is that drops."""
    each = [
        _power(gate, [*unchanged[:i], ended, *unchanged[i + 1 :]], drop, everywhere=False)
        for i, ended in enumerate(changed)
    ]
    return Power(
        drop,
        False,
        each[0].gates,  # the recipes that do not drop are the same in all of them
        *(
            float(np.mean([getattr(power, name) for power in each]))
            for name in ("regression", "passed", "runs")
        ),
    )


def _power(gate: Gate, ended: list[_Ended], drop: float, *, everywhere: bool) -> Power:
    at = np.array(looks(gate.seeds, gate.limit))
    last = np.max([e.look for e in ended], axis=0)
    alarmed = np.where([e.regression for e in ended], [e.look for e in ended], len(at))
    last = np.minimum(last, alarmed.min(axis=0))  # a regression ends the gate
    runs = sum(at[np.minimum(e.look, last)] for e in ended)
    return Power(
        drop,
        everywhere,
        len(last),
        float(np.any([e.regression for e in ended], axis=0).mean()),
        float(np.all([e.passed for e in ended], axis=0).mean()),
        float(np.mean(runs)),
    )


def _ended(
    gate: Gate, committed: Mapping[str, Sequence[int]], drop: float, gates: int
) -> Iterator[_Ended]:
    at = looks(gate.seeds, gate.limit)
    for number, (name, counts) in enumerate(committed.items()):
        generator = np.random.default_rng([SEED, number])
        old = generator.choice(counts, (gates, len(counts))).astype(np.float64)
        new = generator.choice(counts, (gates, gate.limit)) - drop
        limits = bounds_of(tuple(counts), gate, at)
        yield _followed(*drops(old, new, at), limits, gate.margins[name])


def _followed(means: Floats, errors: Floats, limits: tuple[float, float], margin: float) -> _Ended:
    """Look by look, as `regression.outcome` judges it."""
    alarm = (means - limits[0] * errors > 0) & (means > margin)
    clear = ~alarm & (means + limits[1] * errors < margin)
    decided = alarm | clear
    last = means.shape[1] - 1
    look = np.where(decided.any(axis=1), decided.argmax(axis=1), last)
    at_end = np.arange(len(look)), look
    return _Ended(alarm[at_end], clear[at_end], look)
