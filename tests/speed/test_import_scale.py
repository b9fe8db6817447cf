"""How long the report of many imported runs takes, and how much memory.

Nothing here asserts a time; the memory of 10,000 runs is bounded.

make scale
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from reprobench.harness.importing.assembly import imported
from reprobench.harness.importing.plain import read_csv
from reprobench.harness.study.loading.import_study import Declared, ImportedCriterion
from reprobench.harness.study.loading.import_table import ImportTable
from test_scale import harness

MOST_MEGABYTES: Final = 1_000


def many(recipes: int, seeds: int, epochs: int) -> pd.DataFrame:
    """Counts like those of MNIST, which rise and then stay near the threshold."""
    shape = (recipes, seeds, epochs)
    drawn = np.random.default_rng(5).normal(0, 6, shape)
    rise = 9_942 - 300 / np.arange(1, epochs + 1) ** 1.5
    recipe, seed, epoch = (axis.ravel() for axis in np.indices(shape))
    return pd.DataFrame(
        {
            "recipe": np.char.add("recipe-", recipe.astype(str)),
            "seed": seed + 1,
            "epoch": epoch + 1,
            "correct": (rise + drawn).round().clip(0, 10_000).astype(int).ravel(),
            "total": 10_000,
        }
    )


@pytest.mark.parametrize(("recipes", "seeds"), [(100, 100), (4, 2_500)])
def test_ten_thousand_runs(
    recipes: int,
    seeds: int,
    benchmark: BenchmarkFixture,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, out = tmp_path / "runs.csv", tmp_path / "out"
    many(recipes, seeds, 15).to_csv(file, index=False)
    command = ["judge", str(file), "--target", "0.994", "--window", "5", "--out", str(out)]
    cost = benchmark.pedantic(harness, args=command, rounds=1)
    benchmark.extra_info.update(recipes=recipes, seeds=seeds, **vars(cost))
    assert len(list((out / "runs" / "records").iterdir())) == 10_000
    with capsys.disabled():
        print(
            f"\n{recipes:,} recipes of {seeds:,} imported runs: {cost.seconds:.1f} s, "
            f"{cost.processor_seconds:.1f} s of processor time, {cost.peak_megabytes:,.0f} MB"
        )
    assert cost.peak_megabytes <= MOST_MEGABYTES


def test_ten_thousand_runs_are_kept(
    benchmark: BenchmarkFixture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Imported into a ledger and reported: each record is flushed to the disk."""
    monkeypatch.chdir(tmp_path)
    many(100, 100, 15).to_csv("runs.csv", index=False)
    Path("theirs.toml").write_text(
        'name = "theirs"\n[criterion]\ntarget = 0.994\nwindow = 5\n[import]\n'
    )
    command = ["import", "runs.csv", "--study", "theirs.toml"]
    cost = benchmark.pedantic(harness, args=command, rounds=1)
    benchmark.extra_info.update(vars(cost))
    assert len(list(Path("ledger/imported/theirs").glob("*.json"))) == 10_000
    with capsys.disabled():
        print(
            f"\n10,000 runs kept in a ledger: {cost.seconds:.1f} s, "
            f"{cost.processor_seconds:.1f} s of processor time, {cost.peak_megabytes:,.0f} MB"
        )
    assert cost.peak_megabytes <= MOST_MEGABYTES


def test_a_million_rows_are_read(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    many(20, 500, 100).to_csv(file, index=False)
    columns = ImportTable()
    declared = Declared("m", "judge", ImportedCriterion(target=0.994, window=5), columns)
    found = benchmark.pedantic(lambda: imported(declared, read_csv(file, columns)), rounds=1)
    assert sum(len(own) for own in found.records.values()) == 10_000
