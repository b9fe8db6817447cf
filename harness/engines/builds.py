"""The builds of the native engine, one for each set of instructions. All give the same bits."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType


@cache
def builds() -> tuple[str, ...]:
    """Names of those that this processor runs, the fastest first.

    Raises ImportError where the engine was not built.
    """
    from ._processor import builds

    return tuple(builds())


def load(build: str) -> ModuleType:
    """The module of a build; `_native.pyi` has its types. Raises ImportError if it is not there."""
    return import_module(f".{build}", __package__)
