"""Which reader a file or folder needs, and the tables of long form in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from ..base.errors import InputError
from ..study.loading.import_table import ImportTable
from . import plain, run_files
from .long_table import LongTable, chosen
from .sources import is_directory, paths_below
from .trackers import event_files, mlflow_store, wandb_runs

Reader = Callable[[Path, ImportTable], list[LongTable]]

SUFFIXES: Final[dict[str, Reader]] = {
    ".csv": plain.read_csv,
    ".parquet": plain.read_parquet,
    ".jsonl": plain.read_json_lines,
    ".db": mlflow_store.read_database,
    ".sqlite": mlflow_store.read_database,
}
PACKED: Final = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".tar", ".tgz")
FOLDERS: Final[dict[str, tuple[str, Reader]]] = {
    "W&B's folder of offline runs": (wandb_runs.MARK, wandb_runs.read_folder),
    "a log folder of TensorBoard": (event_files.MARK, event_files.read_folder),
    "an MLflow store": (mlflow_store.MARK, mlflow_store.read_folder),
    "a folder of CSV files": (run_files.CSV, run_files.read_csv_folder),
    "a folder of JSON lines": (run_files.JSON_LINES, run_files.read_json_lines_folder),
}
"""What a folder may be, the pattern of the names of files that identify it, and its reader."""


def read_tables(paths: list[Path], columns: ImportTable) -> list[LongTable]:
    """The tables in these files; raises InputError for the first that cannot be read."""
    twice = [path for number, path in enumerate(paths) if path in paths[:number]]
    if twice:
        raise InputError(f"{twice[0]}: is named twice; name it once")
    tables = [table for path in paths for table in reader_of(path)(path, columns)]
    return [chosen(table, columns) for table in tables]


def reader_of(path: Path) -> Reader:
    """The reader of a file, by its suffix, or of a folder, by what is in it; raises InputError."""
    suffix = path.suffix.lower()
    if is_directory(path):
        for mark, reader in FOLDERS.values():
            if any(paths_below(path, mark)):
                return reader
        raise InputError(
            f"{path}: is a folder with nothing in it that can be read; name {_either(FOLDERS)}"
        )
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    if not os.path.lexists(path):
        raise InputError(f"{path}: there is no such file or folder; name another")
    if suffix in PACKED:
        raise InputError(f"{path}: is packed; unpack it first, and give what was in it")
    if suffix == ".json":
        raise InputError(
            f"{path}: is not read by that name; give a file that ends in .jsonl, with one JSON "
            "object per line for each epoch of every run"
        )
    raise InputError(
        f"{path}: is of no known kind; give a file that ends in {_either(SUFFIXES)}, or "
        f"{_either(FOLDERS)}"
    )


def _either(names: Iterable[str]) -> str:
    return " or ".join(names)
