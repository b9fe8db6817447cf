"""A study: recipes x seeds and a criterion, all declared before the first run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from itertools import count, islice
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from ..base.fingerprint import fingerprint
from ..data.spec import DataSpec
from .command import CommandRecipe, MeasureTable
from .engine_version import EngineVersion
from .fields import Default, Number, PositiveInt, Strict, Unit
from .measure import Measure
from .published import Published
from .recipe import Recipe

MOST_EPOCHS: Final = 100_000
ADAPTIVE_BUDGET: Final = 640
"""Seeds a recipe, where a study that declares a number of them is to go on until it is decided."""

AnyRecipe = Recipe | CommandRecipe
"""One that an engine trains, or a program of the user's own."""
Probability = Annotated[Number, Field(gt=0, lt=1)]


def _share(value: float) -> float:
    if not 0 < value <= 1:
        raise ValueError("should be a share above 0, at most 1; write 99.4% as 0.994")
    return value


class Criterion(Strict):
    """What a recipe is asked to do: stay at the target within the budgets."""

    target: Annotated[Number, AfterValidator(_share)]
    """Share of the test images to be classified correctly, at most 1: 0.994 is 99.4%."""
    epochs: Annotated[PositiveInt, Field(le=MOST_EPOCHS)]
    """Training epochs, declared for every run; schedules follow them."""
    parameters: PositiveInt
    """Trainable parameters allowed."""
    window: Annotated[PositiveInt, Unit("epochs")]
    """The last epochs of a run, all of which are to be at the threshold."""
    confidence: Probability = 0.95
    """Of every interval in a report."""
    required_pass_rate: Probability = 0.8
    """Share of runs that are to hold the whole window."""
    tie_margin: Probability = 0.1
    """Hold rates closer than this count as equal."""
    equivalence_margin: Annotated[Number, Field(gt=0), Unit("images")] = 5.0
    """By how much the mean final counts of equivalent runs may differ."""

    def exact_threshold(self, total: int) -> Decimal:
        """The target as a number of `total` images, in decimal arithmetic, not rounded."""
        return Decimal(repr(self.target)) * total

    def threshold(self, total: int) -> int:
        """The least count of `total` images that is at the target."""
        return int(self.exact_threshold(total).to_integral_value(ROUND_CEILING))


class Claim(Strict):
    """What somebody published about a recipe, to be held against the evidence."""

    recipe: str
    """The name of the recipe that it is about."""
    words: Annotated[str, Field(min_length=1, max_length=200)]
    """As published."""
    about: Literal["hold rate", "parameters"]
    """What the claim says is better than the others': higher, or fewer."""
    against: Annotated[tuple[str, ...], Default("every other recipe")] = ()
    """Those others, by name."""


@dataclass(frozen=True)
class Run:
    """One recipe, one seed, on one data set, for the declared epochs.

    `definition` is the digest of the architecture's declared layers or source, or of a command's
    input files; for `data_digest` of a command stands that of what it measures.
    """

    recipe: AnyRecipe
    seed: int
    epochs: int
    data_digest: str
    definition: str

    @property
    def own(self) -> Recipe:
        """The recipe, where an engine trains it; raises TypeError where a command does."""
        if isinstance(self.recipe, CommandRecipe):
            raise TypeError(f"{self.recipe.name} is a command, which no engine trains")
        return self.recipe

    @cached_property
    def recipe_key(self) -> str:
        """Hash of all that determines the numbers but seed and engine; names are not in it."""
        return recipe_key(self.recipe.identity(), self.definition, self.epochs, self.data_digest)

    def key(self, engine: EngineVersion) -> str:
        """Hash of all that determines the numbers: the same key means the same bits."""
        return run_key(self.recipe_key, self.seed, engine)


def recipe_key(identity: dict[str, Any], definition: str, epochs: int, data_digest: str) -> str:
    """The recipe key of every run of a recipe, given as `Recipe.identity` has it."""
    content = {
        "recipe": identity,
        "architecture": definition,
        "epochs": epochs,
        "data": data_digest,
    }
    return fingerprint(content)


def run_key(recipe_key: str, seed: int, engine: EngineVersion) -> str:
    """The key of a run of the recipe with this key."""
    return fingerprint([recipe_key, seed, engine.name, engine.numerics])


