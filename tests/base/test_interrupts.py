"""Ctrl-C: seen at once where Python can raise it, and remembered where it cannot."""

import _thread
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext

import pytest
from reprobench.harness.base.interrupts import (
    REPEAT_SECONDS,
    Interrupted,
    awaited,
    exit_code,
    remembered_interrupts,
)
from waiting import PATIENCE


class Destructor:
    """An object that is being destroyed when the signal arrives."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


def work_on_after_a_lost_one() -> None:
    with remembered_interrupts() as check:
        check()
        doomed = Destructor()
        del doomed  # Python can only call `sys.unraisablehook`
        check()
        raise AssertionError("the interrupt was forgotten")


def test_one_that_gets_lost_is_remembered() -> None:
    before = signal.getsignal(signal.SIGINT), sys.unraisablehook
    with pytest.raises(KeyboardInterrupt):
        work_on_after_a_lost_one()
    assert (signal.getsignal(signal.SIGINT), sys.unraisablehook) == before


@contextmanager
def pressed_while_collecting(*, again: bool = False) -> Iterator[None]:
    """The signal arrives in a callback of the garbage collector; `again`: in the next one, too,
    the signal that is sent instead of the lost one."""
    left = [signal.SIGTERM]

    def callback(_phase: str, _info: dict[str, int]) -> None:
        if left:
            os.kill(os.getpid(), left.pop())
        elif again:
            time.sleep(4 * REPEAT_SECONDS)

    gc.callbacks.append(callback)
    try:
        yield
    finally:
        gc.callbacks.remove(callback)


def wait_after_a_lost_one(*, inner: bool, again: bool) -> None:
    with remembered_interrupts(), remembered_interrupts() if inner else nullcontext():
        with pressed_while_collecting(again=again):
            gc.collect()
        threading.Event().wait(PATIENCE)
        raise AssertionError("nothing has ended the wait")


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("inner", [False, True])
def test_one_that_gets_lost_ends_what_the_main_thread_waits_for(inner: bool, again: bool) -> None:
    with pytest.raises(Interrupted, match="SIGTERM") as raised:
        wait_after_a_lost_one(inner=inner, again=again)
    assert exit_code(raised.value) == 128 + signal.SIGTERM


def clean_up_after_a_check(cleaned: list[bool]) -> None:
    with remembered_interrupts() as check:
        with pressed_while_collecting():
            gc.collect()
        try:
            check()
        finally:
            time.sleep(10 * REPEAT_SECONDS)
            cleaned.append(True)


def test_one_that_a_check_has_raised_does_not_disturb_what_cleans_up() -> None:
    cleaned: list[bool] = []
    with pytest.raises(Interrupted):
        clean_up_after_a_check(cleaned)
    assert cleaned


def test_other_exceptions_of_destructors_are_told_as_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: told.append(unraisable.exc_type))
    with remembered_interrupts():
        gc.callbacks.append(lambda *_: 1 // 0)
        try:
            gc.collect()
        finally:
            gc.callbacks.pop()
    assert ZeroDivisionError in told


def test_nothing_happens_without_one() -> None:
    with remembered_interrupts() as check:
        check()


def await_without_end() -> None:
    with remembered_interrupts():
        threading.Timer(REPEAT_SECONDS, _thread.interrupt_main, [signal.SIGTERM]).start()
        awaited(Future[None]())


def test_one_that_comes_just_before_a_wait_ends_it() -> None:
    """Its handler is due, but no system call is interrupted, as here."""
    with pytest.raises(Interrupted):
        await_without_end()


def test_what_is_awaited() -> None:
    given, failed = Future[int](), Future[int]()
    threading.Timer(REPEAT_SECONDS, given.set_result, [7]).start()
    threading.Timer(REPEAT_SECONDS, failed.set_exception, [TimeoutError("its own")]).start()
    assert awaited(given) == 7
    with pytest.raises(TimeoutError, match="its own"):
        awaited(failed)
