"""Where a report's numbers come from, and when: only what records say of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from reprobench.harness.guarding.verification import Pair, environment_differences
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.reporting.tables.runs import runs_table
from reprobench.harness.reporting.words.method import engine_sentences
from reprobench.harness.reporting.words.origin import origin_sentences
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.training.made_with import made_with
from scripted import published_recipes, scripted_record

MADE: dict[str, Any] = {"python": "3.11.9", "processor": "abacus", "platform": "Linux x86_64"}
FIRST, LAST = "2026-02-28T23:59:59+00:00", "2026-03-01T00:00:10+00:00"


def sentences(study: Study, ledger: Ledger, times: list[str | None]) -> list[str]:
    for run, time in zip(study.runs(), times, strict=True):
        finished = {} if time is None else {"finished": time}
        ledger.write(scripted_record(run, [240, 260], data_set="digits", **MADE, **finished))
    return origin_sentences(gather(study, ledger))


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ([LAST, FIRST, FIRST, LAST], "4 runs, finished from 2026-02-28 to 2026-03-01: commit"),
        ([FIRST] * 4, "4 runs, finished on 2026-02-28: commit"),
        ([None] * 4, "4 runs: commit"),
        ([LAST, None, FIRST, LAST], "4 runs: commit"),
    ],
)
def test_when(tiny: Study, ledger: Ledger, times: list[str | None], said: str) -> None:
    (line,) = sentences(tiny, ledger, times)
    assert line.startswith(said)


def test_the_first_runs_come_first(tiny: Study, ledger: Ledger) -> None:
    for run, time in zip(tiny.runs(), [LAST, None, FIRST, LAST], strict=True):
        own = {"commit": f"{time}", **({"finished": time} if time else {})}
        ledger.write(scripted_record(run, [240, 260], data_set="digits", **MADE, **own))
    said = origin_sentences(gather(tiny, ledger))
    assert [line.partition(": ")[0] for line in said] == [
        "1 run",
        "1 run, finished on 2026-02-28",
        "2 runs, finished on 2026-03-01",
    ]


@pytest.mark.usefixtures("no_pictures")
def test_the_time_makes_no_difference(tiny: Study, ledger: Ledger, tmp_path: Path) -> None:
    sentences(tiny, ledger, [FIRST, LAST, LAST, LAST])
    folder = write_report(gather(tiny, ledger), tmp_path).folder
    assert json.loads((folder / "environment.json").read_text())["runs"] == [MADE]
    one, other = (
        scripted_record(tiny.runs()[0], [240, 260], **MADE, finished=time) for time in (FIRST, LAST)
    )
    assert environment_differences([Pair("final", one, other)]) == []
    assert (one.key, one.digest) == (other.key, other.digest)


def test_every_run_has_its_own_time() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    found = datetime.fromisoformat(made_with()["finished"])
    assert before <= found <= datetime.now(UTC)


@pytest.mark.usefixtures("no_images", "no_pictures")
def test_engines_stand_in_one_report_and_are_not_compared(ledger: Ledger, tmp_path: Path) -> None:
    study = published_recipes(3)
    for run in study.runs():
        apart = run.recipe.name == "final"
        counts = [10_000 if apart else 9_900 + run.seed] * 15
        engine = EngineVersion("torch", "2") if apart else EngineVersion("native", "1")
        missing = "the native engine is not built: install a compiler"
        state = missing if apart else "available"
        ledger.write(scripted_record(run, counts, engine=engine, native_engine=state))
    evidence = gather(study, ledger)
    assert evidence.engine == EngineVersion("native", "1")
    folder = write_report(evidence, tmp_path).folder
    text = (folder / "report.md").read_text()
    choice, _, rest = text.partition(
        "Trained by another engine, and therefore not compared with these"
    )
    assert "| **iteration" in choice
    assert "| final |" not in choice
    assert "| final |" in rest
    assert (
        "final was trained by the torch engine (2), and is compared with no recipe of the native "
        "engine." in rest
    )
    assert f"The native engine was not available: {missing}." in rest
    assert "and therefore not compared with these" in (folder / "report.html").read_text()
    assert {row.engine for row in runs_table(evidence)} == {"native", "torch"}


@pytest.mark.parametrize(
    ("on_gpu", "where"),
    [
        (0, "with one thread per run"),
        (4, "on a GPU"),
        (3, "3 of them on a GPU, and the others with one thread per run"),
    ],
)
def test_threads_are_those_of_a_processor(
    tiny: Study, ledger: Ledger, on_gpu: int, where: str
) -> None:
    for number, run in enumerate(tiny.runs()):
        device = {"device": "NVIDIA H100"} if number < on_gpu else {}
        ledger.write(scripted_record(run, [240, 260], data_set="digits", **MADE, **device))
    line, *_ = engine_sentences(gather(tiny, ledger))
    assert line.startswith("All runs were trained by the ")
    assert line.endswith(f", {where}.")
