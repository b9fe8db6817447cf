"""The axes along which recipes differ, and their levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from .fields import Strict
from .recipe import Recipe

# Axis -> (the place of its value in a recipe, the prefix of its label in the recipe's name).
AXES: dict[str, tuple[str, str]] = {
    "architecture": ("architecture", ""),
    "lr": ("lr", "lr"),
    "scheduler": ("scheduler", ""),
    "batch_size": ("batch_size", "batch"),
    "dropout": ("regulariser.dropout", "dropout"),
    "augmentation": ("augmentation", ""),
    "weight_decay": ("optimiser.weight_decay", "decay"),
}


def in_words(axis: str) -> str:
    """An axis's name in a sentence."""
    return "learning rate" if axis == "lr" else axis.replace("_", " ")


def label(axis: str, value: object) -> str:
    """A level of an axis, as in the name of a recipe."""
    if isinstance(value, dict):
        named = [str(value["name"])] if "name" in value else []
        rest = [_short(key, part, bare=bool(named)) for key, part in value.items() if key != "name"]
        return "-".join(named + rest) or "plain"
    return AXES[axis][1] + str(value).rpartition(":")[2]


def _short(key: str, value: object, *, bare: bool) -> str:
    if isinstance(value, dict):
        return "-".join([key, *(_short(k, v, bare=False) for k, v in value.items())])
    if isinstance(value, list):
        value = "+".join(map(str, value))
    return str(value) if bare else f"{key}{value}"


def grid_levels(recipes: Sequence[Recipe]) -> dict[str, dict[str, str]]:
    """Levels by axis and recipe, for the axes along which the recipes differ.

    Empty unless the recipes are all combinations of the axes' levels, each once.
    """
    levels = {
        axis: {recipe.name: label(axis, _get(recipe, place)) for recipe in recipes}
        for axis, (place, _) in AXES.items()
    }
    return crossed(levels, [recipe.name for recipe in recipes])


def axis_levels(axes: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """`grid_levels` of recipes whose axes are their own: levels by recipe, then by axis."""
    names = dict.fromkeys(axis for own in axes.values() for axis in own)
    found = {axis: {recipe: own.get(axis, "") for recipe, own in axes.items()} for axis in names}
    return crossed(found, list(axes))


def crossed(levels: dict[str, dict[str, str]], names: Sequence[str]) -> dict[str, dict[str, str]]:
    """The axes whose levels vary; empty unless the recipes are all combinations of the levels."""
    varied = {axis: found for axis, found in levels.items() if len(set(found.values())) > 1}
    combinations = {tuple(found[name] for found in varied.values()) for name in names}
    full = prod(len(set(found.values())) for found in varied.values())
    return varied if full == len(combinations) == len(names) else {}


def _get(recipe: Recipe, place: str) -> object:
    value: object = recipe
    for key in place.split("."):
        value = getattr(value, key, None)
    return value.model_dump(exclude_defaults=True) if isinstance(value, Strict) else value
