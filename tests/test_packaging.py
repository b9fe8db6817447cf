"""The installed package: beside other people's code, and with everything that it needs."""

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from reprobench.harness.study.loading.file import find_study
from scripted import ROOT, subprocess_environment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the tree's files."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def has_compiler() -> bool:
    return any(shutil.which(name) for name in ("c++", "g++", "clang++"))


def copied(source: Path) -> Path:
    """The files that the package is built from, in a new folder."""
    source.mkdir()
    for name in ("harness", "models"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    return source


def build_wheel(folder: Path, **variables: str) -> Path:
    source, out = copied(folder / "source"), folder / "out"
    build = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--no-build-isolation"]
    environment = {**os.environ, **variables}
    subprocess.run([*build, "--out-dir", out, source], check=True, env=environment)
    (built,) = out.glob("*.whl")
    return built


def test_everything_lies_under_one_name(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"reprobench"}
    for needed in ("studies/mnist.toml", "studies/published/mnist.csv",
                   "reporting/page/templates/report.html.j2", "reporting/page/templates/report.css",
                   "reporting/page/templates/report.js", "py.typed"):  # fmt: skip
        assert f"reprobench/harness/{needed}" in names
    assert {"reprobench/__init__.py", "reprobench/__main__.py", "reprobench/py.typed"} <= set(names)
    assert not [name for name in names if name.startswith("reprobench/harness/api/reprobench")]
    engines = "reprobench/harness/engines"
    assert not [name for name in names if name.endswith((".cpp", "CMakeLists.txt"))]
    for needed in ("cuda/entries.cu", "cuda/kernels.cuh", "cuda/device_headers/cmath",
                   "native/sfc64.hpp"):  # fmt: skip
        assert f"{engines}/{needed}" in names  # what NVRTC compiles on a machine with a GPU
    assert {name for name in names if name.endswith(".hpp")} <= {
        f"{engines}/native/{header.name}" for header in (ROOT / "harness/engines/native").iterdir()
    }
    modules = [name for name in names if name.endswith(".so")]
    built = [name.split("/")[-1].split(".")[0] for name in sorted(modules)]
    wide = ["_native_avx512"] if platform.machine() == "x86_64" else []
    assert built == (["_cuda", "_native", *wide, "_processor"] if has_compiler() else [])


def without_compiler() -> dict[str, str]:
    """Variables with which a build sees only the tools of the environment: no compiler."""
    return {"PATH": str(Path(sys.executable).parent), "CC": "", "CXX": ""}


def test_without_a_compiler_the_torch_engine_is_there(tmp_path: Path) -> None:
    built = build_wheel(tmp_path, **without_compiler())
    assert built.name.endswith("-py3-none-any.whl")
    site = install(built, tmp_path / "environment")
    python = site.parents[2] / "bin" / "python"
    listed = run(python, "-m", "reprobench.harness", "models", cwd=tmp_path)
    assert "is not built: install a C++ compiler (g++ or clang++)" in listed
    assert "native" not in listed.split("final")[1].split("\n")[0]


def test_an_editable_installation_follows_what_is_renamed(tmp_path: Path) -> None:
    """As `git pull` does it: a module becomes a package, a package a module, and one is new."""
    source, out = copied(tmp_path / "source"), tmp_path / "out"
    base = source / "harness" / "base"
    (base / "former").mkdir()
    (base / "former" / "__init__.py").write_text("")
    build = "import sys; from scikit_build_core.build import *; build_editable(sys.argv[1])"
    environment = {**os.environ, **without_compiler()}
    command = [sys.executable, "-c", build, out]
    subprocess.run(command, check=True, cwd=source, env=environment, capture_output=True)
    (built,) = out.glob("*.whl")
    site = install(built, tmp_path / "environment")
    python = site.parents[2] / "bin" / "python"
    shutil.rmtree(base / "former")
    (base / "former.py").write_text("KIND = 'module'\n")
    (base / "words").mkdir()
    (base / "words.py").rename(base / "words" / "__init__.py")
    (base / "added").mkdir()
    (base / "added" / "inner.py").write_text("")
    script = (
        "from reprobench.harness.base import former, words\n"
        "import reprobench.harness.base.added.inner\n"
        f"assert words.__file__ == {str(base / 'words' / '__init__.py')!r}, words.__file__\n"
        "assert former.KIND == 'module'\n"
    )
    run(python, "-c", script, cwd=tmp_path)
    assert "mnist-grid" in run(python, "-m", "reprobench.harness", "studies", cwd=tmp_path)


def install(wheel: Path, environment: Path) -> Path:
    """Unpack the wheel into a separate environment; returns its site-packages."""
    venv.create(environment, with_pip=False)
    (site,) = (environment / "lib").glob("python*/site-packages")
    dependencies = [
        path for path in sys.path if path.endswith("site-packages")
    ] or [sysconfig.get_path("purelib")]  # fmt: skip
    (site / "dependencies.pth").write_text("\n".join(dependencies))
    zipfile.ZipFile(wheel).extractall(site)
    return site


def attempt(*command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=subprocess_environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    done = attempt(*command, cwd=cwd, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A repository whose `harness` and `models` are someone else's."""
    place = tmp_path / "theirs"
    for name in ("harness", "models"):
        (place / name).mkdir(parents=True)
        (place / name / "__init__.py").write_text("WHOSE = 'theirs'\n")
    return place


def test_the_fixture_in_a_repository_with_the_same_folder_names(
    wheel: Path, theirs: Path, tmp_path: Path
) -> None:
    """pytest in the environment of the wheel stores runs, finds them identical, and sees a drop."""
    site = install(wheel, tmp_path / "environment")
    python = site.parents[2] / "bin" / "python"
    study = find_study("tiny").read_text()
    (theirs / "mine.toml").write_text(study)
    (theirs / "test_accuracy.py").write_text(
        "import harness, models, reprobench.harness\n\n"
        "def test_it_stays(accuracy):\n"
        f"    assert {str(site)!r} in reprobench.harness.__file__\n"
        "    assert harness.WHOSE == models.WHOSE == 'theirs'\n"
        "    accuracy('mine.toml', 'iteration', epochs=2, margin=20, limit=3)\n"
    )
    pytest_there = [python, "-m", "pytest", "-q", "test_accuracy.py"]
    saved = run(*pytest_there, "--accuracy-save", cwd=theirs, PYTHONPATH=str(theirs))
    assert "3 runs of iteration stored in" in saved
    assert "identical" in run(*pytest_there, cwd=theirs, PYTHONPATH=str(theirs))
    (theirs / "mine.toml").write_text(study.replace("lr = 0.05", "lr = 0.000001"))
    worse = attempt(*pytest_there, cwd=theirs, PYTHONPATH=str(theirs))
    assert worse.returncode == 1
    assert "iteration: regression: 3 of 3 runs lost" in worse.stdout
    assert "iteration: lr: committed 0.05, here 1e-06" in worse.stdout


def test_beside_a_repository_with_the_same_folder_names(
    wheel: Path, theirs: Path, tmp_path: Path
) -> None:
    """A separate environment, in a directory whose `harness` and `models` are someone else's."""
    site = install(wheel, tmp_path / "environment")
    script = (
        "import harness, models, reprobench, reprobench.harness, reprobench.models\n"
        "assert harness.WHOSE == models.WHOSE == 'theirs'\n"
        "assert reprobench.load_study('tiny').name == 'tiny'\n"
        f"assert {str(site)!r} in reprobench.__file__, reprobench.__file__\n"
        f"assert {str(site)!r} in reprobench.harness.__file__, reprobench.harness.__file__\n"
    )
    python = site.parents[2] / "bin" / "python"
    run(python, "-c", script, cwd=theirs, PYTHONPATH=str(theirs))
    models = [python, "-m", "reprobench.harness", "models"]
    listed = run(*models, cwd=theirs, PYTHONPATH=str(theirs))
    engines = {line.split()[-1] for line in listed.splitlines() if " x " in line}
    assert engines == {"native" if has_compiler() else "torch"}
    layers = run(*models, "final", cwd=theirs, PYTHONPATH=str(theirs))
    assert "Total params: 8,546" in layers
