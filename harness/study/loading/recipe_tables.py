"""The recipes of a study file, as tables that are merged with `[defaults]`."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from math import prod
from typing import Any, Final, Generic, NamedTuple, TypeVar

from ...base.words import cut
from ..axes import AXES, label
from ..identity import AnyRecipe
from .grid import expand
from .problems import Location, Place, Problems, shorten_toml, under
from .toml import Table

MOST_RECIPES: Final = 1_000
RecipeTable = tuple[str, Table, Place]
"""A recipe's title, its content, and the keys that the user wrote for it."""
AnyOf = TypeVar("AnyOf", bound=AnyRecipe)


class ReadRecipes(NamedTuple, Generic[AnyOf]):
    """What was read of the recipes of a file."""

    valid: list[AnyOf]
    names: list[str]
    """Of all recipes, so that what refers to one that is not valid is not called wrong too."""
    definitions: dict[str, str]
    """Digests of what the valid recipes are defined by, by its name."""


def names_in(tables: Iterable[Table]) -> list[str]:
    """The names in these recipe tables."""
    return [table["name"] for table in tables if isinstance(table.get("name"), str)]


def recipe_tables(raw: Table, problems: Problems) -> Iterator[RecipeTable]:
    """All recipes of the study: those under `[[recipes]]`, then those of `[grid]`."""
    defaults = subtable(raw, "defaults", problems)
    grid = subtable(raw, "grid", problems)
    axes = _axes(grid, problems)
    if not raw.get("recipes") and not grid:
        problems.add("recipes", "missing; declare at least one under [[recipes]], or a [grid]")
    yield from listed_tables("recipes", raw.get("recipes", []), defaults, problems)
    combinations = prod(map(len, axes.values()))
    if combinations > MOST_RECIPES:
        text = f"multiplies out into {combinations:,} recipes; declare at most {MOST_RECIPES:,}"
        problems.add("grid", text)
    elif axes and len(axes) == len(grid):
        place = _place_in_grid(axes, defaults)
        yield from (("grid", table, place) for table in expand(axes, defaults))


def listed_tables(
    key: str, listed: object, defaults: Table, problems: Problems
) -> Iterator[RecipeTable]:
    """All recipes under headings `[[key]]`."""
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        problems.add(key, f"write each recipe under a heading [[{key}]]", listed)
        return
    if len(listed) > MOST_RECIPES:
        problems.add(key, f"has {len(listed):,} entries; declare at most {MOST_RECIPES:,}")
        return
    for number, table in enumerate(listed, start=1):
        name = table.get("name")
        title = f"{key}[{cut(name) if isinstance(name, str) else number}]"
        yield title, defaults | table, _place(title, table, defaults)


def subtable(raw: Table, key: str, problems: Problems) -> Table:
    """The table under `key`; empty if there is none or, with a problem, if it is not a table."""
    table = raw.get(key, {})
    if isinstance(table, dict):
        return table
    problems.add(key, "should be a table", table)
    return {}


def _axes(grid: Table, problems: Problems) -> dict[str, list[Any]]:
    axes = {}
    for axis, values in grid.items():
        if axis not in AXES:
            problems.unknown(f"grid.{axis}", axis, AXES, values)
        elif not isinstance(values, list) or not values:
            problems.add(f"grid.{axis}", "should be a list of at least one value", values)
        else:
            axes[axis] = _distinct(axis, values, problems)
    return axes


def _distinct(axis: str, values: list[Any], problems: Problems) -> list[Any]:
    """The levels without those that are, or are called, the same as an earlier one."""
    levels: dict[str, Any] = {}
    for value in values:
        name = label(axis, value)
        if value in levels.values():
            text = f"contains {shorten_toml(value)} twice; levels must differ"
            problems.add(f"grid.{axis}", text, values)
        elif name in levels:
            text = f"has two levels that recipes would both name {name}; give one another name"
            problems.add(f"grid.{axis}", text, values)
        else:
            levels[name] = value
    return list(levels.values())


def _place(own: str, keys: Container[object], defaults: Table) -> Place:
    """The keys of a merged recipe: those of its own table, or of `defaults`."""

    def place(path: Location) -> str:
        inherited = path and path[0] in defaults and path[0] not in keys
        return under("defaults" if inherited else own)(path)

    return place


def _place_in_grid(axes: Container[str], defaults: Table) -> Place:
    """The keys of the recipes of a grid: the axis that a value is from, or that of `defaults`."""
    levels = {tuple(AXES[axis][0].split(".")): axis for axis in AXES if axis in axes}

    def place(path: Location) -> str:
        for at, axis in levels.items():
            if path[: len(at)] == at:
                return under(f"grid.{axis}")(path[len(at) :])
        own = "grid" if path[0] in AXES or path[0] == "name" else "defaults"
        return _place(own, {"name"}, defaults)(path)

    return place
