"""Which recipe stays at the target accuracy, over many seeds: the functions for a notebook.

`docs/python.md` shows them at work. Nothing is imported before it is first used.
"""

TYPE_CHECKING = False  # type checkers take it for true; importing `typing` would take time
if TYPE_CHECKING:
    from reprobench.harness.api.frames import Judgement as Judgement
    from reprobench.harness.api.frames import judge as judge
    from reprobench.harness.api.notebook import bench as bench
    from reprobench.harness.api.notebook import comparisons as comparisons
    from reprobench.harness.api.notebook import consistency as consistency
    from reprobench.harness.api.notebook import decide as decide
    from reprobench.harness.api.notebook import epochs as epochs
    from reprobench.harness.api.notebook import gather as gather
    from reprobench.harness.api.notebook import load_study as load_study
    from reprobench.harness.api.notebook import runs as runs
    from reprobench.harness.api.notebook import write_report as write_report
    from reprobench.harness.base.errors import HarnessError as HarnessError
    from reprobench.harness.judging.decision import Decision as Decision
    from reprobench.harness.judging.evidence import Evidence as Evidence
    from reprobench.harness.study.declaration import Study as Study

__all__ = [
    "Decision",
    "Evidence",
    "HarnessError",
    "Judgement",
    "Study",
    "bench",
    "comparisons",
    "consistency",
    "decide",
    "epochs",
    "gather",
    "judge",
    "load_study",
    "runs",
    "write_report",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    from reprobench.harness.base.source_date import check_source_date

    check_source_date()
    return getattr(import_module("reprobench.harness.api.notebook"), name)


def __dir__() -> list[str]:
    return __all__
