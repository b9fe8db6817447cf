"""Command lines that cannot be understood: each is refused in one line that says what to do."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any, Final

from typer import TyperException
from typer.core import TyperOption

from ...base.errors import InputError
from ...base.words import cut
from .help import PlainCommand

OPTION_FOR_THE_TERMINAL: Final = "--json"
"""The only option whose value may be `-`."""
ALIKE: Final = 0.75
"""How much an option must be like another one to be named instead: `difflib`'s ratio."""
POSSIBLE: Final = re.compile(r"No such option: (\S+) \(Possible options: (.+)\)", re.DOTALL)
IN_ONE_LINE: Final = {
    r"No such (option): (.+)": r"\2: no such \1",
    r"No such (command) '(.+)'\. Did you mean '(.+?)'.*": r"\2: no such \1; did you mean \3?",
    r"No such (command) '(.+)'\.": r"\2: no such \1",
    r"Missing (\w+) '(.+)'\.": r"\2: this \1 is missing",
    r"Option '(.+)' requires an argument\.": r"\1: needs a value; give one after it",
    r"Option '(.+)' requires (\d+) arguments\.": r"\1: needs \2 values; give them after it",
    r"Option '(.+)' does not take a value\.": r"\1: takes no value; leave it out",
    r"Got unexpected extra argument\(s\) \((.*)\)": r"\1: too many arguments",
}
"""What typer says, and what we say; a text that is not here is left as it is."""
PATHS: Final = ("files", "folder")
"""Arguments of verbs that are paths."""


class Command(PlainCommand):
    """A verb whose options take neither nothing nor the option that follows for their value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Raises InputError if a value is empty, or begins with a dash; `--option=-value` and
        numbers may."""
        if not ctx.resilient_parsing:  # of a line that the shell is about to complete
            self._check_values(args)
        return super().parse_args(ctx, args)

    def _check_values(self, args: list[str]) -> None:
        options = [one for one in self.params if isinstance(one, TyperOption) and not one.is_flag]
        takes = {name: one.nargs for one in options for name in one.opts}
        paths = [one.name for one in self.params if one.name in PATHS]
        option, lacking = "", 0
        for value in args:
            if lacking:
                _check_value(option, value)
                lacking -= 1
            elif value == "--":
                return
            elif value.endswith("=") and value.removesuffix("=") in takes:
                raise _empty(value.removesuffix("="))
            elif not value and paths:
                raise _empty(paths[0])
            else:
                option, lacking = value, takes.get(value, 0)


def _check_value(option: str, value: str) -> None:
    if not value:
        raise _empty(option)
    if _is_no_value(option, value):
        raise InputError(
            f"{option} {value}: begins with a dash, as options do; give another value, or "
            f"write {option}={value}"
        )


def _empty(name: str) -> InputError:
    """The error for an empty value: as a path, it would mean the current folder."""
    return InputError(
        f"{name}: is empty, as from a variable that is not set; give a value, or leave it out"
    )


def _is_no_value(option: str, value: str) -> bool:
    if not value.startswith("-") or (option, value) == (OPTION_FOR_THE_TERMINAL, "-"):
        return False
    try:
        float(value)
    except ValueError:
        return True
    return False


def in_one_line(error: TyperException) -> str:
    """What typer finds wrong with a command line, in one line with the value and what to do."""
    from pydantic import ValidationError

    from ...study.loading.problems import plain

    context = getattr(error, "ctx", None)
    see = f"; see `{context.command_path if context else 'harness'} --help`"
    said = error.format_message()
    if isinstance(error.__cause__, ValidationError):
        value, *_ = error.__cause__.errors()
        name = said.partition(": ")[0].removeprefix("Invalid value for ").strip("'")
        return f"{name} {cut(str(value['input']))}: {plain(value['msg'])}"
    if match := POSSIBLE.fullmatch(said):
        return f"{match[1]}: no such option{_instead(match[1], match[2].split(', ')) or see}"
    for theirs, ours in IN_ONE_LINE.items():
        if match := re.fullmatch(theirs, said, re.DOTALL):
            return match.expand(ours) + ("" if ";" in ours else see)
    return said + see


def _instead(option: str, possible: list[str]) -> str | None:
    """What to do instead of giving an option that is not there; None if no other is like it."""
    if f"--no-{option.removeprefix('--')}" in possible:
        return "; it is the default: leave it out"
    near = get_close_matches(option, possible, 1, ALIKE)
    return f"; did you mean {near[0]}?" if near else None
