"""The caller's data frame as a table of long form."""

from __future__ import annotations

from hashlib import sha256

import pandas as pd

from ..base.errors import InputError
from ..base.words import kind
from ..results.elsewhere.record import Source
from .long_table import LongTable, as_texts, check_names


def table_from_frame(frame: object, name: str) -> LongTable:
    """The frame with its rows counted from 1; raises InputError.

    Levels of the index that have names become columns; other levels are ignored.
    """
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"{name}: is {kind(frame)}; give a pandas DataFrame")
    named = [level for level in frame.index.names if level is not None and level not in frame]
    check_names([*map(str, named), *map(str, frame.columns)], name)
    plain = frame.reset_index(named).reset_index(drop=True)
    plain.columns = plain.columns.map(str)
    rows = pd.util.hash_pandas_object(plain.apply(as_texts), index=False).to_numpy()
    digest = sha256(rows.tobytes()).hexdigest()
    source = Source(file=name, sha256=digest, reader="DataFrame")
    return LongTable(plain, source, range(1, len(plain) + 1))
