"""The record of a run: what its kinds have in common, and the names of its files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from ..base.fingerprint import fingerprint
from ..study.fields import Seed, Strict
from .bounds import (
    Count,
    Facts,
    Line,
    Message,
    Ordinal,
    Sha256,
)

if TYPE_CHECKING:
    from .measured import MeasuredEpoch
    from .trained import TrainedEpoch

RECORD_SUFFIX: Final = ".json"
SEED_MARK: Final = "-seed-"

Status = Literal["completed", "diverged", "failed"]
Blame = Literal["recipe"]


class RunRecord(Strict):
    """One run as the ledger keeps it; `recipe` shows its settings, `recipe_key` identifies them.

    The record is a TrainedRecord if an engine trained the run, a CommandRecord if a program did.
    """

    format: int | str
    key: Sha256
    recipe_key: Sha256
    recipe: Facts
    definition: Sha256
    seed: Seed
    epochs: Ordinal
    """Declared epochs, which schedules follow; `rows` may end earlier."""
    parameters: Count
    data_set: Line
    data_digest: Sha256
    engine: Line
    numerics: Line
    status: Status
    error: Message | None = None
    blame: Blame | None = None
    """What is to blame for a failed run; None if that is unknown, and then left out of the file."""
    repeats: ClassVar[bool] = True
    """Whether the same key means the same bits."""

    if TYPE_CHECKING:  # each kind of record keeps these in a different place

        @property
        def rows(self) -> tuple[TrainedEpoch, ...] | tuple[MeasuredEpoch, ...]:
            """The epochs, from 1."""

        @property
        def values(self) -> Sequence[int | float]:
            """What was measured after each epoch."""

        @property
        def digest(self) -> str:
            """SHA-256 of the results."""

        @property
        def environment(self) -> dict[str, Any]:
            """What the run was made with."""

        def results(self, epochs: int) -> list[Any]:
            """What two runs are compared by, for each of their first `epochs` epochs."""

        def cut(self, epochs: int) -> RunRecord:
            """The record of its first `epochs` epochs, which it has, as of a completed run."""

        def with_last_mistakes(self) -> RunRecord:
            """The record with the mistakes of the last epoch only."""

    @property
    def is_evidence(self) -> bool:
        """Whether the run says something about its recipe, which a failed one does not."""
        return self.status != "failed"

    @property
    def fails_again(self) -> bool:
        """Whether the recipe itself made the run fail, so that it would fail again."""
        return self.blame == "recipe"

    def spans(self, epochs: int) -> bool:
        """Whether it has the first `epochs` epochs or diverged earlier."""
        return self.status == "diverged" or (self.is_evidence and len(self.rows) >= epochs)

    def leaves_nothing(self, epochs: int) -> bool:
        """Whether nothing is left to train, or more training would not help."""
        return self.spans(epochs) or self.fails_again

    def to_json(self) -> str:
        """The record as one line of JSON, with a checksum of the rest."""
        return sealed(self.model_dump(mode="json", exclude=None if self.blame else {"blame"}))


def record_file(recipe: str, seed: int) -> str:
    """The name of a record's file in a report."""
    return f"{recipe}{SEED_MARK}{seed}{RECORD_SUFFIX}"


def recipe_in(path: Path) -> str:
    """The recipe's name, from the name of a record's file in a report."""
    return path.stem.rpartition(SEED_MARK)[0]


def same_epochs(one: RunRecord, other: RunRecord, epochs: int) -> bool:
    """Whether weights, losses and counts of the first `epochs` epochs are the same.

    Runs that a program trained are compared by the values that it printed.
    """
    return one.results(epochs) == other.results(epochs)


def sealed(content: dict[str, Any]) -> str:
    """A record's content as one line of JSON, with a checksum of it: see `parsing.unsealed`."""
    whole = {"checksum": fingerprint(content), **content}
    return json.dumps(whole, separators=(",", ":"), allow_nan=False) + "\n"
