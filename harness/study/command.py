"""A recipe that the user's own program trains, and what such programs measure.

The command is split into words as a shell does, but no shell runs it (`sh -c '...'` starts one). In
each word, `{seed}`, `{epochs}`, `{checkpoint}` and axes in braces are replaced; `{{` is a brace.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator
from string import Formatter
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from ..base.fingerprint import fingerprint
from .fields import Ascending, Default, Name, Number, PositiveInt, Strict, Unit
from .measure import COUNTED, MOST_COUNTED, UNIT, Direction, Measure

SEED: Final = "seed"
EPOCHS: Final = "epochs"
CHECKPOINT: Final = "checkpoint"
GIVEN: Final = (SEED, EPOCHS, CHECKPOINT)
"""Placeholders that any command may have, besides its axes."""
VALUE: Final = "value"
SAME_COMMAND: Final = "has the same command and files as"
"""What is wrong with a recipe that is another under a second name, before that name."""
DAY: Final = 86_400.0
MOST_AXIS: Final = 2**63 - 1
MOST_LETTERS: Final = 1_000
"""The longest text of an axis, in characters, since a record has to hold it."""
AxisValue = bool | int | float | str


def _axes(axes: dict[str, Any]) -> dict[str, AxisValue]:
    for name, value in axes.items():
        if not name.isidentifier() or name in GIVEN:
            others = ", ".join(GIVEN)
            raise ValueError(
                f"{name!r} cannot name an axis: use letters, digits and '_', but not {others}"
            )
        if not isinstance(value, bool | int | float | str) or value != value:
            raise ValueError(f"{name} should be a text, a number, true or false")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name} should be a finite number")
        if isinstance(value, int) and abs(value) > MOST_AXIS:
            raise ValueError(f"{name} should be a whole number of 64 bits, or a text")
        if isinstance(value, str) and len(value) > MOST_LETTERS:
            raise ValueError(f"{name} should have at most {MOST_LETTERS:,} characters")
        if isinstance(value, str) and not value.isprintable():
            raise ValueError(f"{name} should be one line of text, without control characters")
    return axes


def _command(command: str, info: ValidationInfo) -> str:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ValueError(f"cannot be split into words ({error}); correct the quotes") from error
    if not words:
        raise ValueError('is empty; write the program and its words: "python train.py {seed}"')
    if not command.isprintable():
        raise ValueError("holds control characters; write it on one line")
    found = [name for word in words for name in _placeholders(word)]
    axes = info.data.get("axes")
    if axes is None:  # they are wrong, so that it is not known which names there may be
        return command
    for name in found:
        if name not in (*GIVEN, *axes):
            allowed = ", ".join(f"{{{one}}}" for one in (*GIVEN, *axes))
            raise ValueError(f"has {{{name}}}; allowed are {allowed}, and {{{{ for a brace")
    for name in (SEED, *axes):
        if name not in found:
            why = "or all runs are the same" if name == SEED else "or leave the axis out"
            raise ValueError(f"has no {{{name}}}; write it where the program expects it, {why}")
    return command


def _placeholders(word: str) -> Iterator[str]:
    """The names in braces; raises ValueError if braces hold anything else."""
    try:
        parts = list(Formatter().parse(word))
    except ValueError as error:
        raise ValueError(f"has an open brace in {word!r}; write {{{{ for a brace") from error
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise ValueError(f"has more than a name in braces in {word!r}; write {{{{ for a brace")
        yield name


def _patterns(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        if not pattern.strip() or pattern.startswith(("/", "~")):
            raise ValueError("should be paths relative to the study file's folder: 'src/**/*.py'")
    return patterns


class CommandRecipe(Strict):
    """A recipe with `command`: your own program trains it and prints what it measures."""

    name: Name
    """What the recipe is called everywhere; not part of a run's identity."""
    axes: Annotated[dict[str, Any], AfterValidator(_axes), Default("none")] = Field(
        default_factory=dict
    )
    """Texts, numbers, true or false, by the names that appear in braces in the command."""
    command: Annotated[str, Field(max_length=2_000), AfterValidator(_command)]
    """The program and its arguments, with `{seed}` and, where the program uses them, `{epochs}`,
    `{checkpoint}` and the axes; run in the study file's folder, without a shell."""
    inputs: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_patterns)]
    """The program's files, as patterns relative to the study file's folder. If any of them changes,
    the recipe's runs count as new ones."""
    time_limit: Annotated[Number, Field(gt=0, le=1e9), Unit("seconds")] = DAY
    """A run that takes longer is ended and counts as failed."""
    parameters: Annotated[int, Field(ge=0, le=MOST_COUNTED, strict=True)] = 0
    """Trainable parameters, which decide between equally good recipes; 0 if not stated, which
    counts as more than any number."""
    architecture: ClassVar[str] = ""

    @property
    def defined_by(self) -> str:
        """The key of its digest in the study's definitions, which is that of its input files."""
        return self.name

    def identity(self) -> dict[str, Any]:
        """What identifies the recipe, besides its input files; defaults are left out."""
        names = {"axes", "command", "parameters"}
        return self.model_dump(mode="json", include=names, exclude_defaults=True)

    @property
    def levels(self) -> dict[str, str]:
        """The axes' values as they appear in the command."""
        return {name: axis_text(value) for name, value in self.axes.items()}

    @property
    def resumes(self) -> bool:
        """Whether the program is told where to keep a checkpoint."""
        return any(CHECKPOINT in _placeholders(word) for word in shlex.split(self.command))

    def words(self, seed: int, epochs: int, checkpoint: str) -> list[str]:
        """The program and its arguments for a run."""
        return self._words({SEED: seed, EPOCHS: epochs, CHECKPOINT: checkpoint})

    @property
    def common_words(self) -> list[str]:
        """The program and its arguments, with marks, which no text can hold, for what differs
        between runs."""
        return self._words({name: f"\0{name}" for name in GIVEN})

    def _words(self, given: dict[str, Any]) -> list[str]:
        return [word.format(**given, **self.levels) for word in shlex.split(self.command)]


