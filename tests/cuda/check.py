"""The check on a GPU: bits and committed runs, then speed, a line for each.

    check.py                 code 0: everything agrees; 1: something differs or failed;
                             2: nothing could be checked; 3: what was checked agrees, but
                             something was left out

Each part is a process of its own with a time limit, so that neither a fault nor a GPU that hangs
hides what comes after it. What is worth most comes first. Whatever a part says stays in
build/cuda/check/. With REPROBENCH_CUDA=emulated only the Python engine's bits are compared, on the
device that is none, which takes minutes.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import needs
from codes import DIFFERS, SKIPPED

ROOT: Final = Path(__file__).resolve().parents[2]
HERE: Final = Path(__file__).resolve().parent
BUILT: Final = ROOT / "build" / "cuda"
DRIVER: Final = BUILT / "driver"
CUBIN: Final = BUILT / "kernels.cubin"
WHOLE_SECONDS: Final = 420
"""For everything, so that it ends, with the installation before it, within ten minutes."""
EMULATED_SECONDS: Final = 3600
STAGED: Final = "REPROBENCH_STAGED"


@dataclass(frozen=True)
class Part:
    """A process that checks one thing, and says in its last line what it found."""

    what: str
    command: tuple[str, ...]
    limit: float
    """Seconds."""
    prints: Path | None = None
    """A file with what it must print; None for anything."""
    needs: tuple[str, ...] = ()
    """Without these (see needs.py) it is left out."""
    staged: bool = False
    """With the filters' gradients from shared memory, which are not made so by default."""


@dataclass(frozen=True)
class Line:
    """A row of the table; `state` is fine, DIFFERS, SKIPPED or failed."""

    what: str
    found: str
    state: str
    seconds: float = 0


def python(name: str, *arguments: str) -> tuple[str, ...]:
    """The command for a script of this folder."""
    return (sys.executable, str(HERE / name), *arguments)


def is_emulated(environment: Mapping[str, str]) -> bool:
    """Whether the device is none, as in harness/engines/gpu/device.py."""
    return environment.get("REPROBENCH_CUDA", "").startswith("emulated")


def stages(environment: Mapping[str, str]) -> list[list[Part]]:
    """The parts, one stage after the other; those of a stage are side by side."""
    bits = [
        Part("20 steps of iteration on digits", python("parts.py", "steps", "iteration"), 90),
        Part("20 steps of final on digits", python("parts.py", "steps", "final"), 90),
        Part("3 whole runs of digits in a group", python("parts.py", "digits"), 120),
    ]
    if is_emulated(environment):
        return [[Part(part.what, part.command, EMULATED_SECONDS) for part in bits]]
    return [
        [
            Part("kernels compiled for this GPU", python("compile.py", str(CUBIN)), 150),
            compiled_drivers(),
        ],
        [
            *bits,
            Part("a whole run of mnist", python("parts.py", "mnist"), 120),
            *steps(),
            Part("harness verify mnist", python("parts.py", "verify"), 150),
        ],
        *([speed("iteration2", 128)], [speed("final", 128)]),
        *([beside("vmap")], [beside("graphed")], [beside("eager")]),
        [speed("iteration2", 1)],
        *([staged_steps()], [speed("iteration2", 128, staged=True)]),
    ]


def compiled_drivers() -> Part:
    """The programs that compare steps below Python."""
    target = os.path.relpath(DRIVER, HERE)  # as the Makefile there names it
    options = ("--silent", "--no-print-directory", f"-j{os.cpu_count()}")
    command = ("make", *options, "-C", str(HERE), "STRICT=", target)
    return Part("comparison compiled by g++", command, 180, needs=("g++", "make"))


def steps() -> list[Part]:
    """Steps below Python: those of the pinned digests; many networks; many seeds."""
    text = (HERE / "Makefile").read_text()
    short = re.search(r"^SHORT := (.+)$", text, re.MULTILINE)
    engine = (ROOT / "harness" / "engines" / "native_engine.py").read_text()
    numerics = re.search(r"^NUMERICS: Final = (\d+)$", engine, re.MULTILINE)
    assert short
    assert numerics
    pinned = ROOT / "tests" / "native" / "pinned" / f"numerics-{numerics[1]}" / "short.txt"

    return [
        driven("steps with pinned digests", f"{short[1]} 0 1", pinned),
        driven("steps of networks, 7 seeds", "12 44 10 10 7"),
        driven("steps of 20 seeds, batches of 128", "10 128 0 0 20"),
    ]


def staged_steps() -> Part:
    """Steps by the kernels that are not used by default; it fails if none of them was run."""
    return replace(driven("steps of 128 seeds, staged", "2 128 0 0 128"), staged=True)


def driven(what: str, arguments: str, prints: Path | None = None) -> Part:
    command = (str(DRIVER), *arguments.split(), str(CUBIN))
    return Part(what, command, 120, prints, ("g++", "make"))


