"""What NumPy makes of numbers, as Python's own."""

from __future__ import annotations

import numpy as np


def plain(number: object) -> object:
    """Python's number or truth value instead of NumPy's, also in a pair; one of fewer bits as it is
    written."""
    if isinstance(number, np.ndarray):
        number = list(number) if number.ndim else number[()]
    if isinstance(number, tuple | list):
        return tuple(map(plain, number))
    if isinstance(number, np.floating):
        return float(str(number))
    return number.item() if isinstance(number, np.generic) else number
