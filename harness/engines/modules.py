"""Modules of a user's own: imported, built, tried once on blank images."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from ...models.summary import CLASSES, INPUT_SHAPE
from ..study.architectures import ArchitectureError, current_directory_first, is_own
from ..study.declaration import Study
from ..study.problems import Problems
from ..study.recipe import Recipe

if TYPE_CHECKING:
    from torch import nn


def check_modules(study: Study) -> None:
    """Build and try each architecture of the user's own; raises InputError, a line a problem."""
    problems = Problems(study.file)
    for place, recipes in (("recipes", study.recipes), ("gate.short.recipes", _short(study))):
        for recipe in recipes:
            if is_own(recipe.architecture):
                _check(f"{place}[{recipe.name}].architecture", recipe.architecture, study, problems)
    problems.raise_any()


def _short(study: Study) -> tuple[Recipe, ...]:
    return study.gate.short if study.gate else ()


def _check(key: str, name: str, study: Study, problems: Problems) -> None:
    allowed = study.criterion.parameters
    try:
        parameters = inspect_own(name)
    except ArchitectureError as error:
        problems.add(key, str(error), name)
        return
    if parameters > allowed:
        text = f"has {parameters:,} parameters; criterion.parameters allows {allowed:,}"
        problems.add(key, text, name)


def build_own(name: str) -> nn.Module:
    """A new module from the user's own function; raises ArchitectureError whatever goes wrong."""
    from torch import nn

    module = _function(name)()
    if not isinstance(module, nn.Module):
        raise ArchitectureError(f"returned a {type(module).__name__}, not a torch.nn.Module")
    return module


def inspect_own(name: str) -> int:
    """Trainable parameters of a user's own module, after one trial on two blank images."""
    import torch

    try:
        module = build_own(name)
        with torch.no_grad():
            shape = tuple(module(torch.zeros(2, *INPUT_SHAPE)).shape)
    except ArchitectureError:
        raise
    except Exception as error:
        raise ArchitectureError(f"fails: {type(error).__name__}: {error}") from error
    if shape != (2, CLASSES):
        raise ArchitectureError(f"returns {shape} for two images; it must return (2, {CLASSES})")
    return sum(weight.numel() for weight in module.parameters() if weight.requires_grad)


def _function(name: str) -> Callable[[], object]:
    module, _, attribute = name.partition(":")
    current_directory_first()
    try:
        function = getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise ArchitectureError(f"cannot be imported ({type(error).__name__}: {error})") from error
    if not callable(function):
        raise ArchitectureError(f"{attribute} is not a function")
    return function  # type: ignore[no-any-return]
