"""Swapping two names on a file system in one step, where the system supports it."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path
from typing import Final

_IN_WORKING_DIRECTORY: Final = -100
_EXCHANGE: Final = 2
_CANNOT: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM})
"""Errors of a kernel, a file system or a sandbox that lacks this call."""


def exchange(one: Path, other: Path) -> bool:
    """Swap two names with Linux's renameat2; False, with nothing done, if it is not supported.

    Raises OSError.
    """
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    here, flags = ctypes.c_int(_IN_WORKING_DIRECTORY), ctypes.c_uint(_EXCHANGE)
    if call(here, os.fsencode(one), here, os.fsencode(other), flags) == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(other))
