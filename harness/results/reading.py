"""Reading the records of many recipes, on all cores if there are many records."""

from __future__ import annotations

import signal
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final

from .ledger import Damage, Ledger
from .record import RunRecord

Found = list[RunRecord | Damage]

MANY: Final = 1_000
"""From this number of record files on, reading takes longer than starting processes."""


def read_recipes(
    ledger: Ledger, recipe_keys: Sequence[str], seeds: Collection[int]
) -> Iterator[Found]:
    """What `read_recipe` finds for each recipe, in the given order; raises StorageError."""
    if sum(map(ledger.count, recipe_keys)) < MANY:
        return (read_recipe(ledger, key, seeds) for key in recipe_keys)
    from joblib import Parallel, delayed

    pool: Callable[..., Iterator[Found]] = Parallel(
        n_jobs=-1, return_as="generator", **_interrupts_are_for_the_parent()
    )
    return pool(delayed(read_recipe)(ledger, key, seeds) for key in recipe_keys)


def read_recipe(ledger: Ledger, recipe_key: str, seeds: Collection[int]) -> Found:
    """The recipe's records with these seeds and its damaged files; raises StorageError.

    Records keep only the mistakes of their last epoch.
    """
    return [
        entry if isinstance(entry, Damage) else entry.with_last_mistakes()
        for entry in ledger.of_recipe(recipe_key)
        if isinstance(entry, Damage) or entry.seed in seeds
    ]


def _interrupts_are_for_the_parent() -> dict[str, Any]:
    return {"initializer": signal.signal, "initargs": (signal.SIGINT, signal.SIG_IGN)}
