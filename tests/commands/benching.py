"""Benches with scripted training, in this process."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from reprobench.harness.commands.bench import bench
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.training.worker import Trainer
from rich.console import Console
from scripted import trainer

Harness = Callable[..., tuple[int, str, str]]
"""Runs the command line; returns (exit code, output, errors)."""


def run(options: BenchOptions, train: Trainer | None = None) -> tuple[int, str]:
    """Exit code and output."""
    output = io.StringIO()
    code = bench(options, Console(file=output, width=200), train or trainer())
    return code, output.getvalue()


def title(study: str) -> str:
    return Path("out", study, "report.md").read_text().splitlines()[0]
