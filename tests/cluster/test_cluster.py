"""Benches on a real dask cluster: the same bits, the same ledger."""

from __future__ import annotations

import gc
import io
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from benches import many, once_there_is, records, run, wait_for, with_process, worker_of
from conftest import Start
from distributed import Client
from reprobench.harness.base.errors import ClusterError, InputError
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.data.spec import DataSet
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.training.cluster.dask_worker import Needed
from scripted import trainer
from waiting import wait_until

DASK_PORT = 8787


def test_the_same_bits_as_on_one_machine(
    start_dask: Start, options: BenchOptions, tmp_path: Path
) -> None:
    here = replace(options, ledger=tmp_path / "here")
    run(here)
    dask = start_dask(3)
    output = run(replace(options, cluster=dask.address))
    assert output.count(" joined") == 3
    digests = [{key: r.digest for key, r in records(o).items()} for o in (here, options)]
    assert digests[0] == digests[1]
    for number in range(3):
        assert {path.name for path in (dask.place / f"worker-{number}").iterdir()} <= {
            "log", "dask-scratch-space",
        }  # fmt: skip


def test_one_that_joins_late_gets_work(
    start_dask: Start, options: BenchOptions, tmp_path: Path
) -> None:
    dask = start_dask(1)
    wanted = replace(many(options, 30, tmp_path), cluster=dask.address)
    output, joined = io.StringIO(), tmp_path / "joined"

    def join() -> None:
        wait_for(output, 3)
        dask.start_worker()
        wait_until(lambda: output.getvalue().count(" joined") == 2)
        joined.touch()

    late = threading.Thread(target=join)
    late.start()
    run(wanted, once_there_is(joined, with_process(0.1), free=5), output)
    late.join()
    assert output.getvalue().count(" joined") == 2
    assert len(worker_of(wanted)) == 2


def test_dask_that_runs_here_already_is_no_matter(options: BenchOptions) -> None:
    """dask would take its usual port for a page that nobody asked for, or complain."""
    with socket.socket() as taken:
        with suppress(OSError):  # somebody else has the port, which is just as good
            taken.bind(("0.0.0.0", DASK_PORT))
        taken.listen()
        assert "4/4 " in run(replace(options, cluster="local:2"), trainer())


def test_nobody_is_asked_where_nothing_is_to_be_trained(
    options: BenchOptions, tmp_path: Path
) -> None:
    wanted = many(options, 2, tmp_path)
    run(wanted, trainer())
    text = run(replace(wanted, cluster="tcp://127.0.0.1:9"), trainer())
    assert "0 runs to train, " in text


def test_workers_train_on_what_was_sent(
    start_dask: Start, options: BenchOptions, tmp_path: Path
) -> None:
    """The workers could get the digits themselves, so the test prevents that."""
    patch = tmp_path / "patch.py"
    patch.write_text(
        "import reprobench.harness.training.worker as it\n"
        "def refuse(*_): raise RuntimeError('loaded here')\n"
        "it._load = refuse\n"
    )
    dask = start_dask(0)
    dask.start_worker("--preload", str(patch))
    text = run(replace(many(options, 2, tmp_path), cluster=dask.address))
    assert "loaded here" not in text
    assert {record.status for record in records(options).values()} == {"completed"}


def test_data_that_arrives_altered(digits: DataSet) -> None:
    needed = Needed({}, digits.content_digest())
    assert needed.missing(digits) is None
    flipped = replace(digits, train_labels=digits.train_labels[::-1])
    assert needed.missing(flipped) == "a data set that was altered on the way"


def test_wrong_addresses(options: BenchOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Client.start

    def start(client: Client, **settings: object) -> None:
        """If a failed client were collected now, it would wait for ever for the lock of this
        one."""
        assert not gc.isenabled()
        begin(client, **settings)

    monkeypatch.setattr(Client, "start", start)
    with pytest.raises(InputError, match="--cluster local:0: write local:4 for four workers here"):
        run(replace(options, cluster="local:0"))
    with pytest.raises(InputError, match=r"--cluster tcp://\[::1:80: cannot be used"):
        run(replace(options, cluster="tcp://[::1:80"))
    with pytest.raises(InputError, match=r"--cluster tls://127\.0\.0\.1:9: cannot be used"):
        run(replace(options, cluster="tls://127.0.0.1:9"))
    with pytest.raises(ClusterError, match="nobody answers; start `dask scheduler` there"):
        run(replace(options, cluster="tcp://127.0.0.1:9"))
    assert gc.isenabled()


def test_without_dask_one_line_says_so(
    options: BenchOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [
        name for name in sys.modules if name.startswith("reprobench.harness.training.cluster")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setitem(sys.modules, "distributed.diagnostics.plugin", None)
    with pytest.raises(
        InputError, match=r"--cluster: needs dask.*pip install 'reprobench\[dask\]'"
    ):
        run(replace(options, cluster="local:2"))


def test_ledger_is_only_written_here(
    start_dask: Start, options: BenchOptions, tmp_path: Path
) -> None:
    """Workers in empty directories leave none of our files behind."""
    dask = start_dask(2)
    wanted = replace(many(options, 4, tmp_path), cluster=dask.address)
    run(wanted, trainer())
    assert Ledger(options.ledger).count(next(iter(records(wanted)))[0]) == 4
    assert not list(dask.place.rglob("*.json"))
