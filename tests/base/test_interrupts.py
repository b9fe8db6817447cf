"""Ctrl-C: seen at once where Python can raise it, and remembered where it cannot."""

import os
import signal

import pytest
from reprobench.harness.base.interrupts import remembered_interrupts


class Destructor:
    """An object that is being destroyed when the signal arrives."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


def work_on_after_a_lost_one() -> None:
    with remembered_interrupts() as check:
        check()
        doomed = Destructor()
        del doomed  # Python can only print a warning
        check()
        raise AssertionError("the interrupt was forgotten")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_one_that_gets_lost_is_remembered() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        work_on_after_a_lost_one()
    assert signal.getsignal(signal.SIGINT) is before


def test_nothing_happens_without_one() -> None:
    with remembered_interrupts() as check:
        check()
