"""MLflow's stores on the disk: the folder `mlruns`, or an SQLite database.

Both are read without MLflow: the folder has one text file per metric, the database one row per
value.
"""

from __future__ import annotations

import math
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from ...base.errors import InputError
from ...base.words import one_line, some
from ...study.loading.import_table import ImportTable
from ..long_table import RUN_NAME, LongTable
from ..sources import content_of, is_directory, paths_below, source_of, source_of_many
from .tracked import Points, TrackedRun, has_metric, long_table

MARK: Final = "meta.yaml"
EXPERIMENT: Final = "experiment"
"""The setting with the name of the run's experiment."""
STATUS: Final = "status"
"""The setting that says whether the run has ended, and how."""
STATUSES: Final = {"1": "RUNNING", "2": "SCHEDULED", "3": "FINISHED", "4": "FAILED", "5": "KILLED"}
"""What the database writes for each number in a folder."""
NAME_TAG: Final = "mlflow.runName"
PARENT_TAG: Final = "mlflow.parentRunId"
OF_A_RUN: Final = {"run_id", "lifecycle_stage"}
"""Keys of a run's file; that of a version of a registered model has only the first."""
OF_A_MODEL: Final = "model_id"
"""A key of the file of a model that a run has logged, which has metrics of its own."""
TRASH: Final = ".trash"
"""The folder of deleted experiments, whose runs older versions of MLflow leave as they were."""
METRICS: Final = "metrics"
"""The folder with a run's metrics, which MLflow makes for every run."""
LARGEST: Final = 1.7e308
"""In the database, a number of at least this size means infinity."""
YAML: Final = re.compile(r"^(\w+): *'?(.*?)'? *$", re.MULTILINE)
FOLDED: Final = re.compile(r"\n +")
"""Where YAML goes on with a long text on the next line."""


def read_folder(path: Path, columns: ImportTable) -> list[LongTable]:
    """A folder of experiments, or the folder of one experiment; raises InputError."""
    contents: dict[str, bytes] = {}
    found = [
        run
        for folder in sorted(meta.parent for meta in paths_below(path, MARK))
        if (run := _run(folder, path, contents)) is not None
    ]
    table = long_table(
        _without_groups(found, columns), columns, source_of_many(path, contents, "MLflow folder")
    )
    return [table.remarked(_left_out(path, contents))]


def _left_out(path: Path, contents: dict[str, bytes]) -> str | None:
    """A remark on folders with metrics that do not say whose, as after a copy that was cut short.

    Such a folder within another has metrics with a slash in their names.
    """
    logged = {found.parent for found in paths_below(path, METRICS) if os.path.isdir(found)}
    lost = [
        folder
        for folder in sorted(logged)
        if logged.isdisjoint(folder.parents) and not _says_whose(folder / MARK, path, contents)
    ]
    if not lost:
        return None
    return (
        f"left out, without a whole {MARK}: {some([str(folder) for folder in lost])}; "
        "restore it from the store that this is a copy of"
    )


def _says_whose(file: Path, root: Path, contents: dict[str, bytes]) -> bool:
    if not os.path.isfile(file):
        return False
    said = _yaml(file, root, contents).keys()
    return said >= OF_A_RUN or OF_A_MODEL in said


def _run(
    folder: Path, root: Path, contents: dict[str, bytes]
) -> tuple[TrackedRun, str | None] | None:
    """The run in a folder, and the id of the run that it is nested in, if any.

    None for a deleted run, for one of a deleted experiment, and for a folder of something else.
    """
    said = _yaml(folder / MARK, root, contents)
    if not said.keys() >= OF_A_RUN or said["lifecycle_stage"] == "deleted":
        return None
    if TRASH in folder.relative_to(root).parts:
        return None
    above = (_really_above(root) if folder == root else folder.parent) / MARK
    experiment = _yaml(above, root, contents) if os.path.isfile(above) else {}
    tags = {
        name: _text(tag, root, contents).strip()
        for name, tag in _files(folder / "tags").items()
        if name in (NAME_TAG, PARENT_TAG)
    }
    settings = {
        EXPERIMENT: experiment.get("name", Path(os.path.abspath(above)).parent.name),
        RUN_NAME: tags.get(NAME_TAG, said["run_id"]),
        STATUS: STATUSES.get(said.get(STATUS, ""), "UNKNOWN"),
    }
    for name, text in _texts(folder / "params", root, contents):
        settings[name] = text.strip()
    points = {
        name: [_point(folder / METRICS / name, line) for line in text.splitlines()]
        for name, text in _texts(folder / METRICS, root, contents)
    }
    return TrackedRun(said["run_id"], settings, points), tags.get(PARENT_TAG)


