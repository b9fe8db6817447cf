"""A study file with `[import]`: what it declares about runs that were trained elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field

from ...base.errors import InputError
from ..declaration import MOST_EPOCHS, Claim, Criterion
from ..fields import Default, Name, Number, Positive, PositiveInt, Seed, Strict, Unit
from ..imported import SIZE, ImportedStudy
from ..measure import MOST_COUNTED
from .checks import check_candidates, check_claims, check_criterion, check_gate_number, check_sized
from .head import seeds_from
from .import_table import TABLE, ImportTable
from .problems import Problems, under
from .toml import Table, read_toml

GATE_TABLE: Final = "gate"
CRITERION: Final = "criterion"
TABLES: Final = (CRITERION, TABLE, GATE_TABLE)
SEEDS: Final = (
    "a number of seeds, or a list of them; leave it out for all that are found. Adaptive seeds are "
    "for recipes that are trained here"
)
NOT_JUDGED: Final = ("parameters", "equivalence_margin")
"""Keys of a criterion that mean nothing for runs that are only judged."""


class ImportedCriterion(Criterion):
    """What an imported recipe is asked to do; its target is a share of a total, or any number."""

    target: Number
    """For counts a share, such as 0.994 for 99.4%; for other values the value to reach."""
    epochs: Annotated[PositiveInt, Field(le=MOST_EPOCHS), Default("those of the longest run")] = (
        MOST_EPOCHS
    )
    """The length of a complete run; the report mentions shorter ones."""
    window: Annotated[PositiveInt, Unit("epochs")]
    """The last epochs of a run, all of which should be at the threshold."""
    parameters: PositiveInt = Field(MOST_COUNTED, exclude=True)
    equivalence_margin: float = Field(1.0, exclude=True)


class ImportedGate(Strict):
    """How new runs are compared with the committed ones."""

    margin: Annotated[Positive, Unit("of what is measured")]
    """By how much the mean may get worse: a count of examples, or any number."""
    epochs: Annotated[PositiveInt | None, Default("criterion.epochs")] = None
    """The epoch after which runs are compared."""
    recipes: Annotated[tuple[str, ...] | None, Field(min_length=1), Default("all committed")] = None
    """The names of the guarded recipes."""
    limit: Annotated[PositiveInt | None, Default("as many as are imported")] = None
    """The largest number of new runs per recipe, if more are imported while the gate is open."""
    seeds: Annotated[PositiveInt | None, Default("limit: one look")] = None
    """The number of new runs at the first look; each further look has twice as many, up to
    `limit`."""
    alpha: Annotated[Number, Field(gt=0, le=0.2)] = 0.05
    """Probability of a false alarm over all recipes and looks, if nothing has changed."""


class ImportHead(Strict):
    """At the top of a study file with `[import]`, before any table."""

    name: Name
    """Names the report's folder."""
    seeds: Annotated[
        tuple[Seed, ...] | None, seeds_from(1, SEEDS), Default("all that are found")
    ] = None
    """The declared seeds, if any: runs with other seeds are refused."""
    claims: Annotated[tuple[Claim, ...], Default("none")] = ()
    """Published claims about the recipes, under `[[claims]]`."""
    notes: str = ""
    """Text on the study, for the report's section on how it was measured."""


@dataclass(frozen=True)
class Declared:
    """What was declared about runs before they were read."""

    name: str
    argument: str
    criterion: ImportedCriterion
    columns: ImportTable
    seeds: tuple[int, ...] | None = None
    claims: tuple[Claim, ...] = ()
    notes: str = ""
    gate: ImportedGate | None = None


def read_declared(argument: str) -> Declared:
    """What a study file with `[import]` declares; raises InputError, one line per problem."""
    file = Path(argument)
    written, problems = read_toml(file), Problems(file)
    raw = problems.as_meant(written, [*ImportHead.model_fields, *TABLES])
    if TABLE not in raw:
        raise InputError(_not_imported(argument, raw))
    gate = (
        problems.validate(ImportedGate, raw.pop(GATE_TABLE), under(GATE_TABLE))
        if GATE_TABLE in raw
        else None
    )
    tables = {name: raw.pop(name, {}) for name in (TABLE, CRITERION)}
    head = problems.validate(ImportHead, raw, under(""))
    columns = problems.validate(ImportTable, tables[TABLE], under(TABLE))
    asked: Any = tables["criterion"]
    criterion = problems.validate(ImportedCriterion, asked, under("criterion"))
    for key in NOT_JUDGED:
        if isinstance(asked, dict) and key in asked:
            text = "means nothing for runs that are only judged; leave it out"
            problems.add(f"criterion.{key}", text, asked[key])
    if criterion:
        check_criterion(criterion, None, problems)
    if criterion and gate:
        check_gate_number(
            "gate.epochs", gate.epochs, criterion.epochs, "criterion.epochs", problems
        )
        check_gate_number("gate.seeds", gate.seeds, gate.limit, "gate.limit", problems)
    problems.raise_any()
    assert head is not None
    assert columns is not None
    assert criterion is not None
    return Declared(
        name=head.name,
        argument=argument,
        criterion=criterion,
        columns=columns,
        seeds=head.seeds,
        claims=head.claims,
        notes=head.notes.strip(),
        gate=gate,
    )


def _not_imported(argument: str, raw: Table) -> str:
    if "recipes" in raw or "grid" in raw:
        other = f"its recipes are trained here: `harness bench {argument}`"
    else:
        other = "add it; it says what the columns mean, and may be empty"
    return f"{argument}: has no [{TABLE}], which a study of runs trained elsewhere needs; {other}"


def check_found(declared: Declared, study: ImportedStudy) -> None:
    """Raises InputError for claims about recipes or sizes that the files do not have."""
    problems = Problems(Path(declared.argument))
    check_candidates(study.criterion, len(study.recipes), problems)
    check_claims(declared.claims, [recipe.name for recipe in study.recipes], problems)
    sized = all(SIZE in recipe.axes for recipe in study.recipes)
    check_sized(declared.claims, sized, "the files have no column", problems)
    problems.raise_any()
