"""The verdict on a recipe of a study, from the runs that may decide it."""

from __future__ import annotations

from .evidence import Evidence
from .pass_rate import PassVerdict, pass_verdict, verdict_at_looks
from .seeds.order import without_gaps


def verdict_on(evidence: Evidence, recipe: str, among: int, runs: int | None = None) -> PassVerdict:
    """Whether a recipe that these runs chose from `among` recipes has the required pass rate.

    With adaptive seeds or looks, the runs up to the first missing seed decide, and of these only
    the first `runs` if that is given; with a declared number of seeds, all of them do.
    """
    study, criterion = evidence.study, evidence.study.criterion
    required, confidence = criterion.required_pass_rate, criterion.confidence
    if not study.budget and not study.looks:
        holding = evidence.holding(recipe)
        there = [holding[seed] for seed in study.seeds if seed in holding][:runs]
        method = evidence.method(len(evidence.judged(recipe)))
        return pass_verdict(there, required, confidence, among, method)
    held = [run.holds for run in without_gaps(evidence, recipe)][:runs]
    if study.looks:
        return verdict_at_looks(held, study.looks, required, confidence, among)
    return pass_verdict(held, required, confidence, among, "anytime")
