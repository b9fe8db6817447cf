"""Everything that a report is made from: the evidence, the judgements on it, and all tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..judging.claims import JudgedClaim, judge_claims
from ..judging.confirmation import Confirmation
from ..judging.decision import Decision, decide, lacking
from ..judging.evidence import Evidence
from ..judging.seeds.adaptive import unasked_runs
from .tables.columns import Rows
from .tables.comparisons import ClaimsRow, ComparisonsRow, claims_table, comparisons_table
from .tables.consistency import (
    ConfirmationRow,
    ConsistencyRow,
    confirmation_table,
    consistency_table,
)
from .tables.course import CourseRow, course_table
from .tables.epochs import EpochsRow, epochs_table
from .tables.grounds import EffectsRow, NoiseRow, effects_table, noise_table
from .tables.published import PublishedRow, published_table
from .tables.runs import RunsRow, runs_table
from .tables.survival import SurvivalRow, survival_table


@dataclass(frozen=True)
class Bundle:
    """The content of a report; each table is made once, when it is first asked for."""

    evidence: Evidence
    confirmation: Confirmation | None = None
    decided: Decision | None = None
    """The decision, if it has already been made."""

    @cached_property
    def compared(self) -> Bundle:
        """The bundle of the recipes that may be compared: those that the same engine trained."""
        same = self.evidence.compared is self.evidence
        return self if same else Bundle(self.evidence.compared, self.confirmation, self.decided)

    @property
    def confirmed_evidence(self) -> Evidence | None:
        """The evidence on the seeds that took no part in the choice."""
        return self.confirmation.evidence if self.confirmation else None

    @cached_property
    def decision(self) -> Decision | None:
        """The decision among the recipes that may be compared."""
        return self.decided or decide(self.evidence.compared)

    @property
    def missing(self) -> list[str]:
        """What this report lacks for a complete one, in words."""
        return lacking(self.evidence, self.decision)

    @cached_property
    def claims(self) -> list[JudgedClaim]:
        """Every published claim, judged on the recipes that may be compared."""
        return judge_claims(self.evidence)

    @cached_property
    def epochs(self) -> Rows[EpochsRow]:
        """Every epoch of every run, also those in which one diverged."""
        return epochs_table(self.evidence)

    @cached_property
    def ended_epochs(self) -> Rows[EpochsRow]:
        """Every epoch after which something was measured."""
        return self.epochs.where(lambda row: math.isfinite(row.correct))

    @cached_property
    def survival(self) -> Rows[SurvivalRow]:
        """Every recipe, epoch by epoch."""
        return survival_table(self.evidence)

    @cached_property
    def runs(self) -> Rows[RunsRow]:
        """Every run."""
        return runs_table(self.evidence)

    @cached_property
    def consistency(self) -> Rows[ConsistencyRow]:
        """Every recipe."""
        return consistency_table(self.evidence)

    @cached_property
    def ranked(self) -> Rows[ConsistencyRow]:
        """The recipes that have runs, in the order of the decision: the highest rank first."""
        with_runs = [row for row in self.consistency if row.over.runs]
        ranked = sorted(with_runs, key=lambda row: row.over.rank, reverse=True)
        return Rows(ConsistencyRow, tuple(ranked))

    @cached_property
    def comparisons(self) -> Rows[ComparisonsRow]:
        """Every recipe behind the leader."""
        return comparisons_table(self.decision, self.evidence)

    @cached_property
    def behind(self) -> Rows[ComparisonsRow]:
        """The recipes behind the leader, the highest rank first."""
        place = {row.recipe: number for number, row in enumerate(self.ranked)}
        rows = sorted(self.comparisons, key=lambda row: place[row.recipe])
        return Rows(ComparisonsRow, tuple(rows))

    @cached_property
    def noise(self) -> Rows[NoiseRow]:
        """The noise of every recipe."""
        return noise_table(self.evidence)

    @cached_property
    def effects(self) -> Rows[EffectsRow]:
        """Every level of each axis of a grid."""
        return effects_table(self.evidence.compared)

    @cached_property
    def course(self) -> Rows[CourseRow]:
        """Every round of a study with adaptive seeds."""
        return course_table(self.evidence.compared)

    @cached_property
    def unasked(self) -> int:
        """The number of runs of a study with adaptive seeds that its rule did not ask for."""
        return unasked_runs(self.evidence.compared) if len(self.course) else 0

    @cached_property
    def published(self) -> Rows[PublishedRow]:
        """Every published run."""
        return published_table(self.evidence)

    @cached_property
    def claim_rows(self) -> Rows[ClaimsRow]:
        """Every claim and every other recipe that it is compared with."""
        return claims_table(self.claims)

    @cached_property
    def confirmed(self) -> Rows[ConfirmationRow]:
        """The choice and its rival, on each kind of seeds."""
        return confirmation_table(self.evidence, self.confirmation)

    def csv_files(self) -> list[Rows[Any]]:
        """The tables of the CSV files; some of them only if they have rows."""
        always: list[Rows[Any]] = [
            *(self.epochs, self.runs, self.consistency, self.comparisons),
            *([self.noise] if self.evidence.by_engines else []),
            self.survival,
        ]
        sometimes: list[Rows[Any]] = [
            *(self.effects, self.course, self.published, self.claim_rows, self.confirmed)
        ]
        return always + [table for table in sometimes if len(table)]
