"""Compiled kernels: kept by the digest of their sources, and never used if incomplete."""

from __future__ import annotations

import multiprocessing
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from reprobench.harness.engines.gpu import nvrtc
from reprobench.harness.engines.gpu.cache import cache_folder
from reprobench.harness.engines.gpu.kernels import compiled, digest, kernels


class Scripted:
    """A compiler that counts how often it was called, and keeps what for."""

    def __init__(self, version: tuple[int, int] = (12, 9)) -> None:
        self.version, self.times = version, 0

    def compile(self, source: bytes, options: Sequence[str]) -> bytes:
        self.times += 1
        assert b"ENTRY(run" in source
        return f"{options[0]} by {self.version}".encode()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where kernels are kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return cache_folder()


def make(compiler: Any, architecture: int = 90) -> bytes:
    return kernels(compiler, architecture)


def test_compiled_once_for_each_architecture_and_compiler(place: Path) -> None:
    compiler, other = Scripted(), Scripted((13, 2))
    assert make(compiler) == b"-arch=sm_90 by (12, 9)"
    assert make(compiler) == b"-arch=sm_90 by (12, 9)"
    assert compiler.times == 1
    assert make(compiler, 80) == b"-arch=sm_80 by (12, 9)"
    assert make(other) == b"-arch=sm_90 by (13, 2)"
    assert len(list(place.iterdir())) == 3


@pytest.mark.parametrize("damage", [b"", b"\0" * 100, None])
def test_what_is_not_whole_is_compiled_again(place: Path, damage: bytes | None) -> None:
    compiler: Any = Scripted()
    made = make(compiler)
    (file,) = place.iterdir()
    file.write_bytes(file.read_bytes()[:-1] if damage is None else damage)
    assert make(compiler) == made
    assert compiler.times == 2
    assert make(compiler) == made
    assert compiler.times == 2


def test_a_folder_that_cannot_be_used_is_let_pass(place: Path) -> None:
    place.write_text("no folder")
    assert make(Scripted()) == b"-arch=sm_90 by (12, 9)"


def test_two_processes_at_once(place: Path) -> None:
    with multiprocessing.get_context("fork").Pool(2) as processes:
        made = processes.starmap(make, [(Scripted(),)] * 20)
    assert set(made) == {b"-arch=sm_90 by (12, 9)"}
    assert len(list(place.iterdir())) == 1


def test_where_they_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "reprobench"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "reprobench"


def test_no_newer_compiler_than_the_driver_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(nvrtc, "_load", asked.append)
    assert nvrtc.find_nvrtc(12) is None
    assert nvrtc.find_nvrtc(14) is None
    assert asked == [12, 13, 12]


@pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc")
def test_what_nvrtc_builds_upon_is_found_beside_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in the wheel of CUDA 13.0, whose library does not say where to look for it."""
    folder = tmp_path / nvrtc.PLACES[13]
    folder.mkdir(parents=True)
    builds_upon = """#include <dlfcn.h>
        void nvrtcVersion(int *major, int *minor) {
            *major = dlopen("libnvrtc-builtins.so.13.0", RTLD_NOW) ? 13 : -1;
            *minor = 0;
        }"""
    for name, source in (("libnvrtc.so.13", builds_upon), ("libnvrtc-builtins.so.13.0", "")):
        made = [f"-Wl,-soname,{name}", "-o", str(folder / name), "-x", "c", "-"]
        subprocess.run(["gcc", "-shared", "-fPIC", *made], input=source.encode(), check=True)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    found = nvrtc.find_nvrtc(13)
    assert found is not None
    assert found.version == (13, 0)


@pytest.mark.slow
def test_nvrtc_compiles_them() -> None:
    """This needs no GPU."""
    found = nvrtc.find_nvrtc(99)
    if found is None:
        pytest.skip("NVRTC is not installed")
    assert compiled(found, 90).startswith(b"\x7fELF")
    assert digest(found, 90) != digest(found, 80)
    with pytest.raises(nvrtc.CompilationFault, match="no_such"):
        found.compile(b"int x = no_such;", ["-arch=sm_90"])
