"""What can go wrong, as the user sees it. The command line turns each into lines and an exit code.

HarnessError
├── InputError        wrong input: every problem found, a line each       exit 2
├── DataError         a data set is missing, altered or out of reach      exit 2
├── ClusterError      the cluster is gone, or none of it can train        exit 4
├── DeviceGone        the GPU is gone                                     exit 4
└── StorageError      the disk or the ledger failed                       exit 4
"""

from __future__ import annotations

from collections.abc import Iterable

from .words import printable


class HarnessError(Exception):
    """Base of all errors that are the user's to mend: `lines` say what and how.

    They may repeat names and values from anywhere, and do nothing to a terminal.
    """

    exit_code = 1

    def __init__(self, *lines: str) -> None:
        self.lines = tuple(printable(line).replace("\n", " ") for line in lines)
        super().__init__("\n".join(self.lines))


class InputError(HarnessError):
    """Wrong input; one line a problem, each naming file, key, value and what is allowed."""

    exit_code = 2

    @classmethod
    def of(cls, problems: Iterable[str]) -> InputError:
        """The distinct problems, in the order in which they were found."""
        return cls(*dict.fromkeys(problems))


class DataError(HarnessError):
    """A data set's files are missing, altered or cannot be downloaded."""

    exit_code = 2


class ClusterError(HarnessError):
    """The cluster is gone, or none of its workers can train."""

    exit_code = 4


class DeviceGone(HarnessError):
    """The GPU cannot be used any more."""

    exit_code = 4


class StorageError(HarnessError):
    """The ledger or an output directory cannot be written or read."""

    exit_code = 4
