"""A bench of scripted runs that take a fifth of a second, in a separate process.

python scripted_bench.py STUDY LEDGER OUT
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from reprobench.harness.base.errors import HarnessError
from reprobench.harness.commands.bench import bench
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.training.worker import Job
from rich.console import Console
from scripted import trainer

SECONDS = 0.2


def wait(_: Job) -> None:
    time.sleep(SECONDS)


def main(study: str, ledger: str, out: str) -> int:
    options = BenchOptions(study=study, jobs=2, engine="torch", ledger=Path(ledger), out=Path(out))
    try:
        return bench(options, Console(width=200), trainer(wait))
    except HarnessError as error:
        print(error)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
