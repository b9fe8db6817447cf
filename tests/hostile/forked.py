"""The command line in a separate process, forked from one that has imported all of it."""

from __future__ import annotations

import importlib
import os
import pkgutil
import resource
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import psutil
from reprobench.harness import commands
from reprobench.harness.cli import main
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.data.registry import load_data_set
from reprobench.harness.engines.roster import engine_named
from waiting import PATIENCE

for module in pkgutil.iter_modules(commands.__path__):
    importlib.import_module(f"{commands.__name__}.{module.name}")
load_data_set(DIGITS, Path())
TORCH = engine_named("torch").version()
"""The engine of every command here, imported once for all of them."""

MOST_MEMORY: int = 2**31
"""Bytes that a command may take in addition to what has been imported."""
EXIT_CODES = range(5)


@dataclass(frozen=True)
class Ended:
    """The result of a command: its exit code, and all that it printed."""

    code: int
    said: str

    def check(self) -> Ended:
        """Check that the exit code is one of ours, and that a terminal would only show the
        output."""
        assert "Traceback" not in self.said, self.said
        assert self.code in EXIT_CODES, (self.code, self.said)
        lines = self.said.splitlines()
        assert all(line.isprintable() for line in self.said.split("\n")), self.said
        assert all(len(line) < 1_000 for line in lines), self.said[:2_000]
        if self.code in (2, 4):
            assert lines[-1].startswith("harness: "), self.said
        return self


def harness(place: Path, *arguments: str) -> Ended:
    """Run the command in `place`; fails if it takes too long."""
    output = place.parent / f"{place.name}.said"
    child = os.fork()
    if not child:
        _be_the_command(place, output, arguments)
    ended = Ended(_wait(child, arguments), output.read_text(errors="backslashreplace"))
    output.unlink()
    return ended.check()


def _be_the_command(place: Path, output: Path, arguments: tuple[str, ...]) -> None:
    """Never returns."""
    code = 99
    try:
        said = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(said, stream)
        sys.stdout, sys.stderr = (open(stream, "w", closefd=False) for stream in (1, 2))  # noqa: SIM115
        most = psutil.Process().memory_info().vms + MOST_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        os.chdir(place)
        sys.argv = ["harness", *arguments]
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 98
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(child: int, arguments: tuple[str, ...]) -> int:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError(f"still runs after {PATIENCE:g} s: {' '.join(arguments)[:200]}")
