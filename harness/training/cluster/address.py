"""What `--cluster` may name: workers on this machine, or a dask scheduler."""

from __future__ import annotations

import os
import re
from typing import Final

from ...base.errors import InputError

LOCAL: Final = re.compile(r"^local:([1-9]\d{0,3})$")
MOST_PER_CORE: Final = 8
"""More workers than that would only exhaust the memory."""
REMOTE: Final = re.compile(r"^(tcp|tls)://\S+:\d+$")


def check_address(address: str) -> None:
    """Raises InputError for anything else, and for more workers than this machine can hold."""
    if not LOCAL.match(address) and not REMOTE.match(address):
        raise InputError(
            f"--cluster {address}: write local:4 for four workers here, or tcp://HOST:8786 for "
            "the workers of a dask scheduler"
        )
    if (match := LOCAL.match(address)) and int(match[1]) > _most_here():
        raise InputError(
            f"--cluster {address}: too many workers for this machine; write local:N with "
            f"an N of at most {_most_here()}, {MOST_PER_CORE} for each core"
        )


def _most_here() -> int:
    return MOST_PER_CORE * (os.cpu_count() or 1)
