"""`harness init`: what it writes runs, from the first bench to the workflow's last step."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from scripted import subprocess_environment

BIN = Path(sys.executable).parent


def run(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command],
        cwd=place,
        env=subprocess_environment(
            PATH=f"{BIN}:/usr/bin:/bin", GITHUB_STEP_SUMMARY=str(place / "summary.md")
        ),
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


@pytest.mark.slow
def test_what_it_writes_runs(tmp_path: Path) -> None:
    git = "git -c user.name=a -c user.email=a"
    for command in (
        f"{sys.executable} -m reprobench.harness init .",
        "printf 'ledger\\nout\\n__pycache__\\n.pytest_cache\\nsummary.md\\n' > .gitignore",
        f"git init -q . && git add . && {git} commit -qm first",
        f"{sys.executable} -m reprobench.harness bench studies/mine.toml --jobs 2",
        f"{sys.executable} -m reprobench.harness baseline studies/mine.toml --force",
        "pytest -q --accuracy-save=baseline",
        f"git add . && {git} commit -qm second",
    ):
        done = run(command, tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    workflow = yaml.safe_load((tmp_path / ".github/workflows/accuracy.yml").read_text())
    steps = [step["run"] for step in workflow["jobs"]["accuracy"]["steps"] if "run" in step]
    assert steps[0].startswith("pip install ")
    assert len(steps) == 3
    for step in steps[1:]:
        done = run(step, tmp_path)
        assert done.returncode == 0, f"{step}\n{done.stdout}\n{done.stderr}"
    assert "identical" in (tmp_path / "summary.md").read_text()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "networks.py").write_text("mine")
    done = run(f"{sys.executable} -m reprobench.harness init", tmp_path)
    assert done.returncode == 2
    assert (
        done.stderr
        == "harness: networks.py: already exists; move it away, or name another folder\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["networks.py"]
