"""A user's module that is edited while a process is running."""

from __future__ import annotations

import importlib
import os
import py_compile
import sys
from pathlib import Path

import pytest
from reprobench.harness.base import fresh
from reprobench.harness.base.fresh import import_fresh
from reprobench.harness.engines.modules import build_own

NETWORK = """
from torch import nn

def network():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, {width}), nn.Linear({width}, 10))
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory for this test from which Python imports."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)


def test_what_was_changed_is_imported_anew_and_what_was_not_is_kept() -> None:
    file = Path("changing_module.py")
    file.write_text("value = 1\n")
    first = import_fresh("changing_module")
    assert import_fresh("changing_module") is first
    file.write_text("value = 'another'\n")
    assert import_fresh("changing_module").value == "another"
    with pytest.raises(ModuleNotFoundError):
        import_fresh("no_such_module_anywhere")


@pytest.mark.parametrize("name", ["of_same_size", "of_same_size_within.module"])
@pytest.mark.parametrize("anew", [False, True])
def test_old_byte_code_is_not_taken_for_that_of_a_changed_file(name: str, anew: bool) -> None:
    """Changed within a second, to the same size; also for a process that begins after that."""
    file = Path(f"{name.replace('.', '/')}.py")
    file.parent.mkdir(exist_ok=True)
    for value in (16, 32):
        file.write_text(f"value = {value}\n")
        os.utime(file, (1e9, 1e9))
        if anew:
            fresh._IMPORTED.pop(name, None)
            sys.modules.pop(name, None)
        module = import_fresh(name)
        assert module.value == value
        assert importlib.import_module(name) is module
        py_compile.compile(str(file))
    package, _, within = name.rpartition(".")
    assert not package or getattr(sys.modules[package], within) is module


def test_what_cannot_be_imported_is_tried_again() -> None:
    file = Path("failing_module.py")
    file.write_text("value = 1 / 0\n")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            import_fresh("failing_module")
    file.write_text("value = 1\n")
    assert import_fresh("failing_module").value == 1


def test_a_network_is_built_as_its_file_is_now() -> None:
    """In the same process, like a worker that stays alive between two benches of a notebook."""
    file = Path("changing_network.py")
    for width in (5, 128):
        file.write_text(NETWORK.format(width=width))
        module = build_own("changing_network:network")
        assert sum(weight.numel() for weight in module.parameters()) == 795 * width + 10
