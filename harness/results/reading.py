"""Reading the records of many recipes, on all cores if there are many records."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from itertools import repeat
from typing import Final

from ..base.workers import start_worker, starting_workers
from .ledger import Damage, Ledger
from .record import RunRecord

Found = list[RunRecord | Damage]

MANY: Final = 1_000
"""From this number of record files on, reading takes longer than starting processes."""


def read_recipes(
    ledger: Ledger, recipe_keys: Sequence[str], seeds: Collection[int]
) -> Iterator[Found]:
    """What `read_recipe` finds for each recipe, in the given order; raises StorageError."""
    if sum(map(ledger.count, recipe_keys)) >= MANY:
        from joblib import cpu_count

        if (readers := min(cpu_count(), len(recipe_keys))) > 1:
            return _side_by_side(readers, ledger, recipe_keys, seeds)
    return _here(ledger, recipe_keys, seeds)


def read_recipe(ledger: Ledger, recipe_key: str, seeds: Collection[int]) -> Found:
    """The recipe's records with these seeds and its damaged files; raises StorageError.

    Records keep only the mistakes of their last epoch.
    """
    return [
        entry if isinstance(entry, Damage) else entry.with_last_mistakes()
        for entry in ledger.of_recipe(recipe_key)
        if isinstance(entry, Damage) or entry.seed in seeds
    ]


def _here(ledger: Ledger, recipe_keys: Sequence[str], seeds: Collection[int]) -> Iterator[Found]:
    return (read_recipe(ledger, key, seeds) for key in recipe_keys)


def _side_by_side(
    readers: int, ledger: Ledger, recipe_keys: Sequence[str], seeds: Collection[int]
) -> Iterator[Found]:
    """In processes of their own: joblib has one pool, so those that train would end, and start
    again for the next round of runs."""
    from joblib.externals.loky.process_executor import ProcessPoolExecutor

    start = {"initializer": start_worker, "initargs": (os.getpid(), os.getcwd())}
    try:
        with starting_workers():  # the first lock starts a process too
            pool = ProcessPoolExecutor(readers, **start)
    except OSError:  # without /dev/shm, processes share no lock
        yield from _here(ledger, recipe_keys, seeds)
        return
    try:
        with starting_workers():
            found = pool.map(read_recipe, repeat(ledger), recipe_keys, repeat(seeds))
        yield from found
    finally:
        pool.shutdown(kill_workers=True)
