"""The epochs of a run that no engine trained: only their measured values are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..base.fingerprint import fingerprint


@dataclass(frozen=True, slots=True)
class MeasuredEpoch:
    """An epoch with the fields that tables use; those that only an engine knows are None."""

    epoch: int
    value: float
    """A count, or whatever else was measured."""
    total: int | None
    seconds: float | None = None
    """None if the time is not known."""
    lr: ClassVar[None] = None
    train_loss: ClassVar[None] = None
    train_correct: ClassVar[None] = None
    test_loss: ClassVar[None] = None
    weight_digest: ClassVar[None] = None


def measured_digest(
    status: str, measure: str, total: int | None, values: Sequence[int | float]
) -> str:
    """SHA-256 of how a run ended and of everything that was measured in it."""
    return fingerprint([status, measure, total, list(values)])
