"""The hash that keys and digests are made with."""

from __future__ import annotations

import hashlib
import json
from typing import Final

SHORT: Final = 12
"""Characters shown of a digest, a commit or a run's key: enough to tell those of a ledger apart."""


def fingerprint(content: object) -> str:
    """SHA-256, in hexadecimal, of `content` as canonical JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