def axis_text(value: AxisValue) -> str:
    """An axis's value as it appears in the command: numbers as in Python, booleans as in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


class MeasureTable(Strict):
    """`[measure]`, in a study whose recipes are commands: what they print after each epoch."""

    total: Annotated[PositiveInt | None, Field(le=MOST_COUNTED), Default("none: no count")] = None
    """The number of test examples; the commands print it as `total`, and the number of correct ones
    as `correct`."""
    name: Annotated[str, Field(min_length=1, max_length=80), Default('`"value"`')] = VALUE
    """The name of the number that they print as `value`, if it is not a count."""
    direction: Direction = "higher"
    """Whether higher or lower values are better."""
    bounds: Annotated[tuple[Number, Number] | None, Ascending, Default("none")] = None
    """The lowest and the highest possible value; a run that prints a value beyond them fails."""

    @model_validator(mode="after")
    def _counts_or_values(self) -> MeasureTable:
        if not self.name.isprintable():
            raise ValueError("name should be one line of text, without control characters")
        if self.total and self.model_fields_set > {"total"}:
            raise ValueError("has a `total`, so it measures a count; leave out all other keys")
        if not self.model_fields_set:
            raise ValueError("is empty; write total = 10_000 for counts, or the name of a value")
        return self

    @property
    def measure(self) -> Measure:
        """The measure that runs are judged by."""
        name = COUNTED if self.total else self.name
        return Measure(name, self.total, self.direction, UNIT)

    @property
    def digest(self) -> str:
        """Digest of the table without its bounds; in a run's key it replaces the data's digest."""
        return fingerprint(self.model_dump(mode="json", exclude={"bounds"}))
