"""The record of a run that was trained elsewhere: what its files say, and which files they are.

Its `format` tells it from other records. It holds no weights, mistakes or learning rates, and does
not say how to train the run again, so bits cannot be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final, Literal

from ...study.fields import Seed, Strict
from ...study.measure import UNIT, Direction, Measure
from ..bounds import Count, Facts, Line, Ordinal, Sha256
from ..measured import MeasuredEpoch
from ..record import sealed

IMPORTED: Final = "imported"
ENGINE: Final = (IMPORTED, "trained elsewhere")
"""Takes the place of an engine's name and numerics."""


class Source(Strict):
    """A file, or a folder, that runs were read from."""

    file: Line
    sha256: Sha256
    """Digest of the file's content; for a folder, of everything that was read in it."""
    reader: Line
    """The kind of file, such as CSV."""


class ImportedRecord(Strict):
    """One run that was trained elsewhere."""

    format: Literal["imported-1"] = "imported-1"
    recipe: Line
    axes: Facts
    seed: Seed
    status: Literal["completed", "diverged"]
    """`diverged` if the value that was measured after the last epoch kept here was not finite."""
    measure: Line
    total: Ordinal | None
    direction: Direction
    values: tuple[int | float, ...]
    """What was measured after each epoch."""
    parameters: Count
    """Trainable parameters; 0 if the files do not say."""
    sources: tuple[Source, ...]
    digest: Sha256
    engine: ClassVar[str] = ENGINE[0]
    numerics: ClassVar[str] = ENGINE[1]
    error: ClassVar[None] = None
    is_evidence: ClassVar[bool] = True

    @property
    def measured(self) -> Measure:
        """What was measured, and which way is better."""
        return Measure(self.measure, self.total, self.direction, UNIT)

    @property
    def rows(self) -> tuple[MeasuredEpoch, ...]:
        """The epochs, from 1."""
        epochs = enumerate(self.values, start=1)
        return tuple(MeasuredEpoch(epoch, value, self.total) for epoch, value in epochs)

    @property
    def course(self) -> tuple[float | None, ...]:
        """What was measured, epoch by epoch, with None at the end if the run diverged."""
        return (*self.values, None) if self.status == "diverged" else self.values

    @property
    def environment(self) -> dict[str, Any]:
        """All that is known of how the run was made: the files it was read from."""
        return {IMPORTED: [source.model_dump(mode="json") for source in self.sources]}

    def spans(self, epochs: int) -> bool:
        """Whether it has the first `epochs` epochs or diverged earlier."""
        return self.status == "diverged" or len(self.values) >= epochs

    def to_json(self) -> str:
        """The record as one line of JSON, with a checksum of the rest."""
        return sealed(self.model_dump(mode="json"))


def of_each_recipe(records: Iterable[ImportedRecord]) -> dict[str, list[ImportedRecord]]:
    """The runs by recipe; recipes and runs keep the given order."""
    found: dict[str, list[ImportedRecord]] = {}
    for record in records:
        found.setdefault(record.recipe, []).append(record)
    return found
