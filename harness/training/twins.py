"""What a recipe amounts to: its rates step by step, and the settings that have an effect."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any, Final

import numpy as np
from pydantic import ValidationError

from ..base.own_code import is_own_function
from ..engines.draws.geometry import affine_maps, pixel_sources
from ..engines.draws.randomness import dropout_threshold
from ..study.command import SAME_COMMAND
from ..study.declaration import Study
from ..study.identity import AnyRecipe, recipe_content
from ..study.loading.problems import Problems
from ..study.recipe import SGD, Adam, AdamW, Augmentation, Recipe
from ..study.schedulers import Scheduler
from .schedules import schedule

GEOMETRY: Final = ("rotation", "translation", "scale", "shear")
NO_FAULT: Final = ("optimiser.momentum", "optimiser.betas", "scheduler.T_max")
"""Settings that people write out even where OneCycleLR or a default overrides them."""


def check_effects(study: Study, given: str = "") -> None:
    """Raises InputError if a setting has no effect, or two recipes amount to the same.

    `given` are the options that changed what the study's file declares, for the error to name.
    """
    problems = Problems(study.file, given)
    remedy = "write a study file with one of them" if given else "drop one"
    for place, part in (("recipes", study), ("gate.short.recipes", study.short)):
        if part is None:
            continue
        for recipe in part.own_recipes:
            for key, value in idle_settings(recipe, part):
                problems.add(f"{place}[{recipe.name}].{key}", _advice(key, part), value)
        for name, twin in twins(part):
            text = f"amounts to the same as {place}[{twin}], at every step"
            if study.printed:
                text = f"{SAME_COMMAND} {place}[{twin}]"
            problems.add(f"{place}[{name}]", f"{text}; {remedy}")
    problems.raise_any()


def twins(study: Study) -> Iterator[tuple[str, str]]:
    """The name of each recipe that amounts to the same as an earlier one, and the earlier name."""
    found: dict[str, str] = {}
    for recipe in study.recipes:
        twin = found.setdefault(_digest(recipe, study), recipe.name)
        if twin != recipe.name:
            yield recipe.name, twin


def _digest(recipe: AnyRecipe, study: Study) -> str:
    """Of all that decides the recipe's runs."""
    if isinstance(recipe, Recipe):
        return training_digest(recipe, study)
    return recipe_content(recipe, study.definitions[recipe.defined_by])


def _advice(key: str, study: Study) -> str:
    _, height, width = study.data.shape
    match key.rpartition(".")[2]:
        case "translation":
            return "moves no image: it is rounded to whole pixels; give 1 or more"
        case "rotation" | "scale" | "shear":
            return f"moves no pixel in images of {height} x {width}; give more, or leave it out"
        case "scheduler":
            epochs = study.criterion.epochs
            return f'never changes the rate in {epochs} epochs; leave it out, or write "none"'
    return "has no effect beside the other settings; leave it out"


