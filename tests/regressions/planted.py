"""Separate environments with the package in them, as it is or with a planted defect."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import reprobench.harness.engines as installed
from defects import DEFECTS, Defect
from scripted import ROOT

SOUND = "as it is"
KEPT = ROOT / "out" / "regressions"


@dataclass(frozen=True)
class Planted:
    """An environment whose `harness` has the defect."""

    name: str
    python: Path
    package: Path

    @property
    def ledger(self) -> Path:
        """The ledger of runs that this code trains: any other code, in any file, has another."""
        digest = hashlib.sha256()
        for file in sorted(self.package.rglob("*")):
            if file.is_file() and file.suffix not in (".pyc", ".so"):
                digest.update(file.relative_to(self.package).as_posix().encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
        slug = self.name.replace(" ", "-").replace("%", "")
        return KEPT / f"{slug}-{digest.hexdigest()[:12]}"

    def harness(self, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a verb; the caller judges its exit code."""
        command = [self.python, "-m", "reprobench.harness", *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def plant(name: str, folder: Path) -> Planted:
    """Copy the package into a new environment under `folder`, plant the defect, and build."""
    defect = None if name == SOUND else DEFECTS[name]
    venv.create(folder, with_pip=False)
    (site,) = (folder / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    package = site / "reprobench"
    for part in ("harness", "models"):
        ignored = shutil.ignore_patterns("__pycache__", "*.so")
        shutil.copytree(ROOT / part, package / part, ignore=ignored)
    if defect:
        replace_once(package / defect.file, defect.old, defect.new)
    _put_native(package, defect)
    return Planted(name, folder / "bin" / "python", package)


def replace_once(file: Path, old: str, new: str) -> None:
    """Raises ValueError unless the text occurs there exactly once: the code has changed."""
    text = file.read_text()
    if text.count(old) != 1:
        raise ValueError(f"{file}: holds {old!r} {text.count(old)} times")
    file.write_text(text.replace(old, new))


def _put_native(package: Path, defect: Defect | None) -> None:
    engines = package / "harness" / "engines"
    for path in installed.__path__:
        for module in Path(path).glob("_*.so"):
            shutil.copy(module, engines)
    if defect and defect.compiled:
        built = package.parent / "built"
        for command in (
            [
                "-S",
                engines / "native",
                "-B",
                built,
                "-DCMAKE_BUILD_TYPE=Release",
                f"-Dnanobind_DIR={_nanobind()}",
            ],
            ["--build", built, "--parallel"],
        ):
            subprocess.run([_tool("cmake"), *command], check=True, capture_output=True)
        modules = {module.name: module for module in built.glob("_native*.so")}
        assert modules.keys() == {sound.name for sound in engines.glob("_native*.so")}
        for module in modules.values():
            shutil.copy(module, engines)


def _nanobind() -> str:
    import nanobind

    return str(nanobind.cmake_dir())


def _tool(name: str) -> str:
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name) or name


def data_directory() -> Path:
    """Directory of MNIST."""
    return Path(os.environ.get("HARNESS_DATA") or ROOT / "data").resolve()
