"""The `[gate]` of a study file: which runs guard the accuracy, and how sure its answer must be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import Field

from .declaration import Criterion, Gate
from .problems import Problems
from .recipe import Positive, PositiveInt, Recipe, Strict
from .recipe_tables import RecipeTable, Table, listed_tables, table_of

MostAlpha = Annotated[float, Field(gt=0, le=0.2, strict=True)]


class Short(Strict):
    """`[gate.short]`: recipes that are declared for the gate's few epochs, and their margin."""

    margin: Positive
    recipes: Any = ()


class GateTable(Strict):
    """`[gate]` as it is written; the fields are those of `Gate`."""

    epochs: PositiveInt
    margin: Positive
    seeds: PositiveInt = 2
    limit: PositiveInt = 16
    alpha: MostAlpha = 0.05
    recipes: tuple[str, ...] | None = None
    short: Short | None = None


def short_tables(raw: Table, problems: Problems) -> Iterator[RecipeTable]:
    """Each recipe under `[[gate.short.recipes]]`, merged with `[defaults]`."""
    gate = raw.get("gate")
    short = gate.get("short") if isinstance(gate, dict) else None
    if isinstance(short, dict):
        defaults = table_of(raw, "defaults", problems)
        listed = short.get("recipes", [])
        yield from listed_tables("gate.short.recipes", listed, defaults, problems)


def read_gate(
    raw: Table,
    criterion: Criterion,
    seeds: Sequence[int],
    recipes: Sequence[Recipe],
    short: Sequence[Recipe],
    problems: Problems,
) -> Gate | None:
    """The gate, checked against the rest of the study; None where it is not declared, or wrong."""
    if "gate" not in raw:
        return None
    table = problems.validate(GateTable, raw["gate"], lambda _: "gate")
    if table is None:
        return None
    names = [recipe.name for recipe in recipes]
    watched = names if table.recipes is None else list(table.recipes)
    _check(table, criterion, len(seeds), names, watched, short, problems)
    margins = dict.fromkeys(watched, table.margin)
    if table.short:
        margins |= {recipe.name: table.short.margin for recipe in short}
    return Gate(table.seeds, table.limit, table.epochs, table.alpha, margins, tuple(short))


def _check(
    table: GateTable,
    criterion: Criterion,
    declared: int,
    names: Sequence[str],
    watched: Sequence[str],
    short: Sequence[Recipe],
    problems: Problems,
) -> None:
    for name in watched:
        if name not in names:
            problems.unknown("gate.recipes", name, names, name)
    if not watched and not short:
        problems.add("gate.recipes", "is empty, and there are no [[gate.short.recipes]]; name one")
    for recipe in short:
        if recipe.name in names:
            text = "is the name of a recipe of the study too; names must differ"
            problems.add("gate.short.recipes.name", text, recipe.name)
    for key, value, most, what in (
        ("epochs", table.epochs, criterion.epochs, "criterion.epochs"),
        ("limit", table.limit, declared, "the number of declared seeds"),
        ("seeds", table.seeds, table.limit, "gate.limit"),
    ):
        if value > most:
            problems.add(f"gate.{key}", f"is more than {what} ({most}); give at most that", value)
