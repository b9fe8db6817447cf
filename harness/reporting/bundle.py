"""Everything that one report is made of: the evidence, what was judged of it, and all tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from ..judging.claims import JudgedClaim, judge_claims
from ..judging.confirmation import Confirmation
from ..judging.decision import Decision, decide
from ..judging.evidence import Evidence
from .tables.epochs import epochs_table, runs_table
from .tables.summaries import (
    claims_table,
    comparisons_table,
    confirmation_table,
    consistency_table,
    effects_table,
    noise_table,
    published_table,
    survival_table,
)


@dataclass(frozen=True)
class Bundle:
    """Tables are made when they are first asked for, and once."""

    evidence: Evidence
    confirmation: Confirmation | None = None

    @cached_property
    def compared(self) -> Bundle:
        """The same of the recipes that may be compared: those that one engine trained."""
        same = self.evidence.compared is self.evidence
        return self if same else Bundle(self.evidence.compared, self.confirmation)

    @property
    def confirmed_evidence(self) -> Evidence | None:
        """The evidence on the seeds that took no part in the choice."""
        return self.confirmation.evidence if self.confirmation else None

    @cached_property
    def decision(self) -> Decision | None:
        """The decision among the recipes that may be compared."""
        return decide(self.evidence.compared)

    @cached_property
    def claims(self) -> list[JudgedClaim]:
        """Published claims about the recipes that may be compared."""
        return judge_claims(self.evidence.compared)

    @cached_property
    def epochs(self) -> pd.DataFrame:
        """One row an epoch of every run."""
        return epochs_table(self.evidence)

    @cached_property
    def survival(self) -> pd.DataFrame:
        """One row a recipe and epoch: reached by then, staying from then on."""
        return survival_table(self.evidence)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row a run."""
        return runs_table(self.evidence)

    @cached_property
    def consistency(self) -> pd.DataFrame:
        """One row a recipe."""
        return consistency_table(self.evidence)

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """One row a recipe behind the leader."""
        return comparisons_table(self.decision)

    @cached_property
    def noise(self) -> pd.DataFrame:
        """One row a recipe."""
        return noise_table(self.evidence)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """One row a level of each axis of a grid."""
        return effects_table(self.evidence.compared)

    @cached_property
    def published(self) -> pd.DataFrame:
        """One row a published run."""
        return published_table(self.evidence)

    @cached_property
    def claim_rows(self) -> pd.DataFrame:
        """One row a claim and other recipe."""
        return claims_table(self.claims)

    @cached_property
    def confirmed(self) -> pd.DataFrame:
        """One row a recipe that was confirmed and kind of seeds."""
        return confirmation_table(self.evidence, self.confirmation)

    def csv_files(self) -> dict[str, pd.DataFrame]:
        """The tables by the name of their CSV file; some only where they have rows."""
        always = {
            "epochs": self.epochs,
            "runs": self.runs,
            "consistency": self.consistency,
            "comparisons": self.comparisons,
            "noise": self.noise,
            "survival": self.survival,
        }
        sometimes = {
            "effects": self.effects,
            "published": self.published,
            "claims": self.claim_rows,
            "confirmation": self.confirmed,
        }
        return always | {name: table for name, table in sometimes.items() if len(table)}
