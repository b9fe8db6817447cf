"""Lines on a terminal, as they are."""

from __future__ import annotations

from rich.console import Console


def say(console: Console, text: str, style: str | None = None) -> None:
    """A line as it is: no markup in it, and broken only where the terminal breaks it."""
    console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)
