"""The record of a run that the user's own program trained: what it printed, epoch by epoch.

The values have the form of an imported run's; keys, status and error are those of any run in the
ledger. It holds no weights, mistakes or learning rates.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal

from ..study.engine_version import EngineVersion
from ..study.identity import Run
from ..study.inputs import Inputs
from ..study.measure import Direction, Measure
from .bounds import BoundedFloat, Count, Facts, Line, Ordinal, Seconds, Sha256, as_facts, as_message
from .measured import MeasuredEpoch, measured_digest
from .record import RunRecord, Status

COMMANDED: Final = "command"
PROGRAMS: Final = EngineVersion(COMMANDED, "a program of one's own")
"""Takes the place of an engine, since nothing is known about a program's arithmetic."""
COMMAND_FORMAT: Final = "command-1"
DATA: Final = "the program's own"


class CommandRecord(RunRecord):
    """One run that a program trained; `definition` is the digest of `inputs`."""

    format: Literal["command-1"] = COMMAND_FORMAT
    inputs: dict[Line, Sha256]
    """Digest of each of the program's files."""
    measure: Line
    total: Ordinal | None
    direction: Direction
    values: tuple[Count | BoundedFloat, ...]
    """What was measured after each epoch."""
    seconds: tuple[Seconds, ...]
    """Time from one printed epoch to the next; for the first, from the start of the program."""
    digest: Sha256
    environment: Facts
    repeats: ClassVar[bool] = False

    @property
    def rows(self) -> tuple[MeasuredEpoch, ...]:
        """The epochs, from 1."""
        times = enumerate(zip(self.values, self.seconds, strict=True), start=1)
        return tuple(
            MeasuredEpoch(epoch, value, self.total, took) for epoch, (value, took) in times
        )

    def results(self, epochs: int) -> list[Any]:
        """What was measured after each of the first `epochs` epochs."""
        return list(self.values[:epochs])

    def cut(self, epochs: int) -> CommandRecord:
        """The record of its first `epochs` epochs, which it has, as of a completed run."""
        values, ended = self.values[:epochs], "completed"
        digest = measured_digest(ended, self.measure, self.total, values)
        changed = {"values": values, "seconds": self.seconds[:epochs], "digest": digest}
        return self.model_copy(update={**changed, "status": ended, "error": None})

    def with_last_mistakes(self) -> CommandRecord:
        """The record itself: a program does not report its mistakes."""
        return self


def command_record(
    run: Run,
    measure: Measure,
    values: tuple[int | float, ...],
    seconds: tuple[float, ...],
    *,
    status: Status,
    inputs: Inputs,
    environment: dict[str, Any],
    error: str | None = None,
) -> CommandRecord:
    """The record of a run that a program trained; `values` and `seconds` are by epoch."""
    return CommandRecord(
        key=run.key(PROGRAMS),
        recipe_key=run.recipe_key,
        recipe=run.recipe.identity(),
        definition=run.definition,
        seed=run.seed,
        epochs=run.epochs,
        parameters=getattr(run.recipe, "parameters", 0),
        data_set=DATA,
        data_digest=run.data_digest,
        engine=PROGRAMS.name,
        numerics=PROGRAMS.numerics,
        status=status,
        error=as_message(error),
        inputs=inputs,
        measure=measure.name,
        total=measure.total,
        direction=measure.direction,
        values=values,
        seconds=seconds,
        digest=measured_digest(status, measure.name, measure.total, values),
        environment=as_facts(environment),
    )
