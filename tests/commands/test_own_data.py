"""Data sets of other shapes, and the user's own: really trained on both engines, and reported."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benching import run
from made import arrays, made_cifar10, made_emnist, made_idx
from own_study import ARRAYS, written
from reprobench.harness.base.errors import HarnessError
from reprobench.harness.commands.models import models
from reprobench.harness.commands.options.lists import ModelsOptions
from reprobench.harness.commands.options.reports import ReportOptions
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.commands.report import report
from reprobench.harness.data.like_mnist import FASHION_MNIST, KMNIST
from reprobench.harness.data.registry import DATA_SETS
from reprobench.harness.engines.roster import ENGINES, engine_named
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.training.retraining import job_of
from reprobench.harness.training.worker import train_job
from rich.console import Console

pytestmark = pytest.mark.usefixtures("folder")

HERE = [engine for engine in ENGINES if not engine.missing()]
EVERYTHING = (
    "{ brightness = 0.2, contrast = 0.2, rotation = 9, translation = 2, scale = 0.1, "
    'shear = 4, erasing = 0.5, interpolation = "bilinear", fill = 3 }'
)
NETWORK = """
from torch import nn

def network():
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 20 * 24, 4))
"""


def reported(study: Study, data: Path) -> Path:
    """The study's first seed, trained here on each engine, and the report on the last one."""
    for engine in HERE:
        ledger = Ledger(Path(f"ledger-{engine.name}").absolute())
        ledger.prepare()
        (run_of_it,) = replace(study, seeds=(1,)).runs()
        job = job_of(study, run_of_it, engine.version(), data, 2)
        record = train_job(replace(job, progress=Path("progress")))
        assert (record.status, record.error) == ("completed", None)
        assert [row.total for row in record.rows] == [study.measure.total] * 2
        assert record.data_set == study.data_set.name
        ledger.write(record)
    return write_report(gather(study, ledger), Path("out"), data=data).folder


def check_report(folder: Path, study: Study) -> None:
    """Check that Markdown and page name this data, and show its images."""
    text, page = ((folder / name).read_text() for name in ("report.md", "report.html"))
    assert f"Data: {study.data.title}, {study.data.train} training images" in text
    names = "|".join(map(re.escape, study.data.labels))
    assert re.search(rf"(?m)>({names}), taken for ({names})$", page)
    assert ('style="filter: none"' in page) != study.data.ink


MADE: dict[str, Callable[[Path], Any]] = {
    "fashion-mnist": lambda folder: made_idx(FASHION_MNIST, folder),
    "kmnist": lambda folder: made_idx(KMNIST, folder),
    "emnist-digits": made_emnist,
    "cifar10": made_cifar10,
}


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("name", MADE)
def test_published_sets(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DATA_SETS, name, MADE[name](folder))
    study = load_study(written(name, augmentation=EVERYTHING))
    check_report(reported(study, folder), study)


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("shape", [(3, 20, 24), (33, 27), (2, 40, 30)], ids=str)
def test_files_of_arrays(shape: tuple[int, ...], folder: Path) -> None:
    names = ["an owl", "cat", "Füchse und Hasen im Wald", "鳥"]
    np.savez("arrays.npz", **arrays(shape, class_names=names))
    augmentation = EVERYTHING if shape[0] != 2 else "{ rotation = 9, brightness = 0.2, fill = 3 }"
    study = load_study(written("arrays.npz", augmentation=augmentation))
    assert study.data.classes == 4
    check_report(reported(study, folder), study)


