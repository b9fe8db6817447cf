"""Confirmation: the chosen recipe and its closest rival on seeds that took no part in the choice.

The figures of a recipe that was chosen as the best of many are biased in its favour on the runs
that were used to choose it. Runs on fresh seeds were not, so their figures have no such bias.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..results.ledger import Ledger
from ..study.declaration import Study
from .comparison import Comparison, compare_recipes
from .decision import Decision
from .evidence import Evidence
from .gathering import gather
from .pass_rate import PassAnswer, PassVerdict
from .verdicts import verdict_on


def confirming(study: Study, decision: Decision | None) -> Study | None:
    """The study of the chosen recipe and its rival on fresh seeds.

    It uses all training images and the test images, even if images were held out for the choice.
    None if no such seeds are declared or nothing is chosen.
    """
    if decision is None or not study.confirmation_seeds:
        return None
    names = {found.name for found in (decision.chosen, decision.rival) if found}
    recipes = tuple(recipe for recipe in study.recipes if recipe.name in names)
    return replace(
        study,
        seeds=study.confirmation_seeds,
        recipes=recipes,
        holdout=0,
        looks=(),
        budget=None,
        published={},
        claims=(),
    )


@dataclass(frozen=True)
class Confirmation:
    """The runs on fresh seeds: the chosen recipe minus its rival, and the verdict on it."""

    evidence: Evidence
    chosen: str
    rival: str | None
    comparison: Comparison | None
    passing: PassVerdict
    """On the chosen recipe, from the fresh seeds alone; at alpha, since they did not choose it."""

    @property
    def verdict(self) -> PassAnswer:
        """Whether the chosen recipe has the required pass rate, from the fresh seeds alone."""
        return self.passing.answer


def gather_confirmation(
    evidence: Evidence, decision: Decision | None, ledger: Ledger | None
) -> Confirmation | None:
    """The confirmation of what the evidence chose, with the same engines.

    None if there are no such runs, or if runs are imported. Raises StorageError if the ledger
    cannot be read.
    """
    if ledger is None:
        return None
    study = confirming(evidence.trainable_study, decision)
    if study is None or decision is None:
        return None
    found = gather(study, ledger, evidence.engines)
    chosen = decision.chosen.name
    rival = decision.rival.name if decision.rival else None
    if not found.records[chosen]:
        return None
    return Confirmation(
        evidence=found,
        chosen=chosen,
        rival=rival,
        comparison=compare_recipes(found, chosen, rival) if rival else None,
        passing=verdict_on(found, chosen, among=1),
    )
