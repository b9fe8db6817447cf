"""W&B's offline runs, as W&B itself writes them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from longform import assert_as_committed, committed_frame, declared
from reprobench.harness.base.errors import InputError
from reprobench.harness.importing.assembly import Imported, imported
from reprobench.harness.importing.readers import read_tables
from reprobench.harness.importing.trackers.tracked import Points
from reprobench.harness.importing.trackers.wandb_runs import _log
from scripted import subprocess_environment

TRAINER = """
import math, sys, wandb

for recipe, seed, values in (("a", 1, [0.6, 0.9]), ("a", 2, [0.6, 0.4]), ("b", 1, [0.6, math.nan])):
    config = {"model": {"name": recipe}, "seed": seed, "_own": 1, "text": "x" * 70_000}
    settings = wandb.Settings(console="off", x_disable_stats=True)
    run = wandb.init(mode="offline", dir=sys.argv[1], name=f"{recipe}-{seed}", config=config,
                     settings=settings)
    for epoch, value in enumerate(values, start=1):
        run.log({"loss": 1.0})
        run.log({"epoch": epoch, "test/acc": value, "note": "no number"})
    run.finish()
"""


RESUMED = """
import sys, wandb

settings = wandb.Settings(console="off", x_disable_stats=True)
for name, more in (("early", {"recipe": "a", "seed": 1}), (None, {})):
    run = wandb.init(mode="offline", dir=sys.argv[1], id="one", name=name, resume="allow",
                     config=more, settings=settings)
    for epoch in (1, 2) if name else (3, 4):
        run.log({"epoch": epoch, "test/acc": epoch / 10})
        run.log({"unnumbered": epoch / 10})
    run.finish()
"""

COMMITTED = """
import sys, pandas, wandb

table = pandas.read_csv(sys.stdin)
for (recipe, seed, size), rows in table.groupby(["recipe", "seed", "parameters"]):
    config = {"recipe": recipe, "seed": seed, "parameters": size, "total": 10_000}
    settings = wandb.Settings(console="off", x_disable_stats=True)
    run = wandb.init(mode="offline", dir=sys.argv[1], config=config, settings=settings)
    for epoch, correct in zip(rows["epoch"], rows["correct"]):
        run.log({"epoch": epoch, "correct": correct})
    run.finish()
"""


def written(trainer: str, place: Path, given: str = "") -> Path:
    """W&B's folder, written by a separate process: when it ends, W&B has written everything."""
    done = subprocess.run(
        [sys.executable, "-c", trainer, str(place)],
        input=given,
        env=subprocess_environment(WANDB_SILENT="true", HOME=str(place)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return place / "wandb"


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(TRAINER, tmp_path_factory.mktemp("offline"))


def read(logs: Path, **asked: Any) -> Imported:
    wanted = declared(window=1, **{"value": "test/acc", "recipe": "model.name", **asked})
    return imported(wanted, read_tables([logs], wanted.columns))


def test_runs_come_back_as_they_were_logged(logs: Path) -> None:
    found = read(logs)
    assert {name: [r.values for r in own] for name, own in found.records.items()} == {
        "a": [(0.6, 0.9), (0.6, 0.4)],
        "b": [(0.6,)],
    }
    assert found.records["b"][0].status == "diverged"
    assert found.records["a"][0].sources[0].reader == "W&B offline"
    one = read(next(logs.glob("offline-run-*")))
    assert len(one.records) == 1


def test_a_run_that_was_resumed_is_one(tmp_path: Path) -> None:
    """W&B keeps its second part in another folder, under the same id and without its settings."""
    logs = written(RESUMED, tmp_path)
    (record,) = read(logs, recipe="recipe", only={"run_name": "early"}).records["a"]
    assert record.values == (0.1, 0.2, 0.3, 0.4)
    with pytest.raises(
        InputError,
        match=r"run-one\.wandb: goes on with run one, but counts its steps anew; log epoch beside",
    ):
        read(logs, recipe="recipe", value="unnumbered", in_order=True)


def test_a_run_that_went_on_offline_is_one(tmp_path: Path) -> None:
    logs = written(RESUMED, tmp_path)
    first, _ = sorted(logs.glob("offline-run-*"))
    first.rename(first.with_name(first.name.removeprefix("offline-")))  # as of a run online
    (record,) = read(logs, recipe="recipe", resumed=True).records["a"]
    assert record.values == (0.1, 0.2, 0.3, 0.4)


@pytest.mark.parametrize(
    ("said", "taken"), [("3", 3), ('"3"', "3"), ("null", None), ("{}", "{}"), ("[1]", "[1]")]
)
def test_a_logged_epoch_is_never_replaced_by_the_step(said: str, taken: object) -> None:
    """What is no epoch is refused with the others."""
    logged = {"epoch": said, "acc": "0.5"}
    items = [SimpleNamespace(key=name, value_json=text) for name, text in logged.items()]
    points: Points = {}
    _log(SimpleNamespace(step=SimpleNamespace(num=7), item=items), "epoch", points)
    assert points["acc"] == [(taken, 0.5)]


@pytest.mark.slow
def test_committed_runs_come_back_as_they_were(tmp_path: Path) -> None:
    folder = written(COMMITTED, tmp_path, committed_frame().to_csv(index=False))
    assert_as_committed([folder], tmp_path)


def test_what_the_runs_do_not_say(logs: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no metric acc, but epoch, loss and test/acc"):
        read(logs, value="acc")
    with pytest.raises(InputError, match="has no parameter recipe, but run_name, "):
        read(logs, recipe="recipe")
    with pytest.raises(InputError, match=r"step 2, column epoch: .* lacks epoch 1 before 2"):
        read(logs, value="loss")
    whole = next(logs.glob("offline-run-*/*.wandb")).read_bytes()
    (tmp_path / "run.wandb").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(
        InputError,
        match="run run: has logged no number, as if it was ended early; remove it, or say",
    ):
        read(tmp_path)
    (tmp_path / "run.wandb").write_bytes(b"no log of ours")
    with pytest.raises(InputError, match=r"run.wandb: is not a run of W&B; leave it out"):
        read(tmp_path)


def test_a_value_that_was_altered_is_noticed(logs: Path, tmp_path: Path) -> None:
    whole = next(logs.glob("offline-run-*/*.wandb")).read_bytes()
    place = whole.index(b"0.6")
    (tmp_path / "run.wandb").write_bytes(whole[:place] + b"0.8" + whole[place + 3 :])
    with pytest.raises(InputError, match=r"run.wandb: is damaged: the checksum of a part is wrong"):
        read(tmp_path)
    length = whole[11:13]  # in the first part, after the file's header and the part's checksum
    (tmp_path / "run.wandb").write_bytes(whole.replace(length, b"\xff\xff", 1))
    with pytest.raises(InputError, match=r"run.wandb: is damaged: a part"):
        read(tmp_path)
