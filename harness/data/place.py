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
    said = "--data" if option else DATA_VARIABLE
    try:
        directory = named.expanduser()
    except RuntimeError as error:
        reason = "is in the home folder of an unknown user; write out the path"
        raise DataError(f"{said} {named}: {reason}") from error
    check_folder(said, directory)
    return directory
