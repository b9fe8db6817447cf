"""What the gate said of each planted defect: rows of a table, printed after all tests."""

from __future__ import annotations

from collections.abc import Iterator

HEADING = (
    "defect",
    "images it costs short-step (95%, n)",
    "above its margin",
    "bits",
    "seeds",
    "verdict",
)
ROWS: list[tuple[str, ...]] = []


def lines() -> Iterator[str]:
    """The table."""
    rows = [HEADING, *ROWS]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADING))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
