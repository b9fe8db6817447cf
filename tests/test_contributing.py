"""The examples in CONTRIBUTING.md, taken out of the text and run."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from reprobench.models.layers import Architecture
from reprobench.models.summary import parameter_count
from scripted import ROOT, subprocess_environment

TEXT = (ROOT / "CONTRIBUTING.md").read_text()


def example(language: str, contains: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)
    (found,) = [block for block in blocks if contains in block]
    return found


def test_the_declared_architecture() -> None:
    code = example("python", "SMALL").replace("from .layers", "from reprobench.models.layers")
    names: dict[str, Architecture] = {}
    exec(code, names)
    # 8 and 16 filters of 3x3 on 1, 8, 8 and 16 channels; scale and shift of each; the classifier.
    by_hand = 9 * (8 + 64 + 128 + 256) + 2 * (8 + 8 + 16 + 16) + 160
    assert parameter_count(names["SMALL"], (1, 28, 28)) == by_hand


@pytest.mark.slow
def test_an_architecture_of_ones_own_is_trained(tmp_path: Path) -> None:
    (tmp_path / "my_models.py").write_text(example("python", "two_layers"))
    (tmp_path / "my_study.toml").write_text(example("toml", "my-study"))
    done = subprocess.run(
        [sys.executable, "-m", "reprobench.harness", "bench", "my_study.toml", "--seeds", "1"],
        cwd=tmp_path,
        env=subprocess_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    runs = pd.read_csv(tmp_path / "out" / "my-study" / "runs.csv")
    assert runs["status"].tolist() == ["completed"]
    table = pd.read_csv(tmp_path / "out" / "my-study" / "consistency.csv")
    assert table["parameters"].tolist() == [8 * 25 + 8 + 8 * 144 * 8 + 8 + 80 + 10]
