"""Where data sets are looked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from ..base.disk.option_files import check_folder
from ..base.errors import DataError

DATA_VARIABLE: Final = "HARNESS_DATA"


def data_directory(option: Path | None = None) -> Path:
    """`--data`, else the environment variable HARNESS_DATA, else `data/`; `~` is the home folder.

    Raises DataError for the home folder of an unknown user, InputError for a file.
    """
    named = option or Path(os.environ.get(DATA_VARIABLE) or "data")
    try:
        directory = named.expanduser()
    except RuntimeError as error:
        raise DataError(f"{named}: {error}; write out the path") from error
    check_folder("--data" if option else DATA_VARIABLE, directory)
    return directory
