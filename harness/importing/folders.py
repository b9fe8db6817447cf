"""The settings in a run's name or in its folder's path, by a pattern like `{recipe}/{seed}`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ..base.errors import InputError
from ..study.loading.import_table import ImportTable

FIELD: Final = re.compile(r"\{(\w+)\}")
NUMBERED: Final = re.compile(r"([^\W\d]*[-=.]?)\d+")
DIGIT: Final = re.compile(r"\d")


def settings_in(name: str, columns: ImportTable, place: Path | str) -> dict[str, str]:
    """The fields of a run's path or name, by the pattern `folders`; raises InputError.

    A field matches one or more characters, none of them a slash.
    """
    parts = FIELD.split(columns.folders)
    literal, fields = parts[::2], parts[1::2]
    pattern = re.escape(literal[0]) + "".join(
        f"(?P<{field}>[^/]+?){re.escape(after)}"
        for field, after in zip(fields, literal[1:], strict=True)
    )
    found = re.fullmatch(pattern, name)
    if found is None:
        raise InputError(
            f"{place}: {name} is not of the form {columns.folders}; say where the recipe and the "
            f"seed are, as in `--folders '{_example(name)}'`, or by `folders` in [import]"
        )
    return found.groupdict()


def _example(name: str) -> str:
    """A pattern for such names; the seed is taken to be the last part that is a number, or ends
    in one after nothing but letters: `{recipe}/version_{seed}/metrics`."""
    parts = name.split("/")
    ends = [NUMBERED.fullmatch(part) for part in parts]
    at = max((place for place, end in enumerate(ends) if end), default=len(parts) - 1)
    end = ends[at]
    if not at:
        return "/".join(["{recipe}-{seed}", *_literal(parts[1:])])
    seed = f"{end[1] if end else ''}{{seed}}"
    groups = [f"{{group{number or ''}}}" for number in range(at - 1)]
    return "/".join([*groups, "{recipe}", seed, *_literal(parts[at + 1 :])])


def _literal(parts: list[str]) -> list[str]:
    """The parts of a name after the seed: those with digits differ from run to run."""
    return [
        f"{{part{number or ''}}}" if DIGIT.search(part) else part
        for number, part in enumerate(parts)
    ]
