"""Checkpoints: the state of a run after its last complete epoch, from which it can continue.

One file per run, written complete or not at all: the engine's state as safetensors, and beside it
the epochs so far as the bytes of their JSON. It is checked before use, and never executed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ..base.disk.files import check_regular
from ..base.disk.folders import write_whole
from ..base.fingerprint import fingerprint
from ..base.words import one_line
from ..engines import Resumable, State
from ..results.soundness import rows_contradiction
from ..results.trained import TrainedEpoch, weight_digest

MOST_BYTES: Final = 2**36
"""64 GiB, since an engine's state is as large as its network and optimiser."""
EPOCHS: Final = "epochs"
"""Name of the epochs so far among the arrays, since the file's header may hold only 100 MB."""

_ROWS: Final = TypeAdapter(tuple[TrainedEpoch, ...])


class UnusableCheckpoint(ValueError):
    """A checkpoint is damaged or belongs to another run: the run starts over."""


@dataclass(frozen=True)
class Checkpoint:
    """The file of one run, with the run's key."""

    path: Path
    key: str

    def save(self, state: State, rows: Sequence[TrainedEpoch]) -> None:
        """Save the state of the run's network after the epochs in `rows`.

        A full or missing disk is ignored, and so is a state that the format cannot hold, such as
        complex numbers: the run can do without a checkpoint, and the ledger will report the disk.
        """
        text = _ROWS.dump_json(tuple(rows))
        state = {name: np.asarray(array, order="C") for name, array in state.items()}
        state[EPOCHS] = np.frombuffer(text, dtype=np.uint8)
        with contextlib.suppress(OSError, SafetensorError):
            self.path.parent.mkdir(exist_ok=True)  # fails on a machine without the ledger
            write_whole(self.path, save(state, metadata={"checksum": checksum(self.key, state)}))

    def resume(self, network: Resumable) -> list[TrainedEpoch]:
        """Restore the network's state; returns the epochs so far, none if there is no file.

        Raises UnusableCheckpoint, after which the network must not be used.
        """
        try:
            check_regular(self.path, MOST_BYTES)
            return self._restore(network)
        except FileNotFoundError:
            return []
        except UnusableCheckpoint:
            raise
        except Exception as error:  # libraries and engines may raise anything for its content
            raise UnusableCheckpoint(f"{self.path}: {one_line(error)}") from error

    def remove(self) -> None:
        """Delete the file: the run starts over."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _restore(self, network: Resumable) -> list[TrainedEpoch]:
        rows, state = self._read()
        network.restore(state)
        if fault := rows_contradiction(rows, len(rows)):
            raise UnusableCheckpoint(f"{self.path}: {fault}")
        if not rows or weight_digest(network.weights()) != rows[-1].weight_digest:
            raise UnusableCheckpoint(f"{self.path}: its weights are not those of its last epoch")
        return rows

    def _read(self) -> tuple[list[TrainedEpoch], State]:
        with safe_open(self.path, framework="numpy") as file:
            header = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if header.get("checksum") != checksum(self.key, state):
            raise UnusableCheckpoint(f"{self.path}: belongs to another run, or was altered")
        return list(_ROWS.validate_json(state.pop(EPOCHS).tobytes())), state


def checksum(key: str, state: State) -> str:
    """A digest that shows that a checkpoint belongs to this run and is unaltered."""
    return fingerprint([key, weight_digest(state[name] for name in sorted(state))])
