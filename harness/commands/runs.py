"""`harness runs`: list, show and remove the runs of a ledger."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from ..base.console import say, show, show_list, table
from ..base.errors import InputError
from ..base.fingerprint import SHORT
from ..base.words import one_line, plural
from ..results.commanded import CommandRecord
from ..results.ledger import Damage, Ledger
from ..results.record import RunRecord
from ..study.loading.file import is_imported, load_study
from ..training.display import last_measured
from .imported.runs import list_imported, others_in
from .options.lists import RunsListOptions, RunsRemoveOptions, RunsShowOptions
from .telling import agreed, tell

ANY: Final = "STUDY"
"""What stands for the name of any study in a command."""


def list_runs(options: RunsListOptions, console: Console) -> None:
    """Print one row per run; raises InputError if there is no such study or no ledger."""
    if options.study is not None and is_imported(options.study):
        ledger = _existing(options.ledger, f"harness import FILE... --study {options.study}")
        return list_imported(options.study, ledger, options, console)
    ledger = _existing(options.ledger, f"harness bench {options.study or ANY}")
    everything = options.study is None
    if options.study is None:
        found = sorted(_all(ledger), key=_recipe_and_seed)
    else:
        found = list(_of_study(options.study, ledger))
    named = "architecture" if everything else "recipe"
    runs = [(name, entry) for name, entry in found if isinstance(entry, RunRecord)]
    facts = [{"key": record.key, named: name, **_facts(record)} for name, record in runs]
    head = ("Key", named.capitalize(), "Seed", "Status", "Epochs", "Last count", "Engine")
    cells = [_cells(name, record) for name, record in runs]
    show_list(console, head, cells, left=(0, 1, 3, 6), name=1, spare=(6, 4))
    for _, entry in found:
        if isinstance(entry, Damage):
            say(console, f"damaged: {one_line(entry)}")
    say(console, f"{plural(len(facts), 'run')} in {ledger.root}")
    if everything:
        for line in others_in(ledger):
            say(console, line)
    return tell(options, facts)


def _cells(name: str, record: RunRecord) -> list[str]:
    last = last_measured(record.rows[-1]) if record.rows else "-"
    texts = (name, str(record.seed), record.status, _epochs(record), last, record.engine)
    return [record.key[:SHORT], *map(one_line, texts)]


def show_run(options: RunsShowOptions, console: Console) -> None:
    """Print a record without the mistakes of its epochs; raises InputError for an unknown key."""
    ledger = _existing(options.ledger)
    (record,) = _found([options.key], ledger)
    facts = record.model_dump(mode="json", exclude={"rows": {"__all__": {"mistakes"}}})
    rows = facts.pop("rows", None)
    if isinstance(record, CommandRecord) and os.path.exists(ledger.log(record.key)):
        facts["log"] = str(ledger.log(record.key))
    for name, value in facts.items():
        say(console, f"{name}: {one_line(value if isinstance(value, str) else json.dumps(value))}")
    show(_printed(record) if rows is None else _trained(rows), console)
    tell(options, facts if rows is None else {**facts, "rows": rows})


def _trained(rows: list[dict[str, Any]]) -> Table:
    """A table of the epochs of a run that an engine trained."""
    head = ("Epoch", "Learning rate", "Training loss", "Test loss", "Count", "Seconds")
    cells = (
        (
            str(row["epoch"]),
            f"{row['lr']:.4g}",
            f"{row['train_loss']:.4f}",
            f"{row['test_loss']:.4f}",
            f"{row['correct']:,} of {row['total']:,}",
            f"{row['seconds']:.1f}",
        )
        for row in rows
    )
    return table(head, cells, left=())


def _printed(record: RunRecord) -> Table:
    """A table of the epochs of a run that a program trained."""
    cells = (
        (str(row.epoch), last_measured(row), f"{row.seconds or 0.0:.1f}") for row in record.rows
    )
    return table(("Epoch", "Measured", "Seconds"), cells, left=())


def remove_runs(options: RunsRemoveOptions, console: Console) -> None:
    """Delete the records, once the user agrees; raises InputError if one cannot be removed."""
    ledger = _existing(options.ledger)
    records = list({record.key: record for record in _found(options.keys, ledger)}.values())
    for record in records:
        say(console, _title(record))
    if not options.yes and not agreed(
        f"remove {plural(len(records), 'run')} for good?",
        console,
        alone="there is no terminal to ask on; give --yes to remove them",
    ):
        say(console, "nothing was changed")
        return
    _remove(records, ledger)
    say(console, f"{plural(len(records), 'run')} removed from {ledger.root}")


def _remove(records: list[RunRecord], ledger: Ledger) -> None:
    """Delete all records; raises InputError, before any is deleted, if benches train some."""
    locks = ledger.locks()
    try:
        busy = [record.key[:SHORT] for record in records if not locks.take(record.key)]
        if busy:
            raise InputError.of(
                f"run {key}: a bench is training it; end that first" for key in busy
            )
        for record in records:
            ledger.remove(record)
    finally:
        locks.close()


def _existing(root: Path, first: str = f"harness bench {ANY}") -> Ledger:
    ledger = Ledger(root)
    ledger.check_exists(first)
    return ledger


def _all(ledger: Ledger) -> Iterator[tuple[str, RunRecord | Damage]]:
    """Every run, with its architecture or command, since records do not name their recipes."""
    for entry in ledger.everything():
        yield _made_of(entry) if isinstance(entry, RunRecord) else "", entry


def _of_study(name: str, ledger: Ledger) -> Iterator[tuple[str, RunRecord | Damage]]:
    study = load_study(name)
    for recipe in study.recipes:
        entries = ledger.of_recipe(study.run_of(recipe, study.seeds[0]).recipe_key)
        yield from sorted(((recipe.name, entry) for entry in entries), key=_recipe_and_seed)


def _recipe_and_seed(found: tuple[str, RunRecord | Damage]) -> tuple[str, str, int]:
    """What a list of runs is ordered by."""
    name, entry = found
    return (name, entry.recipe_key, entry.seed) if isinstance(entry, RunRecord) else (name, "", 0)


def _found(keys: Sequence[str], ledger: Ledger) -> list[RunRecord]:
    """For each of `keys`, the run whose key begins so; raises InputError unless it is one each."""
    there = {record.key: record for _, record in _all(ledger) if isinstance(record, RunRecord)}
    return [there[_only(begin, there)] for begin in keys]


def _only(begin: str, keys: Iterable[str]) -> str:
    """The one key that begins so; raises InputError."""
    found = [key for key in keys if key.startswith(begin)]
    if len(found) != 1 or not begin:
        many = f"begins the keys of {len(found)} runs" if found else "begins the key of no run"
        raise InputError(f"run {begin or repr(begin)}: {many}; `harness runs list` shows the keys")
    return found[0]


def _facts(record: RunRecord) -> dict[str, Any]:
    last = record.rows[-1] if record.rows else None
    return {
        "seed": record.seed,
        "status": record.status,
        "epochs": _epochs(record),
        "correct": last and last.value,
        "total": last and last.total,
        "engine": record.engine,
        "data_set": record.data_set,
        "error": record.error,
    }


def _epochs(record: RunRecord) -> str:
    return f"{len(record.rows)} of {record.epochs}"


def _made_of(record: RunRecord) -> str:
    """The architecture or command of its recipe; records do not have the recipe's name."""
    return str(record.recipe.get("architecture") or record.recipe.get("command", ""))


def _title(record: RunRecord) -> str:
    what = f"{_made_of(record)} seed {record.seed}"
    return one_line(f"{record.key[:SHORT]}: {what}, {record.status}, {record.engine}")
