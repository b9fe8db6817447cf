"""Everything that is wrong with a study file, one line each: file, key, value, what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ...base.errors import InputError
from ...base.words import allowed_names, cut, nearest
from .toml import Table, read_value

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[int | str, ...]
Place = Callable[[Location], str]
"""Returns the key that the user wrote for a place in a table."""

NAME_IN_GRID: Final = "grid.name"
"""A name made of a grid's levels, which is told to be wrong only if they are not."""
LINE_LENGTH = 800
"""Longer than any line needs: only keys and names of thousands of characters reach it."""


class Problems:
    """Collects the problems of one file, or of what it declares with the options that are given."""

    def __init__(self, file: Path, given: str = "") -> None:
        self.file = file
        self.where = f"{file} with {given}" if given else str(file)
        self.lines: list[str] = []
        self._meant: set[str] = set()

    def add(self, key: str, text: str, *value: object) -> None:
        """Add a line for `key`, with its value if one is given."""
        shown = f" = {shorten_toml(value[0])}" if value else ""
        self.lines.append(f"{self.where}: {_tame(f'{key}{shown}: {text}')}")

    def unknown(self, key: str, name: str, allowed: Iterable[str], *value: object) -> None:
        """Add a line for a name that is not allowed, with the nearest allowed one."""
        self.add(key, f"unknown; {allowed_names(name, list(allowed))}", *value)

    def as_meant(self, table: Table, allowed: Iterable[str]) -> Table:
        """The table with each unknown key, for which a line is added, under the nearest allowed
        name if there is one, so that what it holds can be checked as well."""
        names = list(allowed)
        meant = {key: value for key, value in table.items() if key in names}
        for key in [key for key in table if key not in names]:
            near = nearest(key, names)
            if near:
                self.unknown(key, key, names, table[key])
            meant.setdefault(near or key, table[key])
        return meant

    def is_meant(self, key: str) -> bool:
        """Whether a line has asked about another key if this one, or the table it is in, was meant,
        so that no line need say that this one is missing."""
        return any(key == meant or key.startswith(f"{meant}.") for meant in self._meant)

    def validate(self, model: type[Model], table: object, place: Place) -> Model | None:
        """The validated table; its problems are added, under the keys that `place` returns.

        If there are problems, the faulty keys are left out, so that the rest can be checked
        further; None if the table is not valid without them.
        """
        try:
            return model.model_validate(table)
        except ValidationError as error:
            faults = error.errors(include_url=False)
        told = [f for f in faults if place(f["loc"]) != NAME_IN_GRID] or faults
        for details in faults:
            if meant := _meant(model, details):
                self._meant.add(place(meant))
        for details in told:
            path, text = complaint(model, details)
            key = place(path)
            if details["type"] not in MISSING:
                self.add(key, text, _found(details))
            elif not self.is_meant(key):
                self.add(key, text)
        return _without(model, table, {details["loc"][:1] for details in faults})

    def raise_any(self) -> None:
        """Raises InputError if anything was found."""
        if self.lines:
            raise InputError.of(self.lines)


MISSING: Final = ("missing", "union_tag_not_found")
"""Pydantic's errors without a value."""


def under(title: str) -> Place:
    """The keys of a table that has this name in the file: `claims[2].words` is that of the second
    claim."""

    def place(path: Location) -> str:
        key = title
        for part in path:
            key += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
        return key.removeprefix(".")

    return place


def complaint(model: type[BaseModel], details: ErrorDetails) -> tuple[Location, str]:
    """Where pydantic's error is in the file's table, what is wrong, and what to do."""
    path, models = _walk(model, details["loc"])
    match details["type"]:
        case "extra_forbidden":
            names = [name for found in models for name in found.model_fields]
            return path, f"unknown; {allowed_names(str(details['loc'][-1]), names)}"
        case "union_tag_invalid":
            tags = [tag.strip("' ") for tag in details["ctx"]["expected_tags"].split(",")]
            return (*path, "name"), f"unknown; {allowed_names(details['ctx']['tag'], tags)}"
        case "union_tag_not_found":
            return (*path, "name"), "missing; it has no default"
        case "missing":
            return path, "missing; it has no default"
        case _:
            return path, _wrong(details)


