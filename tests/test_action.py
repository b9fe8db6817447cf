"""The GitHub action: valid by its schema, and its steps do what they say in a job."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from reprobench.harness.study.loading.file import find_study
from scripted import ROOT, subprocess_environment
from workflow_runner import Job

ACTION = ROOT / "action.yml"
ENVIRONMENT = Path(".cache/reprobench/environment")
IMPORTED = """
name = "theirs"

[criterion]
target = 0.9
window = 1

[import]
value = "accuracy"

[gate]
margin = 0.01
"""
GATE = "\n[gate]\nepochs = 1\nmargin = 30\nlimit = 2\n"


def valid(file: Path, schema: str) -> str:
    """The schema's complaints; empty if there are none."""
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_action_is_valid() -> None:
    assert valid(ACTION, "vendor.github-actions") == ""


@pytest.mark.parametrize(
    ("old", "new"), [("using: composite", "using: bash"), ("      shell: bash\n", "")]
)
def test_the_schema_would_see_a_mistake(old: str, new: str, tmp_path: Path) -> None:
    text = ACTION.read_text()
    assert old in text
    (tmp_path / "action.yml").write_text(text.replace(old, new))
    assert "Schema validation errors" in valid(tmp_path / "action.yml", "vendor.github-actions")


def test_the_workflows_are_valid(tmp_path: Path) -> None:
    """The workflow of docs/guarding.md, which uses the action, and the one of `harness init`."""
    shown = (ROOT / "docs" / "guarding.md").read_text().split("```yaml\n")[1].split("```")[0]
    starter = ROOT / "harness" / "commands" / "starter" / "accuracy.yml.txt"
    for number, text in enumerate((shown, starter.read_text())):
        file = tmp_path / f"{number}.yml"
        file.write_text(text)
        assert valid(file, "vendor.github-workflows") == ""
    assert "/reprobench@" in shown


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    place = tmp_path / "workspace"
    place.mkdir()
    return place


def job(workspace: Path, **inputs: str) -> Job:
    """A job with the environment that an earlier job has left in the cache: this one."""
    number = len(list(workspace.parent.glob("home*")))
    home = workspace.parent / f"home{number}"
    (home / ENVIRONMENT).parent.mkdir(parents=True)
    (home / ENVIRONMENT).symlink_to(sys.prefix)
    return Job(ROOT, workspace, home, inputs)


def harness(workspace: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "reprobench.harness", *arguments]
    environment = subprocess_environment(HARNESS_DATA=str(workspace / "nowhere"))
    subprocess.run(command, cwd=workspace, env=environment, check=True, capture_output=True)


def runs(file: Path, worse: float = 0.0) -> None:
    lines = [
        f"a,{seed},{epoch},{0.9 + 0.01 * epoch + 0.0001 * seed - worse}"
        for seed in range(8)
        for epoch in (1, 2)
    ]
    file.write_text("\n".join(["recipe,seed,epoch,accuracy", *lines]))


@pytest.fixture
def imported(workspace: Path) -> Path:
    """A repository with a committed baseline of imported runs, and new runs from two places."""
    (workspace / "theirs.toml").write_text(IMPORTED)
    runs(workspace / "old.csv")
    harness(workspace, "import", "old.csv", "--study", "theirs.toml", "--quiet")
    records = workspace / "reports" / "theirs" / "records"
    shutil.copytree(workspace / "ledger" / "imported" / "theirs", records)
    shutil.rmtree(workspace / "ledger")
    return workspace


def test_the_gate_of_imported_runs(imported: Path) -> None:
    (imported / "new runs").mkdir()
    runs(imported / "new.csv", worse=0.001)
    passed = job(imported, study="theirs.toml", **{"import": "new*.csv"}).run()
    assert (passed.code, passed.output("verdict")) == (0, "pass"), passed.printed
    assert passed.summary.read_text().startswith("### Accuracy gate: pass\n")
    assert passed.ran == ["sources", "gate"]
    assert [name for name, _ in passed.used] == [
        "actions/setup-python@v5",
        "actions/cache@v4",
        "actions/cache@v4",
        "actions/cache/restore@v4",
    ]

    runs(imported / "new.csv", worse=0.05)
    failed = job(imported, study="theirs.toml", **{"import": "new.csv"}).run()
    assert (failed.code, failed.output("verdict")) == (1, "regression")
    assert "### Accuracy gate: regression" in failed.summary.read_text()