@pytest.mark.slow
def test_a_bench_on_a_function_and_a_network_of_ones_own(folder: Path) -> None:
    """In worker processes, which call the function again; then only the report."""
    np.savez("arrays.npz", **arrays())
    Path("own_arrays.py").write_text(ARRAYS)
    Path("own_networks.py").write_text(NETWORK)
    options = BenchOptions(study=written("own_arrays:data", "own_networks:network"), jobs=1)
    code, output = run(replace(options, dry_run=True))
    assert code == 0
    assert "2 runs" in output
    assert not (folder / "ledger").exists()
    assert not (folder / "data").exists()
    code, output = run(options, train_job)
    assert code == 0, output
    place = folder / "out" / "own"
    check_report(place, load_study("study.toml"))
    assert (place / "plots" / "gallery.png").is_file()
    assert report(ReportOptions(study="study.toml"), Console(quiet=True)) in (None, 0)


@pytest.mark.usefixtures("in_process", "no_pictures")
@pytest.mark.parametrize(
    ("holdout", "images"), [(8, "8 held-out training images"), (1, "1 held-out training image")]
)
def test_a_bench_on_arrays_with_images_held_out(folder: Path, holdout: int, images: str) -> None:
    """The file is beside the study file, wherever the bench is started. One image is enough."""
    np.savez("arrays.npz", **arrays())
    (folder / "elsewhere").mkdir()
    written("arrays.npz", holdout=holdout, target=1.0)
    shutil.move("study.toml", "elsewhere/study.toml")
    shutil.move("arrays.npz", "elsewhere/arrays.npz")
    code, output = run(BenchOptions(study="elsewhere/study.toml", jobs=1), train_job)
    assert code == 0, output
    (record, _) = Path("out/own/records").iterdir()
    assert f'"total":{holdout},' in record.read_text().replace(" ", "")
    said = Path("out/own/report.md").read_text()
    assert f"training images, {images}." in said
    assert f"at or above {holdout} of {images} (100.00%)" in said


def test_networks_for_other_images() -> None:
    """Which networks fit, their parameters for these images, a layer table, and a line per
    mistake."""
    np.savez("arrays.npz", **arrays())
    output = io.StringIO()
    models(ModelsOptions(data_set="arrays.npz"), Console(file=output, width=200))
    # Of 3,202: two more channels into 6 filters of 3 x 3, six scores fewer of 10 channels.
    assert re.search(r"padded-3202 +3,250 ", output.getvalue())
    assert "final: does not take the images of arrays.npz: Conv(channels=16" in output.getvalue()
    wanted = ModelsOptions(data_set="cifar10", architecture="padded-3202")
    models(wanted, Console(file=output, width=200))
    assert "[-1, 10, 4, 4]" in output.getvalue()
    for options, complaint in (
        (ModelsOptions(data_set="arrays.npz", architecture="final"), "^architecture final: does"),
        (ModelsOptions(data_set="cifar"), "^--data-set cifar: unknown; .*did you mean cifar10"),
        (ModelsOptions(data_set="no.npz"), "^--data-set no.npz: there is no .*no.npz; put it"),
    ):
        with pytest.raises(HarnessError, match=complaint):
            models(options, Console(quiet=True))


def test_changed_data_are_other_runs() -> None:
    np.savez("arrays.npz", **arrays())
    before = load_study(written("arrays.npz")).runs()
    np.savez("arrays.npz", **arrays(class_names=["a", "b", "c", "d"]))
    assert [r.recipe_key for r in load_study("study.toml").runs()] == [r.recipe_key for r in before]
    np.savez("arrays.npz", **arrays(mean=[0.3, 0.3, 0.4]))
    after = load_study("study.toml").runs()
    assert not {run.recipe_key for run in before} & {run.recipe_key for run in after}


def test_images_beyond_the_native_engine_train_on_torch() -> None:
    np.savez("arrays.npz", **arrays((1, 65, 30)))
    study = load_study(written("arrays.npz"))
    (recipe,) = study.recipes
    native, torch = (engine_named(name) for name in ("native", "torch"))
    wanted = "images of 65 x 30, beyond 64 x 64 pixels"
    assert native.uncovered(recipe, study.data) == wanted
    assert torch.uncovered(recipe, study.data) is None
    if not native.missing():
        with pytest.raises(HarnessError, match=wanted):
            run(BenchOptions(study="study.toml", engine="native"))
