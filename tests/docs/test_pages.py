"""What the pages show is true: studies, architectures, the rooms, and how long a page may be."""

from __future__ import annotations

import re
import runpy
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest
import reprobench
from blocks import PAGES, blocks, name
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.study.loading.import_study import read_declared
from reprobench.models.layers import Architecture
from reprobench.models.summary import parameter_count
from scripted import ROOT

PARTS: Final = re.MULTILINE | re.DOTALL
ARCHITECTURE: Final = ROOT / "docs" / "architecture.md"
STUDIES: Final = [
    pytest.param(page, block.text, id=f"{name(page)}-{number}")
    for page in PAGES
    for number, block in enumerate(blocks(page))
    if block.language == "toml"
]


@pytest.mark.parametrize(("page", "text"), STUDIES)
def test_every_study_is_sound(
    page: Path, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for made in ("tutorial.md", "any-training.md"):
        for block in blocks(ROOT / "docs" / made):
            if block.language == "python" and block.treatment.endswith(".py"):
                (tmp_path / block.treatment).write_text(block.text)
    (tmp_path / "study.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    for block in blocks(page):
        if ".npz" in text and block.language == "python" and block.treatment:
            (tmp_path / block.treatment).write_text(block.text)
            runpy.run_path(block.treatment)
    if "[import]" in text:
        assert read_declared("study.toml").columns
        return
    monkeypatch.syspath_prepend(tmp_path)
    assert load_study("study.toml").recipes


def test_pytest_with_warnings_as_errors_beside_an_editable_installation(
    pytester: pytest.Pytester,
) -> None:
    """The page's settings let it start, where their last line is what lets it."""
    (text,) = [b.text for b in blocks(ROOT / "docs" / "guarding.md") if b.language == "ini"]
    pytester.makepyfile("def test_it(): pass")
    pytester.makeini(text)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
    pytester.makeini(text.partition("    ignore")[0])
    stopped = pytester.runpytest_subprocess().ret != 0
    assert stopped == ("_editable_skbc_reprobench" in sys.modules)


def test_the_declared_architecture() -> None:
    page = ROOT / "docs" / "extending.md"
    (text,) = [block.text for block in blocks(page) if block.treatment == "architecture"]
    names: dict[str, Architecture] = {}
    exec(text.replace("from .layers", "from reprobench.models.layers"), names)
    # 8 and 16 filters of 3x3 on 1, 8, 8 and 16 channels; scale and shift of each; the classifier.
    by_hand = 9 * (8 + 64 + 128 + 256) + 2 * (8 + 8 + 16 + 16) + 160
    assert parameter_count(names["SMALL"], (1, 28, 28)) == by_hand


def test_the_rooms_are_those_that_there_are() -> None:
    shown = next(block.text for block in blocks(ARCHITECTURE) if "cli.py" in block.text)
    rooms = re.findall(r"^  (\w+)/ ", shown, re.MULTILINE)
    folders = [path.name for path in (ROOT / "harness").iterdir() if path.is_dir()]
    assert sorted(rooms) == sorted(name for name in folders if not name.startswith("__"))


def test_the_import_order_is_the_one_that_is_checked() -> None:
    (shown,) = [block.text for block in blocks(ARCHITECTURE) if block.treatment == "layers"]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (layers,) = [one["layers"] for one in settings["contracts"] if one["type"] == "layers"]
    assert shown.splitlines() == layers


def test_every_public_name_is_explained() -> None:
    table = re.findall(r"^\| (.*?) \|", (ROOT / "docs" / "python.md").read_text(), re.MULTILINE)
    explained = {name for cell in table for name in re.findall(r"`(\w+)", cell)}
    assert explained == set(reprobench.__all__)


def test_only_torch_brings_cuda() -> None:
    """So that with PyTorch's CPU build nothing of CUDA is installed."""
    lock = (ROOT / "requirements.lock").read_text()
    asking = {
        package: set(re.findall(r"[\w-]+", via))
        for package, via in re.findall(r"^([\w-]+)==.*?\n    # via(.*?)(?=^\S|\Z)", lock, PARTS)
    }
    cuda = {name for name in asking if re.match(r"(nvidia|cuda|triton)(-|$)", name)}
    assert len(cuda) >= 10
    assert set().union(*(asking[name] for name in cuda)) - cuda == {"torch"}


def test_the_first_pages_are_short() -> None:
    lines = {page.name: len(page.read_text().splitlines()) for page in PAGES[:2]}
    assert lines["README.md"] <= 130
    assert lines["CONTRIBUTING.md"] <= 80
