"""Which runs of a store are new, and which are the committed ones that it still has."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import isfinite
from typing import Final

from ..base.words import plural, some
from ..results.elsewhere.record import ImportedRecord
from .imported import ImportedByRecipe

LEAST_DECIMALS: Final = 4
"""Values that only agree to fewer decimals may be those of two runs."""
OUT: Final = "left out, since they are committed, with the same values"
ALIKE: Final = (
    "the same values as in the committed runs with these seeds, which is evidence only if they "
    "were trained again"
)


def without_committed(
    committed: ImportedByRecipe, new: ImportedByRecipe
) -> tuple[dict[str, list[ImportedRecord]], list[str]]:
    """The new runs without committed ones that are still among them, and lines about such runs.

    A store to which new runs were added still has the committed ones. If a recipe has no others
    besides, or other values for a committed seed, they count: trained again, a program that repeats
    its runs gives the same values.
    """
    kept: dict[str, list[ImportedRecord]] = {}
    out, alike = [], []
    for name, own in new.items():
        old = {record.seed: record for record in committed[name]}
        repeated = {run.seed for run in own if run.seed in old and _repeats(run, old[run.seed])}
        others = [run for run in own if run.seed not in repeated]
        is_added_to = bool(others) and not any(run.seed in old for run in others)
        kept[name] = others if is_added_to else [*own]
        if repeated and is_added_to:
            out.append(f"{plural(len(repeated), 'run')} of {name}")
        elif repeated:
            alike.append(f"{len(repeated)} of {plural(len(own), 'run')} of {name}")
    return kept, [*_said(OUT, out), *_said(ALIKE, alike)]


def _said(what: str, runs: Sequence[str]) -> list[str]:
    return [f"{what}: {some(runs)}"] if runs else []


def _repeats(new: ImportedRecord, old: ImportedRecord) -> bool:
    """Whether both runs have the same values as far as they go, or one has them rounded."""
    return all(_are_alike(*both) for both in zip(new.course, old.course, strict=False))


def _are_alike(new: float | None, old: float | None) -> bool:
    if new is None or old is None or not (isfinite(new) and isfinite(old)):
        return new == old
    one, other = Decimal(repr(float(new))), Decimal(repr(float(old)))
    places = max(LEAST_DECIMALS, min(_decimals(one), _decimals(other)))
    return abs(one - other) <= Decimal(5).scaleb(-places - 1)


def _decimals(value: Decimal) -> int:
    """How many a finite number is written with."""
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
