"""What an epoch is given reaches the device while it trains the epoch before."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import pytest
from group_bench import Bench, assert_same
from reprobench.harness.engines import _cuda
from reprobench.harness.engines.gpu.seeds import SeedGroup
from reprobench.harness.results.record import RunRecord
from reprobench.harness.training.groups.member import Member
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


def test_nothing_is_given_while_the_device_takes_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither to a run that diverged in its first epoch, which was to train the third one too."""
    giving, third = threading.Lock(), threading.Event()
    give, take_given, take = SeedGroup.give, SeedGroup.take_given, Member.take
    given_to: list[int] = []
    times: list[bool] = []

    def slow(self: SeedGroup, seat: int, given: Any) -> None:
        with giving:
            given_to.append(seat)
            if given_to.count(1) == 3:
                third.wait(timeout=1)
            give(self, seat, given)

    def taken(self: SeedGroup) -> None:
        times.append(giving.acquire(blocking=False))
        if len(times) == 3:
            third.set()
        take_given(self)
        if times[-1]:
            giving.release()

    def diverging(self: Member, made: Any, data: Any) -> None:
        take(self, made, data)
        if self.seat.number == 1:
            self.status = "diverged"

    monkeypatch.setattr(SeedGroup, "give", slow)
    monkeypatch.setattr(SeedGroup, "take_given", taken)
    monkeypatch.setattr(Member, "take", diverging)
    ended = train_group(bench.jobs("cuda", ("final", 1), ("final", 2), epochs=3))
    assert [one.status for one in ended if isinstance(one, RunRecord)] == ["completed", "diverged"]
    assert given_to.count(1) == 3
    assert times == [True] * 3


@pytest.mark.parametrize("what", ["draw", "take"])
def test_what_fails_frees_the_device_and_ends_its_run_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """All runs fail together, then one of them alone: no group is there when the next one is."""
    groups: list[weakref.ref[SeedGroup]] = []
    begin, drawn, take = SeedGroup.__init__, SeedGroup.epoch_given, Member.take

    def alone(self: SeedGroup, *given: Any, **named: Any) -> None:
        assert all(group() is None for group in groups)
        groups.append(weakref.ref(self))
        begin(self, *given, **named)

    def no_draw(self: SeedGroup, seat: int, epoch: Any) -> Any:
        if epoch.number == 2 and self._numbers[seat] == 2:
            raise ValueError("no draw")
        return drawn(self, seat, epoch)

    def no_take(self: Member, made: Any, data: Any) -> None:
        if self.job.run.seed == 2:
            raise ValueError("no take")
        take(self, made, data)

    monkeypatch.setattr(SeedGroup, "__init__", alone)
    if what == "draw":
        monkeypatch.setattr(SeedGroup, "epoch_given", no_draw)
    else:
        monkeypatch.setattr(Member, "take", no_take)
    gc.collect()
    gc.disable()
    try:
        ended = train_group(bench.jobs("cuda", ("final", 1), ("final", 2)))
    finally:
        gc.enable()
    first, second = (record for record in ended if isinstance(record, RunRecord))
    assert (first.status, second.status) == ("completed", "failed")
    assert second.error == f"ValueError: no {what}"
    assert len(groups) == 3
