"""What `--cluster` may name: workers on this machine, or a dask scheduler."""

from __future__ import annotations

import re
from typing import Final

from ...base.errors import InputError

LOCAL: Final = re.compile(r"^local:([1-9]\d{0,3})$")
REMOTE: Final = re.compile(r"^(tcp|tls)://\S+:\d+$")


def check_address(address: str) -> None:
    """Raises InputError for anything else."""
    if not LOCAL.match(address) and not REMOTE.match(address):
        raise InputError(
            f"--cluster {address}: write local:4 for four workers here, or tcp://HOST:8786 for "
            "the workers of a dask scheduler"
        )
