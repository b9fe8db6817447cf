"""What a bench shows while it trains: a live view on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from ..base.console import say
from ..base.words import listed, one_line, plural
from ..engines.roster import trains_in_groups
from ..results.measured import MeasuredEpoch
from ..results.record import RunRecord
from ..results.trained import TrainedEpoch
from .gauges import Outlook, view
from .worker import Job, Progress

REFRESHES_A_SECOND = 2
LOOK_SECONDS = 0.5
"""Seconds between two checks of which runs have started."""
LEAST_BAR, MOST_BAR = 5, 30
"""Width of the overall bar in characters; it leaves room for the words beside it."""
NAMED = 8
"""At most this many runs are named in one line."""


class Display:
    """Watches a sweep of these `jobs` and shows its progress.

    Jobs trained on a cluster are handed out long before they start, and their start is not seen.
    The `outlook`, if there is one, says what these runs are to decide, and how near that is.
    """

    def __init__(
        self,
        console: Console,
        jobs: list[Job],
        *,
        on_cluster: bool = False,
        outlook: Outlook | None = None,
    ) -> None:
        self._console, self._on_cluster, self._outlook = console, on_cluster, outlook
        self._epochs = {job.key: job.epochs for job in jobs}
        self._running: dict[str, Job] = {}
        self._started: set[str] = set()
        self._done: set[str] = set()
        self._restored: dict[str, int] = {}
        self._begin = time.monotonic()
        self._note = ""
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def showing(self) -> Iterator[None]:
        """Keep the live view on the terminal; elsewhere, say when each run starts."""
        if not self._console.is_terminal:
            with repeated(self._say_started, LOOK_SECONDS):
                yield
            return
        with Live(
            get_renderable=self._view,
            console=self._console,
            refresh_per_second=REFRESHES_A_SECOND,
            transient=True,
        ):
            yield

    def started(self, job: Job) -> None:
        """Part of the sweep's Watcher."""
        self._note = ""
        self._running[job.key] = job

    def finished(self, job: Job, record: RunRecord) -> None:
        """Part of the sweep's Watcher."""
        self._restored[job.key] = Progress.read(job.progress).restored
        if job.key in self._running:
            self._say_started(job)
        self._running.pop(job.key, None)
        self._done.add(job.key)
        if self._outlook:
            self._outlook.finished(record)
        self._say(f"{len(self._done)}/{len(self._epochs)} {job.title}: {ending(record)}")

    def again(self, jobs: list[Job], reason: str) -> None:
        """Part of the sweep's Watcher."""
        with self._lock:
            for job in jobs:
                self._running.pop(job.key, None)
                self._started.discard(job.key)
                with contextlib.suppress(OSError):
                    job.progress.unlink(missing_ok=True)
        names = ", ".join(job.title for job in jobs[:NAMED])
        more = f" and {len(jobs) - NAMED} more" if len(jobs) > NAMED else ""
        self._say(f"{reason}; starting again what was in flight: {names}{more}")

    def waiting(self, jobs: list[Job]) -> None:
        """Part of the sweep's Watcher."""
        note = f"waiting for another bench that is training {len(jobs)} of these runs"
        if note != self._note and not self._console.is_terminal:
            self._say(note)
        self._note = note

    def _say(self, text: str) -> None:
        say(self._console, text)

    def _say_started(self, ended: Job | None = None) -> None:
        """Say once of each run outside groups that it has started, and of `ended` if it was missed.

        Two threads call this: the one that checks for starts, and the one that hears of ends.
        """
        if self._on_cluster or self._console.is_terminal:
            return
        with self._lock:
            for job in [ended] if ended else self._training():
                if job.key not in self._started and not trains_in_groups(job.engine):
                    self._started.add(job.key)
                    self._say(f"started  {job.title}")

    def _view(self) -> RenderableType:
        """The overall bar, then one line per run or group in training."""
        running = [Progress.read(job.progress) for job in list(self._running.values())]
        total = sum(self._epochs.values())
        done = sum(self._epochs[key] for key in list(self._done)) + sum(
            now.epoch for now in running
        )
        restored = sum(self._restored.values()) + sum(now.restored for now in running)
        words = (
            f"{len(self._done)} of {plural(len(self._epochs), 'run')} done, {self._in_flight()} "
            f"{_clock(self._elapsed())} elapsed, {self._remaining(total - done, done - restored)}"
        )
        room = min(max(self._console.width - len(words) - 1, LEAST_BAR), MOST_BAR)
        whole = Table.grid(padding=(0, 1))
        whole.add_row(ProgressBar(total=max(total, 1), completed=done, width=room), words)
        runs = Table.grid(padding=(0, 2))
        for title, jobs in self._shown():
            progress = [Progress.read(job.progress) for job in jobs]
            epochs, found = [now.epoch for now in progress], [now.value for now in progress]
            last = f"last {_measured(jobs[0], found)}" if min(epochs) else "starting"
            runs.add_row("  " + title, f"epoch {_range(epochs)} of {jobs[0].epochs}", last)
        parts: list[RenderableType] = [whole]
        if runs.rows:
            parts.append(runs)
        if self._outlook:
            parts.append(view(self._outlook.now()))
        if self._note:
            parts.append(self._note)
        return Group(*parts)

    def _shown(self) -> Iterator[tuple[str, list[Job]]]:
        """Title and jobs of each line: a run by itself, or all runs of a group together."""
        training = self._training()
        groups = _groups(training)
        for device, together in groups.items():
            names = listed(list(dict.fromkeys(job.run.recipe.name for job in together)))
            where = f" on {device}" if device else ""
            yield f"a group of {len(together)}{where}: {names}", together
        grouped = {job.key for together in groups.values() for job in together}
        yield from ((job.title, [job]) for job in training if job.key not in grouped)

    def _in_flight(self) -> str:
        training = self._training()
        groups = len(_groups(training))
        count, doing = len(training), "running"
        if self._on_cluster:
            count, doing = len(self._running), "handed out"
        return f"{count} {doing} ({plural(groups, 'group')})," if groups else f"{count} {doing},"

    def _training(self) -> list[Job]:
        """Jobs that a worker has begun; the pool holds up to as many again, so that none waits."""
        return [job for job in list(self._running.values()) if os.path.exists(job.progress)]

    def _elapsed(self) -> float:
        return time.monotonic() - self._begin

    def _remaining(self, left: int, trained: int) -> str:
        """Time left, by the pace of epochs trained here; epochs from checkpoints took no time."""
        if trained <= 0:
            return "time left not yet known"
        return f"about {_clock(self._elapsed() * left / trained)} left"


