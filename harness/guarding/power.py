"""How often a gate gives each verdict for changes of a given size, by simulation.

In each simulated gate, both the committed counts and the new ones of a recipe are drawn, with
replacement, from the actual committed counts, so that luck in the committed runs is included.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ..base.array_types import Floats
from ..study.declaration import Gate
from .looks import cautious_drops, drops, looks
from .losses import excluded, is_lost, least_alarming
from .regression import LEAST_COMMITTED, critical_values_of, loss_alpha

GATES: Final = 10_000
SEED: Final = 1

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Change:
    """What is changed in simulated runs; everything else is as in the committed runs."""

    drop: float = 0
    """By how many images every new run ends lower."""
    lost: float = 0
    """The share of new runs that diverge."""
    erratic: float = 0
    """By how many images one run in ten ends lower, committed or new; so this is not a change."""


DROPS: Final = (0, 5, 10, 20, 50)
UNCHANGED: Final = (Change(), Change(erratic=25), Change(erratic=60))
CHANGES: Final = (*(Change(drop) for drop in DROPS if drop), Change(lost=0.25))
ERRATIC_SHARE: Final = 0.1


@dataclass(frozen=True)
class Power:
    """The shares of simulated gates that end in each verdict.

    The change affects every recipe or only one; if one, shares are averaged over all that it could
    be.
    """

    change: Change
    everywhere: bool
    gates: int
    regression: float
    passed: float
    runs: float
    """Runs trained per gate, on average."""

    @property
    def error(self) -> float:
        """Monte Carlo standard error of `regression`; at least 1 / gates, for the rule of three."""
        return math.sqrt(max(self.regression * (1 - self.regression), 1 / self.gates) / self.gates)


@dataclass(frozen=True)
class _Ended:
    """How one recipe ended in each simulated gate, and at which look."""

    regression: Flags
    passed: Flags
    look: npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Drawn:
    """One recipe's counts in each simulated gate, committed and new, and which runs are lost."""

    old: Floats
    new: Floats
    old_lost: Flags
    new_lost: Flags


def simulate_gates(
    gate: Gate,
    committed: Mapping[str, Sequence[float]],
    gates: int = GATES,
    changes: Sequence[Change] = CHANGES,
) -> list[Power]:
    """The power without a change, then for each change, in every recipe and, if there are several,
    in one of them."""
    found = {
        change: list(_ended(gate, committed, change, gates)) for change in (*UNCHANGED, *changes)
    }
    powers = [_power(gate, found[change], change, everywhere=True) for change in UNCHANGED]
    for change in changes:
        powers.append(_power(gate, found[change], change, everywhere=True))
        if len(committed) > 1:
            powers.append(_in_one(gate, found[UNCHANGED[0]], found[change], change))
    return powers


def _in_one(gate: Gate, unchanged: list[_Ended], changed: list[_Ended], change: Change) -> Power:
    """The power for a change in one recipe, averaged over all that it could be."""
    each = [
        _power(gate, [*unchanged[:i], ended, *unchanged[i + 1 :]], change, everywhere=False)
        for i, ended in enumerate(changed)
    ]
    return Power(
        change,
        False,
        each[0].gates,  # not their sum: all share the simulated recipes that do not change
        *(
            float(np.mean([getattr(power, name) for power in each]))
            for name in ("regression", "passed", "runs")
        ),
    )


def _power(gate: Gate, ended: list[_Ended], change: Change, *, everywhere: bool) -> Power:
    at = np.array(looks(gate.seeds, gate.limit))
    last = np.max([e.look for e in ended], axis=0)
    alarmed = np.where([e.regression for e in ended], [e.look for e in ended], len(at))
    last = np.minimum(last, alarmed.min(axis=0))  # a regression ends the gate
    runs = sum(at[np.minimum(e.look, last)] for e in ended)
    return Power(
        change,
        everywhere,
        len(last),
        float(np.any([e.regression for e in ended], axis=0).mean()),
        float(np.all([e.passed for e in ended], axis=0).mean()),
        float(np.mean(runs)),
    )


def _ended(
    gate: Gate, committed: Mapping[str, Sequence[float]], change: Change, gates: int
) -> Iterator[_Ended]:
    drawn = {
        name: _draw(np.random.default_rng([SEED, number]), counts, change, gate.limit, gates)
        for number, (name, counts) in enumerate(committed.items())
    }
    losing = {name: found.old_lost.any(axis=1) for name, found in drawn.items()}
    number = np.sum([*losing.values()], axis=0)
    for name, found in drawn.items():
        alarming = _alarming(found, gate, number + ~losing[name])
        yield _followed(found, gate, gate.margins[name], alarming)


def _alarming(drawn: _Drawn, gate: Gate, sharing: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(gates, looks): how many lost new runs are an alarm, beside those lost before."""
    at, (gates, committed) = looks(gate.seeds, gate.limit), drawn.old_lost.shape
    alarming = np.empty((gates, len(at)), np.int64)
    lost = drawn.old_lost.sum(axis=1)
    for shares in np.unique(sharing):
        here = sharing == shares
        limits = least_alarming(committed, at, loss_alpha(gate, int(shares)))
        alarming[here] = limits[lost[here]]
    return alarming


def _draw(
    generator: np.random.Generator, counts: Sequence[float], change: Change, limit: int, gates: int
) -> _Drawn:
    old = generator.choice(counts, (gates, len(counts))).astype(np.float64)
    new = generator.choice(counts, (gates, limit)).astype(np.float64) - change.drop
    for side in (old, new):
        side -= change.erratic * (generator.random(side.shape) < ERRATIC_SHARE)
    new[generator.random(new.shape) < change.lost] = -math.inf
    return _Drawn(old, new, is_lost(old, old), is_lost(new, old))


def _critical_values(drawn: _Drawn, gate: Gate, at: tuple[int, ...]) -> tuple[Floats, Floats]:
    """(gates, 1) each: those of an alarm and of a pass, by the committed runs that are not lost."""
    kept = (~drawn.old_lost).sum(axis=1, keepdims=True)
    alarms, clears = np.full(kept.shape, math.inf), np.full(kept.shape, math.inf)
    for runs in np.unique(kept[kept >= LEAST_COMMITTED]):
        critical, here = critical_values_of(int(runs), gate, at), kept == runs
        alarms[here], clears[here] = critical.alarm, critical.clear
    return alarms, clears


def _followed(drawn: _Drawn, gate: Gate, margin: float, alarming: npt.NDArray[np.int64]) -> _Ended:
    """The outcome of each gate, look by look, by the rules of `regression`."""
    at = looks(gate.seeds, gate.limit)
    old = np.where(drawn.old_lost, np.nan, drawn.old)
    new = np.where(drawn.new_lost, np.nan, drawn.new)
    alarms, clears = _critical_values(drawn, gate, at)
    (means, errors), (least, wide) = drops(old, new, at), cautious_drops(old, new, at)
    lost = drawn.new_lost.cumsum(axis=1)[:, np.array(at) - 1]
    alarm = (least - alarms * wide > 0) & (means > margin) | (lost >= alarming)
    share = drawn.old_lost.mean(axis=1)
    few = np.column_stack(
        [
            excluded(lost[:, i], runs, share, gate.alpha) | (lost[:, i] == 0) & (runs >= gate.limit)
            for i, runs in enumerate(at)
        ]
    )
    clear = ~alarm & (means + clears * errors < margin) & few
    decided = alarm | clear
    last = means.shape[1] - 1
    look = np.where(decided.any(axis=1), decided.argmax(axis=1), last)
    at_end = np.arange(len(look)), look
    return _Ended(alarm[at_end], clear[at_end], look)
