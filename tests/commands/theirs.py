"""A study of imported runs, `theirs.toml`: files of runs, imports and gates of it."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from longform import frame
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.gate import gate
from reprobench.harness.commands.imports import import_runs
from reprobench.harness.commands.options.reports import ImportOptions
from reprobench.harness.commands.options.training import GateOptions
from reprobench.harness.commands.telling import console
from rich.console import Console

STUDY = """
name = "theirs"

[criterion]
target = 0.35
window = 2

[import]
value = "val_loss"
direction = "lower"

[gate]
margin = 0.02
"""
COUNTS = """
name = "theirs"

[criterion]
target = 0.9
window = 2

[import]

[gate]
margin = 10
epochs = 2
limit = 8
seeds = 2
"""
NAN = float("nan")


def loss(recipe: str, seed: int, epoch: int, worse: float = 0.0) -> float:
    noise = random.Random(f"{recipe} {seed} {epoch} {worse}").uniform(-0.01, 0.01)
    return 0.6 - 0.08 * epoch + noise + worse


def losses(
    file: str, seeds: int = 10, recipes: str = "ab", worse: float = 0.0, epochs: int = 3
) -> Path:
    """Runs whose losses are higher by `worse`, on other seeds if they differ."""
    runs = {
        recipe: [
            [loss(recipe, seed, epoch, worse) for epoch in range(1, epochs + 1)]
            for seed in range(1, seeds + 1)
        ]
        for recipe in recipes
    }
    return write(file, runs)


def write(file: str, runs: dict[str, list[list[float]]], name: str = "val_loss") -> Path:
    frame(runs).rename(columns={"value": name}).to_csv(file, index=False, na_rep="nan")
    return Path(file)


def counts(file: str, runs: dict[str, list[list[float]]]) -> Path:
    table = frame(runs, total=1000).rename(columns={"value": "correct"})
    table.to_csv(file, index=False, na_rep="nan")
    return Path(file)


def told(verb: Callable[..., object], options: object, **more: object) -> tuple[object, str]:
    output = io.StringIO()
    return verb(options, Console(file=output, width=200), **more), output.getvalue()


def bring(*files: Path, **options: Any) -> str:
    return told(import_runs, ImportOptions(files=[*files], study="theirs.toml", **options))[1]


def commit() -> None:
    """Commit the records without a report."""
    folder = Path("reports/theirs/records")
    folder.mkdir(parents=True, exist_ok=True)
    for path in Path("ledger/imported/theirs").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())


def guard(*files: Path, **options: Any) -> tuple[int, str]:
    asked = GateOptions(study="theirs.toml", imports=[*files], **options)
    console(asked)  # removes earlier results, as on the command line
    code, said = told(gate, asked)
    assert isinstance(code, int)
    return code, said


def refused(*files: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        guard(*files, **options)
    (line,) = caught.value.lines
    return line
