"""What a bench shows on a terminal while it trains."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.training.display import Display
from reprobench.harness.training.gauges import Gauge, Gauges
from reprobench.harness.training.worker import Job, Progress
from rich.console import Console
from scripted import ENGINE, scripted_record
from waiting import wait_until


@pytest.fixture
def jobs(tiny: Study, tmp_path: Path) -> list[Job]:
    """Four runs of two epochs."""
    return [
        Job(
            run=run,
            data=DIGITS,
            data_directory=Path(),
            engine=ENGINE,
            epochs=2,
            progress=tmp_path / f"progress-{number}",
        )
        for number, run in enumerate(tiny.runs())
    ]


def shown(display: Display, console: Console) -> str:
    with console.capture() as captured:
        console.print(display._view())
    return captured.get()


def test_done_running_and_left(jobs: list[Job]) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=200)
    display = Display(console, jobs)
    assert "0 of 4 runs done" in shown(display, console)
    assert "time left not yet known" in shown(display, console)
    for job in jobs[:3]:
        display.started(job)
    jobs[0].progress.write_text("0 0 0")
    jobs[1].progress.write_text("1 423 0")
    view = " ".join(shown(display, console).split())
    assert "2 running" in view  # the third waits for a worker
    assert f"{jobs[0].title} epoch 0 of 2 starting" in view
    assert f"{jobs[1].title} epoch 1 of 2 last count 423" in view
    assert "left" in view
    display.finished(jobs[1], scripted_record(jobs[1].run, [420, 430], data_set="digits"))
    view = shown(display, console)
    assert "1 of 4 runs done" in view
    assert jobs[1].title not in view


class Ending(dict[str, int]):
    """The epochs of each job; whenever they are looked up, another run ends meanwhile."""

    def __init__(self, epochs: dict[str, int], ended: set[str]) -> None:
        super().__init__(epochs)
        self._ended = ended

    def __getitem__(self, key: str) -> int:
        self._ended.update(self)
        return super().__getitem__(key)


def test_runs_may_end_while_the_view_is_made(jobs: list[Job]) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=200)
    display = Display(console, jobs)
    display.finished(jobs[0], scripted_record(jobs[0].run, [420, 430], data_set="digits"))
    display._epochs = Ending(display._epochs, display._done)
    assert "4 of 4 runs done" in shown(display, console)


def test_a_group_has_one_line(jobs: list[Job]) -> None:
    """On a terminal; elsewhere no lines say that its runs start."""
    console = Console(file=io.StringIO(), force_terminal=True, width=200)
    grouped = [replace(job, engine=EngineVersion("native", "1", by="cuda")) for job in jobs[:3]]
    display = Display(console, [*grouped, jobs[3]])
    for number, job in enumerate([*grouped, jobs[3]]):
        display.started(job)
        job.progress.write_text(f"{1 + number // 2} {400 + number} 0")
    view = " ".join(shown(display, console).split())
    names = "iteration and final"
    assert f"a group of 3: {names} epoch 1 to 2 of 2 last count 400 to 402" in view
    assert f"{jobs[3].title} epoch 2 of 2 last count 403" in view
    assert "4 running (1 group)," in view
    plain = io.StringIO()
    Display(Console(file=plain), grouped).started(grouped[0])
    assert not plain.getvalue()


def test_a_run_is_said_to_start_when_its_training_does(jobs: list[Job]) -> None:
    """In the log of a bench: the pool holds more runs than are trained."""
    log = io.StringIO()
    display = Display(Console(file=log), jobs)
    first, second, third = jobs[:3]
    with display.showing():
        for job in jobs[:3]:
            display.started(job)
        Progress().write(first.progress)
        wait_until(lambda: log.getvalue() == f"started  {first.title}\n")
        display.again([first, second], "a worker process died")
        display.started(first)
        Progress().write(third.progress)
        wait_until(lambda: log.getvalue().endswith(f"started  {third.title}\n"))
        display.finished(first, scripted_record(first.run, [420, 430], data_set="digits"))
    display.finished(second, scripted_record(second.run, [420, 430], data_set="digits"))
    said = [line.partition(":")[0] for line in log.getvalue().splitlines()[2:]]
    starts = [f"started  {third.title}", f"started  {first.title}"]
    assert said == [*starts, f"1/4 {first.title}", f"2/4 {second.title}"]


def test_groups_on_several_devices_have_a_line_each(jobs: list[Job]) -> None:
    """Also on a cluster, where the parent learns of them only by their progress."""
    console = Console(file=io.StringIO(), force_terminal=True, width=200)
    display = Display(console, jobs, on_cluster=True)
    for number, job in enumerate(jobs):
        display.started(job)
        device = f"GPU {number % 2}" if number < 3 else ""
        Progress(1, 400 + number, device=device).write(job.progress)
    view = " ".join(shown(display, console).split())
    assert "4 handed out (2 groups)," in view
    assert "a group of 2 on GPU 0: iteration epoch 1 of 2 last count 400 to 402" in view
    assert f"a group of 1 on GPU 1: {jobs[1].run.recipe.name} epoch 1 of 2" in view
    assert f"{jobs[3].title} epoch 1 of 2 last count 403" in view


def test_a_live_view_comes_and_goes(jobs: list[Job]) -> None:
    output = io.StringIO()
    display = Display(Console(file=output, force_terminal=True, width=120), jobs)
    with display.showing():
        display.started(jobs[0])
        display.again([jobs[0]], "a worker process died")
    assert "a worker process died; starting again what was in flight" in output.getvalue()
    assert "runs done" in output.getvalue()


def test_restored_epochs_took_no_time(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the eight epochs were restored; one was trained in ten seconds; three are left."""
    console = Console(file=io.StringIO(), force_terminal=True, width=200)
    display = Display(console, jobs)
    monkeypatch.setattr(display, "_elapsed", lambda: 10.0)
    for job in jobs[:3]:
        display.started(job)
    jobs[0].progress.write_text("2 423 2")
    jobs[1].progress.write_text("2 423 2")
    assert "time left not yet known" in shown(display, console)
    jobs[2].progress.write_text("1 423 0")
    assert "about 0:00:30 left" in shown(display, console)
    record = scripted_record(jobs[0].run, [420, 430], data_set="digits")
    display.finished(jobs[0], record)
    assert "about 0:00:30 left" in shown(display, console)


