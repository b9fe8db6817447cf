"""What an epoch is given reaches the device while it trains the epoch before."""

from __future__ import annotations

import threading
import weakref
from typing import Any

import pytest
from group_bench import Bench, assert_same
from reprobench.harness.engines import _cuda
from reprobench.harness.engines.gpu.seeds import SeedGroup
from reprobench.harness.training.groups.run import train_group
from reprobench.harness.training.pools import NoRecord
from reprobench.harness.training.worker import train_job
from waiting import PATIENCE


def test_the_next_epoch_is_given_before_the_device_is_told_to_train(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = threading.Semaphore(0)
    give, train = SeedGroup.give, SeedGroup.train
    runs = [("final", 1), ("final", 2)]
    epochs = [1]

    def noted(self: SeedGroup, *what: Any) -> None:
        assert threading.current_thread() is not threading.main_thread()
        give(self, *what)
        given.release()

    def patient(self: SeedGroup) -> None:
        for _ in range(4 if epochs == [1] else 0):  # of both epochs
            assert given.acquire(timeout=PATIENCE)
        epochs.append(2)
        train(self)

    monkeypatch.setattr(SeedGroup, "give", noted)
    monkeypatch.setattr(SeedGroup, "train", patient)
    ended = train_group(bench.jobs("cuda", *runs))
    assert_same(ended, [train_job(job) for job in bench.jobs("native", *runs)])


def test_a_device_that_is_lost_while_it_is_given_an_epoch(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = bench.jobs("cuda", ("final", 1), ("final", 2))
    give = SeedGroup.give
    times: list[int] = []

    def failing(self: SeedGroup, seat: int, given: Any) -> None:
        times.append(seat)
        if len(times) > len(jobs):
            raise _cuda.DeviceError("cuMemcpyHtoDAsync_v2: unspecified launch failure")
        give(self, seat, given)

    monkeypatch.setattr(SeedGroup, "give", failing)
    reason = "the GPU was lost (cuMemcpyHtoDAsync_v2: unspecified launch failure)"
    assert train_group(jobs) == [NoRecord(job.key, reason) for job in jobs]


def test_a_draw_that_fails_frees_the_device_and_ends_its_run_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All runs fail together, then one of them alone: no group is there when the next one is."""
    groups: list[weakref.ref[SeedGroup]] = []
    begin, drawn = SeedGroup.__init__, SeedGroup.epoch_given

    def alone(self: SeedGroup, *given: Any, **named: Any) -> None:
        assert all(group() is None for group in groups)
        groups.append(weakref.ref(self))
        begin(self, *given, **named)

    def failing(self: SeedGroup, seat: int, epoch: Any) -> Any:
        if epoch.number == 2 and (len(self._numbers) == 2 or self._numbers == [2]):
            raise ValueError("no draws")
        return drawn(self, seat, epoch)

    monkeypatch.setattr(SeedGroup, "__init__", alone)
    monkeypatch.setattr(SeedGroup, "epoch_given", failing)
    ended = train_group(bench.jobs("cuda", ("final", 1), ("final", 2)))
    first, second = (record for record in ended if not isinstance(record, NoRecord))
    assert (first.status, second.status) == ("completed", "failed")
    assert second.error == "ValueError: no draws"
    assert len(groups) == 3
