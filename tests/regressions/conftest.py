"""Prints what the gate said of each planted defect, after all of them."""

from __future__ import annotations

import pytest
from outcomes import ROWS, lines


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if ROWS:
        terminalreporter.section("planted regressions")
        for line in lines():
            terminalreporter.write_line(line)
