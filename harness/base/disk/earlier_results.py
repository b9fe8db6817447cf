"""Telling results that an earlier command wrote from files of other origin."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import Final

RESULT_KEYS: Final = ({"verdict", "exit_code"}, {"folder", "title", "criterion"})
"""Of a gate or a verification, and of a report, in JSON."""
SUITE: Final = '<testsuite name="gate '
"""How a gate's results begin in JUnit's XML, after the declaration."""

JUNIT: Final = re.compile(r"(<\?xml[^>]*>\s*)?<testsuite")
JSON: Final = re.compile(r"\{\s*[\"}]|\[\s*[\]{]")
"""How an object, or a list of objects, begins."""
MARK_OF_ENCODING: Final = "\ufeff"


class Content(Enum):
    """What a file is to an option that names it for a result."""

    RESULT = "of an earlier command, with its verdict"
    ALIKE = "in the same format"
    OTHER = "something else"


def content_of(option: str, text: str) -> Content:
    """What the text is for --json or --junit; nothing at all, or a cut result, is `ALIKE`."""
    text = text.removeprefix(MARK_OF_ENCODING).strip()
    if not text:
        return Content.ALIKE
    return _of_junit(text) if option == "junit" else _of_json(text)


def _of_junit(text: str) -> Content:
    if SUITE in text[:200]:
        return Content.RESULT
    return Content.ALIKE if JUNIT.match(text) else Content.OTHER


def _of_json(text: str) -> Content:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return Content.ALIKE if JSON.match(text) else Content.OTHER
    if not isinstance(content, dict | list):
        return Content.OTHER
    is_result = isinstance(content, dict) and any(keys <= content.keys() for keys in RESULT_KEYS)
    return Content.RESULT if is_result else Content.ALIKE
