"""Checks across the tables of a study file, beyond the form of each table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Final

from ....models import ARCHITECTURES
from ....models.layers import Dropout
from ...base.own_code import OwnCodeError, is_own_function
from ...base.words import plural
from ...data.spec import DataSpec
from ..architectures import check_name, declared_parameters, definition_digest, needs_two_images
from ..command import SAME_COMMAND, CommandRecipe
from ..declaration import Claim, Criterion
from ..identity import AnyRecipe, recipe_content
from ..recipe import Recipe
from .problems import Place, Problems
from .toml import Table

MOST_RUNS: Final = 100_000
WITH_CONTRAST: Final = (1, 3)
"""Numbers of channels for which the brightness of a pixel is defined."""
MOST_TRAINING_STEPS: Final = 20_000_000
"""The most of one run, since the learning rates of all its steps are kept in memory."""


def check_criterion(
    criterion: Criterion, total: int | None, problems: Problems, counted: str = "test image"
) -> None:
    """Check that the window fits into the epochs, and that a share of `total` is a whole count."""
    if criterion.window > criterion.epochs:
        text = f"is longer than criterion.epochs ({criterion.epochs}); give at most that"
        problems.add("criterion.window", text, criterion.window)
    if total is None:
        return
    exact = criterion.exact_threshold(total)
    if exact != int(exact):
        near = " or ".join(_share(count, total) for count in (int(exact), int(exact) + 1) if count)
        text = f"is {exact.normalize():f} of {plural(total, counted)}; give {near}"
        problems.add("criterion.target", text, criterion.target)


def _share(count: int, total: int) -> str:
    """The share as a target that is accepted: with all digits if fewer stand for another number."""
    share = count / total
    short = f"{share:g}"
    return short if float(short) == share else repr(share)


def check_architecture(
    place: Place,
    table: Table,
    data: DataSpec | None,
    criterion: Criterion | None,
    problems: Problems,
) -> str | None:
    """Check that the architecture exists, is small enough, and takes dropout if the recipe has it.

    Returns the digest of its definition. Parameters of a user's own network are not counted here.
    """
    name, key = table.get("architecture"), place(("architecture",))
    if not isinstance(name, str):
        return None
    try:
        check_name(name)
        digest = definition_digest(name)
        parameters = declared_parameters(name, data) if data and not is_own_function(name) else None
    except OwnCodeError as error:
        problems.add(key, str(error), name)
        return None
    if criterion and parameters is not None and parameters > criterion.parameters:
        allowed = f"criterion.parameters allows {criterion.parameters:,}"
        problems.add(key, f"has {parameters:,} parameters; {allowed}", name)
    regulariser = table.get("regulariser")
    if isinstance(regulariser, dict):
        check_dropout(place, name, regulariser.get("dropout"), problems)
    return digest


def check_dropout(place: Place, architecture: str, rate: object, problems: Problems) -> None:
    """Check that a recipe has no dropout if its architecture, which exists, does not take any."""
    own = is_own_function(architecture)
    if rate and (own or Dropout() not in ARCHITECTURES[architecture]):
        where = "sets its own dropout" if own else "has no dropout layers"
        key = place(("regulariser", "dropout"))
        problems.add(key, f"{architecture} {where}; leave it out", rate)


def check_against_data(
    place: Place, recipe: Recipe, data: DataSpec, epochs: int, problems: Problems
) -> None:
    """Check that images are not moved out of sight, that every batch can be normalised, and that no
    run has too many steps; `data` is what the recipe is trained on."""
    steps = epochs * ceil(data.train / recipe.batch_size)
    if steps > MOST_TRAINING_STEPS:
        text = (
            f"makes {steps:,} training steps in {epochs:,} epochs; at most "
            f"{MOST_TRAINING_STEPS:,} are allowed"
        )
        problems.add(place(("batch_size",)), text, recipe.batch_size)
    last = data.train % recipe.batch_size or recipe.batch_size
    name = recipe.architecture
    if last == 1 and not is_own_function(name) and needs_two_images(name, data):
        text = (
            f"leaves 1 of {data.train:,} images for the last batch, but {name} can only normalise "
            "over more; give another size"
        )
        problems.add(place(("batch_size",)), text, recipe.batch_size)
    side = min(data.shape[1:])
    if recipe.augmentation.translation >= side:
        text = f"the images of {data.name} are {side} pixels wide; give fewer"
        key = place(("augmentation", "translation"))
        problems.add(key, text, recipe.augmentation.translation)
    channels = data.shape[0]
    if recipe.augmentation.contrast and channels not in WITH_CONTRAST:
        text = f"needs images with 1 or 3 channels; those of {data.name} have {channels}"
        key = place(("augmentation", "contrast"))
        problems.add(key, text, recipe.augmentation.contrast)


def check_runs(recipes: int, seeds: int, problems: Problems) -> None:
    """Check that there are no more runs than MOST_RUNS."""
    if recipes * seeds > MOST_RUNS:
        text = (
            f"makes {recipes * seeds:,} runs with {recipes:,} recipes; declare at most "
            f"{MOST_RUNS:,}"
        )
        problems.add("seeds", text, seeds)


def check_candidates(criterion: Criterion, recipes: int, problems: Problems) -> None:
    """Check that the choice is said to be made among more recipes than the study has."""
    if criterion.candidates is not None and criterion.candidates <= recipes:
        text = (
            f"is not more than the study's {plural(recipes, 'recipe')}; add those that were left "
            "out, or leave the key out"
        )
        problems.add("criterion.candidates", text, criterion.candidates)


def check_distinct(
    names: Iterable[str],
    recipes: Sequence[AnyRecipe],
    definitions: Mapping[str, str],
    problems: Problems,
) -> None:
    """Check that no two recipes share a name, and that no sound recipe appears under two names."""
    for name, uses in sorted(Counter(names).items()):
        if uses > 1:
            problems.add("recipes.name", f"is used {uses} times; names must differ", name)
    contents: dict[str, str] = {}
    for recipe in recipes:
        content = recipe_content(recipe, definitions.get(recipe.defined_by))
        same = contents.setdefault(content, recipe.name)
        if same != recipe.name:
            like = SAME_COMMAND if isinstance(recipe, CommandRecipe) else "is the same as"
            problems.add(f"recipes[{recipe.name}]", f"{like} recipes[{same}]; drop one")


def check_claims(claims: Iterable[Claim], names: Sequence[str], problems: Problems) -> None:
    """Check that every claim is about recipes of the study, which have these names."""
    for number, claim in enumerate(claims, start=1):
        if claim.recipe not in names:
            problems.unknown(f"claims[{number}].recipe", claim.recipe, names, claim.recipe)
        for other in dict.fromkeys(claim.against):
            if other not in names:
                problems.unknown(f"claims[{number}].against", other, names, other)


def check_sized(claims: Iterable[Claim], sized: bool, missing: str, problems: Problems) -> None:
    """Check that no claim is about parameters unless all recipes state them."""
    for number, claim in enumerate(claims, start=1):
        if claim.about == "parameters" and not sized:
            text = f"{missing} `parameters`; add it, or drop the claim"
            problems.add(f"claims[{number}].about", text, claim.about)


def check_gate_number(
    key: str, value: int | None, most: int | None, what: str, problems: Problems
) -> None:
    """Check that a number of a gate is at most `most`, which `what` says where to find."""
    if value is None:
        return
    if most is None:
        text = f"needs {what}, which is missing; add it, or leave this out"
        problems.add(key, text, value)
    elif value > most:
        problems.add(key, f"is more than {what} ({most}); give at most that", value)


def check_confirmation(
    seeds: Iterable[int], confirmation: Iterable[int], problems: Problems
) -> None:
    """Check that seeds that confirm the choice take no part in it."""
    if shared := sorted(set(seeds) & set(confirmation)):
        text = "is among the seeds too; a choice is confirmed on seeds that took no part in it"
        problems.add("confirmation", text, shared[0])


def check_looks(looks: tuple[int, ...], seeds: int, budget: int | None, problems: Problems) -> None:
    """Check that looks ascend to the number of seeds, and that seeds are not adaptive."""
    if looks and budget is not None:
        text = 'is for a declared number of seeds; with seeds = "adaptive" one may look at any time'
        problems.add("looks", text, list(looks))
    elif looks and (sorted(set(looks)) != list(looks) or looks[-1] != seeds):
        example = f"; for example [{seeds // 2}, {seeds}]" if seeds > 1 else ""
        text = f"should ascend and end with the number of seeds, {seeds}{example}"
        problems.add("looks", text, list(looks))


def check_holdout(data: DataSpec, holdout: int, published: str | None, problems: Problems) -> None:
    """Check that images are left to train on, and that published counts are of the same images."""
    if holdout >= data.train:
        text = f"{data.name} has {data.train:,} training images; hold out fewer"
        problems.add("holdout", text, holdout)
    if holdout and published:
        text = "has counts of the test images, which a study with `holdout` does not see; drop one"
        problems.add("published", text, published)
