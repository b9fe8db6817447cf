"""`harness models`: the architectures, or the layers of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...models import ARCHITECTURES, architecture
from ...models.summary import layer_table, receptive_field
from ..base.console import say, show, table
from ..base.errors import DataError, InputError
from ..base.words import allowed_names, listed
from ..data.registry import DATA_SETS, data_spec
from ..data.spec import DataSpec
from ..engines.choice import fastest_for_layers, missing_engines
from ..study.architectures import ArchitectureError, check_name, declared_parameters
from .options.lists import ModelsOptions
from .telling import tell


def models(options: ModelsOptions, console: Console) -> None:
    """Print the list, or the layer table of one architecture.

    Raises InputError for a name that is unknown, or for an architecture that does not fit the
    images; the list says which do not fit.
    """
    data = _data_of(options.data_set)
    wanted = options.architecture
    facts = [_facts(name, data) for name in _wanted(wanted)]
    if wanted and (misfit := facts[0].get("misfit")):
        raise InputError(f"architecture {wanted}: {misfit}")
    if wanted:
        console.print(
            Text(layer_table(architecture(wanted, data.classes), data.shape), no_wrap=True)
        )
    else:
        show(_table(facts), console)
        for line in (*missing_engines(), *_misfits(facts)):
            say(console, line)
    tell(options, facts)


def _data_of(name: str) -> DataSpec:
    """The data set to whose images the table applies; raises InputError, DataError."""
    try:
        data = data_spec(name, Path().absolute())
    except DataError as error:
        raise DataError(*(f"--data-set {name}: {line}" for line in error.lines)) from error
    if data is None:
        raise InputError(f"--data-set {name}: unknown; {allowed_names(name, [*DATA_SETS])}")
    return data


def _wanted(name: str | None) -> list[str]:
    if name is None or name in ARCHITECTURES:
        return [name] if name else list(ARCHITECTURES)
    try:
        check_name(name)
    except ValueError as error:
        raise InputError(f"architecture {name or repr(name)}: {error}") from error
    raise InputError(f"architecture {name}: only registered ones have a layer table")


def _facts(name: str, data: DataSpec) -> dict[str, Any]:
    """Size, receptive field in pixels, and fastest available engine; or why it does not fit."""
    layers = architecture(name, data.classes)
    try:
        parameters = declared_parameters(name, data)
    except ArchitectureError as error:
        return {"architecture": name, "layers": len(layers), "misfit": str(error)}
    return {
        "architecture": name,
        "parameters": parameters,
        "receptive_field": receptive_field(layers, data.shape),
        "layers": len(layers),
        "engine": fastest_for_layers(layers, data).name,
    }


def _table(facts: list[dict[str, Any]]) -> Table:
    head = ("Architecture", "Parameters", "Receptive field", "Layers", "Engine")
    return table(head, map(_cells, facts), left=(0, 4))


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    if "misfit" in row:
        return (row["architecture"], "-", "-", str(row["layers"]), "-")
    field, count = row["receptive_field"], f"{row['parameters']:,}"
    return (row["architecture"], count, f"{field} x {field}", str(row["layers"]), row["engine"])


def _misfits(facts: list[dict[str, Any]]) -> list[str]:
    """Why some architectures do not fit: each reason once, with the architectures' names."""
    names: dict[str, list[str]] = {}
    for row in facts:
        if "misfit" in row:
            names.setdefault(row["misfit"], []).append(row["architecture"])
    return [f"{listed(those)}: {reason}" for reason, those in names.items()]