@dataclass(frozen=True)
class Gate:
    """The runs that guard the accuracy in CI, and how sure the answer is to be."""

    seeds: int
    """Of each recipe, as many of the declared seeds are trained first, and compared bit by bit."""
    limit: int
    """Where bits differ, the most seeds of each recipe that are trained."""
    epochs: int
    """Where every run stops; `short` recipes are declared for that length."""
    alpha: float
    """Probability of a false alarm, over all recipes and all looks, where nothing changed."""
    margins: dict[str, float]
    """Images of the drop that matters, by the names of the recipes that are watched."""
    short: tuple[AnyRecipe, ...] = ()
    """Recipes of its own, whose scheduler acts within the few epochs."""


@dataclass(frozen=True)
class Study:
    """One study file, validated."""

    name: str
    argument: str
    """What names it on the command line: a shipped study's name, or a path."""
    file: Path
    data_set: DataSpec
    """All of it, whether or not images are held out; NO_DATA where commands have their own."""
    criterion: Criterion
    seeds: tuple[int, ...]
    """In this order; where they are adaptive, all that the budget allows."""
    recipes: tuple[AnyRecipe, ...]
    """Of one kind: engines train them all, or commands do."""
    definitions: dict[str, str]
    """Digest of each architecture's declared layers or source, by its name, or of the input files
    of each command, by the recipe's."""
    published: Published = field(default_factory=dict)
    """Published runs of these recipes."""
    claims: tuple[Claim, ...] = ()
    """Published claims about these recipes."""
    confirmation: tuple[int, ...] = ()
    """Seeds that take no part in the choice: they confirm it."""
    holdout: int = 0
    """Training images that stand in for the test images while recipes are chosen."""
    gate: Gate | None = None
    """What guards the accuracy, if anything is declared to."""
    notes: str = ""
    looks: tuple[int, ...] = ()
    """Numbers of seeds after which the verdict is asked, the last of them all; empty where it is
    asked once."""
    budget: int | None = None
    """The most seeds that a recipe is given where seeds go to what is open; None where a number of
    seeds is declared for all."""
    printed: MeasureTable | None = None
    """What commands print; None where engines train."""
    prolonged: bool = False
    """Whether seeds go to what is open because a bench was told so, not by the study file."""

    def part(self, names: Collection[str]) -> Study:
        """The study of these recipes alone."""
        return replace(self, recipes=tuple(r for r in self.recipes if r.name in names))

    @cached_property
    def measure(self) -> Measure:
        """What is measured after each epoch: correct test images, or what commands print."""
        return self.printed.measure if self.printed else Measure(total=self.data.test)

    @cached_property
    def data(self) -> DataSpec:
        """What the runs are trained and tested on."""
        return self.data_set.held_out(self.holdout)

    @property
    def data_digest(self) -> str:
        """Digest of the data; of commands, whose data nobody knows, that of what they measure."""
        return self.printed.digest if self.printed else self.data.digest

    @property
    def own_recipes(self) -> tuple[Recipe, ...]:
        """Those that engines train: all, or, in a study of commands, none."""
        return tuple(recipe for recipe in self.recipes if isinstance(recipe, Recipe))

    @property
    def folder(self) -> Path:
        """Where commands run."""
        return self.file.parent.absolute()

    def runs(self) -> list[Run]:
        """Seed by seed, so that a study cut short has every recipe over the same seeds."""
        return [self.run_of(recipe, seed) for seed in self.seeds for recipe in self.recipes]

    @cached_property
    def short(self) -> Study | None:
        """The study of the gate's own recipes, if it has any."""
        if not self.gate or not self.gate.short:
            return None
        return replace(
            self,
            criterion=self.criterion.model_copy(update={"epochs": self.gate.epochs}),
            seeds=self.seeds[: self.gate.limit],
            recipes=self.gate.short,
            published={},
            claims=(),
            confirmation=(),
            gate=None,
            looks=(),
            budget=None,
        )

    def until_decided(self, budget: int = ADAPTIVE_BUDGET) -> Study:
        """The study with adaptive seeds: the declared ones first, then the smallest others.

        Seeds that confirm the choice are not among them. A study whose seeds are adaptive already
        is returned as it is.
        """
        if self.budget is not None:
            return self
        taken = {*self.seeds, *self.confirmation}
        further = (seed for seed in count(1) if seed not in taken)
        seeds = (*self.seeds[:budget], *islice(further, max(budget - len(self.seeds), 0)))
        return replace(self, seeds=seeds, looks=(), budget=budget, prolonged=True)

    def run_of(self, recipe: AnyRecipe, seed: int) -> Run:
        """The run of one of the study's recipes with one seed."""
        definition = self.definitions[recipe.defined_by]
        return Run(recipe, seed, self.criterion.epochs, self.data_digest, definition)
