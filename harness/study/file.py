"""Reading a study file: TOML to a Study, or every problem that it has, a line each."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from ..base.errors import InputError
from ..data.registry import DATA_SETS
from .adaptive_seeds import spelled_out
from .checks import (
    check_architecture,
    check_claims,
    check_confirmation,
    check_criterion,
    check_distinct,
    check_holdout,
)
from .declaration import Claim, Criterion, Study
from .gate_table import read_gate, short_tables
from .problems import Problems, allowed_names
from .published import Published, read_published
from .recipe import Name, PositiveInt, Recipe, Strict
from .recipe_tables import RecipeTable, Table, recipe_tables

SHIPPED: Final = Path(__file__).parents[1] / "studies"
SUFFIX: Final = ".toml"

MOST_SEEDS: Final = 100_000
FIRST_CONFIRMING: Final = 1000


def _seeds_from(first: int) -> BeforeValidator:
    """A number n of seeds is short for the n seeds from `first` on."""
    return BeforeValidator(partial(_seed_list, first))


def _seed_list(first: int, value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= MOST_SEEDS:
            raise ValueError(f"should be a number from 1 to {MOST_SEEDS:,}, or a list of seeds")
        return list(range(first, first + value))
    if not isinstance(value, list) or not value:
        raise ValueError("should be a number of seeds, a list of them, or 'adaptive'")
    if len(set(map(str, value))) < len(value):
        raise ValueError("holds a seed twice; seeds must differ")
    return value


def _known_data_set(name: str) -> str:
    if name not in DATA_SETS:
        raise ValueError(f"unknown; {allowed_names(name, list(DATA_SETS))}")
    return name


Seed = Annotated[int, Field(ge=0, lt=2**63, strict=True)]
DataSetName = Annotated[str, AfterValidator(_known_data_set)]


class Head(Strict):
    """What a study file says besides its criterion and recipes."""

    name: Name
    data_set: DataSetName
    seeds: Annotated[tuple[Seed, ...], _seeds_from(1)]
    budget: PositiveInt | None = None
    """With `seeds = "adaptive"`: the most seeds that a recipe is given."""
    confirmation: Annotated[tuple[Seed, ...], _seeds_from(FIRST_CONFIRMING)] = ()
    holdout: Annotated[int, Field(ge=0, strict=True)] = 0
    published: str | None = None
    claims: tuple[Claim, ...] = ()
    notes: str = ""
    criterion: Any = None
    defaults: Any = None
    recipes: Any = None
    grid: Any = None
    gate: Any = None


def shipped_studies() -> list[str]:
    """Names of the studies that ship with the harness."""
    return sorted(path.stem for path in SHIPPED.glob(f"*{SUFFIX}"))


def find_study(name: str) -> Path:
    """The file of a shipped study, or the path itself; raises InputError."""
    if name in shipped_studies():
        return SHIPPED / (name + SUFFIX)
    with contextlib.suppress(OSError):
        if Path(name).is_file():
            return Path(name)
    raise InputError(
        f"study {name}: neither a file nor a shipped study; "
        f"{allowed_names(name, shipped_studies())}"
    )


def load_study(name: str) -> Study:
    """The study, validated as a whole; raises InputError with a line for every problem.

    A user's own architecture is found but not built: `engines.modules.check_modules` does that.
    """
    file = find_study(name)
    problems = Problems(file)
    raw = spelled_out(_read(file), problems)
    head = problems.validate(Head, raw, lambda _: "")
    criterion = problems.validate(Criterion, raw.get("criterion", {}), lambda _: "criterion")
    recipes, definitions = _recipes(recipe_tables(raw, problems), criterion, problems)
    short, of_short = _recipes(short_tables(raw, problems), criterion, problems)
    if criterion:
        check_criterion(criterion, raw.get("data_set"), head.holdout if head else 0, problems)
    published = _published(head, recipes, problems) if head else {}
    gate = None
    if head and criterion:
        gate = read_gate(raw, criterion, head.seeds, recipes, short, problems)
    if head:
        check_claims(head.claims, recipes, problems)
        check_confirmation(head.seeds, head.confirmation, problems)
        check_holdout(head.data_set, head.holdout, head.published, problems)
    problems.raise_any()
    assert head is not None
    assert criterion is not None
    return Study(
        name=head.name,
        argument=name,
        file=file,
        data_set=head.data_set,
        criterion=criterion,
        seeds=head.seeds,
        budget=head.budget,
        recipes=tuple(recipes),
        definitions=definitions | of_short,
        published=published,
        claims=head.claims,
        confirmation=head.confirmation,
        holdout=head.holdout,
        gate=gate,
        notes=head.notes.strip(),
    )


def _read(file: Path) -> Table:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{file}: is not TOML: {error}") from error
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from error


def _recipes(
    written: Iterable[RecipeTable],
    criterion: Criterion | None,
    problems: Problems,
) -> tuple[list[Recipe], dict[str, str]]:
    """The valid recipes, and the digests of their architectures' definitions, by name."""
    recipes, tables, definitions = [], [], {}
    for title, table, owner in written:
        tables.append(table)
        recipe = problems.validate(Recipe, table, owner)
        if recipe:
            recipes.append(recipe)
        digest = check_architecture(title, table, criterion, problems)
        if digest:
            definitions[table["architecture"]] = digest
    check_distinct(tables, recipes, problems)
    return recipes, definitions


def _published(head: Head, recipes: list[Recipe], problems: Problems) -> Published:
    """The published runs that the file names; adds what is wrong with them."""
    if not head.published or head.holdout:
        return {}
    file = problems.file.parent / head.published
    try:
        return read_published(file, [r.name for r in recipes], DATA_SETS[head.data_set].test)
    except InputError as error:
        problems.lines.extend(error.lines)
        return {}
