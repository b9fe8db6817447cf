"""How a part of the check on a GPU ends, besides 0: what was found is in its last line."""

from typing import Final

DIFFERS: Final = 10
SKIPPED: Final = 11
