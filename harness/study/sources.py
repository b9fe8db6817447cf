"""The files that a study's runs are trained with: what must be committed to repeat them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..base.own_code import is_own_function, source_file
from ..data.own import ARRAYS_SUFFIX
from .command import CommandRecipe
from .declaration import Study
from .inputs import find_inputs

PYTHON_SUFFIX: Final = ".py"


def sources(study: Study) -> Iterator[Path]:
    """The study's file, its own data, the input files of its commands, and its own code.

    Raises OwnCodeError and InputsError if they are no longer there.
    """
    yield study.file
    names = {study.data_set.name}
    for recipe in (*study.recipes, *(study.gate.short if study.gate else ())):
        if isinstance(recipe, CommandRecipe):
            yield from (study.folder / name for name in find_inputs(study.folder, recipe.inputs))
        else:
            names.add(recipe.architecture)
    for name in sorted(names):
        if is_own_function(name):
            yield from _python_files(source_file(name))
        elif name.endswith(ARRAYS_SUFFIX):
            yield study.folder / Path(name).expanduser()


def _python_files(file: Path) -> Iterator[Path]:
    """The file, and all others that it may import from its folder."""
    yield file
    yield from file.parent.rglob(f"*{PYTHON_SUFFIX}")
