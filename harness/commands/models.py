"""`harness models`: the architectures, or the layers of one."""

from __future__ import annotations

from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...models import ARCHITECTURES
from ...models.summary import layer_table, parameter_count, receptive_field
from ..base.errors import InputError
from ..data.mnist import MNIST
from ..engines.choice import fastest_for_layers, missing_engines
from ..study.architectures import check_name
from .list_options import ModelsOptions
from .telling import plain_table, tell

SHOWN: Final = MNIST
"""The data set whose images architectures are shown for."""


def models(options: ModelsOptions, console: Console) -> None:
    """Print the list, or one layer table; raises InputError for an unknown name."""
    facts = [_facts(name) for name in _wanted(options.architecture)]
    if options.architecture:
        console.print(
            Text(layer_table(ARCHITECTURES[options.architecture], SHOWN.shape), no_wrap=True)
        )
    else:
        console.print(_table(facts))
    tell(options, facts)


def _wanted(name: str | None) -> list[str]:
    if name is None or name in ARCHITECTURES:
        return [name] if name else list(ARCHITECTURES)
    try:
        check_name(name)
    except ValueError as error:
        raise InputError(f"architecture {name}: {error}") from error
    raise InputError(f"architecture {name}: only registered ones have a layer table")


def _facts(name: str) -> dict[str, Any]:
    """Size, receptive field in pixels a side, and the fastest engine that is here."""
    layers = ARCHITECTURES[name]
    return {
        "architecture": name,
        "parameters": parameter_count(layers, SHOWN.shape),
        "receptive_field": receptive_field(layers, SHOWN.shape),
        "layers": len(layers),
        "engine": fastest_for_layers(layers, SHOWN).name,
    }


def _table(facts: list[dict[str, Any]]) -> Table:
    table = plain_table("Architecture", "Parameters", "Receptive field", "Layers", "Engine")
    for row in facts:
        field, count = row["receptive_field"], f"{row['parameters']:,}"
        size = f"{field} x {field}"
        table.add_row(row["architecture"], count, size, str(row["layers"]), row["engine"])
    if missing := missing_engines():
        table.caption = "; ".join(missing)
    return table
