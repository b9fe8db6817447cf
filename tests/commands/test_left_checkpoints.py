"""Checkpoints that a bench leaves: those of runs with epochs left, and of one that was killed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from benching import run
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import RunRecord

pytestmark = pytest.mark.usefixtures("in_process", "no_pictures")


def test_a_bench_removes_what_a_killed_one_left(options: BenchOptions) -> None:
    """It was killed just after it had written the record; a run with an epoch left goes on."""
    part = replace(options, epochs=1)
    run(part)
    ledger = Ledger(Path("ledger"))
    records = [one for one in ledger.everything() if isinstance(one, RunRecord)]
    places = [ledger.checkpoint(record.key) for record in records]
    places[0].parent.mkdir(exist_ok=True)
    for wanted, kept in ((part, True), (options, False), (options, False)):
        for place in places:
            place.touch()
        run(wanted)
        assert [place.exists() for place in places] == [kept] * 4
