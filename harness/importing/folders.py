"""The settings in a run's name or in its folder's path, by a pattern like `{recipe}/{seed}`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ..base.errors import InputError
from ..study.loading.import_table import ImportTable

FIELD: Final = re.compile(r"\{(\w+)\}")
NUMBERED: Final = re.compile(r"([^\W\d]*[-=.]?)\d+")
SEEDED: Final = re.compile(r".+?(\W*_?seed[-_=]?)\d+(.*)", re.IGNORECASE)
DIGIT: Final = re.compile(r"\d")


def settings_in(name: str, columns: ImportTable, place: Path | str) -> dict[str, str]:
    """The fields of a run's path or name, by the pattern `folders`; raises InputError.

    The seed matches digits, and any other field one or more characters, none of them a slash.
    """
    parts = FIELD.split(columns.folders)
    literal, fields = parts[::2], parts[1::2]
    pattern = re.escape(literal[0]) + "".join(
        f"(?P<{field}>{'[0-9]+' if field == columns.seed else '[^/]+?'}){re.escape(after)}"
        for field, after in zip(fields, literal[1:], strict=True)
    )
    found = re.fullmatch(pattern, name)
    if found is None:
        raise InputError(
            f"{place}: {name} is not of the form {columns.folders}; say where the recipe and the "
            f"seed are, as in `--folders '{_proposal(name, columns.folders)}'`, or by `folders` in "
            "[import]"
        )
    return found.groupdict()


def _proposal(name: str, tried: str) -> str:
    """A pattern for this name; if it differs from the one that was tried in a single part, without
    a field, as the folders `train` and `validation` do, then for both."""
    proposed, before = _example(name).split("/"), tried.split("/")
    if len(proposed) == len(before):
        other = [at for at, part in enumerate(proposed) if part != before[at]]
        if len(other) == 1 and not FIELD.search(proposed[other[0]]):
            proposed[other[0]] = "{split}"
    return "/".join(proposed)


def _example(name: str) -> str:
    """A pattern for such names, by where they say `seed`, or by their last part that is a number
    or ends in one after nothing but letters: `{recipe}/version_{seed}/metrics`."""
    parts = name.split("/")
    for at in reversed(range(len(parts))):
        if said := SEEDED.fullmatch(parts[at]):
            tail = "{rest}" if DIGIT.search(said[2]) else said[2]
            return "/".join(
                [*_groups(at), f"{{recipe}}{said[1]}{{seed}}{tail}", *_after(parts, at)]
            )
    ends = [NUMBERED.fullmatch(part) for part in parts]
    at = max((place for place, end in enumerate(ends) if end), default=len(parts) - 1)
    if not at:
        return "/".join(["{recipe}-{seed}", *_after(parts, at)])
    seed = f"{end[1] if (end := ends[at]) else ''}{{seed}}"
    return "/".join([*_groups(at - 1), "{recipe}", seed, *_after(parts, at)])


def _groups(count: int) -> list[str]:
    """Fields for the parts of a name that are before the recipe."""
    return [f"{{group{number or ''}}}" for number in range(count)]


def _after(parts: list[str], at: int) -> list[str]:
    """The parts of a name after the seed: fields for those with digits, since they vary."""
    return [
        f"{{part{number or ''}}}" if DIGIT.search(part) else part
        for number, part in enumerate(parts[at + 1 :])
    ]
