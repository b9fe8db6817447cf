"""Workers of a real dask cluster that cannot train with the same bits, or not at all."""

from __future__ import annotations

import io
import sysconfig
import threading
import time
import venv
from dataclasses import replace
from pathlib import Path

import pytest
from benches import many, run, wait_for, with_process, worker_of
from conftest import Dask, Start
from reprobench.harness.base.errors import ClusterError
from reprobench.harness.commands.options.training import BenchOptions


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("module", "function", "lack"),
    [
        ("training.cluster.dask_worker", "package_version", "reprobench 0.0.7 instead of "),
        ("engines.native_engine", "numerics_version", "native 0.0.7 instead of "),
    ],
)
def test_other_versions_train_nothing(
    start_dask: Start, options: BenchOptions, tmp_path: Path,
    module: str, function: str, lack: str, late: bool,
) -> None:  # fmt: skip
    patch = tmp_path / "patch.py"
    patch.write_text(
        f"import reprobench.harness.{module} as it\nit.{function} = lambda *_: '0.0.7'\n"
    )
    dask = start_dask(1)
    wanted = replace(many(options, 20, tmp_path), cluster=dask.address)
    output = io.StringIO()

    def join() -> None:
        if late:
            wait_for(output, 1)
        dask.start_worker("--preload", str(patch))

    other = threading.Thread(target=join)
    other.start()
    text = run(wanted, with_process(0.5), output)
    other.join()
    assert f"trains nothing: it has {lack}" in text
    assert worker_of(wanted) == {dask.workers[0].pid}


def bare_python(tmp_path: Path) -> Path:
    """A Python that has dask, but not the package."""
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False)
    (site,) = (bare / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return bare / "bin" / "python"


def test_nobody_can_train(
    start_dask: Start, options: BenchOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker without the package does not even start: its log says what is missing."""
    monkeypatch.setattr("reprobench.harness.training.cluster.fleet.NOBODY_SECONDS", 8)
    dask = start_dask(0)
    with pytest.raises(ClusterError, match=r"no worker of the cluster can train \(none has joined"):
        bench_with_late_worker(options, dask, bare_python(tmp_path))
    assert (
        "ModuleNotFoundError: No module named 'reprobench"
        in (dask.place / "worker-0" / "log").read_text()
    )
    assert list((options.ledger / "runs").rglob("*.json")) == []


def bench_with_late_worker(options: BenchOptions, dask: Dask, python: Path) -> None:
    output = io.StringIO()

    def join() -> None:
        while "4 runs to train" not in output.getvalue():
            time.sleep(0.05)
        dask.start_worker(python=python)

    late = threading.Thread(target=join)
    late.start()
    try:
        run(replace(options, cluster=dask.address), output=output)
    finally:
        late.join()


def test_a_worker_without_the_package_leaves_the_work_to_others(
    start_dask: Start, options: BenchOptions, tmp_path: Path
) -> None:
    """A worker that was there before the bench, which asks all workers."""
    dask = start_dask(1)
    dask.start_worker(python=bare_python(tmp_path))
    time.sleep(3)
    wanted = replace(many(options, 3, tmp_path), cluster=dask.address)
    text = run(wanted, with_process(0.2))
    assert "a worker trains nothing: its reprobench cannot be used (" in text
    assert worker_of(wanted) == {dask.workers[0].pid}
