"""The committed reports under `reports/`, and how new runs compare with their records."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..base.errors import InputError, StorageError
from ..base.folders import make_ignored
from ..study.declaration import Study
from .ledger import Ledger
from .record import (
    SUFFIX,
    DamagedRecord,
    RunRecord,
    read_record,
    recipe_in,
)

REPORTS: Final = Path("reports")
RECORDS: Final = "records"
GATE: Final = "gate"
"""Folder of a committed report with the records of the gate's own recipes."""

Committed = dict[str, dict[int, RunRecord]]
"""Committed records, by recipe and seed."""


def check_writable(out: Path) -> None:
    """Raises StorageError unless reports can be written under `out`.

    Raises InputError for the folder of the committed reports, which only `baseline` writes.
    """
    if out.resolve() == REPORTS.resolve():
        raise InputError(f"--out {out}: holds the committed reports; name another folder")
    try:
        make_ignored(out)
        with tempfile.TemporaryFile(dir=out) as file:
            file.write(bytes(4096))
    except OSError as error:
        raise StorageError(f"{out}: {error.strerror}; mend that or give another --out") from error


def committed_records(study: str, reports: Path = REPORTS) -> list[RunRecord]:
    """The records of a committed report; raises InputError where one is damaged."""
    return list(_records(reports / study / RECORDS))


@contextmanager
def committed_ledger(study: Study, reports: Path = REPORTS) -> Iterator[Ledger]:
    """A ledger that holds the records of a committed report, for as long as the block lasts.

    Raises InputError where none are committed, or where one is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        ledger = Ledger(Path(folder))
        ledger.prepare()
        paths = [path for place in (RECORDS, GATE) for path in _files(reports / study.name / place)]
        if not paths:
            raise _nothing(reports / study.name, study)
        for path in paths:
            target = ledger.path(_read(path))
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, target)
        yield ledger


def committed_runs(study: Study, reports: Path = REPORTS) -> Committed:
    """The committed runs of the study's recipes as they are declared, of all of its seeds.

    Raises InputError where there are none, where one is damaged, or where one is of another recipe.
    """
    folder = reports / study.name / RECORDS
    names = {study.run_of(recipe, 0).recipe_key: recipe.name for recipe in study.recipes}
    found: Committed = {}
    for record in _records(folder):
        if study.holdout and record.data_digest != study.data.digest:
            continue  # confirmation trains on all images, and is another recipe's by its key
        if record.recipe_key not in names:
            raise InputError(
                f"{folder}: holds a run that {study.file} does not declare (seed {record.seed} of "
                f"{record.recipe}); the study was changed since"
            )
        found.setdefault(names[record.recipe_key], {})[record.seed] = record
    if not found:
        raise _nothing(folder, study)
    return found


def _nothing(folder: Path, study: Study) -> InputError:
    return InputError(
        f"{folder}: holds no committed runs; `harness baseline {study.argument}` writes them"
    )


def committed_by_name(folder: Path, data_digest: str) -> Committed:
    """The runs on these images in a folder of a report, by the recipe's name in the file's.

    Raises InputError where one is damaged.
    """
    found: Committed = {}
    for path in _files(folder):
        record = _read(path).with_last_mistakes()
        if record.data_digest != data_digest:
            continue  # confirmation, where the choice held images out
        found.setdefault(recipe_in(path), {})[record.seed] = record
    return found


def _records(folder: Path) -> Iterator[RunRecord]:
    return (_read(path).with_last_mistakes() for path in _files(folder))


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}"))


def _read(path: Path) -> RunRecord:
    try:
        return read_record(path)
    except DamagedRecord as error:
        raise InputError(f"{path}: {error}; restore it from version control") from error