@contextlib.contextmanager
def repeated(work: Callable[[], None], seconds: float) -> Iterator[None]:
    """Within the block, a thread repeats the work every few seconds."""
    left = threading.Event()

    def repeat() -> None:
        while not left.wait(seconds):
            work()

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join()


def _groups(training: list[Job]) -> dict[str, list[Job]]:
    """The runs that train in groups, by the device that each group trains on."""
    groups: dict[str, list[Job]] = {}
    for job in training:
        device = Progress.read(job.progress).device
        if device or trains_in_groups(job.engine):
            groups.setdefault(device, []).append(job)
    return groups


def ending(record: RunRecord) -> str:
    """How a run ended, in a few words."""
    seconds = _clock(sum(row.seconds or 0.0 for row in record.rows))
    match record.status:
        case "failed":
            return f"failed ({one_line(record.error)})"
        case "diverged":
            return f"diverged after {plural(len(record.rows), 'epoch')}, {seconds}"
        case _:
            last = record.rows[-1]
            return f"{last_measured(last)} at epoch {last.epoch}, {seconds}"


def last_measured(row: TrainedEpoch | MeasuredEpoch) -> str:
    """A count with its total, or any other value."""
    return f"{row.value:.6g}" if row.total is None else f"{row.value:,} of {row.total:,}"


def _measured(job: Job, found: list[float]) -> str:
    """The count or value of one run, or the range of counts of a group."""
    if job.work and not job.work.printed.total:
        return f"{job.work.printed.name} {found[0]:.6g}"
    return f"count {_range([round(count) for count in found])}"


def _range(numbers: list[int]) -> str:
    """The number, or the smallest and the largest if they differ."""
    least, most = min(numbers), max(numbers)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
