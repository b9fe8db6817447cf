"""Where a run stands after its last complete epoch, so that it can go on from there.

One file a run, written as a whole: the engine's state as safetensors, and in that file's header the
epochs so far as JSON. It is checked before it is used, and nothing in it is ever executed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ..base.fingerprint import fingerprint
from ..base.folders import write_whole
from ..engines import Network, State
from ..results.record import EpochRow, rows_from_json, rows_to_json, weight_digest


class UnusableCheckpoint(ValueError):
    """A checkpoint is damaged, or another run's: the run begins anew."""


@dataclass(frozen=True)
class Checkpoint:
    """The file of one run; `key` is the run's."""

    path: Path
    key: str

    def save(self, network: Network, rows: Sequence[EpochRow]) -> None:
        """Keep where the run stands after the epochs in `rows`.

        A disk that is full or away is let pass: the run needs no checkpoint; the ledger will say.
        """
        text = rows_to_json(tuple(rows))
        state = {name: np.ascontiguousarray(array) for name, array in network.state().items()}
        header = {"rows": text, "checksum": _checksum(self.key, text, state)}
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(exist_ok=True)  # on a machine without the ledger there is none
            write_whole(self.path, save(state, metadata=header))

    def resume(self, network: Network) -> list[EpochRow]:
        """Put the network where the run stood; returns its epochs so far, none without a file.

        Raises UnusableCheckpoint, after which the network is not to be used.
        """
        if not self.path.exists():
            return []
        rows, state = self._read()
        try:
            network.restore(state)
        except (KeyError, ValueError, RuntimeError) as error:
            raise UnusableCheckpoint(f"{self.path}: {error}") from error
        if not rows or weight_digest(network.weights()) != rows[-1].weight_digest:
            raise UnusableCheckpoint(f"{self.path}: its weights are not those of its last epoch")
        return rows

    def remove(self) -> None:
        """The run has ended, or begins anew."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _read(self) -> tuple[list[EpochRow], State]:
        try:
            with safe_open(self.path, framework="numpy") as file:
                header = file.metadata() or {}
                state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError, TypeError) as error:
            raise UnusableCheckpoint(f"{self.path}: {error}") from error
        text = header.get("rows", "")
        if header.get("checksum") != _checksum(self.key, text, state):
            raise UnusableCheckpoint(f"{self.path}: is another run's, or was altered")
        try:
            return list(rows_from_json(text)), state
        except ValueError as error:  # of a version that kept other columns
            raise UnusableCheckpoint(f"{self.path}: {error}") from error


def _checksum(key: str, rows: str, state: State) -> str:
    return fingerprint([key, rows, weight_digest(state[name] for name in sorted(state))])
