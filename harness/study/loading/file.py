"""Reading a study file: from TOML to a Study, or to a line for each problem."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from ...base.disk.files import is_file
from ...base.errors import DataError, InputError
from ...base.words import allowed_names
from ...data.registry import data_spec
from ...data.spec import DataSpec
from ..declaration import Criterion, Study, data_trained_on
from ..published import Published, PublishedError, read_published
from ..recipe import Recipe
from .adaptive_seeds import spelled_out
from .checks import (
    check_against_data,
    check_architecture,
    check_candidates,
    check_claims,
    check_confirmation,
    check_criterion,
    check_distinct,
    check_holdout,
    check_looks,
    check_runs,
)
from .command_study import declares_commands, read_command_study
from .gate_table import read_gate, short_tables
from .head import Head
from .import_table import TABLE as IMPORT
from .problems import Problems, under
from .recipe_tables import ReadRecipes, RecipeTable, names_in, recipe_tables
from .toml import Table, read_toml

SHIPPED: Final = Path(__file__).parents[2] / "studies"
STUDY_SUFFIX: Final = ".toml"


def shipped_studies() -> list[str]:
    """The names of the studies that ship with the harness."""
    return sorted(path.stem for path in SHIPPED.glob(f"*{STUDY_SUFFIX}"))


def shipped_with(table: str) -> list[str]:
    """The names of the shipped studies whose files have this table."""
    return [name for name in shipped_studies() if table in read_toml(find_study(name))]


def is_shipped(study: Study) -> bool:
    """Whether its file is inside the package, where a user is not to change it."""
    return study.file.parent == SHIPPED


def place_to_change(study: Study) -> str:
    """Where to declare more, in a sentence that has just named the study's file."""
    return "in a copy of it" if is_shipped(study) else "there"


def find_study(name: str) -> Path:
    """The file of a shipped study, or `name` as a path; raises InputError."""
    if name in shipped_studies():
        return SHIPPED / (name + STUDY_SUFFIX)
    try:
        if is_file(name):
            return Path(name)
    except OSError as error:
        raise InputError(
            f"study {name}: cannot be read: {error.strerror}; fix that, or name another"
        ) from error
    raise InputError(
        f"study {name or repr(name)}: neither a file nor a shipped study; "
        f"{allowed_names(name, shipped_studies())}"
    )


def is_imported(name: str) -> bool:
    """Whether the study's file declares runs that were trained elsewhere; raises InputError."""
    return IMPORT in read_toml(find_study(name))


def load_study(name: str) -> Study:
    """The study, completely validated; raises InputError with a line for every problem.

    A user's own architecture is found but not built: `engines.modules.check_modules` does that.
    """
    file = find_study(name)
    problems = Problems(file)
    meant = problems.as_meant(_trained_here(file), Head.model_fields)
    raw = spelled_out(meant, problems)
    if declares_commands(raw):
        return read_command_study(name, raw, problems)
    head = problems.validate(Head, raw, under(""))
    criterion = problems.validate(Criterion, raw.get("criterion", {}), under("criterion"))
    data = _data_of(raw, problems)
    trained = _trained_on(data, head)
    written: dict[str, str] = {}
    read = partial(_recipes, trained=trained, criterion=criterion, problems=problems)
    recipes = read(recipe_tables(raw, problems), written)
    short = read(short_tables(raw, problems), written)
    if criterion:
        held_out = head.holdout if head else 0
        check_criterion(criterion, (held_out or data.test) if data else None, problems)
        check_candidates(criterion, len(recipes.names), problems)
    published = _published(head, recipes.names, data, problems) if head and data else {}
    gate = None
    if head and criterion:
        gate = read_gate(raw, criterion, head.seeds, recipes.names, short, problems)
    if head:
        _check_head(head, recipes.names, data, problems)
    problems.raise_any()
    assert head is not None
    assert criterion is not None
    assert data is not None
    return Study(
        name=head.name,
        argument=name,
        file=file,
        data_set=data,
        criterion=criterion,
        seeds=head.seeds,
        looks=head.looks,
        budget=head.budget,
        recipes=tuple(recipes.valid),
        definitions=recipes.definitions | short.definitions,
        published=published,
        claims=head.claims,
        confirmation_seeds=head.confirmation,
        holdout=head.holdout,
        gate=gate,
        notes=head.notes.strip(),
        written=written,
    )


def _trained_here(file: Path) -> Table:
    """The file's tables; raises InputError if they declare runs that were trained elsewhere."""
    table = read_toml(file)
    if IMPORT in table:
        raise InputError(
            f"{file}: {IMPORT}: declares runs trained elsewhere; `harness import FILE... --study "
            f"{file}` keeps and reports them"
        )
    return table


def _check_head(
    head: Head, names: Sequence[str], data: DataSpec | None, problems: Problems
) -> None:
    """Check that the top of the file is consistent, and fits the recipes and the data."""
    check_runs(len(names), len(head.seeds) + len(head.confirmation), problems)
    check_claims(head.claims, names, problems)
    check_confirmation(head.seeds, head.confirmation, problems)
    check_looks(head.looks, len(head.seeds), head.budget, problems)
    if data:
        check_holdout(data, head.holdout, head.published, problems)


def _data_of(raw: Table, problems: Problems) -> DataSpec | None:
    """The data set that the file names, if it exists; adds the problems of the user's own data."""
    name = raw.get("data_set")
    if not isinstance(name, str) or not name.isprintable():
        return None
    try:
        return data_spec(name, problems.file.absolute().parent)
    except DataError as error:
        for line in error.lines:
            problems.add("data_set", line, name)
        return None


def _trained_on(data: DataSpec | None, head: Head | None) -> tuple[DataSpec, ...]:
    """What recipes are trained on; nothing if the data set is not known."""
    if data is None:
        return ()
    if head is None or head.holdout >= data.train:
        return (data,)
    return data_trained_on(data, head.holdout, confirms=bool(head.confirmation))


def _recipes(
    listed: Iterable[RecipeTable],
    written: dict[str, str],
    trained: Sequence[DataSpec],
    criterion: Criterion | None,
    problems: Problems,
) -> ReadRecipes[Recipe]:
    """The recipes, and the digests of their architectures' definitions, by name.

    Adds the first key of each architecture to those that are `written`.
    """
    recipes, sound, tables, definitions = [], [], [], {}
    for _, table, place in listed:
        tables.append(table)
        before = len(problems.lines)
        recipe = problems.validate(Recipe, table, place)
        if recipe:
            recipes.append(recipe)
        if recipe and criterion:
            for data in trained:
                check_against_data(place, recipe, data, criterion.epochs, problems)
        digest = check_architecture(place, table, next(iter(trained), None), criterion, problems)
        if digest:
            definitions[table["architecture"]] = digest
            written.setdefault(table["architecture"], place(("architecture",)))
        if recipe and len(problems.lines) == before:
            sound.append(recipe)
    names = names_in(tables)
    check_distinct(names, sound, definitions, problems)
    return ReadRecipes(recipes, names, definitions)


def _published(head: Head, names: Sequence[str], data: DataSpec, problems: Problems) -> Published:
    """The published runs that the file names; adds their problems."""
    if not head.published or head.holdout:
        return {}
    file = problems.file.parent / head.published
    try:
        return read_published(file, names, data.test)
    except PublishedError as error:
        problems.add("published", str(error), head.published)
        return {}