def _wrong(details: ErrorDetails) -> str:
    """What is wrong with a value, and what to do."""
    match details["type"]:
        case "model_type" | "model_attributes_type" | "dict_type":
            return "should be a table"
        case "tuple_type":
            return "should be a list"
        case "too_short" | "string_too_short" | "too_long" | "string_too_long" as kind:
            return _length(kind, details["ctx"])
        case "int_type" | "float_type" | "bool_type" as kind if _is_quoted(kind, details["input"]):
            return "write it without quotes"
        case "bool_type":
            return "should be true or false"
        case "string_pattern_mismatch":
            text = "should begin with a letter or digit, and have at most 80 of A-Z, a-z, 0-9"
            return f"{text}, '.', '_', '+' and '-'"
        case _:
            return plain(details["msg"])


def _is_quoted(kind: str, value: object) -> bool:
    """Whether the value is text that would be of the wanted type without its quotes."""
    types = {"int_type": (int,), "float_type": (int, float), "bool_type": (bool,)}[kind]
    return isinstance(value, str) and type(read_value(value)) in types


def _found(details: ErrorDetails) -> object:
    """The value that pydantic's error is about."""
    return details["ctx"]["tag"] if details["type"] == "union_tag_invalid" else details["input"]


def _meant(model: type[BaseModel], details: ErrorDetails) -> Location:
    """The place of the known key that is nearest to an unknown one; empty if there is none."""
    if details["type"] != "extra_forbidden":
        return ()
    path, models = _walk(model, details["loc"])
    names = [name for found in models for name in found.model_fields]
    near = nearest(str(details["loc"][-1]), names)
    return (*path[:-1], near) if near else ()


def shorten_toml(value: object) -> str:
    """The value as it is written in TOML, cut to one short line."""
    return cut(_toml(value))


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return repr(value)


def _length(kind: str, said: Mapping[str, Any]) -> str:
    """What is wrong with the length of a list or a text."""
    unit = "character" if kind.startswith("string") else "entry"
    least = said.get("min_length")
    if least == 1:
        return f"should not be empty; give at least one {unit}"
    number = said["max_length"] if least is None else least
    bound = "at most" if least is None else "at least"
    unit = unit if number == 1 else {"entry": "entries"}.get(unit, f"{unit}s")
    return f"should have {bound} {number:,} {unit}"


def plain(message: str) -> str:
    """Pydantic's message in the words of the other problems."""
    message = message.removeprefix("Value error, ").replace("Input should", "should")
    return "unknown" if message == "Extra inputs are not permitted" else message


def _tame(text: str) -> str:
    """The text as one line that is safe to print, whatever characters a file put into it."""
    return cut("".join(map(_visible, text)), LINE_LENGTH)


def _visible(letter: str) -> str:
    """The character, or its escape sequence in a Python string: `\\n`, `\\x1b`."""
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


def _without(model: type[Model], table: object, faults: set[Location]) -> Model | None:
    if not isinstance(table, dict):
        return None
    try:
        return model.model_validate({k: v for k, v in table.items() if (k,) not in faults})
    except ValidationError:
        return None


def _walk(model: type[BaseModel], location: Location) -> tuple[Location, list[type[BaseModel]]]:
    """The keys of an error as they are in the file, and the models that may hold the last of them.

    Pydantic inserts the tag of a tagged union between the keys; the file has no such level.
    """
    models, path = [model], []
    for part in location[:-1]:
        tagged = [found for found in models if part in _tags(found)]
        if tagged:
            models = tagged
            continue
        path.append(part)
        models = [
            inner
            for found in models
            if part in found.model_fields
            for inner in _models_in(found.model_fields[str(part)].annotation)
        ]
    last = location[-1:] if location and not any(location[-1] in _tags(m) for m in models) else ()
    return (*path, *last), models


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    field = model.model_fields.get("name")
    return get_args(field.annotation) if field and field.annotation is not str else ()


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