def training_digest(recipe: Recipe, study: Study) -> str:
    """Digest of all that decides the bits of the recipe's runs: recipes with the same are one."""
    data, regulariser = study.data, recipe.regulariser
    batch = min(recipe.batch_size, data.train)
    steps = math.ceil(data.train / batch)
    rates, moved = _rates(recipe.scheduler, recipe.lr, study.criterion.epochs, steps)
    own = recipe.architecture if is_own_function(recipe.architecture) else None
    parts = (
        study.definitions[recipe.architecture],
        own,
        batch,
        rates,
        _optimiser(recipe, momentum_moves=moved),
        _augmentation(recipe.augmentation, data.shape[1:], study.criterion.epochs),
        dropout_threshold(regulariser.dropout),
        regulariser.l1,
        regulariser.label_smoothing,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def idle_settings(recipe: Recipe, study: Study) -> Iterator[tuple[str, object]]:
    """Key and value of each setting without which the recipe would amount to the same."""
    as_it_is = training_digest(recipe, study)
    idle: list[str] = []
    for key, value, rest in _without_each(recipe.model_dump(exclude_defaults=True)):
        inside = any(key.startswith(f"{outer}.") for outer in idle)
        if key in NO_FAULT or inside:
            continue
        try:
            same = training_digest(Recipe.model_validate(rest), study) == as_it_is
        except ValidationError:  # it has no default, or others need it
            continue
        if same:
            idle.append(key)
            yield key, value


def _without_each(table: dict[str, Any]) -> Iterator[tuple[str, object, dict[str, Any]]]:
    """Each setting of the recipe's tables, outer ones first, and the recipe without it."""
    scheduler = table.get("scheduler", {"name": "none"})
    if scheduler["name"] != "none":
        warmup = scheduler.get("warmup")
        rise = {"warmup": warmup} if isinstance(warmup, dict) else {}
        yield "scheduler", scheduler["name"], {**table, "scheduler": {"name": "none", **rise}}
    for name in ("optimiser", "scheduler", "augmentation", "regulariser"):
        inner = table.get(name, {})
        for key, value in inner.items():
            rest = {other: kept for other, kept in inner.items() if other != key}
            yield f"{name}.{key}", value, {**table, name: rest}


@cache
def _rates(scheduler: Scheduler, lr: float, epochs: int, steps: int) -> tuple[str, bool]:
    """Digest of the rates and momenta of all steps, and whether the momentum changes."""
    rates = schedule(Recipe.model_construct(scheduler=scheduler, lr=lr), epochs, steps)
    digest = hashlib.sha256(rates.lr.astype(np.float32).tobytes())
    if rates.momentum is not None:
        digest.update(rates.momentum.tobytes())
    return digest.hexdigest(), rates.momentum is not None


def _optimiser(recipe: Recipe, *, momentum_moves: bool) -> tuple[object, ...]:
    """The optimiser's settings that have an effect; decay added to the gradient counts as l2."""
    optimiser, l2 = recipe.optimiser, recipe.regulariser.l2
    match optimiser:
        case SGD(momentum=momentum, nesterov=nesterov, weight_decay=decay):
            return "SGD", None if momentum_moves else momentum, nesterov, decay + l2
        case Adam() | AdamW():
            first, second = optimiser.betas
            decay = optimiser.weight_decay
            is_adam = isinstance(optimiser, Adam)
            added, separate = (decay + l2, 0.0) if is_adam else (l2, decay)
            fixed = None if momentum_moves else first
            return "Adam", fixed, second, optimiser.eps, added, separate


def _augmentation(wanted: Augmentation, size: tuple[int, int], epochs: int) -> tuple[object, ...]:
    """The settings that change an image, and in how many epochs they do so."""
    augmented = wanted.augmented_epochs(epochs)
    if augmented == 0:
        wanted = Augmentation()
    moves = _moves(wanted, size)
    jitter = tuple(
        value if np.float32(1 - value) < 1 else 0 for value in (wanted.brightness, wanted.contrast)
    )
    erasing = (wanted.erasing, wanted.erasing_fill) if wanted.erasing else ()
    sampling = (wanted.interpolation, wanted.fill) if any(moves) else None
    acts = any(jitter) or any(moves) or bool(erasing)
    return jitter, moves, sampling, erasing, augmented if acts else epochs


def _moves(wanted: Augmentation, size: tuple[int, int]) -> tuple[float, ...]:
    """Rotation, translation, scale and shear, each 0 where it takes no pixel from elsewhere."""
    smooth = wanted.interpolation == "bilinear"
    settings = {name: getattr(wanted, name) for name in GEOMETRY}
    if round(settings["translation"]) == 0:
        settings["translation"] = 0.0
    for name in GEOMETRY:
        without = {**settings, name: 0.0}
        reached = _extremes(**settings, size=size, smooth=smooth)
        if reached == _extremes(**without, size=size, smooth=smooth):
            settings = without
    return tuple(settings.values())


@cache
def _extremes(
    rotation: float,
    translation: float,
    scale: float,
    shear: float,
    size: tuple[int, int],
    *,
    smooth: bool,
) -> bytes:
    """Where each pixel takes its grey from, with every setting at either end of its range.

    If `smooth`, that may be anywhere between pixels; else it is the nearest pixel.
    """
    signs = np.array(list(product((-1.0, 1.0), repeat=5))).T
    turns, right, down, factors, slants = (
        end * sign if end else None
        for end, sign in zip((rotation, translation, translation, scale, shear), signs, strict=True)
    )
    factors = None if factors is None else 1 + factors
    maps = affine_maps(turns, [right, down], factors, slants, (signs.shape[1], *size))
    if smooth:
        return b"" if maps is None else maps.tobytes()
    still = np.tile(np.arange(size[0] * size[1], dtype=np.int32), (signs.shape[1], 1))
    return (still if maps is None else pixel_sources(maps, size)).tobytes()
