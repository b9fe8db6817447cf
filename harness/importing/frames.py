"""A data frame of the caller's as a table of long form."""

from __future__ import annotations

from hashlib import sha256

import pandas as pd

from ..base.errors import InputError
from ..base.words import kind
from ..results.elsewhere.record import Source
from .long_table import LongTable


def table_from_frame(frame: object, name: str) -> LongTable:
    """The frame with its rows counted from 1, whatever its index; raises InputError."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"{name}: is {kind(frame)}; give a pandas DataFrame")
    plain = frame.reset_index(drop=True)
    rows = pd.util.hash_pandas_object(plain.astype(str), index=False).to_numpy()
    digest = sha256(rows.tobytes()).hexdigest()
    source = Source(file=name, sha256=digest, reader="DataFrame")
    return LongTable(plain, source, range(1, len(plain) + 1))
