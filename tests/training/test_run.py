"""Real training of single runs: the same run has the same bits, whatever happens around it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made import few_of
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.data.registry import load_data_set
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines.roster import ENGINES, engine_named
from reprobench.harness.results.record import RunRecord
from reprobench.harness.results.trained import weight_digest
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.identity import Run
from reprobench.harness.study.recipe import Augmentation
from reprobench.harness.training.run import train_epoch, train_run
from reprobench.harness.training.schedules import schedule


@pytest.fixture(scope="module")
def few(digits: DataSet) -> DataSet:
    """A few of the digits, on which bits are as equal or different as on all of them."""
    return few_of(digits, 300, 100)


@pytest.fixture(scope="module")
def run(tiny: Study) -> Run:
    """A run with augmentation and dropout."""
    return tiny.runs()[0]


@pytest.fixture(scope="module", params=ENGINES, ids=lambda engine: engine.name)
def engine(request: pytest.FixtureRequest) -> str:
    """Every engine."""
    if reason := request.param.missing():
        pytest.skip(reason)
    return str(request.param.name)


@pytest.fixture(scope="module")
def record(run: Run, few: DataSet, engine: str) -> RunRecord:
    """That run, trained on a few images."""
    return train_run(run, few, engine)


def test_the_same_run_twice(run: Run, few: DataSet, record: RunRecord, engine: str) -> None:
    torch.manual_seed(12345)
    np.random.seed(54321)
    assert train_run(run, few, engine).digest == record.digest


def test_another_seed_is_another_run(
    run: Run, few: DataSet, record: RunRecord, engine: str
) -> None:
    other = train_run(replace(run, seed=run.seed + 1), few, engine)
    assert other.key != record.key
    assert other.rows[0].weight_digest != record.rows[0].weight_digest


def test_a_short_run_is_the_beginning_of_the_long_one(
    run: Run,
    few: DataSet,
    record: RunRecord,
    engine: str,
) -> None:
    short = train_run(run, few, engine, epochs=1)
    assert short.key == record.key
    assert len(short.rows) == 1
    assert short.rows[0].weight_digest == record.rows[0].weight_digest


def test_images_come_as_they_are_once_augmentation_has_ended(
    run: Run, few: DataSet, record: RunRecord, engine: str
) -> None:
    """Epochs in which images are augmented are those of the run that always does so; the first in
    which they are not is, from the same weights, that of the recipe without augmentation."""
    wanted = run.recipe.augmentation.model_copy(update={"until": 1 / run.epochs})
    short = replace(run, recipe=run.recipe.model_copy(update={"augmentation": wanted}))
    ended = train_run(short, few, engine)
    assert ended.key != record.key
    assert ended.rows[0].weight_digest == record.rows[0].weight_digest
    assert ended.rows[1].weight_digest != record.rows[1].weight_digest

    plain = replace(run, recipe=run.recipe.model_copy(update={"augmentation": Augmentation()}))
    rates = schedule(run.recipe, run.epochs, -(-few.spec.train // run.recipe.batch_size))
    network = engine_named(engine).create(run.recipe, few, run.seed)
    train_epoch(run, few, network, rates, 1)
    train_epoch(plain, few, network, rates, 2)
    assert ended.rows[1].weight_digest == weight_digest(network.weights())


def test_training_learns_and_the_record_adds_up(run: Run, digits: DataSet, engine: str) -> None:
    record = train_run(run, digits, engine)
    assert record.status == "completed"
    assert record.parameters == 9_770
    for row in record.rows:
        assert row.correct == row.total - len(row.mistakes)
        assert row.total == 500
        assert all(digits.test_labels[index] != predicted for index, predicted in row.mistakes)
        assert 0 < row.train_correct <= 1_297
    assert record.rows[-1].correct > 250
    assert record.rows[-1].train_loss < record.rows[0].train_loss
    assert [row.lr for row in record.rows] == [0.05, 0.05]


def test_a_run_is_tested_on_the_images_held_out(run: Run, engine: str) -> None:
    record = train_run(run, load_data_set(DIGITS.held_out(297), Path()), engine, epochs=1)
    (row,) = record.rows
    assert row.total == 297
    assert row.correct == 297 - len(row.mistakes)
    assert row.train_correct <= 1_000


def test_a_loss_that_is_not_finite_ends_the_run(run: Run, few: DataSet, engine: str) -> None:
    wild = run.recipe.model_copy(update={"lr": 1e30})
    record = train_run(replace(run, recipe=wild), few, engine)
    assert record.status == "diverged"
    assert record.rows == ()
    assert record.is_evidence
    assert record.spans(2)


def test_epochs_before_the_divergence_are_kept(
    run: Run,
    few: DataSet,
    monkeypatch: pytest.MonkeyPatch,
    engine: str,
) -> None:
    from reprobench.harness.training import run as training
    from reprobench.harness.training.schedules import Schedule, schedule

    def exploding(*arguments: object) -> Schedule:
        rates = schedule(*arguments)  # type: ignore[arg-type]
        rates.lr[1:] = 1e30
        return rates

    monkeypatch.setattr(training, "schedule", exploding)
    record = train_run(run, few, engine)
    assert record.status == "diverged"
    assert len(record.rows) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["iteration3", "final"])
def test_a_third_of_mnist_is_learned_in_an_epoch(mnist: DataSet, name: str, engine: str) -> None:
    from reprobench.harness.study.loading.file import load_study

    study = load_study("published")
    run = next(run for run in study.runs() if run.recipe.name == name)
    record = train_run(run, few_of(mnist, 20_000, 10_000), engine, epochs=1)
    assert record.rows[0].correct > 9_000
