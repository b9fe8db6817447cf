"""Recipes that several files name by the same numbers, written in different ways."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ...base.errors import InputError
from .record import ImportedRecord

NUMBER: Final = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?(?![\w.])")


def check_spelling(runs: Mapping[str, Sequence[ImportedRecord]]) -> None:
    """Raises InputError where `lr=0.001` in one file would be another recipe than `lr=1e-3` in
    another; within a file names are as their writer meant them."""
    first: dict[str, str] = {}
    for name, own in runs.items():
        other = first.setdefault(_as_numbers(name), name)
        if other != name and not _files(own) & _files(runs[other]):
            raise InputError(
                f"{own[0].sources[0].file}: recipe {name} is {other} in "
                f"{runs[other][0].sources[0].file}, with its numbers written otherwise; write "
                "both alike, or give the recipes other names"
            )


def _as_numbers(name: str) -> str:
    return NUMBER.sub(lambda found: repr(float(found[0])), name)


def _files(runs: Sequence[ImportedRecord]) -> set[str]:
    return {source.sha256 for record in runs for source in record.sources}
