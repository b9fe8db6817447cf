"""`harness init`: what it writes works, from the first bench to the action of its workflow."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from reprobench.harness.base.disk.folders import write_whole
from reprobench.harness.base.errors import InputError, StorageError
from reprobench.harness.commands import init
from reprobench.harness.commands.options.lists import InitOptions
from rich.console import Console
from scripted import ROOT, subprocess_environment
from waiting import PATIENCE
from workflow_runner import Job

BIN = Path(sys.executable).parent
ENVIRONMENT = Path(".cache/reprobench/environment")


def run(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command],
        cwd=place,
        env=subprocess_environment(
            PATH=f"{BIN}:/usr/bin:/bin", GITHUB_STEP_SUMMARY=str(place / "summary.md")
        ),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
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
    _, action = workflow["jobs"]["accuracy"]["steps"]
    assert action["uses"] == "OWNER/reprobench@COMMIT"
    home = tmp_path.parent / f"{tmp_path.name}-home"
    (home / ENVIRONMENT).parent.mkdir(parents=True)
    (home / ENVIRONMENT).symlink_to(sys.prefix)
    job = Job(ROOT, tmp_path, home, action["with"]).run()
    assert (job.code, job.output("verdict")) == (0, "pass"), job.printed
    assert "identical" in job.summary.read_text()


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/some-one/repro.bench.git",
        "ssh://git@github.com/some-one/repro.bench",
        "https://github.com/some-one/repro.bench/",
    ],
)
def test_the_action_is_of_what_was_installed(url: str) -> None:
    vcs = {"vcs": "git", "commit_id": "a" * 40}
    origin = json.dumps({"url": url, "vcs_info": vcs})
    assert init._action(origin) == f"some-one/repro.bench@{'a' * 40}"
    elsewhere = json.dumps({"url": "https://example.org/a/b", "vcs_info": vcs})
    folder = json.dumps({"url": "file:///github.com/a/b", "dir_info": {"editable": True}})
    for unknown in (None, "{}", elsewhere, folder):
        assert init._action(unknown) == "OWNER/reprobench@COMMIT"


def test_what_is_to_be_filled_in_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = io.StringIO()
    monkeypatch.setattr(init, "_origin", lambda: None)
    init.init(InitOptions(folder=tmp_path), Console(file=heard, width=200))
    assert "accuracy.yml, fill in OWNER/reprobench@COMMIT: the owner" in heard.getvalue()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "networks.py").write_text("mine")
    done = run(f"{sys.executable} -m reprobench.harness init", tmp_path)
    assert done.returncode == 2
    assert (
        done.stderr
        == "harness: networks.py: already exists; move it away, or name another folder\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["networks.py"]


def test_ctrl_c_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(path: Path, text: str) -> None:
        write_whole(path, text)
        if path.name == "mine.toml":
            raise KeyboardInterrupt

    monkeypatch.setattr(init, "write_whole", interrupted)
    with pytest.raises(KeyboardInterrupt):
        init.init(InitOptions(folder=tmp_path), Console(file=io.StringIO()))
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_all_files_are_written_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str) -> None:
        if path.name == "test_accuracy.py":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path.parent / ".tmp1"))
        write_whole(path, text)

    monkeypatch.setattr(init, "write_whole", full)
    with pytest.raises(StorageError) as caught:
        init.init(InitOptions(folder=tmp_path), Console(file=io.StringIO()))
    assert caught.value.lines[0].startswith(f"{tmp_path}/tests/test_accuracy.py: No space left")
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
    monkeypatch.undo()
    init.init(InitOptions(folder=tmp_path), Console(file=io.StringIO()))


def test_a_link_to_nowhere_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "networks.py").symlink_to("nowhere.py")
    with pytest.raises(InputError, match=r"networks\.py: already exists"):
        init.init(InitOptions(folder=tmp_path), Console(file=io.StringIO()))
