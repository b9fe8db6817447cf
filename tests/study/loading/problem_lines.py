"""What is wrong with a study file, line by line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.study.loading.file import load_study

Write = Callable[..., Path]


def problems(path: Path) -> list[str]:
    """The error's lines without the file's name, with which each line must begin."""
    with pytest.raises(InputError) as caught:
        load_study(str(path))
    assert caught.value.exit_code == 2
    assert all(line.startswith(f"{path}: ") for line in caught.value.lines)
    assert all("\n" not in line for line in caught.value.lines)
    return [line.removeprefix(f"{path}: ") for line in caught.value.lines]
