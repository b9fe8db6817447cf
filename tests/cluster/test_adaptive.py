"""Adaptive seeds on a cluster: round after round on the same workers, and the order of the runs."""

from dataclasses import replace
from pathlib import Path

from benches import records, run
from conftest import Start
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.study.loading.file import find_study
from scripted import trainer

BUDGET = 10


def test_it_goes_on_round_by_round_to_its_budget(
    start_dask: Start, options: BenchOptions, tmp_path: Path
) -> None:
    study = tmp_path / "open.toml"
    adaptive = f'seeds = "adaptive"\nbudget = {BUDGET}'
    study.write_text(find_study("tiny").read_text().replace("seeds = 2", adaptive))
    dask = start_dask(2)
    here = replace(options, study=str(study), ledger=tmp_path / "here", out=tmp_path / "out-here")
    run(here, trainer())
    there = replace(options, study=str(study), cluster=dask.address)
    output = run(there, trainer())
    assert output.count(" joined") == 2
    assert output.index("the first seeds of every recipe") < output.index(" may still lead ")
    assert sorted(seed for _, seed in records(there)) == sorted([*range(1, BUDGET + 1)] * 2)
    courses = [(o.out / "tiny" / "course.csv").read_bytes() for o in (here, there)]
    assert courses[0] == courses[1]
    assert "to train" not in run(there, trainer())
