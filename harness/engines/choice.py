"""Which engine trains which recipe, and why another one cannot."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from ...models.layers import Architecture
from ..base.errors import InputError
from ..data.spec import DataSpec
from ..results.version import EngineVersion
from ..study.problems import allowed_names
from ..study.recipe import Recipe
from . import numerics
from .builds import fastest
from .support import Uncovered, blocks_of, blocks_of_layers

NATIVE: Final = "native"
TORCH: Final = "torch"
AUTO: Final = "auto"
ENGINES: Final = (NATIVE, TORCH)


def choose(wanted: str, recipes: tuple[Recipe, ...], data: DataSpec) -> dict[str, EngineVersion]:
    """The engine of each recipe, by its name: as `wanted`, or the fastest that can train it.

    Raises InputError where the wanted engine is unknown, is not there, or cannot train a recipe.
    """
    if wanted not in (AUTO, *ENGINES):
        raise InputError(f"--engine {wanted}: unknown; {allowed_names(wanted, [AUTO, *ENGINES])}")
    if wanted == NATIVE:
        _insist_on_native(recipes, data)
    names = {recipe.name: _engine(wanted, recipe, data) for recipe in recipes}
    versions = {name: EngineVersion(name, numerics(name)) for name in set(names.values())}
    return {recipe: versions[name] for recipe, name in names.items()}


def remarks(recipes: tuple[Recipe, ...], data: DataSpec) -> list[str]:
    """What keeps recipes from the native engine where the choice is free: a line each."""
    if reason := native_missing():
        return [f"{reason}; the torch engine trains instead, several times slower"]
    return [
        f"{recipe.name} trains on the torch engine: the native engine does not cover {reason}"
        for recipe in recipes
        if (reason := uncovered(recipe, data))
    ]


@cache
def native_missing() -> str | None:
    """Why the native engine is not there and what to do, in one line; None where it is."""
    try:
        fastest()
    except ImportError as error:
        return str(error)
    return None


def uncovered(recipe: Recipe, data: DataSpec) -> str | None:
    """What of a recipe the native engine does not cover; None where it covers all of it."""
    return _gap(lambda: blocks_of(recipe, data))


def uncovered_layers(architecture: Architecture, data: DataSpec) -> str | None:
    """What of an architecture the native engine does not cover; None where it covers it."""
    return _gap(lambda: blocks_of_layers(architecture, data, dropout=True))


def _gap(attempt: Callable[[], object]) -> str | None:
    try:
        attempt()
    except Uncovered as gap:
        return str(gap)
    return None


def _engine(wanted: str, recipe: Recipe, data: DataSpec) -> str:
    if wanted != AUTO:
        return wanted
    return TORCH if native_missing() or uncovered(recipe, data) else NATIVE


def _insist_on_native(recipes: tuple[Recipe, ...], data: DataSpec) -> None:
    if reason := native_missing():
        raise InputError(f"--engine {NATIVE}: {reason}")
    gaps = {recipe.name: uncovered(recipe, data) for recipe in recipes}
    problems = [
        f"--engine {NATIVE}: {name} has {gap}, which it does not cover; use auto or torch"
        for name, gap in gaps.items()
        if gap
    ]
    if problems:
        raise InputError.of(problems)
