"""What can go wrong, as the user sees it; the command line turns each into lines and an exit code.

HarnessError
├── InputError        wrong input: every problem found, one line each     exit 2
├── DataError         a data set is missing, altered or unreachable       exit 2
├── ClusterError      the cluster is gone, or none of its workers trains  exit 4
├── DeviceGone        the GPU is gone                                     exit 4
└── StorageError      the disk or the ledger failed                       exit 4
"""

from __future__ import annotations

from collections.abc import Iterable

from .words import printable


class HarnessError(Exception):
    """Base of all errors that the user can fix: `lines` say what is wrong and what to do.

    Names and values from anywhere may be quoted: control characters are removed.
    """

    exit_code = 1

    def __init__(self, *lines: str) -> None:
        self.lines = tuple(printable(line).replace("\n", " ") for line in lines)
        super().__init__("\n".join(self.lines))


class InputError(HarnessError):
    """Wrong input: one line per problem, naming file, key, value and what is allowed."""

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
    """The GPU can no longer be used."""

    exit_code = 4


class StorageError(HarnessError):
    """The ledger or an output directory cannot be written or read."""

    exit_code = 4
