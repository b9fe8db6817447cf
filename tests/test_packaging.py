"""The installed package: beside other people's code, and with all that it needs."""

import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from scripted import ROOT, subprocess_environment


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the tree's tracked files."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("harness", "models"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--no-build-isolation"]
    subprocess.run([*build, "--out-dir", out, source], check=True)
    (built,) = out.glob("*.whl")
    return built


def test_everything_lies_under_one_name(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"reprobench"}
    for needed in ("studies/mnist.toml", "studies/published/mnist.csv",
                   "reporting/templates/report.html.j2", "py.typed"):  # fmt: skip
        assert f"reprobench/harness/{needed}" in names


def test_beside_a_repository_with_the_same_folder_names(wheel: Path, tmp_path: Path) -> None:
    """An environment of its own, in a directory whose `harness` and `models` are someone else's."""
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False)
    (site,) = (environment / "lib").glob("python*/site-packages")
    dependencies = [
        path for path in sys.path if path.endswith("site-packages")
    ] or [sysconfig.get_path("purelib")]  # fmt: skip
    (site / "dependencies.pth").write_text("\n".join(dependencies))
    zipfile.ZipFile(wheel).extractall(site)
    theirs = tmp_path / "theirs"
    for name in ("harness", "models"):
        (theirs / name).mkdir(parents=True)
        (theirs / name / "__init__.py").write_text("WHOSE = 'theirs'\n")
    script = (
        "import harness, models, reprobench.harness, reprobench.models\n"
        "assert harness.WHOSE == models.WHOSE == 'theirs'\n"
        f"assert {str(site)!r} in reprobench.harness.__file__, reprobench.harness.__file__\n"
    )
    python = environment / "bin" / "python"
    for command in (["-c", script], ["-m", "reprobench.harness", "models", "final"]):
        done = subprocess.run(
            [python, *command],
            cwd=theirs,
            env=subprocess_environment(PYTHONPATH=str(theirs)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert "Total params: 8,546" in done.stdout
