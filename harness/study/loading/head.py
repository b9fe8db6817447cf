"""The top of a study file: name, data set, seeds, and which tables follow."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from ...base.words import allowed_names
from ...data.own import is_own_data
from ...data.registry import DATA_SETS
from ..declaration import Claim
from ..fields import Default, Name, PositiveInt, Seed, Strict, Unit

MOST_SEEDS: Final = 100_000
FIRST_CONFIRMING: Final = 1000
OWN: Final = ("FILE.npz", "package.module:function of your own")


def seeds_from(
    first: int, allowed: str = "a number of seeds, or a list of them"
) -> BeforeValidator:
    """Accept a number of seeds as a short form of a list of that many, starting at `first`.

    `allowed` says what may be given, for messages.
    """
    return BeforeValidator(partial(_seed_list, first, allowed))


def _seed_list(first: int, allowed: str, value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= MOST_SEEDS:
            raise ValueError(f"should be a number from 1 to {MOST_SEEDS:,}, or a list of seeds")
        return list(range(first, first + value))
    if not isinstance(value, list) or not value:
        raise ValueError(f"should be {allowed}")
    if len(set(map(str, value))) < len(value):
        raise ValueError("contains a seed twice; seeds must differ")
    return value


def _known_data_set(name: str) -> str:
    if not name.isprintable():
        raise ValueError("should be a name on one line")
    if name not in DATA_SETS and not is_own_data(name):
        raise ValueError(f"unknown; {allowed_names(name, [*DATA_SETS, *OWN])}")
    return name


DataSetName = Annotated[str, AfterValidator(_known_data_set)]


class Head(Strict):
    """At the top of the file, before any table."""

    name: Name
    """Names the report's folder."""
    data_set: DataSetName
    """The data to train and test on: one of [these](data.md), a file of NumPy arrays beside this
    one, such as `arrays.npz`, or a `package.module:function` that returns such arrays."""
    seeds: Annotated[
        tuple[Seed, ...], seeds_from(1, "a number of seeds, a list of them, or 'adaptive'")
    ]
    """The seeds that every recipe is trained with: a list, or their number, 1 to 100,000, for 1, 2,
    ...; or "adaptive", for more seeds where the decision is open."""
    budget: Annotated[PositiveInt | None, Default('none: needed with seeds = "adaptive"')] = None
    """With adaptive seeds, the largest number that a recipe is given: 5 to 100,000."""
    looks: Annotated[tuple[PositiveInt, ...], Default("none: after all seeds"), Unit("seeds")] = ()
    """Numbers of seeds after which a verdict on the pass rate is sought, the last being all seeds;
    a verdict ends the training. The looks share the probability of error equally. Not with adaptive
    seeds."""
    confirmation: Annotated[
        tuple[Seed, ...], seeds_from(FIRST_CONFIRMING), Default("no confirmation")
    ] = ()
    """Seeds that confirm the choice: a list, or a number of them, for 1000, 1001, ..."""
    holdout: Annotated[int, Field(ge=0, strict=True), Unit("images")] = 0
    """The number of training images that stand in for the test images while recipes are chosen."""
    published: Annotated[str | None, Field(max_length=500), Default("none")] = None
    """A CSV file beside this one with published counts: `recipe`, `epoch`, `correct`."""
    claims: Annotated[tuple[Claim, ...], Default("none")] = ()
    """Published claims about the recipes, under `[[claims]]`."""
    notes: str = ""
    """Text on the study, for the report's section on how it was measured."""
    criterion: Annotated[Any, Default("none: needed")] = None
    """What a recipe is asked to do."""
    defaults: Annotated[Any, Default("none")] = None
    """Keys for all recipes that do not set them themselves."""
    recipes: Annotated[Any, Default("none: needed unless there is a grid")] = None
    """The recipes, under `[[recipes]]`."""
    grid: Annotated[Any, Default("none")] = None
    """Lists of values whose combinations become recipes."""
    gate: Annotated[Any, Default("none")] = None
    """Which runs guard the accuracy."""
