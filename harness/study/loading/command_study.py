"""A study file whose recipes are commands: the user's own programs train them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from ...base.disk.files import is_file
from ...data.spec import NO_DATA
from ..command import CommandRecipe, MeasureTable
from ..declaration import MOST_EPOCHS, Criterion, Study
from ..fields import Default, Number, PositiveInt, Unit
from ..inputs import InputsError, find_inputs, inputs_digest
from ..measure import MOST_COUNTED, target_fault
from .checks import (
    check_candidates,
    check_claims,
    check_confirmation,
    check_criterion,
    check_distinct,
    check_looks,
    check_runs,
    check_sized,
)
from .gate_table import read_gate, short_tables
from .head import Head
from .problems import Problems, under
from .recipe_tables import ReadRecipes, RecipeTable, names_in, recipe_tables
from .toml import Table

COMMAND: Final = "command"
ARCHITECTURE: Final = "architecture"
NOT_THEIRS: Final = ("data_set", "holdout", "published", "grid")
"""Keys that do not apply to programs, which have their own data and settings."""
ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=")
OF_SHELLS: Final = ("cd", "export", "source", ".", "ulimit")
"""Words with which only a shell begins a command."""


class CommandHead(Head):
    """At the top of a study file whose recipes are commands."""

    data_set: Literal[""] = ""
    measure: Annotated[Any, Default("none: needed")] = None
    """What the commands print after each epoch."""


class CommandCriterion(Criterion):
    """What a command's recipe is asked to do; its target is a share of a total, or any number."""

    target: Number
    """For counts a share, such as 0.994 for 99.4%; for other values the value to reach."""
    epochs: Annotated[PositiveInt, Field(le=MOST_EPOCHS)]
    """Epochs of every run; the command prints a line for each."""
    parameters: PositiveInt = Field(MOST_COUNTED, exclude=True)
    equivalence_margin: Annotated[
        Number,
        Field(gt=0),
        Default("5 for counts; none for other values, for which `harness verify` needs it"),
        Unit("examples, or that of the value"),
    ] = 5.0
    """The largest difference of mean final counts, or values, between runs that are still
    equivalent."""


def declares_commands(raw: Table) -> bool:
    """Whether any recipe of the file is a command; if so, all of them must be."""
    gate = raw.get("gate")
    short = gate.get("short") if isinstance(gate, dict) else None
    tables = [raw.get("defaults"), *_listed(raw), *_listed(short)]
    return any(isinstance(table, dict) and COMMAND in table for table in tables)


def _listed(table: object) -> list[Any]:
    listed = table.get("recipes") if isinstance(table, dict) else None
    return listed if isinstance(listed, list) else []


def read_command_study(argument: str, raw: Table, problems: Problems) -> Study:
    """The study, completely validated; raises InputError with a line for every problem."""
    _check_kinds(raw, problems)
    for key in NOT_THEIRS:
        if key in raw:
            text = "is for recipes that engines train, but these are commands; leave it out"
            problems.add(key, text, raw[key])
    theirs = {key: value for key, value in raw.items() if key not in NOT_THEIRS}
    own = problems.as_meant(theirs, CommandHead.model_fields)
    head = problems.validate(CommandHead, own, under(""))
    printed = _measure(own, problems)
    criterion = _criterion(own, printed, problems)
    recipes = _recipes(recipe_tables(own, problems), problems)
    short = _recipes(short_tables(own, problems), problems)
    gate = None
    if criterion:
        check_candidates(criterion, len(recipes.names), problems)
    if head and criterion:
        gate = read_gate(own, criterion, head.seeds, recipes.names, short, problems)
    if head:
        check_runs(len(recipes.names), len(head.seeds) + len(head.confirmation), problems)
        check_claims(head.claims, recipes.names, problems)
        sized = all(recipe.parameters for recipe in recipes.valid)
        check_sized(head.claims, sized, "some recipe does not state", problems)
        check_confirmation(head.seeds, head.confirmation, problems)
        check_looks(head.looks, len(head.seeds), head.budget, problems)
    problems.raise_any()
    assert head is not None
    assert criterion is not None
    return Study(
        name=head.name,
        argument=argument,
        file=problems.file,
        data_set=NO_DATA,
        criterion=criterion,
        seeds=head.seeds,
        looks=head.looks,
        budget=head.budget,
        recipes=tuple(recipes.valid),
        definitions=recipes.definitions | short.definitions,
        claims=head.claims,
        confirmation_seeds=head.confirmation,
        gate=gate,
        notes=head.notes.strip(),
        printed=printed,
    )


