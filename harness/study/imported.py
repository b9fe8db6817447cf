"""A study of runs that were trained elsewhere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Final

from .axes import axis_levels
from .declaration import Claim, Criterion
from .measure import Measure
from .published import Published

SIZE: Final = "parameters"
"""The column with a recipe's number of parameters, which is not an axis but follows from them."""


@dataclass(frozen=True)
class ImportedRecipe:
    """A recipe as the files name it, with the axes that all of its runs share."""

    name: str
    axes: dict[str, str]
    architecture: ClassVar[str] = ""


@dataclass(frozen=True)
class ImportedStudy:
    """A study of runs trained elsewhere: their recipes and seeds, and the criterion."""

    name: str
    argument: str
    criterion: Criterion
    measure: Measure
    seeds: tuple[int, ...]
    recipes: tuple[ImportedRecipe, ...]
    declared: bool
    """Whether the seeds were declared rather than found."""
    claims: tuple[Claim, ...] = ()
    notes: str = ""
    budget: ClassVar[None] = None
    looks: ClassVar[tuple[int, ...]] = ()
    confirmation_seeds: ClassVar[tuple[int, ...]] = ()
    holdout: ClassVar[int] = 0
    published: ClassVar[Published] = {}

    @cached_property
    def levels(self) -> dict[str, dict[str, str]]:
        """Levels by axis and recipe, if the recipes form a complete grid."""
        chosen = {
            recipe.name: {axis: level for axis, level in recipe.axes.items() if axis != SIZE}
            for recipe in self.recipes
        }
        return axis_levels(chosen)

    def part(self, names: Collection[str]) -> ImportedStudy:
        """The study reduced to these recipes."""
        return replace(self, recipes=tuple(r for r in self.recipes if r.name in names))
