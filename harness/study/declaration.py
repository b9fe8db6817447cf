"""A study: recipes x seeds and a criterion, all declared before the first run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from itertools import count, islice
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from ..base.words import plural, some
from ..data.spec import DataSpec
from .command import MeasureTable
from .fields import Default, Number, PositiveInt, Strict, Unit
from .identity import AnyRecipe, Run
from .measure import Measure
from .published import Published
from .recipe import Recipe

MOST_EPOCHS: Final = 100_000
ADAPTIVE_BUDGET: Final = 640
"""The most seeds per recipe if a study that declares their number is to go on until decided."""

Probability = Annotated[Number, Field(gt=0, lt=1)]


def _share(value: float) -> float:
    if not 0 < value <= 1:
        raise ValueError("should be a share above 0, at most 1; write 99.4% as 0.994")
    return value


class Criterion(Strict):
    """What a recipe is asked to do: stay at the target within the allowed epochs and parameters."""

    target: Annotated[Number, AfterValidator(_share)]
    """The share of test images to classify correctly, at most 1: 0.994 is 99.4%."""
    epochs: Annotated[PositiveInt, Field(le=MOST_EPOCHS)]
    """Training epochs, declared for every run; schedules follow them."""
    parameters: PositiveInt
    """Trainable parameters allowed."""
    window: Annotated[PositiveInt, Unit("epochs")]
    """The last epochs of a run, all of which should be at the threshold."""
    confidence: Probability = 0.95
    """The confidence of every interval in a report."""
    required_pass_rate: Probability = 0.8
    """The share of runs that should hold for the whole window."""
    tie_margin: Probability = 0.1
    """Hold rates closer than this count as equal."""
    equivalence_margin: Annotated[Number, Field(gt=0), Unit("images")] = 5.0
    """The largest difference of mean final counts between runs that are still equivalent."""
    candidates: Annotated[PositiveInt | None, Default("the study's recipes")] = None
    """How many recipes the choice was made among, if some of them are not in the study: those that
    were tried on the same test images and left out for their results count too."""

    def chosen_among(self, recipes: int) -> int:
        """How many recipes a choice among these was made among: those that were left out count."""
        return max(recipes, self.candidates or 0)

    def exact_threshold(self, total: int) -> Decimal:
        """The target as a number of images out of `total`, in decimal arithmetic, not rounded.

        The share of a whole count that no decimal can write, as 1 of 3, is the float nearest to it.
        """
        count = round(self.target * total)
        if count / total == self.target:
            return Decimal(count)
        return Decimal(repr(self.target)) * total

    def threshold(self, total: int) -> int:
        """The lowest count out of `total` images that reaches the target."""
        return int(self.exact_threshold(total).to_integral_value(ROUND_CEILING))


class Claim(Strict):
    """A published statement about a recipe, to be tested against the evidence."""

    recipe: str
    """The name of the recipe that the claim is about."""
    words: Annotated[str, Field(min_length=1, max_length=200)]
    """The claim as it was published."""
    about: Literal["hold rate", "parameters"]
    """What the recipe is claimed to have: a higher hold rate than others, or fewer parameters."""
    against: Annotated[tuple[str, ...], Default("every other recipe")] = ()
    """The names of those others."""


def data_trained_on(data_set: DataSpec, holdout: int, *, confirms: bool) -> tuple[DataSpec, ...]:
    """The data that runs are trained on; those that confirm a choice see what others hold out."""
    held_out = (data_set.held_out(holdout),)
    return (*held_out, data_set) if holdout and confirms else held_out


@dataclass(frozen=True)
class Gate:
    """The runs that guard the accuracy in CI, and how certain the answer must be."""

    seeds: int
    """How many of the declared seeds are trained first for each recipe, and compared bit by bit."""
    limit: int
    """If bits differ, the largest number of seeds trained for each recipe."""
    epochs: int
    """The epoch after which every run stops; `short` recipes are declared for that length."""
    alpha: float
    """Probability of a false alarm over all recipes and looks, if nothing has changed."""
    margins: dict[str, float]
    """The drop of the mean count that matters, in images, by the name of each guarded recipe."""
    short: tuple[AnyRecipe, ...] = ()
    """The gate's own recipes, whose schedulers act within these few epochs."""


