"""The builds of the native engine, one per instruction set. All give the same bits."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType


@cache
def builds() -> tuple[str, ...]:
    """Names of the builds that this processor can run, the fastest first.

    Raises ImportError if the engine was not built.
    """
    from . import _processor

    return tuple(_processor.builds())


def load(build: str) -> ModuleType:
    """The module of a build; `_native.pyi` has its types. Raises ImportError if it is not there."""
    return import_module(f".{build}", __package__)


@cache
def fastest() -> ModuleType:
    """The fastest build that can be loaded.

    Raises ImportError if there is none, with one line that says why and what to do.
    """
    try:
        runnable = builds()
    except ImportError:
        raise ImportError(
            "the native engine is not built: install a C++ compiler (g++ or clang++), then the "
            "package again"
        ) from None
    reason = "the native engine needs a processor with AVX2, FMA and BMI2 (2013 or later)"
    for build in runnable:
        try:
            return load(build)
        except ImportError as error:
            reason = f"the native engine cannot be loaded ({error}): install the package again"
    raise ImportError(reason)
