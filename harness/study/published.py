"""Published runs of a study's recipes: one CSV row per epoch, as their authors printed them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..base.disk.files import NotAFile, read_regular
from ..base.words import not_utf8, shorten

Published = Mapping[str, tuple[int, ...]]
"""Counts by epoch of each recipe's published run, for recipes that have one."""

COLUMNS = ("recipe", "epoch", "correct")


class PublishedError(ValueError):
    """Published counts cannot be read or do not fit; the message says why, and what to do."""


def read_published(file: Path, recipes: Iterable[str], total: int) -> Published:
    """The published counts, out of `total` test images, by recipe.

    Raises PublishedError for a file that cannot be read, or whose content does not fit the study.
    """
    rows = _rows(file)
    if not rows:
        needed = ", ".join(COLUMNS)
        raise PublishedError(f"holds no counts; needed are {needed}, a row for each epoch")
    if missing := [name for name in COLUMNS if name not in rows[0]]:
        raise PublishedError(f"has no column {missing[0]}; needed are {', '.join(COLUMNS)}")
    known, counts = set(recipes), dict[str, list[int]]()
    for number, row in enumerate(rows, start=2):
        run = counts.setdefault(row["recipe"], [])
        if problem := _problem(row, known, len(run) + 1, total):
            raise PublishedError(f"line {number}: {problem}")
        run.append(int(row["correct"].lstrip("0") or 0))
    return {recipe: tuple(run) for recipe, run in counts.items()}


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        # Spreadsheets begin a file with a mark of its encoding, which is no part of a column.
        text = read_regular(file).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))
    except NotAFile as error:
        raise PublishedError(f"is not a CSV file ({error.strerror}); name one") from error
    except FileNotFoundError as error:
        raise PublishedError(f"there is no {file}; put it there, or name another file") from error
    except UnicodeDecodeError as error:
        raise PublishedError(f"cannot be read as CSV: {not_utf8(error.object)}") from error
    except OSError as error:
        reason = f"cannot be read: {error.strerror}; fix that, or name another CSV file"
        raise PublishedError(reason) from error
    except csv.Error as error:
        raise PublishedError(f"cannot be read as CSV: {error}; correct it") from error


def _problem(row: Mapping[str, str], recipes: set[str], epoch: int, total: int) -> str | None:
    name, number, correct = (row[column] for column in COLUMNS)
    if name not in recipes:
        return f"recipe = {shorten(name)}: the study has {', '.join(sorted(recipes))}"
    if number != str(epoch):
        return f"epoch = {shorten(number)}: should be {epoch}; epochs count from 1 without a gap"
    if not _is_count(correct or "", total):
        return f"correct = {shorten(correct)}: should be a count from 0 to {total:,}"
    return None


def _is_count(text: str, total: int) -> bool:
    """Whether the text is a number up to the total.

    Digits are counted first, as Python refuses to convert thousands of them.
    """
    digits = text.lstrip("0") or text[-1:]
    return (
        digits.isascii()
        and digits.isdecimal()
        and len(digits) <= len(str(total))
        and int(digits) <= total
    )
