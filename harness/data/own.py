"""The user's own data: a file of NumPy arrays beside the study file, or a function's result.

Both give the same arrays under the same names. Equal arrays are the same data, wherever they came
from: the digest covers the values, the shape, the number of classes, mean and standard deviation.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..base import own_code
from ..base.disk.files import NotAFile, check_regular
from ..base.errors import DataError
from ..base.own_code import OwnCodeError
from ..base.words import kind, one_line
from .arrays import OwnArrays, checked
from .spec import Arrays, DataSpec

ARRAYS_SUFFIX: Final = ".npz"
MOST_BYTES: Final = 2**63
"""Any size: what does not fit into memory is told when it is read."""


def is_own_data(name: str) -> bool:
    """Whether `name` is the name of a file of arrays, or refers to a function."""
    return name.endswith(ARRAYS_SUFFIX) or own_code.is_own_function(name)


def own_spec(name: str, beside: Path) -> DataSpec:
    """What is known of the data, which is read for it; a file's name is relative to `beside`.

    Raises DataError with one line per problem.
    """
    read = _read(name, beside)
    digest = read.digest()
    return DataSpec(
        name=name,
        title=name,
        digest=digest,
        shape=read.shape,
        class_names=read.class_names,
        train=len(read.arrays[0]),
        test=len(read.arrays[2]),
        mean=read.mean,
        std=read.std,
        load=partial(_load, name, beside, digest),
    )


def _load(name: str, beside: Path, digest: str, _: Path) -> Arrays:
    """The arrays; raises DataError if they no longer have the digest."""
    try:
        read = _read(name, beside)
    except DataError as error:
        raise DataError(*(f"{name}: {line}" for line in error.lines)) from error
    if read.digest() == digest:
        return read.arrays
    why = (
        "was changed while it was in use; start again"
        if name.endswith(ARRAYS_SUFFIX)
        else "returns different data at each call; seed its random numbers"
    )
    raise DataError(f"{name}: {why}")


def _read(name: str, beside: Path) -> OwnArrays:
    """The arrays as they are now; raises DataError."""
    if name.endswith(ARRAYS_SUFFIX):
        return checked(_of_file(beside / _expanded(name)))
    try:
        own_code.source_file(name)
        function = own_code.own_function(name)
        with own_code.own_code("fails: {}"):
            result = function()
            named = isinstance(result, Mapping)
            found = {str(key): value for key, value in result.items()} if named else {}
    except OwnCodeError as error:
        raise DataError(str(error)) from error
    if not named:
        raise DataError(
            f"returned {kind(result)}; return a dict of arrays, named as in {ARRAYS_SUFFIX} files"
        )
    return checked(found)


def _expanded(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        reason = "is in the home folder of an unknown user; write out the path"
        raise DataError(f"{name} {reason}") from error


def _of_file(path: Path) -> dict[str, Any]:
    """The arrays in the file, by name; raises DataError."""
    try:
        check_regular(path, MOST_BYTES)
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if isinstance(archive, np.ndarray):
                raise DataError(f"{path} holds one array; save them by name, with numpy.savez")
            return {name: archive[name] for name in archive.files}
    except NotAFile as error:
        raise DataError(f"{path} {error.strerror}; name one that numpy.savez wrote") from error
    except FileNotFoundError as error:
        raise DataError(f"there is no {path}; put it there, or name another file") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path} cannot be read ({reason}); fix that, or name another") from error
    except MemoryError as error:
        raise DataError(f"{path} does not fit into memory; save fewer images") from error
    except DataError:
        raise
    except Exception as error:  # NumPy may raise anything for a file that it did not write
        raise DataError(
            f"{path} is not a file of plain arrays ({one_line(error)}); save them with numpy.savez"
        ) from error
