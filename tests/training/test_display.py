"""What a bench shows on a terminal while it trains."""

import io
from pathlib import Path

import pytest
from reprobench.harness.study.declaration import Study
from reprobench.harness.training.display import Display
from reprobench.harness.training.worker import Job
from rich.console import Console
from scripted import ENGINE, scripted_record


@pytest.fixture
def jobs(tiny: Study, tmp_path: Path) -> list[Job]:
    """Four runs of two epochs."""
    return [
        Job(
            run=run,
            data_set="digits",
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
