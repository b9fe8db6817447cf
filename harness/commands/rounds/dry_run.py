"""`harness bench --dry-run`: what would be trained next and why, and what cannot be foreseen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rich.console import Console

from ...base.console import say
from ...base.words import plural
from ...data.spec import DataSet
from ...training.estimate import estimate_seconds
from ...training.plan import Plan
from ...training.worker import Job
from .loop import Loop
from .reasons import Round, identity, next_round


def show_what_is_next(loop: Loop, data: DataSet | None) -> dict[str, Any]:
    """Print the runs of each round that can be foreseen, and about how long they all take.

    Returns the same as facts.
    """
    known, machine = loop.known, loop.machine
    jobs: list[Job] = []
    held, console = 0, machine.console
    seen_to: set[tuple[str, int]] = set()
    unforeseen, rounds = [], []
    for reason in loop.reasons:
        if reason.by_evidence and jobs:
            unforeseen.append(reason)
        elif following := next_round([reason], known, seen_to):
            todo = machine.lacking(following, known.ledger)
            _show(following, todo, console)
            rounds.append(_facts(following, todo))
            jobs += todo.jobs
            held += todo.known
            seen_to.update(map(identity, following.runs))
            if reason.asks_again:
                unforeseen.append(reason)
    seconds = estimate_seconds(jobs, data, known.ledger, machine.workers)
    about = "time not yet known" if seconds is None else _about(seconds)
    time = f"; {about}" if jobs else ""
    amount = machine.amount(jobs, held) if jobs or held else "nothing is left to train"
    say(console, f"{known.study.name}: {amount}{time}")
    for reason in unforeseen:
        say(console, f"then {reason.name}, once the runs above have ended")
    return {
        "study": known.study.name,
        "rounds": rounds,
        "runs_to_train": len(jobs),
        "runs_in_ledger": held,
        "workers": machine.workers,
        "seconds": None if seconds is None else round(seconds),
        "then": [reason.name for reason in unforeseen],
    }


def _facts(following: Round, todo: Plan) -> dict[str, Any]:
    """A round's runs, by the keys that their records will have, and the files that are damaged."""
    runs = [
        {
            "key": job.key,
            "recipe": job.run.recipe.name,
            "seed": job.run.seed,
            "epochs": job.epochs,
            "engine": job.engine.name,
        }
        for job in todo.jobs
    ]
    return {"why": following.why, "runs": runs, "damaged": [*map(str, todo.damaged)]}


def _about(seconds: float) -> str:
    return f"about {timedelta(seconds=round(seconds))}"


def _show(following: Round, todo: Plan, console: Console) -> None:
    say(console, following.why)
    for job in todo.jobs:
        say(console, f"  {job.title}: {plural(job.epochs, 'epoch')}")
    for damage in todo.damaged:
        say(console, f"  damaged, would be set aside: {damage}")
