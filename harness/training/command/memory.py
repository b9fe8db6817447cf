"""The epochs that a program has printed, kept with its checkpoint while it can go on from there.

<folder>/epochs.json   what was printed so far
<folder>/state/        the program's own: `{checkpoint}` in its command
"""

from __future__ import annotations

import contextlib
import json
import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from ...base.disk.files import read_regular
from ...base.disk.folders import write_whole
from ...base.fingerprint import fingerprint
from .lines import BadOutput

EPOCHS: Final = "epochs.json"
STATE: Final = "state"


class NotFinite(ArithmeticError):
    """What was measured is NaN or infinite: the run has diverged."""


@dataclass
class Memory:
    """What a run's programs have printed: one began it, others may have gone on with it."""

    key: str
    """Key of the run."""
    epochs: int
    """How many are declared."""
    folder: Path | None = None
    """None for a program that cannot go on."""
    values: list[int | float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    began: bool = False
    """Whether the program that runs now has printed an epoch."""

    @property
    def state(self) -> str:
        """Where the program keeps its progress; empty for one that does not ask."""
        return str(self.folder / STATE) if self.folder else ""

    def add(self, epoch: int, value: int | float, took: float) -> None:
        """Take what was measured after the next epoch; raises BadOutput where it is another epoch,
        and NotFinite.

        A program that goes on may begin with any epoch up to the next; what was printed from there
        on before it was stopped no longer counts.
        """
        last = len(self.values)
        if not self.began and self.folder and 1 <= epoch <= last + 1:
            del self.values[epoch - 1 :], self.seconds[epoch - 1 :]
        elif epoch != last + 1:
            raise BadOutput(self._disorder(epoch, last))
        if epoch > self.epochs:
            raise BadOutput(f"printed epoch {epoch}, where {self.epochs} are declared")
        self.began = True
        if not math.isfinite(value):
            raise NotFinite
        self.values.append(value)
        self.seconds.append(round(took, 3))
        self._save()

    def forget(self) -> None:
        """Forget everything: the run begins anew, or has ended."""
        self.values.clear()
        self.seconds.clear()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def prepare(self) -> None:
        """Make the folder for a program that is to start; raises OSError if that fails."""
        self.began = False
        if self.folder:
            (self.folder / STATE).mkdir(parents=True, exist_ok=True)

    def _disorder(self, epoch: int, last: int) -> str:
        if self.began:
            return f"printed epoch {epoch} after epoch {last}; print each once, in order"
        if last:
            return f"began with epoch {epoch}, and had come to {last}; go on from there, or begin"
        return f"began with epoch {epoch}; the first is 1"

    def _save(self) -> None:
        """Write what was printed. A full or missing disk is ignored, as for other checkpoints."""
        if self.folder:
            content = {"key": self.key, "values": self.values, "seconds": self.seconds}
            text = json.dumps({**content, "checksum": fingerprint(content)})
            with contextlib.suppress(OSError):
                write_whole(self.folder / EPOCHS, text)

    def recall(self) -> None:
        """Take up what an earlier program left; whatever cannot be used is removed."""
        assert self.folder is not None
        try:
            content: dict[str, Any] = json.loads(read_regular(self.folder / EPOCHS))
            sound = content.pop("checksum") == fingerprint(content)
            if not sound or content["key"] != self.key or len(content["values"]) > self.epochs:
                raise ValueError("is another run's, or was altered")
            self.values, self.seconds = content["values"], content["seconds"]
        except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError):
            self.forget()


@contextmanager
def remembered(key: str, epochs: int, kept: Path | None, beside: Path) -> Iterator[Memory]:
    """The memory of a run whose program can go on, in the folder `kept`.

    Where that is None, or on a machine without the ledger, it is a temporary folder, next to
    `beside` if that is given.
    """
    if kept is not None:
        try:
            kept.parent.mkdir(exist_ok=True)
            kept.mkdir(exist_ok=True)
        except OSError:
            pass
        else:
            memory = Memory(key, epochs, kept)
            memory.recall()
            yield memory
            return
    place = beside.parent if beside.parent.is_dir() and beside.name else None
    with TemporaryDirectory(prefix="harness-", dir=place) as folder:
        yield Memory(key, epochs, Path(folder) / "checkpoint")
