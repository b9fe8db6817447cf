"""The settings in a run's name or in its folder's path, by a pattern like `{recipe}/{seed}`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ..base.errors import InputError
from ..study.loading.import_table import ImportTable

FIELD: Final = re.compile(r"\{(\w+)\}")


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
    """A pattern with as many slashes as the name, or else the form of other trackers' names."""
    above = name.count("/") - 1
    groups = [f"{{group{number or ''}}}" for number in range(above)]
    return "/".join([*groups, "{recipe}", "{seed}"]) if above >= 0 else "{recipe}-{seed}"
