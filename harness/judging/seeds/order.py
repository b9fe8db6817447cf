"""A recipe's runs in the study's order of seeds, which is the order of training."""

from __future__ import annotations

from itertools import takewhile

from ..consistency import RunConsistency
from ..evidence import Evidence


def without_gaps(evidence: Evidence, recipe: str) -> list[RunConsistency]:
    """The recipe's runs in the study's order of seeds, up to the first seed without a run."""
    there = finished(evidence, recipe)
    return [evidence.judged(recipe)[s] for s in takewhile(there.__contains__, evidence.study.seeds)]


def finished(evidence: Evidence, recipe: str) -> set[int]:
    """Seeds whose runs have all declared epochs, or diverged.

    A run with fewer, as `bench --epochs` leaves, is trained further.
    """
    epochs = evidence.study.criterion.epochs
    return {record.seed for record in evidence.records[recipe] if record.spans(epochs)}
