"""Where data sets are looked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

DATA_VARIABLE: Final = "HARNESS_DATA"


def data_directory(option: Path | None = None) -> Path:
    """`--data`, else the environment variable HARNESS_DATA, else `data/`."""
    return option or Path(os.environ.get(DATA_VARIABLE) or "data")
