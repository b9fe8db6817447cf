"""SOURCE_DATE_EPOCH, of reproducible builds: a part of NumPy reads it, which SciPy imports."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Final

from .errors import InputError

VARIABLE: Final = "SOURCE_DATE_EPOCH"


def check_source_date() -> None:
    """Raises InputError if the variable is no time, at which NumPy would end with a traceback."""
    value = os.environ.get(VARIABLE)
    if value is None:
        return
    try:
        datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(
            f"{VARIABLE}={value}: should be a whole number of seconds since 1970; correct it, or "
            "unset it"
        ) from error
