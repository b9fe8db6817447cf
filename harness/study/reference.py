"""`docs/study-file.md`: every key of a study file, generated from the models that read it.

python -m reprobench.harness.study.reference > docs/study-file.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from .axes import AXES
from .command import CommandRecipe, MeasureTable
from .declaration import Claim, Criterion
from .fields import Default, Differs, Strict, Unit
from .loading.command_study import CommandCriterion, CommandHead
from .loading.gate_table import GateTable, Short
from .loading.head import Head
from .recipe import Augmentation, Optimiser, Recipe, Regulariser
from .schedulers import Scheduler, Warmup

INTRODUCTION: Final = """\
# The study file

A study is one TOML file. All of it is checked before anything is trained: an unknown key, a value
out of range or an unknown name is refused with a line that says what is allowed. The studies that
ship with the harness serve as examples: [`tiny`](../harness/studies/tiny.toml),
[`digits`](../harness/studies/digits.toml), [`mnist`](../harness/studies/mnist.toml) with adaptive
seeds, confirmation and a gate, [`mnist-grid`](../harness/studies/mnist-grid.toml) with a grid,
[`published`](../harness/studies/published.toml) with claims,
[`smallest`](../harness/studies/smallest.toml) with looks, and
[`search`](../harness/studies/search.toml) with images held out. In a study whose recipes have a
`command`, programs of your own train them ([how](any-training.md#programs-of-your-own)).

`bench` refuses two recipes that amount to the same training, which would be one recipe trained
twice, and a setting that has no effect, such as `fill` where no image is moved, which would be
misleading.

This page is generated from the code that reads the file (`make docs`). If a key differs from the
one of the same name in torch or torchvision, or has another default, the last column says how.
"""
GRID: Final = """\
## `[grid]`: recipes from lists

Every combination of the values, with `[defaults]` for all other keys, becomes a recipe that is
named after them. Each key is a list of at least one value:
"""


def _kinds(key: str, union: UnionType) -> Iterator[tuple[str, type[Strict]]]:
    """A table for each model that the key may select, titled with the `name` that selects it."""
    for model in get_args(union):
        name = get_args(model.model_fields["name"].annotation)[0]
        yield f"`{key}`: {name}", model


TABLES: Final[tuple[tuple[str, type[Strict]], ...]] = (
    ("At the top", Head),
    ("`[criterion]`", Criterion),
    ("`[[recipes]]` and `[defaults]`", Recipe),
    *_kinds("optimiser", Optimiser),
    *_kinds("scheduler", Scheduler),
    ("`scheduler.warmup`", Warmup),
    ("`augmentation`", Augmentation),
    ("`regulariser`", Regulariser),
    ("`[[claims]]`", Claim),
    ("`[gate]`", GateTable),
    ("`[gate.short]`", Short),
    ("At the top, with commands", CommandHead),
    ("`[criterion]`, with commands", CommandCriterion),
    ("`[measure]`", MeasureTable),
    ("`[[recipes]]` and `[defaults]`, with commands", CommandRecipe),
)
EXTENDED_TABLES: Final[dict[type[Strict], type[Strict]]] = {
    CommandHead: Head,
    CommandCriterion: Criterion,
}
"""Tables of which only the keys that differ from another table's are shown."""
LIMITS: Final = (
    (Gt, "gt", "above"),
    (Ge, "ge", "at least"),
    (Lt, "lt", "below"),
    (Le, "le", "at most"),
)
PIPE: Final = "\\|"
KINDS: Final = {bool: "true or false", int: "whole number", float: "number", str: "text"}


def page() -> str:
    """The whole page."""
    tables = "\n".join(_section(title, model) for title, model in TABLES)
    axes = "\n".join(f"- `{axis}`: `{place}` of each recipe" for axis, (place, _) in AXES.items())
    return f"{INTRODUCTION}\n{tables}\n{GRID}\n{axes}\n"


def _section(title: str, model: type[Strict]) -> str:
    rows = [_cells(key, field) for key, field in _fields(model)]
    columns = [name for name in rows[0] if any(row[name] for row in rows)]
    body = "\n".join(_line(row[name] for name in columns) for row in rows)
    about = " ".join((model.__doc__ or "").split())
    return f"## {title}\n\n{about}\n\n{_line(columns)}\n{_line(['---'] * len(columns))}\n{body}\n"


def _fields(model: type[Strict]) -> Iterator[tuple[str, FieldInfo]]:
    """The keys that a file may have, except those shown in the table that this one extends."""
    known = EXTENDED_TABLES[model].model_fields if model in EXTENDED_TABLES else {}
    for key, field in model.model_fields.items():
        same = key in known and field.description == known[key].description
        if not same and not field.exclude and get_args(field.annotation) != ("",):
            yield key, field


def _cells(key: str, field: FieldInfo) -> dict[str, str]:
    """A key's cells, by column."""
    return {
        "Key": f"`{key}`",
        "Type": _type(field),
        "Unit": _words_of(field, Unit),
        "Default": _default(field),
        "Meaning": " ".join((field.description or "Selects this kind.").split()),
        "Different in torch": _words_of(field, Differs),
    }


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', PIPE) for cell in cells)} |"


def _words_of(field: FieldInfo, kind: type[Unit | Differs | Default]) -> str:
    found = [mark for mark in field.metadata if isinstance(mark, kind)]
    return found[0].words if found else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "none: needed"
    return _words_of(field, Default) or f"`{_in_toml(field.default)}`"


def _in_toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.6g}"
        case str():
            return f'"{value}"'
        case tuple():
            return f"[{', '.join(map(_in_toml, value))}]"
        case BaseModel():
            name = getattr(value, "name", None)
            return _in_toml(name) if name else "{}"
    return str(value)


def _type(field: FieldInfo) -> str:
    limits = dict.fromkeys(part for part in map(_limit, _marks(field)) if part)
    return ", ".join([_kind(field.annotation), *limits])


def _marks(field: FieldInfo) -> Iterator[object]:
    """The constraints on a key's values, including those inside an optional type."""
    yield from field.metadata
    for part in get_args(field.annotation):
        for mark in getattr(part, "__metadata__", ()):
            yield from mark.metadata if isinstance(mark, FieldInfo) else ()


def _limit(mark: object) -> str | None:
    for kind, attribute, words in LIMITS:
        if isinstance(mark, kind):
            return f"{words} {getattr(mark, attribute):,}"
    return None


def _kind(annotation: Any) -> str:
    """The values that a key takes, in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0])
    if origin is Literal:
        return " or ".join(f'`"{value}"`' for value in inner)
    if origin is tuple:
        kind = _kind(inner[0])
        return f"list of {kind}s" if inner[-1] is Ellipsis else f"two {kind}s"
    if origin in (Union, UnionType):
        kinds = [_kind(part) for part in inner if part is not NoneType]
        return kinds[0] if len(kinds) == 1 else "name or table"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    return KINDS.get(annotation, "table")


if __name__ == "__main__":
    print(page(), end="")
