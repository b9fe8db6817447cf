"""Locks on runs, so that two benches on one ledger never train the same run at once."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import sys
from dataclasses import dataclass
from typing import Final

from ..base.errors import StorageError

KEY: Final = re.compile(r"[0-9a-f]{64}")


@dataclass
class RunLocks:
    """A bench's locks on the runs of a ledger.

    The lock on a run is a lock on one byte of the file; the system releases it when the process
    ends, however it ends.
    """

    file: int

    def take(self, key: str) -> bool:
        """Try to lock a run, and return whether this bench may now train it.

        Raises StorageError if the file system has no locks.
        """
        try:
            _lock(self.file, fcntl.F_WRLCK, key)
        except (BlockingIOError, PermissionError):
            return False
        except OSError as error:
            raise StorageError(
                f"the ledger's file system cannot lock ({error.strerror}); give another --ledger"
            ) from error
        return True

    def release(self, key: str) -> None:
        """Release the lock on a run."""
        _lock(self.file, fcntl.F_UNLCK, key)

    def close(self) -> None:
        """Release all locks."""
        os.close(self.file)


def is_key(text: str) -> bool:
    """Whether a run could have this key, and so be locked."""
    return KEY.fullmatch(text) is not None


def _lock(file: int, kind: int, key: str) -> None:
    """Set a lock of the open file, or, elsewhere than on Linux, of the process: there, two benches
    in threads of one process may train the same run."""
    if sys.platform == "linux":
        lock = struct.pack("hhqqi0q", kind, os.SEEK_SET, _offset(key), 1, 0)  # struct flock
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, lock)
    else:
        operation = fcntl.LOCK_UN if kind == fcntl.F_UNLCK else fcntl.LOCK_EX | fcntl.LOCK_NB
        fcntl.lockf(file, operation, 1, _offset(key))


def _offset(key: str) -> int:
    return int(key[:15], 16)
