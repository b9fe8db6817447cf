"""Recipes whose names differ between files only in how numbers are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ...base.errors import InputError
from .record import ImportedRecord

NUMBER: Final = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?(?![\w.])")


def check_spelling(runs: Mapping[str, Sequence[ImportedRecord]]) -> None:
    """Raises InputError if two files seem to spell one recipe differently: `lr=0.001`, `lr=1e-3`.

    Within one file, such names are taken to mean different recipes.
    """
    first: dict[str, str] = {}
    for name, own in runs.items():
        other = first.setdefault(_as_numbers(name), name)
        if other != name and not _files(own) & _files(runs[other]):
            raise InputError(
                f"{own[0].sources[0].file}: recipe {name} is {other} in "
                f"{runs[other][0].sources[0].file}, with its numbers written differently; write "
                "both the same way, or give the recipes different names"
            )


def _as_numbers(name: str) -> str:
    return NUMBER.sub(lambda found: repr(float(found[0])), name)


def _files(runs: Sequence[ImportedRecord]) -> set[str]:
    return {source.sha256 for record in runs for source in record.sources}
