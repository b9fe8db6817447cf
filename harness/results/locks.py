"""Locks on runs, so that two benches on one ledger never train the same run at once."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field

from ..base.errors import StorageError


@dataclass
class RunLocks:
    """This process's locks on the runs of a ledger.

    The lock on a run is a lock on one byte of the file; the system releases it when the process
    ends, however it ends.
    """

    file: int
    held: set[str] = field(default_factory=set)

    def take(self, key: str) -> bool:
        """Try to lock a run, and return whether this process may now train it.

        Raises StorageError if the file system has no locks.
        """
        try:
            fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _offset(key))
        except (BlockingIOError, PermissionError):
            return False
        except OSError as error:
            raise StorageError(
                f"the ledger's file system cannot lock ({error.strerror}); give another --ledger"
            ) from error
        self.held.add(key)
        return True

    def release(self, key: str) -> None:
        """Release the lock on a run."""
        fcntl.lockf(self.file, fcntl.LOCK_UN, 1, _offset(key))
        self.held.discard(key)

    def close(self) -> None:
        """Release all locks."""
        os.close(self.file)


def _offset(key: str) -> int:
    return int(key[:15], 16)
