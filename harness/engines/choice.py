"""Which engine trains which recipe, and why a faster one does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from ...models.layers import Architecture
from ..base.errors import InputError
from ..base.words import agreeing, allowed_names, some
from ..data.spec import DataSpec
from ..results.commanded import PROGRAMS
from ..study.declaration import Study
from ..study.engine_version import EngineVersion
from ..study.identity import AnyRecipe
from ..study.recipe import Recipe
from . import Engine
from .roster import ENGINES, engine_named

AUTO: Final = "auto"


def choose(wanted: str, recipes: Iterable[Recipe], data: DataSpec) -> dict[str, EngineVersion]:
    """The engine of each recipe, by its name: as `wanted`, or the fastest that can train it.

    Raises InputError if the wanted engine is unknown, is missing, or cannot train a recipe.
    """
    recipes = tuple(recipes)
    if wanted == AUTO:
        engines = {recipe.name: fastest_for(recipe, data) for recipe in recipes}
    else:
        engine = _insist_on(wanted, recipes, data)
        engines = dict.fromkeys((recipe.name for recipe in recipes), engine)
    versions = {engine.name: engine.version() for engine in engines.values()}
    return {recipe: versions[engine.name] for recipe, engine in engines.items()}


def choose_for(study: Study, recipes: Iterable[AnyRecipe], wanted: str) -> dict[str, EngineVersion]:
    """The engine of each of the study's recipes, by name; for commands it is PROGRAMS.

    Raises InputError as `choose` does, and if `--engine` names an engine for commands.
    """
    if study.printed is None:
        return choose(wanted, [one for one in recipes if isinstance(one, Recipe)], study.data)
    if wanted != AUTO:
        raise InputError(
            f"--engine {wanted}: the recipes of {study.file} are commands, which no engine trains; "
            "leave it out"
        )
    return {recipe.name: PROGRAMS for recipe in recipes}


def on_processors(engines: Mapping[str, EngineVersion]) -> dict[str, EngineVersion]:
    """The same engines, with the same bits, but trained without a GPU."""
    return {recipe: replace(version, by="") for recipe, version in engines.items()}


def fastest_for(recipe: Recipe, data: DataSpec) -> Engine:
    """The fastest available engine that covers the recipe."""
    return next(e for e in ENGINES if not e.missing() and not e.uncovered(recipe, data))


def fastest_for_layers(architecture: Architecture, data: DataSpec) -> Engine:
    """The fastest available engine that covers a registered architecture."""
    return next(
        engine
        for engine in ENGINES
        if not engine.missing() and not engine.uncovered_layers(architecture, data)
    )


def missing_engines() -> list[str]:
    """Why engines are not available: one line each."""
    return [reason for engine in ENGINES if engine.expected and (reason := engine.missing())]


def remarks(recipes: Iterable[Recipe], data: DataSpec) -> list[str]:
    """What keeps recipes from a faster engine if the choice is free: one line for each reason."""
    missing: dict[str, None] = {}
    slower: dict[str, list[str]] = {}
    for recipe in recipes:
        chosen = fastest_for(recipe, data)
        faster = [engine for engine in ENGINES[: ENGINES.index(chosen)] if engine.expected]
        for reason in filter(None, (engine.missing() for engine in faster)):
            instead = f"the {chosen.name} engine trains instead, several times slower"
            missing[f"{reason}; {instead}"] = None
        # The slowest available one covers as much as the faster ones.
        for engine in [engine for engine in faster if not engine.missing()][-1:]:
            gap = f"the {engine.name} engine does not cover {engine.uncovered(recipe, data)}"
            slower.setdefault(f"on the {chosen.name} engine: {gap}", []).append(recipe.name)
    return [
        *missing,
        *(
            f"{some(names)} {agreeing(len(names), 'trains', 'train')} {reason}"
            for reason, names in slower.items()
        ),
    ]


def _insist_on(wanted: str, recipes: tuple[Recipe, ...], data: DataSpec) -> Engine:
    names = [engine.name for engine in ENGINES]
    if wanted not in names:
        raise InputError(f"--engine {wanted}: unknown; {allowed_names(wanted, [AUTO, *names])}")
    engine = engine_named(wanted)
    if reason := engine.missing():
        raise InputError(f"--engine {wanted}: {reason}")
    others = " or ".join([AUTO, *(name for name in names if name != wanted)])
    gaps: dict[str, list[str]] = {}
    for recipe in recipes:
        if gap := engine.uncovered(recipe, data):
            gaps.setdefault(gap, []).append(recipe.name)
    if gaps:
        raise InputError.of(
            f"--engine {wanted}: {some(names)} {agreeing(len(names), 'has', 'have')} {gap}, which "
            f"it does not cover; use {others}"
            for gap, names in gaps.items()
        )
    return engine
