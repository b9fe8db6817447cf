"""The names of recipes, and what else the files say of each: axes and parameters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from ..base.errors import InputError
from ..base.words import one_line, shorten, some
from ..study.imported import SIZE
from ..study.loading.import_table import ImportTable
from ..study.measure import MOST_COUNTED
from .cells import texts
from .long_table import RUN_NAME, LongTable, MetricColumns, as_texts

MOST_LETTERS: Final = 80
MOST_LETTERS_OF_AXIS: Final = 200
MOST_AXES: Final = 100
FOREIGN: Final = re.compile(r"[^A-Za-z0-9._+=-]+")
"""Characters that do not belong in a file's name."""
NUMBER: Final = re.compile(r"[-+.]+\d")
"""The beginning of a number that would change without its sign or point."""


def names_of(
    tables: Iterable[LongTable], declared: ImportTable
) -> tuple[list[list[str]], dict[str, str]]:
    """The name of each row's recipe, table by table: `lr=0.1-width=8` from several columns. Also
    what the files write for each name.

    A name that begins with the sign or point of a number has its column before it: `lr=-1`. Letters
    lose their accents, other characters that do not belong in a file's name become hyphens, signs
    and points at both ends go, and at most MOST_LETTERS characters stay. Raises InputError if that
    gives two recipes the same name, or leaves nothing of a name.
    """
    named: dict[str, str] = {}
    owner: dict[str, str] = {}
    found = []
    for table in tables:
        written = _written(table, declared)
        for original in dict.fromkeys(written):
            if original not in named:
                named[original] = _name(original, owner, table, written.index(original), declared)
        found.append([named[original] for original in written])
    return found, owner


def _written(table: LongTable, declared: ImportTable) -> list[str]:
    """The recipe of each row as the file writes it, from the cells of its columns."""
    parts = [texts(table, column) for column in declared.recipe]
    if len(parts) == 1:
        return parts[0]
    labels = [
        [f"{column}={cell}" for cell in part]
        for column, part in zip(declared.recipe, parts, strict=True)
    ]
    return ["-".join(row) for row in zip(*labels, strict=True)]


def _name(
    original: str, owner: dict[str, str], table: LongTable, index: int, declared: ImportTable
) -> str:
    written = f"{declared.recipe[0]}={original}" if NUMBER.match(original) else original
    apart = unicodedata.normalize("NFKD", written)
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    name = FOREIGN.sub("-", plain).strip("-._+=")[:MOST_LETTERS]
    if not name:
        text = f"{shorten(original)} is not a name; give one with digits, or letters from a to z"
        raise table.fault(index, declared.recipe[0], text)
    if name in owner:
        text = f"{shorten(original)} and {shorten(owner[name])} would both be called {name}"
        raise table.fault(index, declared.recipe[0], f"{text}; rename one of the recipes")
    owner[name] = original
    return name


def remarks_on_names(written: Mapping[str, str], declared: ImportTable) -> Iterator[str]:
    """What should be known of the names of recipes, given what the files write for each."""
    changed = [
        f"{shorten(original)} is {name}"
        for name, original in written.items()
        if name not in (original, f"{declared.recipe[0]}={original}")
    ]
    if changed:
        yield f"names that were changed: {some(changed)}"
    alike: dict[str, list[str]] = {}
    for name in written:
        alike.setdefault(name.lower(), []).append(name)
    if groups := [" beside ".join(names) for names in alike.values() if len(names) > 1]:
        yield (
            f"names that differ only in capitals: {some(groups)}; write them alike if they are one "
            "recipe"
        )


def axes_of(
    tables: Iterable[LongTable],
    names: Iterable[list[str]],
    declared: ImportTable,
    metric: MetricColumns,
) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The other columns that are constant within every recipe, as texts by recipe and column.

    A recipe that a column says nothing of has no such axis, and neither is the name that a tracker
    gave to a run. Also the names of the columns that are ignored: they are not constant, or are too
    many.
    """
    used = {declared.seed, declared.epoch, metric.value, metric.total}
    if len(declared.recipe) == 1:  # several are axes themselves
        used |= {*declared.recipe}
    found: dict[str, dict[str, str | None]] = {}
    varying: dict[str, None] = {}
    for table, own in zip(tables, names, strict=True):
        taken = used if table.runs is None else used | ({RUN_NAME} - {*declared.recipe})
        for column in [name for name in map(str, table.frame.columns) if name not in taken]:
            for recipe, stated in _stated(own, table.frame[column]):
                if found.setdefault(recipe, {}).setdefault(column, stated) != stated:
                    varying[column] = None
    constant = dict.fromkeys(name for own in found.values() for name in own if name not in varying)
    axes = _foremost(list(constant), found, {*declared.recipe, SIZE})
    kept = {
        recipe: {
            _plain(name): _plain(stated) for name in axes if (stated := own.get(name)) is not None
        }
        for recipe, own in found.items()
    }
    return kept, [_plain(name) for name in (*varying, *(n for n in constant if n not in axes))]


def _foremost(
    names: list[str], stated: Mapping[str, Mapping[str, str | None]], first: Collection[str]
) -> list[str]:
    """At most MOST_AXES of these columns, in their order: the `first` ones, then those in which
    recipes differ, since a tracker's runs may have hundreds of parameters."""
    differing = [name for name in names if len({own.get(name) for own in stated.values()}) > 1]
    ranked = dict.fromkeys([*(n for n in names if n in first), *differing, *names])
    kept = {*list(ranked)[:MOST_AXES]}
    return [name for name in names if name in kept]


def _stated(recipes: Sequence[str], cells: pd.Series[Any]) -> Iterator[tuple[str, str | None]]:
    """Each recipe with each of the texts that a column has for it; None where nothing is there."""
    columns = {
        "recipe": recipes,
        "cell": as_texts(cells).to_numpy(),
        "there": cells.notna().to_numpy(),
    }
    distinct = pd.DataFrame(columns).drop_duplicates()
    for recipe, cell, there in distinct.itertuples(index=False):
        yield recipe, cell if there else None


def _plain(text: str) -> str:
    """A name or cell on one line, cut to the length that a record may hold."""
    return one_line(text)[:MOST_LETTERS_OF_AXIS]


def parameters_of(recipe: str, axes: dict[str, str], file: str) -> int:
    """The trainable parameters that a column states, or 0; raises InputError."""
    said = axes.get(SIZE)
    if said is None:
        return 0
    digits = said.removesuffix(".0")
    if not (digits.isascii() and digits.isdecimal() and 0 < int(digits) <= MOST_COUNTED):
        raise InputError(
            f"{file}: column {SIZE}: {shorten(said)}, of recipe {recipe}, is not a number "
            f"of parameters; give a whole number from 1 to {MOST_COUNTED:,}"
        )
    return int(digits)
