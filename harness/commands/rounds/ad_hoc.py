"""`--set lr=0.1`: a study's recipes changed on the command line, without another file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from ...base.errors import InputError
from ...base.fingerprint import fingerprint
from ...study.declaration import Study
from ...study.identity import AnyRecipe
from ...study.loading.problems import key_in_file, plain

NOT_CHANGEABLE: Final = ("name", "architecture", "command", "inputs")
"""Keys that cannot be set: a recipe that differs in these must be declared in a study file."""

MOST_LETTERS: Final = 100
"""Most letters of the changes in the name of the study and of its report's folder."""


def with_changes(study: Study, changes: Sequence[str] | None) -> Study:
    """The study with each `KEY=VALUE` set in every recipe, under a name that says so.

    Keys are those of a recipe in a study file, with dots for its tables; values are TOML, or text.
    Published runs, claims and the gate belong to the declared study and are left out. Raises
    InputError.
    """
    if not changes:
        return study
    recipes = study.recipes
    for change in changes:
        recipes = tuple(_changed(recipe, change) for recipe in recipes)
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", " ".join(changes)).strip("-")
    if len(slug) > MOST_LETTERS:
        slug = f"{slug[:MOST_LETTERS]}-{fingerprint(list(changes))[:8]}"
    notes = f"{study.notes}\n\nEvery recipe was changed on the command line: {', '.join(changes)}."
    return replace(
        study,
        name=f"{study.name}-{slug}",
        recipes=recipes,
        published={},
        claims=(),
        gate=None,
        notes=notes.strip(),
    )


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
    table[path[-1]] = _value(text)
    try:
        return type(recipe).model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = key_in_file(type(recipe), first["loc"])
        raise InputError(
            f"--set {change}: {place} of recipe {recipe.name}: {plain(first['msg'])}"
        ) from error


def _value(text: str) -> Any:
    """The value as TOML reads it; anything else is taken for a string without quotes."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text.strip()
