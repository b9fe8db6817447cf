"""Where the numbers come from, as the records say: commit, versions, processor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ...base.fingerprint import SHORT
from ...base.words import listed, plural
from ...judging.evidence import Evidence
from ...results.environment import DEVICE, FINISHED, TRAINED_BY

SHOWN_PACKAGES: Final = ("reprobench", "torch", "numpy")
"""Packages whose versions a reader asks for first; environment.json has all."""
DATE: Final = len("2026-07-31")
UNKNOWN: Final = "unknown"


def origin_sentences(*parts: Evidence | None) -> list[str]:
    """A sentence for each set of commit, versions and processor: the runs it made, and when.

    In the order of their first days; runs of which no day is known come first.
    """
    made: dict[str, list[str]] = {}
    for evidence in filter(None, parts):
        for _, record in evidence.trained():
            day = str(record.environment.get(FINISHED) or "")[:DATE]
            made.setdefault(_made_with(record.environment), []).append(day)
    return [
        f"{plural(len(days), 'run')}{_finished(days)}: {words}."
        for words, days in sorted(made.items(), key=lambda found: min(found[1]))
    ]


def _finished(days: Sequence[str]) -> str:
    """When the runs ended; empty unless all of their records say so."""
    first, last = min(days), max(days)
    if not first:
        return ""
    return f", finished on {first}" if first == last else f", finished from {first} to {last}"


def _made_with(environment: Mapping[str, Any]) -> str:
    return "; ".join(
        [
            f"commit {_commit(environment)}",
            listed(list(_versions(environment))),
            f"processor {environment.get('processor') or UNKNOWN}"
            f" ({environment.get('platform') or UNKNOWN})",
            *([f"GPU {environment[DEVICE]}"] if DEVICE in environment else []),
        ]
    )


def _commit(environment: Mapping[str, Any]) -> str:
    changed = " with uncommitted changes" if environment.get("dirty") else ""
    return f"{str(environment.get('commit') or UNKNOWN)[:SHORT]}{changed}"


def _versions(environment: Mapping[str, Any]) -> Iterator[str]:
    if TRAINED_BY not in environment:  # a program need not be in Python
        yield f"Python {environment.get('python') or UNKNOWN}"
    packages = environment.get("packages")
    versions: Mapping[str, Any] = packages if isinstance(packages, Mapping) else {}
    for name in SHOWN_PACKAGES:
        if versions.get(name):
            yield f"{name} {versions[name]}"
