"""`harness studies`: the studies that ship with the harness."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from ..base.words import percent
from ..study.loading.file import load_study, shipped_studies
from .options.lists import StudiesOptions
from .telling import plain_table, tell


def studies(options: StudiesOptions, console: Console) -> None:
    """Print name, data set, size and target of each."""
    facts = [_facts(name) for name in shipped_studies()]
    table = plain_table("Study", "Data set", "Recipes", "Seeds", "Epochs", "Target")
    for row in facts:
        seeds = f"{'at most ' if row['adaptive'] else ''}{row['seeds']}"
        sizes = (str(row["recipes"]), seeds, str(row["epochs"]))
        table.add_row(row["study"], row["data_set"], *sizes, percent(row["target"]))
    console.print(table)
    tell(options, facts)


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
