"""The check on a GPU: its parts run one by one, and none hides another or what was left out."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import check
import needs
import pytest
from check import Part
from codes import DIFFERS, SKIPPED
from reprobench.harness.engines.gpu import device
from reprobench.harness.engines.roster import NATIVE
from scripted import ROOT
from waiting import PATIENCE, processes, wait_until

LOST = "raise RuntimeError('cuLaunchKernel: an illegal access')"


def part(what: str, code: str, **given: Any) -> Part:
    """A part that is a line of Python."""
    return Part(what, (sys.executable, "-c", code), **{"limit": PATIENCE, **given})


def checked(parts: Sequence[Part], lacking: tuple[str, ...] = ()) -> dict[str, tuple[str, str]]:
    lines = check.run(parts, lacking, time.monotonic() + PATIENCE)
    return {line.what: (line.found, line.state) for line in lines}


@pytest.fixture
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the parts say is kept in a folder of the test."""
    monkeypatch.setattr(check, "BUILT", tmp_path)


@pytest.mark.usefixtures("_here")
def test_a_part_says_what_it_found_and_hides_no_other() -> None:
    assert checked(
        [
            part("fine", "print('first'); print('the committed bits')"),
            part("other", f"print('DIFFERS'); raise SystemExit({DIFFERS})"),
            part("without", f"print('no MNIST'); raise SystemExit({SKIPPED})"),
            part("silent", "pass"),
            part("lost", LOST),
            part("killed", "import os; os.kill(os.getpid(), 9)"),
            Part("absent", ("/no/such/driver",), 1),
            part("native", "print('never')", needs=("g++",)),
        ],
        ("g++",),
    ) == {
        "fine": ("the committed bits", "fine"),
        "other": ("DIFFERS", "DIFFERS"),
        "without": ("SKIPPED: no MNIST", "SKIPPED"),
        "silent": ("done", "fine"),
        "lost": ("failed: RuntimeError: cuLaunchKernel: an illegal access (code 1)", "failed"),
        "killed": ("failed: it said nothing (code -9)", "failed"),
        "absent": ("failed: [Errno 2] No such file or directory: '/no/such/driver'", "failed"),
        "native": ("SKIPPED: no g++", "SKIPPED"),
    }


@pytest.mark.usefixtures("_here")
def test_a_part_that_hangs_ends_with_all_that_it_started(tmp_path: Path) -> None:
    mark = str(tmp_path)
    child = f"[sys.executable, '-c', 'import time; time.sleep(1000)', {mark!r}]"
    code = f"import subprocess, sys, time; subprocess.Popen({child}); time.sleep(1000)"
    found = checked([part("hangs", code, limit=2), part("quick", "print('done')")])
    assert list(found.values()) == [("done", "fine"), ("failed: not done after 2 s", "failed")]
    wait_until(lambda: not processes(mark))


@pytest.mark.usefixtures("_here")
def test_what_a_part_must_print(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(check, "ROOT", tmp_path)
    pinned = tmp_path / "pinned.txt"
    pinned.write_text("iteration 0123\n")
    same = part("same", "print('iteration 0123')", prints=pinned)
    other = part("other", "print('iteration 0124')", prints=pinned)
    assert checked([same, other]) == {
        "same": ("the pinned digests", "fine"),
        "other": ("DIFFERS from pinned.txt", "DIFFERS"),
    }


@pytest.mark.usefixtures("_here")
def test_no_time_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = check.run([part("late", "print('never')")], (), time.monotonic())
    assert (line.found, line.state) == ("SKIPPED: no time was left", "SKIPPED")
    assert not capsys.readouterr().out


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize(
    ("codes", "code", "last"),
    [
        ((0, 0), 0, "complete: everything agrees"),
        ((0, SKIPPED), 3, "incomplete: what was checked agrees; SKIPPED: part 1"),
        ((DIFFERS, SKIPPED), 1, "NOT FINE: part 0; SKIPPED: part 1"),
        ((1, 0), 1, "NOT FINE: part 0"),
    ],
)
def test_the_last_line_and_the_exit_code(
    codes: tuple[int, int],
    code: int,
    last: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(check.needs, "missing", dict)
    monkeypatch.delenv(device.VARIABLE)
    parts = [[part(f"part {n}", f"raise SystemExit({end})")] for n, end in enumerate(codes)]
    monkeypatch.setattr(check, "stages", lambda _: parts)
    monkeypatch.setattr(check, "python", lambda *_: (sys.executable, "-c", "print('A GPU')"))
    assert check.main() == code
    assert capsys.readouterr().out.splitlines()[-1] == last


def test_nothing_is_checked_without_a_device(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(device.VARIABLE)
    monkeypatch.setattr(check.needs, "missing", lambda: {"NVRTC": "none for CUDA 13"})
    assert check.main() == 2
    here, missing, last = capsys.readouterr().out.splitlines()
    assert here == "here: NVIDIA driver, package, Python.h or the package, g++, make"
    assert missing == "MISSING: NVRTC: none for CUDA 13"
    assert last == "nothing is checked: no NVRTC"


@pytest.mark.skipif(NATIVE.missing() is not None, reason="the native engine is not built")
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    lacking = needs.missing()
    assert "package" not in lacking
    assert (lacking["g++"], lacking["make"]) == ("not installed", "not installed")
    assert needs.essential({"g++": "", "NVRTC": "", "package": ""}) == ["package", "NVRTC"]


def test_bits_and_committed_runs_come_before_speed() -> None:
    compiling, bits, *others = check.stages({})
    assert bits[-1].what == "harness verify mnist"
    assert all(len(parts) == 1 for parts in others)  # what is measured has the GPU to itself
    assert others[0][0].what == "128 runs of iteration2 in a group"
    assert [part.needs for part in (*compiling, *bits)].count(("g++", "make")) == 4
    (pinned,) = (part for part in bits if part.prints)
    assert pinned.command[1:-1] == ("60", "12", "5", "0", "1")
    assert pinned.prints
    assert pinned.prints.read_text().startswith("iteration ")


def test_staged_kernels_are_asked_for_and_named() -> None:
    parts = [part for stage in check.stages({}) for part in stage]
    assert [part.what for part in parts[-2:] if part.staged] == [
        "steps of 128 seeds, staged",
        "128 runs of iteration2, staged",
    ]


@pytest.mark.usefixtures("_here")
def test_only_a_staged_part_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(device.STAGED, "yes")
    show = f"import os; print('{device.STAGED}' in os.environ)"
    found = checked([part("plain", show), part("staged", show, staged=True)])
    assert {what: words for what, (words, _) in found.items()} == {
        "plain": "False",
        "staged": "True",
    }


def test_on_the_emulated_device_bits_alone_are_compared() -> None:
    (bits,) = check.stages({device.VARIABLE: "emulated:2"})
    assert [part.command[-2:] for part in bits[:2]] == [("steps", "iteration"), ("steps", "final")]


def test_the_makefile_has_the_driver_and_the_check(tmp_path: Path) -> None:
    driver = check.compiled_drivers().command
    for command in ((*driver, "-n"), ("make", "-n", "-C", str(ROOT), "cuda-check")):
        subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
