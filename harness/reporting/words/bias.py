"""The words for figures of the choice, which other runs might not confirm."""

from __future__ import annotations

from typing import Final

BIASED: Final = "biased in its favour, since the same runs were used to choose it"
