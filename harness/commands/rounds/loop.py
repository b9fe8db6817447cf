"""Round after round of a task, until nothing is next."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from ...base.console import say
from ...engines.choice import AUTO, choose_for, on_processors, remarks
from ...judging.evidence import Evidence
from ...results.ledger import Ledger
from ...study.recipe import Recipe
from ...training.sweep import Failure
from ...training.worker import Trainer
from ..options.training import BenchOptions
from .machine import Machine
from .reasons import (
    ADAPTIVE,
    CONFIRMATION,
    DECLARED,
    GATE,
    LOOKS,
    Known,
    Reason,
    identity,
    next_round,
)
from .task import Task


@dataclass(frozen=True)
class Loop:
    """A bench: the reasons to train, what is known at the beginning, and the workers that train."""

    reasons: list[Reason]
    known: Known
    machine: Machine

    def train(self) -> Known:
        """Train what is next until nothing is; returns what is known then."""
        known = self.known
        known.ledger.prepare()
        seen_to: set[tuple[str, int]] = set()
        with self.machine.working():
            while following := next_round(self.reasons, known, seen_to):
                if self.machine.train(following, known.ledger):
                    known = replace(known)
                seen_to.update(map(identity, following.runs))
        return known

    def failed(self, evidence: Evidence) -> list[Failure]:
        """The runs that failed: those of the evidence, and those of this bench of which the ledger
        keeps an earlier record, or which are no part of the evidence."""
        told = {record.key for _, record in evidence.failed}
        return evidence.failed + [one for one in self.machine.failed if one[1].key not in told]


@contextmanager
def begin(task: Task, options: BenchOptions, console: Console, train: Trainer) -> Iterator[Loop]:
    """The task's loop, after a line on each recipe that trains on a slower engine.

    Raises InputError.
    """
    short = task.study.short if options.gate else None
    recipes = task.part.recipes + (short.recipes if short else ())
    engines = choose_for(task.study, recipes, options.engine)
    if options.cluster:
        engines = on_processors(engines)
    if options.engine == AUTO and not task.study.printed:
        own = [recipe for recipe in recipes if isinstance(recipe, Recipe)]
        for line in remarks(own, task.study.data):
            say(console, line)
    with tempfile.TemporaryDirectory(prefix="harness-") as progress:
        machine = Machine(options, task.selection, engines, Path(progress), console, train)
        ledger = Ledger(options.ledger)
        epochs = task.selection.epochs
        known = Known(task.study, task.part, ledger, engines, machine.workers, epochs)
        reasons = _reasons(options, task)
        yield Loop(reasons, known, machine)


def _reasons(options: BenchOptions, task: Task) -> list[Reason]:
    """The reasons to train, in order; a selected part is trained as declared, without adaptive
    seeds or looks."""
    part = task.selection.is_part
    adaptive, looks = task.study.budget is not None, bool(task.study.looks)
    wanted = {
        ADAPTIVE: adaptive and not part,
        LOOKS: looks and not part,
        DECLARED: part or not (adaptive or looks),
        CONFIRMATION: options.confirm,
        GATE: options.gate,
    }
    return [reason for reason, is_wanted in wanted.items() if is_wanted]
