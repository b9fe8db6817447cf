"""What a recipe amounts to: its rates step by step, and those of its settings that do something."""

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
from ..study.declaration import Study
from ..study.loading.problems import Problems
from ..study.recipe import SGD, Adam, AdamW, Augmentation, Recipe
from ..study.schedulers import Scheduler
from .schedules import schedule

GEOMETRY: Final = ("rotation", "translation", "scale", "shear")
NO_FAULT: Final = ("optimiser.momentum", "optimiser.betas", "scheduler.T_max")
"""Settings that are written out by custom even where OneCycleLR or a default takes their place."""


def check_effects(study: Study) -> None:
    """Check that every setting has an effect and no two recipes are one; raises InputError."""
    problems = Problems(study.file)
    for place, part in (("recipes", study), ("gate.short.recipes", study.short)):
        if part is None:
            continue
        for recipe in part.own_recipes:
            for key, value in idle_settings(recipe, part):
                problems.add(f"{place}[{recipe.name}].{key}", _advice(key, part), value)
        for name, twin in twins(part):
            text = f"amounts to the same as {place}[{twin}], at every step; drop one"
            problems.add(f"{place}[{name}]", text)
    problems.raise_any()


def twins(study: Study) -> Iterator[tuple[str, str]]:
    """Each recipe that amounts to the same as an earlier one, with the name of that."""
    found: dict[str, str] = {}
    for recipe in study.own_recipes:
        twin = found.setdefault(effect(recipe, study), recipe.name)
        if twin != recipe.name:
            yield recipe.name, twin


def _advice(key: str, study: Study) -> str:
    _, height, width = study.data.shape
    match key.rpartition(".")[2]:
        case "translation":
            return "moves no image: it is in pixels, rounded to whole ones; give 1 or more"
        case "rotation" | "scale" | "shear":
            return f"moves no pixel of images of {height} x {width}; give more, or leave it out"
        case "scheduler":
            epochs = study.criterion.epochs
            return f'never changes the rate of {epochs} epochs; leave it out, or write "none"'
    return "has no effect beside the other settings; leave it out"


def effect(recipe: Recipe, study: Study) -> str:
    """Digest of all that decides the bits of the recipe's runs: equal ones are one recipe."""
    data, regulariser = study.data, recipe.regulariser
    batch = min(recipe.batch_size, data.train)
    steps = math.ceil(data.train / batch)
    rates, moved = _rates(recipe.scheduler, recipe.lr, study.criterion.epochs, steps)
    own = recipe.architecture if is_own_function(recipe.architecture) else None
    parts = (
        *(study.definitions[recipe.architecture], own, batch, rates),
        *_optimiser(recipe, momentum_moves=moved),
        *_augmentation(recipe.augmentation, data.shape[1:], study.criterion.epochs),
        *(dropout_threshold(regulariser.dropout), regulariser.l1, regulariser.label_smoothing),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def idle_settings(recipe: Recipe, study: Study) -> Iterator[tuple[str, object]]:
    """Key and value of each setting without which the recipe would amount to the same."""
    as_it_is = effect(recipe, study)
    idle: list[str] = []
    for key, value, rest in _without_each(recipe.model_dump(exclude_defaults=True)):
        inside = any(key.startswith(f"{outer}.") for outer in idle)
        if key in NO_FAULT or inside:
            continue
        try:
            same = effect(Recipe.model_validate(rest), study) == as_it_is
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
    """Digest of the rates and momenta of all steps, and whether momentum moves."""
    rates = schedule(Recipe.model_construct(scheduler=scheduler, lr=lr), epochs, steps)
    digest = hashlib.sha256(rates.lr.astype(np.float32).tobytes())
    if rates.momentum is not None:
        digest.update(rates.momentum.tobytes())
    return digest.hexdigest(), rates.momentum is not None


def _optimiser(recipe: Recipe, *, momentum_moves: bool) -> tuple[object, ...]:
    """The optimiser's settings that act; decay that is added to the gradient is l2."""
    optimiser, l2 = recipe.optimiser, recipe.regulariser.l2
    match optimiser:
        case SGD(momentum=momentum, nesterov=nesterov, weight_decay=decay):
            return "SGD", None if momentum_moves else momentum, nesterov, decay + l2
        case Adam() | AdamW():
            first, second = optimiser.betas
            decay = optimiser.weight_decay
            added, apart = (decay + l2, 0.0) if isinstance(optimiser, Adam) else (l2, decay)
            return "Adam", None if momentum_moves else first, second, optimiser.eps, added, apart


def _augmentation(wanted: Augmentation, size: tuple[int, int], epochs: int) -> tuple[object, ...]:
    """The settings that change an image, and in how many epochs they do."""
    augmented = wanted.augmented_epochs(epochs)
    if augmented == 0:
        wanted = Augmentation()
    moves = _moves(wanted, size)
    jitter = tuple(
        value if np.float32(1 - value) < 1 else 0 for value in (wanted.brightness, wanted.contrast)
    )
    erasing = (wanted.erasing, wanted.erasing_fill) if wanted.erasing else ()
    sampling = (wanted.interpolation, wanted.fill) if any(moves) else None
    settings = (*jitter, moves, sampling, erasing)
    return *settings, augmented if any(jitter) or any(moves) or erasing else epochs


def _moves(wanted: Augmentation, size: tuple[int, int]) -> tuple[float, ...]:
    """Rotation, translation, scale and shear, each 0 where it takes no pixel from elsewhere."""
    smooth = wanted.interpolation == "bilinear"
    settings = {name: getattr(wanted, name) for name in GEOMETRY}
    if round(settings["translation"]) == 0:
        settings["translation"] = 0.0
    for name in GEOMETRY:
        without = {**settings, name: 0.0}
        reached, before = (
            _extremes(*values.values(), size, smooth=smooth) for values in (settings, without)
        )
        if reached == before:
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

    If it is smooth, from anywhere between pixels; else from the nearest pixel.
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
