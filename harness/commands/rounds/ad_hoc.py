"""`--set lr=0.1`: a study's recipes changed on the command line, without another file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from ...base.errors import InputError
from ...study.declaration import AnyRecipe, Study

NOT_CHANGEABLE: Final = ("name", "architecture", "command", "inputs")
"""A recipe that differs in these is another recipe, which a study file declares."""


def changed(study: Study, changes: Sequence[str] | None) -> Study:
    """The study with each `KEY=VALUE` set in every recipe, under a name that says so.

    Keys are those of a recipe in a study file, with dots into its tables; values are TOML, or text.
    What was published or is guarded is of the study as declared, and left out. Raises InputError.
    """
    if not changes:
        return study
    recipes = study.recipes
    for change in changes:
        recipes = tuple(_changed(recipe, change) for recipe in recipes)
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", " ".join(changes)).strip("-")
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
        place = ".".join(map(str, first["loc"]))
        raise InputError(
            f"--set {change}: {place} of recipe {recipe.name}: {first['msg']}"
        ) from error


def _value(text: str) -> Any:
    """The value as TOML has it; text that is no TOML is a string without its quotes."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text.strip()