@dataclass(frozen=True)
class Study:
    """A validated study file."""

    name: str
    argument: str
    """How the command line refers to it: the name of a shipped study, or a path."""
    file: Path
    data_set: DataSpec
    """The complete data set, even if images are held out; NO_DATA if commands have their own."""
    criterion: Criterion
    seeds: tuple[int, ...]
    """In the order of training; with adaptive seeds, all that the budget allows."""
    recipes: tuple[AnyRecipe, ...]
    """All of one kind: either engines train them, or commands do."""
    definitions: dict[str, str]
    """Digest of each architecture's declared layers or source, by architecture name, or of each
    command's input files, by recipe name."""
    published: Published = field(default_factory=dict)
    """Published runs of these recipes."""
    claims: tuple[Claim, ...] = ()
    """Published claims about these recipes."""
    confirmation_seeds: tuple[int, ...] = ()
    """Seeds that confirm the choice and take no part in it."""
    holdout: int = 0
    """The number of training images that stand in for the test images while recipes are chosen."""
    gate: Gate | None = None
    """What guards the accuracy, if a gate is declared."""
    notes: str = ""
    looks: tuple[int, ...] = ()
    """The numbers of seeds after which a verdict is sought, the last being all seeds; empty if
    there is only one verdict."""
    budget: int | None = None
    """With adaptive seeds, the largest number that a recipe is given; None if the study declares a
    number of seeds for all."""
    printed: MeasureTable | None = None
    """What commands print; None if engines train."""
    written: dict[str, str] = field(default_factory=dict)
    """The first key that each architecture has in the study file, by its name."""
    prolonged: bool = False
    """Whether seeds are adaptive because a bench was told so, not because of the study file."""

    def __repr__(self) -> str:
        names = some([recipe.name for recipe in self.recipes])
        number = plural(len(self.seeds), "seed")
        seeds = (
            f"at most {number}" if self.budget else f"{number} ({some([*map(str, self.seeds)])})"
        )
        return f"<Study {self.name}: {plural(len(self.recipes), 'recipe')} ({names}), {seeds}>"

    def part(self, names: Collection[str]) -> Study:
        """The study reduced to these recipes."""
        return replace(self, recipes=tuple(r for r in self.recipes if r.name in names))

    @cached_property
    def measure(self) -> Measure:
        """The measure of each epoch: correct test images, or what commands print."""
        return self.printed.measure if self.printed else Measure(total=self.data.test)

    @cached_property
    def data(self) -> DataSpec:
        """The data that runs are trained and tested on."""
        return self.data_set.held_out(self.holdout)

    @property
    def trained_on(self) -> tuple[DataSpec, ...]:
        """The data of its runs: if images are held out, also the whole, which confirms a choice."""
        return data_trained_on(self.data_set, self.holdout, confirms=bool(self.confirmation_seeds))

    @property
    def data_digest(self) -> str:
        """Digest of the data; for commands, whose data is unknown, of what they measure."""
        return self.printed.digest if self.printed else self.data.digest

    @property
    def own_recipes(self) -> tuple[Recipe, ...]:
        """The recipes that engines train: all of them or, in a study of commands, none."""
        return tuple(recipe for recipe in self.recipes if isinstance(recipe, Recipe))

    @property
    def folder(self) -> Path:
        """The folder that commands run in."""
        return self.file.parent.absolute()

    def runs(self) -> list[Run]:
        """All runs, seed by seed, so that recipes in an interrupted study have the same seeds."""
        return [self.run_of(recipe, seed) for seed in self.seeds for recipe in self.recipes]

    @cached_property
    def short(self) -> Study | None:
        """The study of the gate's own recipes, if there are any."""
        if not self.gate or not self.gate.short:
            return None
        return replace(
            self,
            criterion=self.criterion.model_copy(update={"epochs": self.gate.epochs}),
            seeds=self.seeds[: self.gate.limit],
            recipes=self.gate.short,
            published={},
            claims=(),
            confirmation_seeds=(),
            gate=None,
            looks=(),
            budget=None,
        )

    def until_decided(self, budget: int = ADAPTIVE_BUDGET) -> Study:
        """The study with adaptive seeds: the declared ones first, then the smallest others.

        Seeds that confirm the choice are not used. A study whose seeds are adaptive already is
        returned unchanged.
        """
        if self.budget is not None:
            return self
        taken = {*self.seeds, *self.confirmation_seeds}
        further = (seed for seed in count(1) if seed not in taken)
        seeds = (*self.seeds[:budget], *islice(further, max(budget - len(self.seeds), 0)))
        return replace(self, seeds=seeds, looks=(), budget=budget, prolonged=True)

    def run_of(self, recipe: AnyRecipe, seed: int) -> Run:
        """The run of one of the study's recipes with one seed."""
        definition = self.definitions[recipe.defined_by]
        return Run(recipe, seed, self.criterion.epochs, self.data_digest, definition)
