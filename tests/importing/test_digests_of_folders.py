"""The digest of a folder: that of what is in it, whatever its name and however that is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reprobench.harness.importing.readers import read_tables
from reprobench.harness.study.loading.import_table import ImportTable
from torch.utils import tensorboard

ROWS = "epoch,value\n1,0.9\n2,0.8\n"
MLFLOW = {
    "meta.yaml": "name: theirs\n",
    "r/meta.yaml": "run_id: r\nlifecycle_stage: active\n",
    "r/tags/mlflow.runName": "first",
    "r/metrics/value": "1 0.9 1\n1 0.8 2\n",
    "r/params/recipe": "a",
    "r/params/seed": "1",
}


def _tables(folder: Path) -> None:
    _write(folder, {"a/1.csv": ROWS})


def _mlflow(folder: Path) -> None:
    _write(folder, MLFLOW)


def _events(folder: Path) -> None:
    with tensorboard.SummaryWriter(str(folder / "a" / "1")) as writer:
        writer.add_scalar("value", 0.9, 1)


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("make", "part"), [(_tables, ""), (_mlflow, ""), (_mlflow, "r"), (_events, "")]
)
def test_it_is_that_of_what_is_in_it(
    make: Callable[[Path], None], part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "logs")
    folder = tmp_path / "logs" / part
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.chdir(folder)
    spelled = [Path(), Path("..", folder.name), folder, tmp_path / "link"]
    before = [_digest(path) for path in spelled]
    (tmp_path / "logs").rename(tmp_path / "another")
    assert {*before, _digest(tmp_path / "another" / part)} == {before[0]}


def test_the_experiment_of_a_run_that_is_given_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _mlflow(tmp_path)
    monkeypatch.chdir(tmp_path / "r")
    columns = ImportTable(recipe=("experiment",), value="value")
    for path in (tmp_path / "r", Path()):
        (table,) = read_tables([path], columns)
        assert {*table.frame["experiment"]} == {"theirs"}


def _digest(folder: Path) -> str:
    columns = ImportTable(recipe=("recipe",), value="value", folders="{recipe}/{seed}")
    (table,) = read_tables([folder], columns)
    return table.source.sha256
