"""Runs that were resumed from a checkpoint, and so have logged some epochs again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..base.array_types import Integers
from .long_table import LongTable


def not_superseded(tables: Sequence[LongTable], epoch: Integers, *run: Integers) -> Integers:
    """(m,): the rows that count, of n rows of all tables, in ascending order.

    A row does not if a later one has its epoch, or one before it: `run` has one or more arrays,
    (n,) each, in which rows of the same run agree. Rows of different tables, or of different runs
    of a tracker, do not supersede each other.
    """
    logged = [table.runs or [""] * len(table.frame) for table in tables]
    part = _numbered(*run, np.unique(np.concatenate(logged), return_inverse=True)[1])
    order = np.lexsort((np.arange(len(part)), part))
    kept = np.ones(len(part), dtype=bool)
    for rows in np.split(order, np.flatnonzero(np.diff(part[order])) + 1):
        least = np.minimum.accumulate(epoch[rows][::-1])[::-1]
        kept[rows[:-1]] = epoch[rows[:-1]] < least[1:]
    return np.flatnonzero(kept)


def _numbered(*keys: npt.NDArray[np.int64]) -> Integers:
    """(n,): the same number where all keys are the same."""
    found: Integers = np.unique(np.stack(keys), axis=1, return_inverse=True)[1].reshape(-1)
    return found
