"""MLflow's stores, as MLflow itself writes them."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
from longform import assert_as_committed, committed_frame, decision_of, declared, frame
from reprobench.harness.base.errors import InputError
from reprobench.harness.importing.assembly import Imported, imported
from reprobench.harness.importing.readers import read_tables
from reprobench.harness.judging.gathering import evidence_on

GOOD, BAD = [0.6, 0.7, 0.8], [0.6, 0.7, 0.4]


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database without runs, which takes seconds to make."""
    place = tmp_path_factory.mktemp("empty") / "mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        mlflow.set_tracking_uri(f"sqlite:///{place}")
        mlflow.search_experiments()
    return place


@pytest.fixture(params=["folder", "database"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where MLflow keeps runs from now on: its folder or its database."""
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.chdir(tmp_path)
    if request.param == "folder":
        mlflow.set_tracking_uri((tmp_path / "mlruns").as_uri())
        return tmp_path / "mlruns"
    shutil.copy(request.getfixturevalue("empty_database"), tmp_path / "mlflow.db")
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    return tmp_path / "mlflow.db"


def log(table: pd.DataFrame, experiment: str = "theirs", **parameters: Any) -> list[str]:
    """Log a run of MLflow for each run of the table; returns their names."""
    mlflow.set_experiment(experiment)
    named = []
    for (recipe, seed), rows in table.groupby(["recipe", "seed"], sort=False):
        with mlflow.start_run(run_name=f"{recipe} {seed}") as run:
            mlflow.log_params({"recipe": recipe, "seed": seed, **parameters})
            for epoch, value in zip(rows["epoch"], rows["value"], strict=True):
                mlflow.log_metric("test/acc", float(value), step=int(epoch))
            named.append(run.info.run_id)
    return named


def read(store: Path, **asked: Any) -> Imported:
    wanted = declared(value="test/acc", **asked)
    return imported(wanted, read_tables([store], wanted.columns))


@pytest.mark.filterwarnings("ignore")
def test_runs_come_back_as_they_were_logged(store: Path) -> None:
    table = frame({"a": [GOOD] * 3, "b": [BAD, GOOD, [0.6, math.nan, math.inf]]})
    named = log(table, optimiser="SGD")
    other = log(frame({"c": [GOOD]}), "another")
    mlflow.delete_run(log(frame({"a": [BAD] * 4}))[-1])
    deleted = log(frame({"d": [BAD]}))
    mlflow.delete_run(deleted[0])
    only = {"experiment": "theirs"}
    with pytest.raises(InputError, match=r"run .*, step 1, column epoch: recipe a, seed 1 has"):
        read(store, only=only)
    for run in mlflow.search_runs(experiment_names=["theirs"])["run_id"]:
        if run not in named:
            mlflow.delete_run(run)
    found = read(store, only=only)
    values = {name: [r.values for r in own] for name, own in found.records.items()}
    assert values == {
        "a": [tuple(GOOD)] * 3,
        "b": [tuple(BAD), tuple(GOOD), (0.6,)],
    }
    assert found.records["b"][2].status == "diverged"
    assert found.records["a"][0].axes["optimiser"] == "SGD"
    assert decision_of(evidence_on(found.study, found.records))["chosen"] == "a"
    assert len(read(store).records) == 3  # with the other experiment
    assert other


@pytest.mark.filterwarnings("ignore")
def test_what_a_store_lacks_is_said(store: Path) -> None:
    mlflow.set_experiment("theirs")
    with mlflow.start_run() as run:
        mlflow.log_metric("loss", 1.0, step=1)
    name = run.info.run_id
    with pytest.raises(InputError, match=rf"run {name}: has no metric test/acc, but loss; name"):
        read(store)
    wanted = declared()
    with pytest.raises(InputError, match=r"but loss; say .* `value` \(`--value loss`, or in"):
        read_tables([store], wanted.columns)
    wanted = declared(value="loss")
    with pytest.raises(InputError, match=rf"run {name}: has no parameter recipe, but experiment"):
        read_tables([store], wanted.columns)
    for only, said in (
        ({"experiment": "none"}, "holds no run with experiment = none, but theirs; say which to "),
        ({"experimnt": "theirs"}, "a parameter experimnt for `only`; .* did you mean experiment?"),
        ({"experiment": "theirs", "run_name": "x"}, "no run with run_name = x, but .*; say which"),
    ):
        with pytest.raises(InputError, match=said):
            read(store, only=only)


@pytest.mark.filterwarnings("ignore")
def test_counts_have_their_total(store: Path) -> None:
    mlflow.set_experiment("theirs")
    with mlflow.start_run():
        mlflow.log_params({"recipe": "a", "seed": 3})
        mlflow.log_metric("total", 100, step=0)
        for epoch in range(4):
            mlflow.log_metric("correct", 90 + epoch, step=epoch)
    wanted = declared(target=0.92)
    found = imported(wanted, read_tables([store], wanted.columns))
    assert found.study.measure.total == 100
    assert found.records["a"][0].values == (90, 91, 92, 93)


@pytest.mark.filterwarnings("ignore")
def test_what_is_in_a_store_but_is_no_run(store: Path) -> None:
    """A run that groups others, as a search makes it, and a registered model that a run trained."""
    mlflow.set_experiment("theirs")
    with mlflow.start_run(run_name="search"):
        for seed in (1, 2):
            with mlflow.start_run(nested=True) as run:
                mlflow.log_params({"recipe": "a", "seed": seed})
                for epoch, value in enumerate(GOOD):
                    mlflow.log_metric("test/acc", value, step=epoch)
    client = mlflow.MlflowClient()
    client.create_registered_model("best")
    client.create_model_version("best", run.info.artifact_uri, run.info.run_id)
    assert [record.values for record in read(store).records["a"]] == [tuple(GOOD)] * 2
    with mlflow.start_run(run_name="alone") as empty:
        pass
    with pytest.raises(InputError, match=rf"run {empty.info.run_id}: has logged no number"):
        read(store)


@pytest.mark.parametrize("store", ["folder"], indirect=True)
def test_runs_of_a_deleted_experiment_are_ignored(store: Path) -> None:
    log(frame({"a": [GOOD]}), experiment="gone")
    log(frame({"b": [BAD]}))
    mlflow.delete_experiment(mlflow.get_experiment_by_name("gone").experiment_id)
    for meta in store.glob(".trash/*/**/meta.yaml"):  # as version 1.30 leaves them
        meta.write_text(meta.read_text().replace("stage: deleted", "stage: active"))
    assert [*read(store).records] == ["b"]


@pytest.mark.parametrize("store", ["folder"], indirect=True)
@pytest.mark.parametrize("left", [None, "artifact_uri: cut"])
@pytest.mark.filterwarnings("ignore")
def test_a_run_that_was_copied_in_part_is_remarked_on(store: Path, left: str | None) -> None:
    gone, _ = log(frame({"a": [GOOD, BAD]}))
    (folder,) = store.glob(f"*/{gone}")
    if left:
        (folder / "meta.yaml").write_text(left)
    else:
        (folder / "meta.yaml").unlink()
    (folder / "metrics" / "metrics").mkdir()
    found = read(store)
    assert [record.values for record in found.records["a"]] == [tuple(BAD)]
    said = f"left out, without a whole meta.yaml: {folder}; restore it from the store that this is"
    assert [remark for remark in found.remarks if remark.startswith(said)] == found.remarks[1:]
    assert len(found.remarks) == 2


@pytest.mark.filterwarnings("ignore")
def test_values_without_a_step_are_epochs_in_their_order_if_that_is_declared(store: Path) -> None:
    """MLflow's default step is 0; the values are in no other order than the one of logging."""
    mlflow.set_experiment("theirs")
    with mlflow.start_run() as run:
        mlflow.log_params({"recipe": "a", "seed": 1})
        for value in (0.9, 0.1, 0.5):
            mlflow.log_metrics({"test/acc": value, "total": 10})
    with pytest.raises(
        InputError,
        match=rf"run {run.info.run_id}: has logged test/acc 3 times, always at step 0; .*-in-order",
    ):
        read(store)
    assert read(store, in_order=True).records["a"][0].values == (0.9, 0.1, 0.5)


@pytest.mark.filterwarnings("ignore")
def test_a_resumed_run_has_the_values_that_it_logged_last(store: Path) -> None:
    again = frame({"a": [[0.1, 0.2, 0.3, 0.4]]})
    (name,) = log(again)
    with mlflow.start_run(run_id=name):
        mlflow.log_metric("test/acc", 0.7, step=3)
    with pytest.raises(InputError, match=r"has epoch 3 already, .* say `--resumed` if the run was"):
        read(store)
    assert read(store, resumed=True).records["a"][0].values == (0.1, 0.2, 0.7)
    log(again)  # another run with the same recipe and seed, which supersedes nothing
    with pytest.raises(InputError, match=r"has epoch 1 already, .* drop one of the two, give"):
        read(store, resumed=True)


@pytest.mark.filterwarnings("ignore")
def test_runs_that_did_not_finish_are_told_by_their_status(store: Path) -> None:
    experiment = (
        "a name of more than eighty letters, after which YAML goes on with it in another line"
    )
    (failed,) = log(frame({"a": [BAD]}), experiment)
    mlflow.MlflowClient().set_terminated(failed, "FAILED")
    log(frame({"a": [GOOD]}), experiment)
    only = {"status": "FINISHED", "experiment": experiment}
    assert [record.values for record in read(store, only=only).records["a"]] == [tuple(GOOD)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_committed_runs_come_back_as_they_were(store: Path, tmp_path: Path) -> None:
    client = mlflow.MlflowClient()
    experiment = client.create_experiment("mnist")
    entities = mlflow.entities
    for (recipe, seed, size), rows in committed_frame().groupby(["recipe", "seed", "parameters"]):
        settings = {"recipe": recipe, "seed": seed, "parameters": size, "total": 10_000}
        counts = zip(rows["epoch"], rows["correct"], strict=True)
        client.log_batch(
            client.create_run(experiment).info.run_id,
            metrics=[entities.Metric("correct", float(c), 0, int(e)) for e, c in counts],
            params=[entities.Param(name, str(value)) for name, value in settings.items()],
        )
    assert_as_committed([store], tmp_path)


def test_what_is_no_store(tmp_path: Path) -> None:
    base = tmp_path / "mlflow.db"
    base.write_bytes(b"SQLite format 3\0 and no more")
    with pytest.raises(InputError, match=r"mlflow.db: is not an SQLite store of MLflow: "):
        read(base)
    run = tmp_path / "mlruns" / "1" / "2"
    (run / "metrics").mkdir(parents=True)
    (run / "meta.yaml").write_text("run_id: r\nlifecycle_stage: active\n")
    (run / "metrics" / "loss").write_text("1 2\n")
    with pytest.raises(InputError, match=r"loss: '1 2' is not a time, value and step; restore"):
        read(tmp_path / "mlruns")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty: is a folder with nothing in it that can be read"):
        read(tmp_path / "empty")
