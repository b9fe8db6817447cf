"""The `[gate]` of a study file: which runs guard the accuracy, and how certain it must be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from ..declaration import Criterion, Gate
from ..fields import Default, Number, Positive, PositiveInt, Strict, Unit
from .checks import check_gate_number
from .problems import Problems, under
from .recipe_tables import AnyOf, ReadRecipes, RecipeTable, listed_tables, subtable
from .toml import Table

MOST_LIMIT: Final = 16
FIRST_SEEDS: Final = 2


class Short(Strict):
    """Recipes declared for the gate's few epochs, and their margin."""

    margin: Annotated[Positive, Unit("images")]
    """The drop of a short recipe's mean count that matters."""
    recipes: Annotated[Any, Default("none")] = ()
    """The recipes, under `[[gate.short.recipes]]`; `[defaults]` apply to them too."""


class GateTable(Strict):
    """Which runs guard the accuracy, and how certain the answer must be."""

    epochs: PositiveInt
    """The epoch after which every run stops, at most the declared number."""
    margin: Annotated[Positive, Unit("images")]
    """The drop of a recipe's mean count that matters."""
    seeds: Annotated[PositiveInt | None, Default(f"{FIRST_SEEDS}, or `limit` if that is 1")] = None
    """How many of the declared seeds are trained first for each recipe, and compared bit by bit."""
    limit: Annotated[
        PositiveInt | None, Default(f"the smaller of {MOST_LIMIT} and the number of declared seeds")
    ] = None
    """If bits differ, the largest number of seeds trained for each recipe."""
    alpha: Annotated[Number, Field(gt=0, le=0.2)] = 0.05
    """Probability of a false alarm over all recipes and looks, if nothing has changed."""
    recipes: Annotated[tuple[str, ...] | None, Default("all of the study")] = None
    """The names of the guarded recipes."""
    short: Annotated[Short | None, Default("none")] = None
    """The gate's own recipes."""


def short_tables(raw: Table, problems: Problems) -> Iterator[RecipeTable]:
    """Each recipe under `[[gate.short.recipes]]`, merged with `[defaults]`."""
    gate = raw.get("gate")
    short = gate.get("short") if isinstance(gate, dict) else None
    if isinstance(short, dict):
        defaults = subtable(raw, "defaults", problems)
        listed = short.get("recipes", [])
        yield from listed_tables("gate.short.recipes", listed, defaults, problems)


def read_gate(
    raw: Table,
    criterion: Criterion,
    seeds: Sequence[int],
    names: Sequence[str],
    short: ReadRecipes[AnyOf],
    problems: Problems,
) -> Gate | None:
    """The gate, checked against the rest of the study, whose recipes have these `names`.

    None without a table or if it is invalid.
    """
    if "gate" not in raw:
        return None
    table = problems.validate(GateTable, raw["gate"], under("gate"))
    if table is None:
        return None
    watched = names if table.recipes is None else list(table.recipes)
    _check_names(names, watched, short.names, problems)
    if table.recipes == () and not (table.short and table.short.recipes):
        problems.add("gate.recipes", "is empty, and there are no [[gate.short.recipes]]; name one")
    margins = dict.fromkeys(watched, table.margin)
    if table.short:
        margins |= {recipe.name: table.short.margin for recipe in short.valid}
    first, limit = first_and_most(table, len(seeds))
    gate = Gate(first, limit, table.epochs, table.alpha, margins, tuple(short.valid))
    check_gate_number("gate.epochs", gate.epochs, criterion.epochs, "criterion.epochs", problems)
    check_gate_number("gate.limit", limit, len(seeds), "the number of declared seeds", problems)
    check_gate_number("gate.seeds", first, limit, "gate.limit", problems)
    return gate


def first_and_most(table: GateTable, seeds: int) -> tuple[int, int]:
    """How many seeds are trained first, and at most: as declared, or what suits so many `seeds`."""
    limit = table.limit or min(MOST_LIMIT, seeds)
    return table.seeds or min(FIRST_SEEDS, limit), limit


def _check_names(
    names: Sequence[str], watched: Sequence[str], short: Sequence[str], problems: Problems
) -> None:
    """Check that guarded recipes are the study's, and short ones are not."""
    for name in watched:
        if name not in names:
            problems.unknown("gate.recipes", name, names, name)
    for name in short:
        if name in names:
            text = "is the name of a recipe of the study too; names must differ"
            problems.add("gate.short.recipes.name", text, name)
