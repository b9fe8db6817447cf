"""The epochs that a program has printed, kept beside its checkpoint so that it can continue.

<folder>/epochs.json   what was printed so far
<folder>/state/        the program's own files: `{checkpoint}` in its command
"""

from __future__ import annotations

import contextlib
import json
import math
import os
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
    """What a run's programs have printed: the first one, and any that continued after it."""

    key: str
    """Key of the run."""
    epochs: int
    """How many epochs are declared."""
    folder: Path | None = None
    """None for a program that cannot continue from a checkpoint."""
    values: list[int | float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    began: bool = False
    """Whether the program that runs now has printed an epoch."""

    @property
    def state(self) -> str:
        """The folder for the program's own checkpoint; empty if it cannot continue from one."""
        return str(self.folder / STATE) if self.folder else ""

    def add(self, epoch: int, value: int | float, took: float) -> None:
        """Add what was measured after an epoch; `took` is in seconds.

        A program that continues may begin with any epoch up to the next; what an earlier program
        printed from that epoch on no longer counts. Raises BadOutput if the epoch is out of order,
        NotFinite if the value is NaN or infinite.
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
        """Forget everything: the run starts over."""
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
            return f"went on with epoch {epoch} after epoch {last}; go on with {last + 1} or before"
        return f"began with epoch {epoch}; the first is 1"

    def _save(self) -> None:
        """Write what was printed. A full or missing disk is ignored, as for other checkpoints."""
        if self.folder:
            content = {"key": self.key, "values": self.values, "seconds": self.seconds}
            text = json.dumps({**content, "checksum": fingerprint(content)})
            with contextlib.suppress(OSError):
                write_whole(self.folder / EPOCHS, text)

    def recall(self) -> None:
        """Read what an earlier program left; whatever cannot be used is removed."""
        assert self.folder is not None
        try:
            content: dict[str, Any] = json.loads(read_regular(self.folder / EPOCHS))
            sound = content.pop("checksum") == fingerprint(content)
            if not sound or content["key"] != self.key or len(content["values"]) > self.epochs:
                raise ValueError("belongs to another run, or was altered")
            self.values, self.seconds = content["values"], content["seconds"]
        except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError):
            self.forget()


@contextmanager
def remembered(key: str, epochs: int, kept: Path | None, beside: Path) -> Iterator[Memory]:
    """The memory of a run whose program can continue, in the folder `kept`.

    If `kept` is None, or this machine does not have the ledger, the memory is in a temporary
    folder, next to `beside` if possible.
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
    place = beside.parent if os.path.isdir(beside.parent) and beside.name else None
    with TemporaryDirectory(prefix="harness-", dir=place) as folder:
        yield Memory(key, epochs, Path(folder) / "checkpoint")