def speed(recipe: str, count: int, *, staged: bool = False) -> Part:
    command = python("parts.py", "speed", recipe, str(count))
    how = ", staged" if staged else " in a group"
    return Part(f"{count} runs of {recipe}{how}", command, 90, staged=staged)


def beside(way: str) -> Part:
    return Part(f"PyTorch {way}", python("parts.py", "beside", way), 60)


def environment_of(part: Part) -> dict[str, str]:
    """This process's; what is not staged by default only in parts that are to be staged."""
    kept = {name: value for name, value in os.environ.items() if name != STAGED}
    return kept | ({STAGED: "1"} if part.staged else {})


class Running:
    """A part whose process was started."""

    def __init__(self, part: Part, deadline: float) -> None:
        self.part, self._begin = part, time.monotonic()
        self._end = min(self._begin + part.limit, deadline)
        name = re.sub(r"\W+", "-", part.what)
        self._said = [BUILT / "check" / f"{name}.{kind}" for kind in ("out", "err")]
        self._said[0].parent.mkdir(parents=True, exist_ok=True)
        with self._said[0].open("wb") as out, self._said[1].open("wb") as err:
            self._process = subprocess.Popen(
                part.command,
                cwd=ROOT,
                env=environment_of(part),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def has_ended(self) -> bool:
        """Whether it has ended or its time has."""
        return self._process.poll() is not None or time.monotonic() > self._end

    def kill(self) -> None:
        """End it and what it started; a lost GPU may keep a process for ever, so wait little."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)

    def line(self) -> Line:
        """What came of it."""
        code, seconds = self._process.poll(), time.monotonic() - self._begin
        self.kill()
        out, err = (path.read_text(errors="replace").strip() for path in self._said)
        found, state = self._judged(code, out, err)
        return Line(self.part.what, found, state, seconds)

    def _judged(self, code: int | None, out: str, err: str) -> tuple[str, str]:
        nothing = "done" if code == 0 else "it said nothing"
        last = ([*err.splitlines(), *out.splitlines()] or [nothing])[-1]
        if code is None:
            return f"failed: not done after {self._end - self._begin:.0f} s", "failed"
        if code == SKIPPED:
            return f"SKIPPED: {last}", "SKIPPED"
        if code == DIFFERS:
            return last, "DIFFERS"
        if code != 0:
            return f"failed: {(err.splitlines() or [last])[-1]} (code {code})", "failed"
        if self.part.prints is None:
            return last, "fine"
        if out == self.part.prints.read_text().strip():
            return "the pinned digests", "fine"
        return f"DIFFERS from {self.part.prints.relative_to(ROOT)}", "DIFFERS"


def run(parts: Sequence[Part], lacking: Collection[str], deadline: float) -> Iterator[Line]:
    """Run parts side by side; a line for each as it ends."""
    running = []
    try:
        for part in parts:
            if absent := [name for name in part.needs if name in lacking]:
                yield Line(part.what, f"SKIPPED: no {absent[0]}", "SKIPPED")
            elif time.monotonic() >= deadline:
                yield Line(part.what, "SKIPPED: no time was left", "SKIPPED")
            else:
                try:
                    running.append(Running(part, deadline))
                except OSError as error:
                    yield Line(part.what, f"failed: {error}", "failed")
        while running:
            for one in [one for one in running if one.has_ended()]:
                running.remove(one)
                yield one.line()
            time.sleep(0.02)
    finally:
        for one in running:
            one.kill()


def show(line: Line) -> None:
    """Print a row."""
    print(f"  {line.what:40} {line.found:70} {line.seconds:6.1f} s", flush=True)


def verdict(lines: Sequence[Line]) -> tuple[str, int]:
    """The last line, and the exit code."""
    wrong = [line.what for line in lines if line.state in ("DIFFERS", "failed")]
    left_out = [line.what for line in lines if line.state == "SKIPPED"]
    unseen = f"; SKIPPED: {', '.join(left_out)}" if left_out else ""
    if wrong:
        return f"NOT FINE: {', '.join(wrong)}{unseen}", 1
    if left_out:
        return f"incomplete: what was checked agrees{unseen}", 3
    return "complete: everything agrees", 0


def main() -> int:
    """Check, and return the exit code."""
    emulated = is_emulated(os.environ)
    deadline = time.monotonic() + (EMULATED_SECONDS if emulated else WHOLE_SECONDS)
    lacking = {}
    if not emulated:
        lacking = needs.missing()
        needs.show(lacking)
        if needs.essential(lacking):
            print(f"nothing is checked: no {', no '.join(needs.essential(lacking))}")
            return 2
    lines = []
    for stage in [[Part("device", python("parts.py", "device"), 60)], *stages(os.environ)]:
        for line in run(stage, lacking, deadline):
            show(line)
            lines.append(line)
        if lines[0].state != "fine":
            print(f"nothing is checked: {lines[0].found}")
            return 2
    words, code = verdict(lines)
    print(words)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