def _check_kinds(raw: Table, problems: Problems) -> None:
    """Raises InputError if some recipes are commands and others name an architecture."""
    for number, table in enumerate(_listed(raw), start=1):
        if isinstance(table, dict) and ARCHITECTURE in table and COMMAND not in table:
            text = (
                "is for a recipe that an engine trains, but others are commands; put those into a "
                "study file of their own"
            )
            where = f"recipes[{table.get('name', number)}].{ARCHITECTURE}"
            problems.add(where, text, table[ARCHITECTURE])
            problems.raise_any()


def _measure(raw: Table, problems: Problems) -> MeasureTable | None:
    if "measure" in raw:
        return problems.validate(MeasureTable, raw["measure"], under("measure"))
    text = (
        "missing; say what the commands print: total = 10_000 for `correct` out of 10,000, or "
        'name = "val_loss" and direction = "lower" for a `value`'
    )
    problems.add("measure", text)
    return None


def _criterion(
    raw: Table, printed: MeasureTable | None, problems: Problems
) -> CommandCriterion | None:
    asked = raw.get("criterion", {})
    if isinstance(asked, dict) and "parameters" in asked:
        text = "cannot be checked for a program; leave it out"
        problems.add("criterion.parameters", text, asked["parameters"])
        asked = {key: value for key, value in asked.items() if key != "parameters"}
    criterion = problems.validate(CommandCriterion, asked, under("criterion"))
    if criterion and printed:
        _check_target(criterion, printed, problems)
    return criterion


def _check_target(criterion: CommandCriterion, printed: MeasureTable, problems: Problems) -> None:
    if fault := target_fault(criterion.target, printed.total, printed.bounds):
        problems.add("criterion.target", fault, criterion.target)
    else:
        check_criterion(criterion, printed.total, problems, "test example")


def _recipes(written: Iterable[RecipeTable], problems: Problems) -> ReadRecipes[CommandRecipe]:
    """The recipes, and the digests of their input files, by name."""
    recipes: list[CommandRecipe] = []
    sound: list[CommandRecipe] = []
    tables: list[Table] = []
    definitions: dict[str, str] = {}
    for title, table, place in written:
        tables.append(table)
        if COMMAND not in table:
            text = (
                "missing; other recipes of the study are commands, so all must be: what engines "
                "and programs measure need not be the same"
            )
            problems.add(f"{title}.{COMMAND}", text)
            continue
        before = len(problems.lines)
        recipe = problems.validate(CommandRecipe, table, place)
        if recipe:
            recipes.append(recipe)
            definitions |= dict(_checked(title, recipe, problems))
        if recipe and len(problems.lines) == before:
            sound.append(recipe)
    names = names_in(tables)
    check_distinct(names, sound, definitions, problems)
    return ReadRecipes(recipes, names, definitions)


def _checked(title: str, recipe: CommandRecipe, problems: Problems) -> Iterator[tuple[str, str]]:
    """The recipe's name and the digest of its input files, if they exist; checks its program."""
    folder = problems.file.parent.absolute()
    program = recipe.words(0, 1, "checkpoint")[0]
    if find_program(program, folder) is None:
        where = f"in {folder}" if "/" in program else "on the PATH"
        fix = "install it, or write another"
        if ASSIGNMENT.match(program):
            fix = f"no shell sets variables: write `env {program} ...`"
        elif program in OF_SHELLS:
            fix = "no shell runs commands: write `sh -c '...'`"
        text = f"there is no program {program} {where}; {fix}"
        try:
            if "/" in program and is_file(folder / program):
                fix = "make it executable, or name its interpreter first"
                text = f"{program} is not executable; {fix}"
        except OSError as error:
            text = f"{program} cannot be run: {error.strerror}; fix that, or write another"
        problems.add(f"{title}.{COMMAND}", text, recipe.command)
    try:
        yield recipe.name, inputs_digest(find_inputs(folder, recipe.inputs))
    except InputsError as error:
        problems.add(f"{title}.inputs", str(error))


def find_program(program: str, folder: Path) -> str | None:
    """What would be run: a file in the folder, or the first of this name on the PATH, or None."""
    return shutil.which(str(folder / program) if "/" in program else program)
