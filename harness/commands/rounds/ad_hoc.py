"""`--set lr=0.1`: a study's recipes changed on the command line, without another file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from ...base.errors import InputError
from ...base.fingerprint import fingerprint
from ...base.words import cut
from ...study.declaration import Study
from ...study.identity import AnyRecipe
from ...study.loading.checks import check_against_data, check_dropout
from ...study.loading.problems import MISSING, Problems, complaint, under
from ...study.loading.toml import TOO_LARGE, read_value, too_large

NOT_CHANGEABLE: Final = ("name", "architecture", "command", "inputs")
"""Keys that cannot be set: a recipe that differs in these must be declared in a study file."""

MOST_LETTERS: Final = 100
"""Most letters of the changes in the name of the study and of its report's folder."""
TOLD: Final = re.compile(r"[\w.]+=[A-Za-z0-9.]+(e-[0-9]+)?")
"""A change that no other has the letters and digits of, which are all that is in that name."""
PLAIN: Final = re.compile(r"[A-Za-z0-9.]+")
"""A recipe's name of which the same is true."""


def as_options(changes: Sequence[str] | None) -> str:
    """The options that make these changes, for errors."""
    return " ".join(f"--set {change}" for change in changes or ())


def with_changes(
    study: Study, changes: Sequence[str] | None, selected: Sequence[AnyRecipe] | None = None
) -> Study:
    """The study with each `KEY=VALUE` set in every recipe, under a name that says so.

    It has only the recipes that are `selected`, by default all, and its name says that too: others
    need not bear the change. Keys are those of a recipe in a study file, with dots for its tables;
    values are TOML, or text. Published runs, claims and the gate belong to the declared study and
    are left out. Raises InputError.
    """
    if not changes:
        return study
    recipes = study.recipes if selected is None else tuple(selected)
    only = [one.name for one in recipes] if recipes != study.recipes else []
    for change in changes:
        recipes = tuple(_changed(recipe, change) for recipe in recipes)
    notes = f"{study.notes}\n\nEvery recipe was changed on the command line: {', '.join(changes)}."
    changed = replace(
        study,
        name=f"{study.name}-{_slug(changes, only)}",
        recipes=recipes,
        published={},
        claims=(),
        gate=None,
        notes=notes.strip(),
    )
    _check(changed, Problems(study.file, as_options(changes)))
    return changed


def _slug(changes: Sequence[str], only: Sequence[str]) -> str:
    """The changes, and the names of the only recipes, in a form that can name a folder; other ones
    have another."""
    words = [*changes, *(["only", *only] if only else ())]
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", " ".join(words)).strip("-")
    is_told = all(map(TOLD.fullmatch, changes)) and all(map(PLAIN.fullmatch, only))
    if len(slug) <= MOST_LETTERS and is_told:
        return slug
    return f"{slug[:MOST_LETTERS]}-{fingerprint(words)[:8]}"


def _check(study: Study, problems: Problems) -> None:
    """Raises InputError for a recipe that a study file could not declare."""
    for recipe in study.own_recipes:
        place = under(f"recipes[{recipe.name}]")
        check_dropout(place, recipe.architecture, recipe.regulariser.dropout, problems)
        for data in study.trained_on:
            check_against_data(place, recipe, data, study.criterion.epochs, problems)
    problems.raise_any()


def _changed(recipe: AnyRecipe, change: str) -> AnyRecipe:
    key, equals, text = change.partition("=")
    path = [part.strip() for part in key.split(".")]
    if not equals or not all(path):
        raise InputError(f"--set {change}: write KEY=VALUE, as in lr=0.1")
    if path[0] in NOT_CHANGEABLE:
        raise InputError(f"--set {change}: {path[0]} cannot be set; write a study file instead")
    fields = recipe.model_dump()
    table: Any = fields
    for part in path[:-1]:
        table = table.get(part) if isinstance(table, dict) else None
    if not isinstance(table, dict):
        raise InputError(
            f"--set {change}: {'.'.join(path[:-1])} is not a table of recipe {recipe.name}"
        )
    table[path[-1]] = value = read_value(text)
    if list(too_large(value)):
        raise InputError(f"--set {cut(change)}: {TOO_LARGE}")
    try:
        return type(recipe).model_validate(fields)
    except ValidationError as error:
        # A key that is missing may be one that is misspelt.
        first = min(error.errors(), key=lambda details: details["type"] in MISSING)
        place, text = complaint(type(recipe), first)
        raise InputError(
            f"--set {cut(change)}: {under('')(place)} of recipe {recipe.name}: {text}"
        ) from error
