"""What `harness models` and `harness studies` print."""

from __future__ import annotations

from typing import Final

from rich.table import Table
from rich.text import Text

from ...models import ARCHITECTURES
from ...models.summary import layer_table, parameter_count, receptive_field
from ..base.errors import InputError
from ..base.words import percent
from ..data.mnist import MNIST
from ..engines.choice import NATIVE, TORCH, native_missing, uncovered_layers
from ..study.architectures import check_name
from ..study.file import load_study, shipped_studies

SHOWN: Final = MNIST
"""The data set whose images architectures are shown for."""


def list_architectures() -> Table:
    """Name, parameters, receptive field and fastest engine of every registered architecture."""
    table = _table("Architecture", "Parameters", "Receptive field", "Layers", "Engine")
    for name, layers in ARCHITECTURES.items():
        field = receptive_field(layers, SHOWN.shape)
        count = f"{parameter_count(layers, SHOWN.shape):,}"
        engine = TORCH if native_missing() or uncovered_layers(layers, SHOWN) else NATIVE
        table.add_row(name, count, f"{field} x {field}", str(len(layers)), engine)
    if reason := native_missing():
        table.caption = f"{reason}; the torch engine is there"
    return table


def show_layers(name: str) -> Text:
    """The layer table of one architecture; raises InputError for an unknown name."""
    if name not in ARCHITECTURES:
        try:
            check_name(name)
        except ValueError as error:
            raise InputError(f"architecture {name}: {error}") from error
        raise InputError(f"architecture {name}: only registered ones have a layer table")
    return Text(layer_table(ARCHITECTURES[name], SHOWN.shape), no_wrap=True)


def list_studies() -> Table:
    """Name, data set and size of every shipped study."""
    table = _table("Study", "Data set", "Recipes", "Seeds", "Epochs", "Target")
    for name in shipped_studies():
        study = load_study(name)
        criterion = study.criterion
        sizes = (len(study.recipes), len(study.seeds), criterion.epochs)
        table.add_row(name, study.data_set, *map(str, sizes), percent(criterion.target))
    return table


def _table(first: str, *others: str) -> Table:
    table = Table()
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table