class Scripted:
    """An outlook with two questions, one half answered, that counts the runs it is told of."""

    def __init__(self) -> None:
        self.ended: list[int] = []

    def finished(self, record: RunRecord) -> None:
        self.ended.append(record.seed)

    def now(self) -> Gauges:
        bars = [Gauge("large", 2.0 + len(self.ended), 4.09, "20 seeds"), Gauge("wide", 0.0, 4.09)]
        return Gauges("open: may these lead small?", bars * 5, "1 settled")


def test_what_is_open_is_shown_and_grows_with_the_runs(jobs: list[Job]) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    outlook = Scripted()
    display = Display(console, jobs, outlook=outlook)
    display.started(jobs[0])
    lines = shown(display, console).splitlines()
    assert "open: may these lead small?" in lines[1]
    assert "large" in lines[2]
    assert "2.00 of 4.09  20 seeds" in lines[2]
    assert [line.strip() for line in lines[-2:]] == ["and 2 more", "1 settled"]
    display.finished(jobs[0], scripted_record(jobs[0].run, [420, 430], data_set="digits"))
    assert outlook.ended == [1]
    assert "3.00 of 4.09" in shown(display, console)


@pytest.mark.parametrize("width", [80, 120])
def test_every_line_fits_the_terminal(
    jobs: list[Job], width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = Console(file=io.StringIO(), width=width)
    display = Display(console, jobs, outlook=Scripted())
    monkeypatch.setattr(display, "_elapsed", lambda: 36_000.0)
    for job in jobs:
        display.started(job)
        job.progress.write_text("1 423 0")
    lines = shown(display, console).rstrip().splitlines()
    assert "0 of 4 runs done, 4 running, 10:00:00 elapsed, about 10:00:00 left" in lines[0]
    assert len(lines) == 1 + len(jobs) + 1 + 8 + 2  # no line is broken in two