def test_the_summary_says_why_there_is_no_verdict(imported: Path) -> None:
    """If the gate refuses, its errors are in the job's log, and the last ones in its summary."""
    columns = "\n".join(f"column{number} = 1" for number in range(30))
    (imported / "theirs.toml").write_text(IMPORTED.replace("[import]", f"[import]\n{columns}"))
    runs(imported / "new.csv")
    wrong = job(imported, study="theirs.toml", **{"import": "new.csv"}).run()
    assert (wrong.code, wrong.output("verdict")) == (2, "")
    said = [line for line in wrong.printed.splitlines() if line.startswith("harness: theirs.toml")]
    assert len(said) == 30
    assert wrong.summary.read_text().splitlines() == [
        "### Accuracy gate: no verdict",
        "",
        "Exit code 2:",
        "",
        *(f"    {line}" for line in said[-20:]),
    ]


def test_what_is_cached(imported: Path) -> None:
    """The environment is cached by all that is installed into it, the ledger also by the commit."""
    used = job(imported, study="theirs.toml", extras="parquet,dask", jobs="2").run().used
    keys = [given["key"] for name, given in used if "cache" in name]
    environment, data, ledger, saved = keys
    digest = environment.rpartition("-")[2]
    assert environment == f"reprobench-Linux-X64-3.11-parquet-dask-{digest}"
    assert len(digest) == 16
    assert data.startswith("reprobench-data-theirs.toml-")
    assert len(data) == len("reprobench-data-theirs.toml-") + 64
    assert ledger == saved == f"reprobench-ledger-{digest}-theirs.toml-{'0' * 40}-1"
    assert used[0][1]["update-environment"] == "False"  # the job's own Python stays first
    assert used[-1][0] == "actions/cache/save@v4"  # after a gate that has failed


def test_each_shipped_study_has_a_cache_of_its_data(workspace: Path) -> None:
    """Their names are those of no files, which could tell them apart."""
    jobs = [job(workspace, study=name) for name in ("published", "tiny")]
    first, second = (
        [given["key"] for name, given in one.run().used if "data" in given.get("key", "")]
        for one in jobs
    )
    assert first != second


@pytest.mark.slow
def test_the_gate_of_runs_that_are_trained(workspace: Path) -> None:
    """Its runs stay in the cached ledger, so that the job trains none when it is started again."""
    (workspace / "mine.toml").write_text(find_study("tiny").read_text() + GATE)
    harness(workspace, "bench", "mine.toml", "--quiet")
    harness(workspace, "baseline", "mine.toml", "--force")
    first = job(workspace, study="mine.toml", jobs="1").run()
    assert (first.code, first.output("verdict")) == (0, "pass"), first.printed
    assert "2 identical" in first.summary.read_text()
    kept = first.home / ".cache" / "reprobench" / "ledger"
    records = {path: path.stat().st_mtime_ns for path in kept.rglob("*.json")}
    assert len(records) == 4
    again = job(workspace, study="mine.toml", jobs="1")
    shutil.copytree(kept, again.home / ".cache" / "reprobench" / "ledger")
    printed = again.run()
    assert printed.code == 0
    assert "4 runs of these found in" in printed.printed
    assert "4 runs" in again.summary.read_text()


@pytest.mark.slow
def test_the_environment_is_installed(imported: Path, tmp_path: Path) -> None:
    """Into an empty cache, from a checkout of the action; its dependencies are installed
    already."""
    action = tmp_path / "action"
    for name in ("harness", "models"):
        shutil.copytree(ROOT / name, action / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("action.yml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, action / name)
    (site,) = [path for path in sys.path if path.endswith("site-packages")][:1]
    offline = {
        "PYTHONPATH": site,
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "CC": "/nonexistent",  # building the native engine takes a minute, and no run is trained
        "CXX": "/nonexistent",
    }
    runs(imported / "new.csv", worse=0.001)
    inputs = {"study": "theirs.toml", "import": "new.csv"}
    fresh = Job(action, imported, tmp_path / "home", inputs, environment=offline).run()
    assert (fresh.code, fresh.output("verdict")) == (0, "pass"), fresh.printed
    assert fresh.ran[1].startswith('"$PYTHON" -m venv')
    assert list((fresh.home / ENVIRONMENT).glob("lib/python3*/site-packages/reprobench/harness"))
