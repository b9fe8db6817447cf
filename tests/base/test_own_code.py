"""The user's own functions, looked up in the current directory first."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from reprobench.harness.base.own_code import OwnCodeError, own_code, own_function, source_file


@pytest.mark.parametrize("listed", [True, False])
def test_the_current_directory_is_first_wherever_it_is_on_the_path(
    listed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where PYTHONPATH names it after another folder."""
    here, another = tmp_path / "here", tmp_path / "another"
    name = f"module_in_both_{listed}"
    for folder in (here, another):
        folder.mkdir()
        (folder / f"{name}.py").write_text("def where(): return __file__\n")
    monkeypatch.chdir(here)
    path = [str(another), *sys.path, *([str(here)] if listed else [])]
    monkeypatch.setattr(sys, "path", path)
    file = source_file(f"{name}:where")
    assert file == here / f"{name}.py"
    assert own_function(f"{name}:where")() == str(file)
    assert sys.path == [str(here), *(place for place in path if place != str(here))]


def test_a_note_does_not_hide_what_went_wrong() -> None:
    fault = ValueError("the width\nis odd")
    fault.add_note("see the manual")
    with (
        pytest.raises(
            OwnCodeError, match=r"^cannot be built \(ValueError: the width is odd, line "
        ),
        own_code("cannot be built ({})"),
    ):
        raise fault
