"""Reports without their pictures, which take longest: for tests that are about something else.

Run as a script, it is the command line that writes such reports.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from reprobench.harness.cli import main

SCRIPT = [sys.executable, __file__]


def leave_out_pictures(replace: Callable[[object, str, Any], None] = setattr) -> None:
    """Neither questions with their plots nor the sheet of test images; the tables stay."""
    from reprobench.harness.reporting.page import document, images

    replace(document, "picture", lambda _: None)
    replace(document, "questions", lambda _: iter(()))
    replace(images, "sheet", lambda *_: None)


if __name__ == "__main__":
    leave_out_pictures()
    main()
