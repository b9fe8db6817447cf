"""`harness studies`: the studies that ship with the harness."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from ..base.console import show, table
from ..base.words import declared_percent
from ..study.loading.file import load_study, shipped_studies
from .options.lists import StudiesOptions
from .telling import tell


def studies(options: StudiesOptions, console: Console) -> None:
    """Print name, data set, size and target of each."""
    facts = [_facts(name) for name in shipped_studies()]
    head = ("Study", "Data set", "Recipes", "Seeds", "Epochs", "Target")
    show(table(head, map(_cells, facts), left=(0, 1)), console)
    tell(options, facts)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    seeds = f"{'at most ' if row['adaptive'] else ''}{row['seeds']}"
    sizes = (str(row["recipes"]), seeds, str(row["epochs"]))
    return (row["study"], row["data_set"], *sizes, declared_percent(row["target"]))


def _facts(name: str) -> dict[str, Any]:
    study = load_study(name)
    return {
        "study": name,
        "data_set": study.data_set.name,
        "recipes": len(study.recipes),
        "seeds": len(study.seeds),
        "adaptive": study.budget is not None,
        "epochs": study.criterion.epochs,
        "target": study.criterion.target,
    }