def _really_above(folder: Path) -> Path:
    """The folder that this one is in, also for a link, or one that is given as `.`."""
    return Path(os.path.realpath(folder)).parent


def _without_groups(
    found: Sequence[tuple[TrackedRun, str | None]], columns: ImportTable
) -> list[TrackedRun]:
    """The runs, without those that others are nested in and that have no such metric themselves."""
    parents = {parent for _, parent in found}
    return [r for r, _ in found if r.name not in parents or has_metric(r.points, columns)]


def _yaml(file: Path, root: Path, contents: dict[str, bytes]) -> dict[str, str]:
    """The texts and numbers at the top of a file that MLflow wrote."""
    return dict(YAML.findall(FOLDED.sub(" ", _text(file, root, contents))))


def _texts(folder: Path, root: Path, contents: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """Name and text of every file below a folder."""
    for name, file in _files(folder).items():
        yield name, _text(file, root, contents)


def _files(folder: Path) -> dict[str, Path]:
    """All that is below a folder but folders, by name; a slash in MLflow's name makes a folder.

    Nothing if the folder is missing. Raises InputError if one cannot be listed.
    """
    found = paths_below(folder, "*") if is_directory(folder) else ()
    files = sorted(path for path in found if not os.path.isdir(path))
    return {file.relative_to(folder).as_posix(): file for file in files}


def _text(file: Path, root: Path, contents: dict[str, bytes]) -> str:
    content = content_of(file)
    within = file.is_relative_to(root)  # otherwise it is the experiment's, next to its only run
    contents[file.relative_to(root).as_posix() if within else f"../{file.name}"] = content
    return content.decode(errors="replace")


def _point(file: Path, line: str) -> tuple[int, float]:
    """Step and value of a line; MLflow writes time, value and step on it. Raises InputError."""
    try:
        _, value, step, *_ = line.split()
        return int(step), float(value)
    except ValueError as error:
        raise InputError(
            f"{file}: {one_line(line)[:80]!r} is not a time, value and step; restore the store"
        ) from error


def read_database(path: Path, columns: ImportTable) -> list[LongTable]:
    """An SQLite database that MLflow made; raises InputError."""
    content = content_of(path)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
            runs = _without_groups(list(_runs(base)), columns)
    except sqlite3.Error as error:
        raise InputError(
            f"{path}: is not an SQLite store of MLflow: {one_line(error)}; name another"
        ) from error
    return [long_table(runs, columns, source_of(path, content, "MLflow SQLite"))]


def _runs(base: sqlite3.Connection) -> Iterator[tuple[TrackedRun, str | None]]:
    """Each run that is not deleted, and the id of the run that it is nested in, if any."""
    parents = dict(base.execute("SELECT run_uuid, value FROM tags WHERE key = ?", [PARENT_TAG]))
    found = base.execute(
        "SELECT run_uuid, runs.name, status, experiments.name FROM runs JOIN experiments "
        "USING (experiment_id) WHERE runs.lifecycle_stage = 'active' "
        "AND experiments.lifecycle_stage = 'active' ORDER BY start_time, run_uuid"
    ).fetchall()
    for run, name, status, experiment in found:
        settings = {EXPERIMENT: experiment, RUN_NAME: name or run, STATUS: status}
        settings |= dict(base.execute("SELECT key, value FROM params WHERE run_uuid = ?", [run]))
        points: Points = {}
        rows = base.execute(
            "SELECT key, step, value, is_nan FROM metrics WHERE run_uuid = ? "
            "ORDER BY key, timestamp, rowid",
            [run],
        )
        for key, step, value, is_nan in rows:
            points.setdefault(key, []).append((step, math.nan if is_nan else _finite(value)))
        yield TrackedRun(run, settings, points), parents.get(run)


def _finite(value: float) -> float:
    return value if abs(value) < LARGEST else math.copysign(math.inf, value)
