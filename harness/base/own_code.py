"""The user's own functions, named `package.module:function`: found, imported, run.

Modules are looked up as Python does, in the current directory first.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.machinery import ModuleSpec
from itertools import accumulate
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from .fresh import import_fresh
from .words import allowed_names, one_line

HARNESS: Final = Path(__file__).parents[1]
_OWN = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")


class OwnCodeError(ValueError):
    """The user's code cannot be found or used; the message says why, and what to write instead."""


@contextmanager
def own_code(complaint: str) -> Iterator[None]:
    """Run a user's code: whatever it raises, even SystemExit, becomes an OwnCodeError.

    The last line of the traceback, with the place in the user's files, replaces the braces in
    `complaint`. Ctrl-C is passed on.
    """
    try:
        yield
    except (OwnCodeError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise OwnCodeError(complaint.format(_last_line(error) + _place(error))) from error


def _last_line(error: BaseException) -> str:
    """The last line of its traceback, without any notes that were added to the error."""
    shown = traceback.TracebackException.from_exception(error)
    shown.__notes__ = None
    return one_line([*shown.format_exception_only()][-1])


def _place(error: BaseException) -> str:
    """Where in the user's files it was raised; empty if in none."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [(Path(frame.filename), frame.lineno) for frame in frames]
    if isinstance(error, SyntaxError):
        places.append((Path(error.filename or ""), error.lineno))
    own = [(file, line) for file, line in places if _is_theirs(file)]
    return f", line {own[-1][1]} of {own[-1][0].relative_to(Path.cwd())}" if own else ""


def _is_theirs(file: Path) -> bool:
    """Whether the file is below the current directory, and neither installed nor of the harness."""
    elsewhere = "site-packages" in file.parts or file.is_relative_to(HARNESS)
    return file.is_relative_to(Path.cwd()) and not elsewhere


def is_own_function(name: str) -> bool:
    """Whether `name` refers to a function of the user's own."""
    return ":" in name


def source_file(name: str) -> Path:
    """The file that defines a user's own function; raises OwnCodeError."""
    if not _OWN.match(name):
        raise OwnCodeError("write package.module:function")
    module, _, function = name.partition(":")
    if module.endswith(".py"):
        raise OwnCodeError(f"write the module without .py: {module.removesuffix('.py')}:{function}")
    current_directory_first()
    missing = (
        f"there is no module {module} in {os.getcwd()} or on Python's path; install its package, "
        "or name its folder in PYTHONPATH"
    )
    with own_code(f"{module} cannot be imported ({{}})"):  # finding it imports its package
        found = importlib.util.find_spec(module.partition(".")[0])
        for package in accumulate(module.split(".")[:-1], "{}.{}".format):
            _check_open(found and importlib.util.find_spec(package))
        spec = found and importlib.util.find_spec(module)
    if spec is None or spec.origin is None or not os.path.isfile(spec.origin):
        raise OwnCodeError(missing)
    return Path(spec.origin)


def _check_open(package: ModuleSpec | None) -> None:
    """Raises OSError if its folder may not be looked into, which Python takes for an empty one."""
    for place in (package and package.submodule_search_locations) or ():
        with suppress(FileNotFoundError, NotADirectoryError):
            os.listdir(place)
            os.stat(os.path.join(place, os.curdir))


def own_function(name: str) -> Callable[[], Any]:
    """The function, imported; raises OwnCodeError."""
    module, _, attribute = name.partition(":")
    current_directory_first()
    with own_code("cannot be imported ({})"):
        imported = import_fresh(module)
        function = getattr(imported, attribute, None)
    if function is None:
        raise OwnCodeError(f"{module} has no function {attribute}{_instead(imported, attribute)}")
    if not callable(function):
        raise OwnCodeError(f"{attribute} is not a function")
    return function  # type: ignore[no-any-return]


def _instead(module: ModuleType, name: str) -> str:
    """What could be written instead of a name that the module lacks: what it defines itself."""
    own = [
        defined
        for defined, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", None) == module.__name__
    ]
    return f"; {allowed_names(name, own)}" if own else "; define it there"


def current_directory_first() -> None:
    """Make Python look for modules in the working directory before anywhere else."""
    here = os.getcwd()
    if sys.path[:1] != [here]:
        sys.path[:] = [here, *(place for place in sys.path if place != here)]
