"""Workers of a real dask cluster that cannot train with the same bits, or not at all."""

from __future__ import annotations

import io
import sysconfig
import threading
import venv
from dataclasses import replace
from pathlib import Path

import pytest
from benches import many, once_there_is, run, wait_for, with_process, worker_of
from conftest import Start
from distributed import Client
from reprobench.harness.base.errors import ClusterError
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.training.cluster import fleet
from reprobench.harness.training.cluster.backend import Backend
from waiting import wait_until


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
    output, told = io.StringIO(), tmp_path / "told"

    def join() -> None:
        if late:
            wait_for(output, 1)
        dask.start_worker("--preload", str(patch))
        wait_until(lambda: f"trains nothing: it has {lack}" in output.getvalue())
        told.touch()

    other = threading.Thread(target=join)
    other.start()
    run(wanted, once_there_is(told, with_process(0.1), free=5), output)
    other.join()
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
    """A worker without the package ends while it starts, before or after it joins the cluster: its
    log says what is missing."""
    dask = start_dask(0)
    python, output = bare_python(tmp_path), io.StringIO()

    def join() -> None:
        wait_until(lambda: "4 runs to train" in output.getvalue())
        dask.start_worker(python=python)
        log = dask.place / "worker-0" / "log"
        wait_until(lambda: "ModuleNotFoundError: No module named 'reprobench" in log.read_text())
        monkeypatch.setattr(fleet, "NOBODY_SECONDS", 0)

    late = threading.Thread(target=join)
    late.start()
    with pytest.raises(ClusterError, match=r"no worker of .* can train \((none has|1 did not say)"):
        run(replace(options, cluster=dask.address), output=output)
    late.join()
    assert list((options.ledger / "runs").rglob("*.json")) == []


def test_a_bench_may_come_before_its_workers(start_dask: Start) -> None:
    """joblib would give up after a while, as if a worker had died."""
    with Client(start_dask(0).address, set_as_default=False) as client:
        backend = Backend(client, "trains", gpus=False)
        assert not backend.wait_for_workers_timeout
        assert backend.effective_n_jobs(-1) == 2


def test_a_worker_without_the_package_leaves_the_work_to_others(
    start_dask: Start, options: BenchOptions, tmp_path: Path
) -> None:
    """A worker that was there before the bench, which asks all workers."""
    dask = start_dask(1)
    dask.start_worker(python=bare_python(tmp_path))
    dask.wait_for_workers()
    wanted = replace(many(options, 3, tmp_path), cluster=dask.address)
    text = run(wanted, with_process(0.2))
    assert "a worker trains nothing: its reprobench cannot be used (" in text
    assert worker_of(wanted) == {dask.workers[0].pid}
