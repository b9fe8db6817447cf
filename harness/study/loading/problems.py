"""Everything that is wrong with a study file, one line each: file, key, value, what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ...base.errors import InputError
from ...base.words import allowed_names, cut

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[int | str, ...]

LINE_LENGTH = 800
"""Longer than any line needs: only keys and names of thousands of characters reach it."""


class Problems:
    """Collects the problems of one file, or of what it declares with the options that are given."""

    def __init__(self, file: Path, given: str = "") -> None:
        self.file = file
        self.where = f"{file} with {given}" if given else str(file)
        self.lines: list[str] = []

    def add(self, key: str, text: str, *value: object) -> None:
        """Add a line for `key`, with its value if one is given."""
        shown = f" = {shorten_toml(value[0])}" if value else ""
        self.lines.append(f"{self.where}: {_tame(f'{key}{shown}: {text}')}")

    def unknown(self, key: str, name: str, allowed: Iterable[str], *value: object) -> None:
        """Add a line for a name that is not allowed, with the nearest allowed one."""
        self.add(key, f"unknown; {allowed_names(name, list(allowed))}", *value)

    def validate(
        self, model: type[Model], table: object, place: Callable[[Location], str]
    ) -> Model | None:
        """The validated table; its problems are added, and `place` names the table of a key.

        If there are problems, the faulty keys are left out, so that the rest can be checked
        further; None if the table is not valid without them.
        """
        try:
            return model.model_validate(table)
        except ValidationError as error:
            faults = error.errors(include_url=False)
        for details in faults:
            self._explain(model, details, place)
        return _without(model, table, {details["loc"][:1] for details in faults})

    def raise_any(self) -> None:
        """Raises InputError if anything was found."""
        if self.lines:
            raise InputError.of(self.lines)

    def _explain(
        self, model: type[BaseModel], details: ErrorDetails, place: Callable[[Location], str]
    ) -> None:
        location = details["loc"]
        path, models = _walk(model, location)
        key = _key(place(path), path)
        match details["type"]:
            case "extra_forbidden":
                names = [name for found in models for name in found.model_fields]
                self.unknown(key, str(location[-1]), names, details["input"])
            case "union_tag_invalid":
                tags = [tag.strip("' ") for tag in details["ctx"]["expected_tags"].split(",")]
                self.unknown(f"{key}.name", details["ctx"]["tag"], tags, details["ctx"]["tag"])
            case "union_tag_not_found" | "missing":
                wanted = ".name" if details["type"] == "union_tag_not_found" else ""
                self.add(key + wanted, "missing; it has no default")
            case "model_type" | "model_attributes_type" | "dict_type":
                self.add(key, "should be a table", details["input"])
            case "tuple_type":
                self.add(key, "should be a list", details["input"])
            case "too_short" | "string_too_short" | "too_long" | "string_too_long" as kind:
                self.add(key, _length(kind, details["ctx"]), details["input"])
            case "bool_type":
                self.add(key, "should be true or false", details["input"])
            case "string_pattern_mismatch":
                text = "should begin with a letter or digit, and have at most 80 of A-Z, a-z, 0-9"
                self.add(key, f"{text}, '.', '_', '+' and '-'", details["input"])
            case _:
                self.add(key, plain(details["msg"]), details["input"])


def shorten_toml(value: object) -> str:
    """The value as it is written in TOML, cut to one short line."""
    return cut(_toml(value))


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return repr(value)


def _key(title: str, path: Location) -> str:
    """The key of a problem: `claims[2].words` is that of the second claim."""
    key = title
    for part in path:
        key += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return key.removeprefix(".")


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


def key_in_file(model: type[BaseModel], location: Location) -> str:
    """The key of pydantic's error as it is written in a file."""
    return ".".join(map(str, _walk(model, location)[0]))


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
