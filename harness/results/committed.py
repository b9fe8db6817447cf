"""The committed reports under `reports/` and their records."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..base.disk.files import NotAFile, is_file, read_regular
from ..base.disk.folders import check_replaceable, lowest_present, names_in
from ..base.disk.option_files import check_folder
from ..base.disk.ours import ENVIRONMENT, GATE_RECORDS, RECORDS, RUNS_TABLE
from ..base.disk.scratch import clear_leftovers
from ..base.disk.together import alone_with, write_together
from ..base.errors import InputError, StorageError
from ..base.words import agreeing, some
from ..study.declaration import Study
from .ledger import Ledger
from .parsing import DamagedRecord, NewerRecord, parse_record
from .record import RECORD_SUFFIX, SEED_MARK, RunRecord, recipe_in

REPORTS: Final = Path("reports")
Committed = dict[str, dict[int, RunRecord]]
"""Committed records by recipe and seed."""


def check_writable(out: Path, study: str) -> None:
    """Raises StorageError unless the study's report can be written to `out`, which need not exist.

    Nothing is created there yet, since the command may still be refused; half-written folders that
    killed processes left in it are removed. Raises InputError if a file, or a folder that is not a
    report, has its place, and for the committed reports' folder, which only `baseline` writes.
    """
    if os.path.realpath(out) == os.path.realpath(REPORTS):
        raise InputError(f"--out {out}: holds the committed reports; name another folder")
    check_folder("--out", out / study)
    try:
        there = lowest_present(out)
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(bytes(4096))
        if there == out:
            clear_leftovers(out)
        check_replaceable(out / study, ENVIRONMENT)
    except OSError as error:
        raise StorageError(f"{out}: {error.strerror}; fix that or give another --out") from error


def committed_records(study: str) -> list[RunRecord]:
    """The records of a committed report; empty if there is none.

    Raises InputError if one is damaged, StorageError if one cannot be read.
    """
    return [record for _, record in _records(REPORTS / study / RECORDS)]


@contextmanager
def committed_ledger(study: Study) -> Iterator[Ledger]:
    """Within the block, a temporary ledger that holds all records of a committed report.

    Raises InputError if none are committed or one is damaged, StorageError if one cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="harness-") as place:
        ledger = Ledger(Path(place))
        ledger.prepare()
        for record, content in _all_of(study):
            target = ledger.path(record)
            with naming(target):
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(content)
        yield ledger


def all_committed(study: Study) -> list[RunRecord]:
    """The records of a committed report and of its gate's own recipes, with all their mistakes.

    Raises InputError if none are committed or one is damaged, StorageError if one cannot be read.
    """
    return [record for record, _ in _all_of(study)]


def committed_runs(study: Study, reports: Path = REPORTS) -> Committed:
    """The committed runs of the study's recipes as they are now declared, with all seeds.

    Raises InputError if there are none, if one is damaged, or if one belongs to no declared recipe,
    and StorageError if one cannot be read.
    """
    folder = reports / study.name / RECORDS
    check_complete(folder.parent)
    names = {study.run_of(recipe, 0).recipe_key: recipe.name for recipe in study.recipes}
    found: Committed = {}
    for _, record in _records(folder):
        if study.holdout and record.data_digest != study.data_digest:
            continue  # confirmation trains on all images, so its runs have other recipe keys
        if record.recipe_key not in names:
            raise InputError(
                f"{folder}: holds a run that {study.file} does not declare (seed {record.seed} of "
                f"{record.recipe}); the study has changed since"
            )
        found.setdefault(names[record.recipe_key], {})[record.seed] = record
    if not found:
        raise nothing_in(folder, study.argument)
    return found


def committed_and_gate_runs(study: Study, reports: Path = REPORTS) -> Committed:
    """The committed runs of the study and of its gate's own recipes, by recipe name.

    Runs are found by name, since a recipe may have changed after they were committed. Raises
    InputError if one is damaged, StorageError if one cannot be read.
    """
    folder, digest = reports / study.name, study.data_digest
    return committed_by_name(folder / RECORDS, digest) | committed_by_name(
        folder / GATE_RECORDS, digest
    )


def committed_by_name(folder: Path, data_digest: str) -> Committed:
    """The runs on the data with this digest in a report's folder, by the names of their files.

    Raises InputError if one is damaged, StorageError if one cannot be read.
    """
    found: Committed = {}
    for path, record in _records(folder):
        if record.data_digest != data_digest:
            continue  # a confirming run, if recipes were chosen with images held out
        found.setdefault(recipe_in(path), {})[record.seed] = record
    return found


def nothing_in(folder: Path, study: str) -> InputError:
    """The error for a folder without committed runs; `study` is the argument for commands."""
    return InputError(
        f"{folder}: holds no committed runs; go to the folder that has reports/, or write them "
        f"with `harness baseline {study}`"
    )


def store_by_name(
    folder: Path, files: Mapping[str, bytes], *, stays: Callable[[str], bool] = lambda _: False
) -> None:
    """Store these record files in a folder, where only files of recipes that stay are left beside.

    All of them are stored or none. Raises StorageError.
    """
    with naming(folder), alone_with(folder):
        write_together(
            folder,
            files,
            stays=lambda name: not name.endswith(RECORD_SUFFIX) or stays(recipe_in(folder / name)),
        )


def _all_of(study: Study) -> Iterator[tuple[RunRecord, bytes]]:
    """The records of all parts of a committed report, each with its file's content."""
    folder = REPORTS / study.name
    paths = [path for part in (RECORDS, GATE_RECORDS) for path in _files(folder / part)]
    if not paths:
        raise nothing_in(folder, study.argument)
    check_complete(folder)
    for path in paths:
        content = _content(path)
        yield _parsed(path, content), content


def check_complete(report: Path) -> None:
    """Raises InputError if a record is lacking that a committed report's table of runs lists."""
    table, folder = report / RUNS_TABLE, report / RECORDS
    if not is_file(table):
        return
    with naming(table):
        rows = csv.DictReader(io.StringIO(read_regular(table).decode(errors="replace"), newline=""))
        listed = [f"{row.get('recipe')}{SEED_MARK}{row.get('seed')}{RECORD_SUFFIX}" for row in rows]
    there = {path.name for path in _files(folder)}
    if lacking := [name for name in listed if name not in there]:
        they = agreeing(len(lacking), "it", "them")
        raise InputError(
            f"{folder}: lacks {some(lacking)}, though {table} has a row for {they}; restore {they} "
            "from version control"
        )


def _records(folder: Path) -> Iterator[tuple[Path, RunRecord]]:
    """The record files of a folder, each with its record, which keeps only its last mistakes."""
    for path in _files(folder):
        yield path, _parsed(path, _content(path)).with_last_mistakes()


def _files(folder: Path) -> list[Path]:
    with naming(folder):
        return [folder / name for name in names_in(folder, RECORD_SUFFIX)]


def _content(path: Path) -> bytes:
    with naming(path):
        return read_regular(path)


def _parsed(path: Path, content: bytes) -> RunRecord:
    with naming(path):
        return parse_record(content)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Within the block, turn an error in reading a file into one that names it, for the user.

    Raises InputError for content that cannot be used, StorageError for an error of the system.
    """
    try:
        yield
    except NewerRecord as error:
        raise InputError(f"{path}: {error}") from error
    except DamagedRecord as error:
        raise InputError(f"{path}: {error}; restore it from version control") from error
    except NotAFile as error:
        raise InputError(f"{path}: {error.strerror}; restore it from version control") from error
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}; fix that, then try again") from error
