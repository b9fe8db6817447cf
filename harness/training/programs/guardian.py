"""The process around a program: it outlives whoever started it, and the program does not.

Run as a script, by its path and with nothing but the standard library:

    python -I -S guardian.py CONTROL STATUS PROGRAM ARGUMENT...

CONTROL is a pipe that nobody writes to: when the process that started us closes it or dies, for
whatever reason, the program and everything that it started is killed. STATUS is a pipe for two
lines: first the program's process id, or `error` and the reason; then, when no process of it is
left, its exit code, a negative number for a signal, or `killed` if we killed it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time

TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PAUSE_SECONDS = 0.01


def main() -> None:
    """Start the program, wait until it ends or is no longer wanted, and leave no process of it."""
    control, status, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    if os.fork():
        os._exit(0)  # so that we are not killed along with the children of whatever started us
    os.setsid()
    for number in TO_STOP:
        signal.signal(number, signal.SIG_IGN)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    wake, woken = _child_signals()
    try:
        program = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, process_group=0, preexec_fn=_die_with_us
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        _tell(status, f"error {getattr(error, 'strerror', None) or error}")
        return
    _tell(status, str(program.pid))
    with open(os.devnull, "r+b") as nowhere:  # so that only the program keeps its output open
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)
    ended = _wait(program.pid, control, wake)
    os.close(woken)
    _kill_all(program.pid)
    _tell(status, "killed" if ended is None else str(ended))


def _child_signals() -> tuple[int, int]:
    """A pipe that can be read when a child has ended."""
    wake, woken = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    return wake, woken


def _wait(program: int, control: int, wake: int) -> int | None:
    """The program's exit code, or None if CONTROL was closed before it ended."""
    with selectors.DefaultSelector() as selector:
        for pipe in (control, wake):
            selector.register(pipe, selectors.EVENT_READ)
        while (code := _reaped(program)) is None:
            if control in {ready.fd for ready, _ in selector.select()}:
                return None
            with contextlib.suppress(BlockingIOError):
                os.read(wake, 4096)
        return code


def _reaped(program: int) -> int | None:
    """Reap dead children, orphans included; returns the program's exit code if it was one."""
    found = None
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == program:
                found = os.waitstatus_to_exitcode(status)
            if not pid:
                break
    return found


def _kill_all(group: int) -> None:
    """Kill the program's group and all other children of ours, until none is left."""
    while True:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
        for child in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(PAUSE_SECONDS)


def _children() -> list[int]:
    """Our children; none if the system does not list them: then only the group is killed."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def _die_with_us() -> None:
    for number in TO_STOP:
        signal.signal(number, signal.SIG_DFL)
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    """Set an option of this process, on Linux; elsewhere the pipe and the group have to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _tell(status: int, line: str) -> None:
    with contextlib.suppress(OSError):
        os.write(status, f"{' '.join(line.split())}\n".encode())


if __name__ == "__main__":
    main()
