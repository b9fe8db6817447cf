"""Prints the ratios of all races after the benchmarks."""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from race import Contestant, Race, Run
from reprobench.harness.base.errors import DataError
from reprobench.harness.data.mnist import MNIST
from reprobench.harness.data.place import data_directory
from reprobench.harness.data.registry import load_data_set
from scripted import ROOT


def pytest_sessionstart(session: pytest.Session) -> None:
    """Ends the session with one line if there is no MNIST to measure on."""
    if not any("test_speed" in argument for argument in session.config.args):
        return
    directory = data_directory()
    try:
        load_data_set(MNIST, directory if directory.is_absolute() else ROOT / directory)
    except DataError as error:
        pytest.exit(f"speed is measured on MNIST: {error.lines[0]}", returncode=2)


RESULTS: list[tuple[str, Race]] = []


@pytest.fixture
def race(benchmark: BenchmarkFixture) -> Run:
    """Runs a race as one benchmark: in each round, every contestant has one turn."""

    def run(
        name: str, rounds: int, amounts: dict[str, int] | None = None, **contestants: Contestant
    ) -> Race:
        entered = Race(contestants, amounts or {})
        entered.round()
        entered.seconds = {contestant: [] for contestant in contestants}
        benchmark.pedantic(entered.round, rounds=rounds)
        benchmark.extra_info["milliseconds"] = entered.medians()
        benchmark.extra_info["ratios"] = entered.ratios()
        RESULTS.append((name, entered))
        return entered

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not RESULTS:
        return
    terminalreporter.section("ratios (medians, contestants in turn)")
    for name, race in RESULTS:
        rounds = len(next(iter(race.seconds.values())))
        terminalreporter.write_line(f"{name} (n = {rounds})")
        for contestant, ratio in race.ratios().items():
            milliseconds = race.medians()[contestant]
            terminalreporter.write_line(
                f"    {contestant:<12} {milliseconds:10.2f} ms   {ratio:8.2f} x"
            )
