"""The arguments of the notebook's functions: what NumPy and pandas make of a number is one too."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path
from typing import Final

from ..base.errors import HarnessError, InputError
from ..base.words import one_line, shorten

AnyPath = str | os.PathLike[str]
"""A file or a folder."""
OPTIONS: Final = re.compile(r"(?<![\w`-])--(data|engine|jobs|ledger|out|recipes|seeds)(?![\w-])")
"""Options of the command line that are arguments of the same name here."""

IN_PYTHON: Final = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        (r"`--only (\S+)=TEXT`, or `only` in \[import\]", r'`only={"\1": "text"}`'),
        (r"`--(in-order|resumed)`(?: \(`\w+` in \[import\]\))?", r"`\1=True`"),
        (r"`in-order=True`", "`in_order=True`"),
        (r"`--value (.+?)` \(`value` in \[import\]\)", r'`value="\1"`'),
        (r'say --(\w+), or \1 = "..." in \[import\]', r'say `\1="..."`'),
        (r"`--epoch`", "`epoch`"),
        (r"^(judge: only = .*: should be a) table$", r"\1 dict"),
        (r"^(judge: bounds = .*: should be a) list$", r"\1 pair, such as (0, 1)"),
        (r"^(judge: \w+ = .*: should be) true or false$", r"\1 True or False"),
    )
)
"""How `judge` says here what `harness judge` says with options and keys of a study file."""


def whole(name: str, number: object) -> int | None:
    """The number, also if it is NumPy's; raises InputError unless it is whole and above 0."""
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, Integral) or int(number) < 1:
        raise InputError(f"{name}: is {shorten(number)}; give a whole number above 0, or None")
    return int(number)


def names(recipes: object) -> list[str]:
    """The names of recipes; raises InputError for anything else, such as a single name."""
    listed = list(recipes) if isinstance(recipes, Iterable) else []
    if isinstance(recipes, str) or not listed or not all(isinstance(n, str) for n in listed):
        raise InputError(f"recipes: is {shorten(recipes)}; give a list of the recipes' names")
    return listed


def text(name: str, value: object) -> str:
    """The text; raises InputError for anything else."""
    if not isinstance(value, str):
        raise InputError(f"{name}: is {shorten(value)}; give its name")
    return value


def path(name: str, value: object) -> Path:
    """The path, in which `~` is one's own folder; raises InputError for anything else."""
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"{name}: is {shorten(value)}; give the path of a folder")
    return Path(expanded(name, value))


def expanded(name: str, value: AnyPath) -> str:
    """The path without `~`; raises InputError for the folder of an unknown user."""
    found = os.path.expanduser(os.fspath(value))
    if found.startswith("~"):
        raise InputError(
            f"{name} {one_line(value)}: is in the home folder of an unknown user; write out the "
            "path, or begin it with ./"
        )
    return found


@contextmanager
def named_as_here() -> Iterator[None]:
    """Within the block, errors name arguments instead of options: `engine x`, not `--engine x`."""
    try:
        yield
    except HarnessError as error:
        lines = [_in_python(OPTIONS.sub(r"\1", line)) for line in error.lines]
        raise type(error)(*lines) from error


def _in_python(line: str) -> str:
    for pattern, written in IN_PYTHON:
        line = pattern.sub(written, line)
    return line
