"""A run and its key: what determines its numbers, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..base.fingerprint import fingerprint
from .command import CommandRecipe
from .engine_version import EngineVersion
from .recipe import Recipe

AnyRecipe = Recipe | CommandRecipe
"""A recipe that an engine or the user's own program trains."""


def recipe_content(recipe: AnyRecipe, definition: str | None) -> str:
    """What is the same in two recipes only if one is the other under a second name.

    An axis counts as what it is in the command: 0.1 or "0.1". Recipes that engines train may also
    amount to the same if this differs: see `training.twins`.
    """
    if isinstance(recipe, CommandRecipe):
        return fingerprint([recipe.common_words, definition])
    return fingerprint([recipe.identity(), definition])


@dataclass(frozen=True)
class Run:
    """One recipe, one seed, on one data set, for the declared epochs.

    `definition` is the digest of the architecture's declared layers or source, or of a command's
    input files. A command's `data_digest` is the digest of what it measures.
    """

    recipe: AnyRecipe
    seed: int
    epochs: int
    data_digest: str
    definition: str

    @property
    def own(self) -> Recipe:
        """The recipe, if an engine trains it; raises TypeError if a command does."""
        if isinstance(self.recipe, CommandRecipe):
            raise TypeError(f"{self.recipe.name} is a command, which no engine trains")
        return self.recipe

    @cached_property
    def recipe_key(self) -> str:
        """Hash of everything that determines the numbers, except seed and engine."""
        return recipe_key(self.recipe.identity(), self.definition, self.epochs, self.data_digest)

    def key(self, engine: EngineVersion) -> str:
        """Hash of everything that determines the numbers: equal keys mean equal bits."""
        return run_key(self.recipe_key, self.seed, engine)


def recipe_key(identity: dict[str, Any], definition: str, epochs: int, data_digest: str) -> str:
    """The recipe key of all runs of a recipe, from what `Recipe.identity` returns."""
    content = {
        "recipe": identity,
        "architecture": definition,
        "epochs": epochs,
        "data": data_digest,
    }
    return fingerprint(content)


def run_key(recipe_key: str, seed: int, engine: EngineVersion) -> str:
    """The key of a run of the recipe that has this key."""
    return fingerprint([recipe_key, seed, engine.name, engine.numerics])
