"""Training one run: epochs of steps on an engine, each followed by an evaluation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ..data.spec import DataSet
from ..engines import Batch, Evaluation, Network, StepResult
from ..engines.draws import augmentation, randomness
from ..engines.roster import engine_named
from ..results.mistakes import Mistakes
from ..results.record import RunRecord, Status
from ..results.trained import TrainedEpoch, make_record, weight_digest
from ..study.identity import Run
from .checkpoints import Checkpoint, UnusableCheckpoint
from .made_with import made_with
from .schedules import Schedule, schedule

OnTrainedEpoch = Callable[[TrainedEpoch], None]


class Diverged(ArithmeticError):
    """The loss of a training step or of an evaluation is not finite."""


def train_run(
    run: Run,
    data: DataSet,
    engine: str,
    *,
    epochs: int | None = None,
    on_epoch: OnTrainedEpoch | None = None,
    on_restored: OnTrainedEpoch | None = None,
    checkpoint: Checkpoint | None = None,
) -> RunRecord:
    """Train the declared epochs, or the first `epochs` of them, from a checkpoint if there is one.

    `on_restored` is called with the last epoch from the checkpoint, `on_epoch` with each epoch that
    is trained. A loss that is not finite ends the run as `diverged`, with its epochs so far. The
    checkpoint stays, since the record is not yet written. A run that fails in the first epoch after
    it was resumed starts over, once: the state of an optimiser may turn out to be unusable only
    when it is used.
    """
    last = min(epochs or run.epochs, run.epochs)
    network, rows = _begin(run, data, engine, checkpoint, last)
    resumed = checkpoint if rows else None
    if rows and on_restored:
        on_restored(rows[-1])
    steps = math.ceil(data.spec.train / run.own.batch_size)
    rates = schedule(run.own, run.epochs, steps)
    status: Status = "completed"
    try:
        for epoch in range(len(rows) + 1, last + 1):
            rows.append(run_epoch(run, data, network, rates, epoch))
            resumed = None
            if checkpoint and epoch < run.epochs:
                checkpoint.save(network.state(), rows)
            if on_epoch:
                on_epoch(rows[-1])
    except Diverged:
        status = "diverged"
    except Exception:
        if resumed is None:
            raise
        resumed.remove()
        return train_run(run, data, engine, epochs=epochs, on_epoch=on_epoch, checkpoint=checkpoint)
    return record_of(run, rows, status, data, engine, network.parameters)


def record_of(
    run: Run,
    rows: Sequence[TrainedEpoch],
    status: Status,
    data: DataSet,
    engine: str,
    parameters: int,
) -> RunRecord:
    """The record of a run that an engine trained here."""
    trainer = engine_named(engine)
    return make_record(
        run,
        rows,
        status=status,
        engine=trainer.version(),
        data_set=data.spec.name,
        parameters=parameters,
        environment={**made_with(), **trainer.device()},
    )


def _begin(
    run: Run, data: DataSet, engine: str, checkpoint: Checkpoint | None, last: int
) -> tuple[Network, list[TrainedEpoch]]:
    """The network, new or restored from the checkpoint, and the run's epochs so far."""
    network = engine_named(engine).create(run.own, data, run.seed)
    if checkpoint is None:
        return network, []
    try:
        return network, checkpoint.resume(network)[:last]
    except UnusableCheckpoint:
        checkpoint.remove()
        return engine_named(engine).create(run.own, data, run.seed), []


def run_epoch(
    run: Run, data: DataSet, network: Network, rates: Schedule, epoch: int
) -> TrainedEpoch:
    """Train one epoch and evaluate; returns its row; raises Diverged."""
    begin = time.perf_counter()
    trained = train_epoch(run, data, network, rates, epoch)
    evaluation = network.evaluate()
    seconds = round(time.perf_counter() - begin, 3)
    lr = float(rates.lr[epoch - 1, 0])
    return epoch_row(epoch, lr, trained, evaluation, data, network.weights(), seconds)


def epoch_row(
    epoch: int,
    lr: float,
    trained: tuple[float, int],
    evaluation: Evaluation,
    data: DataSet,
    weights: Iterable[npt.NDArray[np.generic]],
    seconds: float,
) -> TrainedEpoch:
    """An epoch as a record has it; `trained` is the mean loss and the correct count in training.

    Raises Diverged if the loss on the test images is not finite.
    """
    if not math.isfinite(evaluation.loss):
        raise Diverged
    mistakes = _mistakes(evaluation, data)
    return TrainedEpoch(
        epoch=epoch,
        lr=lr,
        train_loss=trained[0],
        train_correct=trained[1],
        test_loss=evaluation.loss,
        correct=data.spec.test - len(mistakes),
        total=data.spec.test,
        seconds=seconds,
        weight_digest=weight_digest(weights),
        mistakes=mistakes,
    )


def train_epoch(
    run: Run, data: DataSet, network: Network, rates: Schedule, epoch: int
) -> tuple[float, int]:
    """Train all steps of one epoch; returns the mean loss, and how many images were correct.

    Raises Diverged at the first loss that is not finite.
    """
    count, size = data.spec.train, run.own.batch_size
    order = randomness.permutation(run.seed, epoch, count)
    wanted = run.own.augmentation.at(epoch, run.epochs)
    draws = augmentation.draw(wanted, run.seed, epoch, data.image_shape)
    results = []
    for step, start in enumerate(range(0, count, size)):
        images = order[start : start + size]
        momentum = None if rates.momentum is None else float(rates.momentum[epoch - 1, step])
        lr = float(rates.lr[epoch - 1, step])
        result = network.step(Batch(epoch, step, images, draws.of(images), lr, momentum))
        results.append(result)
        if not math.isfinite(result.loss):
            break
    return mean_of(results, size, count)


def mean_of(steps: Sequence[StepResult], size: int, count: int) -> tuple[float, int]:
    """Mean loss over an epoch's `count` images, in batches of `size`, and how many were correct.

    Raises Diverged if the loss of a step is not finite.
    """
    total, correct = 0.0, 0
    for step, result in enumerate(steps):
        if not math.isfinite(result.loss):
            raise Diverged
        total += result.loss * min(size, count - step * size)
        correct += result.correct
    return total / count, correct


def _mistakes(evaluation: Evaluation, data: DataSet) -> Mistakes:
    wrong = np.flatnonzero(evaluation.predicted != data.test_labels)
    return Mistakes.of(np.column_stack([wrong, evaluation.predicted[wrong]]))
