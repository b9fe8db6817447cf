"""What is known about a study: the records that its report is based on, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ..base.words import extent, plural, some
from ..results.elsewhere.record import ImportedRecord
from ..results.ledger import Damage, Ledger
from ..results.record import RunRecord
from ..statistics.bounded import Method
from ..study.declaration import Study
from ..study.engine_version import EngineVersion
from ..study.identity import AnyRecipe
from ..study.imported import ImportedRecipe, ImportedStudy
from ..study.measure import Measure
from .consistency import (
    RecipeConsistency,
    RunConsistency,
    judge_recipe,
    judge_run,
    rank,
)

Record = RunRecord | ImportedRecord


@dataclass(frozen=True, repr=False)
class Evidence:
    """The records of a study's runs; a recipe's are all by the same version of the same engine."""

    study: Study | ImportedStudy
    ledger: Ledger | None
    """None if the runs were imported."""
    engines: dict[str, EngineVersion]
    """The engine that trained the runs of each recipe that has any."""
    records: Mapping[str, Sequence[Record]]
    """Completed and diverged runs by recipe, in the study's order of seeds, which is the order of
    training; only the mistakes of their last epoch are kept."""
    failed: list[tuple[str, RunRecord]]
    """Runs that could not be trained, each with its recipe's name."""
    damaged: list[Damage]
    by_other_engines: int
    """The number of runs that are left out because another engine or version trained them."""

    def __repr__(self) -> str:
        runs = [f"{len(found):,} of {name}" for name, found in self.records.items()]
        return f"<Evidence on study {self.study.name}: runs: {some(runs)}>"

    @property
    def engine(self) -> EngineVersion | None:
        """The engine of most recipes, the only ones compared; None if there are no records."""
        counts = Counter(self.engines.values())
        return max(sorted(counts), key=lambda version: counts[version], default=None)

    @property
    def apart(self) -> dict[str, EngineVersion]:
        """The recipes that another engine trained, which are not compared."""
        main = self.engine
        return {name: made for name, made in self.engines.items() if made != main}

    def part(self, names: Collection[str]) -> Evidence:
        """The evidence reduced to these recipes."""
        return replace(
            self,
            study=self.study.part(names),
            engines={name: made for name, made in self.engines.items() if name in names},
            records={name: found for name, found in self.records.items() if name in names},
        )

    @cached_property
    def compared(self) -> Evidence:
        """The evidence on the recipes that may be compared because the same engine trained them."""
        apart = self.apart
        return self.part(self.records.keys() - apart.keys()) if apart else self

    @property
    def measure(self) -> Measure:
        """The measure that runs are judged by."""
        return self.study.measure

    @property
    def total(self) -> int | None:
        """The number of test images; None if the measure is not a count."""
        return self.measure.total

    @property
    def threshold(self) -> float:
        """The count of test images, or the value of another measure, that a run should stay at."""
        criterion = self.study.criterion
        return criterion.target if self.total is None else criterion.threshold(self.total)

    def method(self, runs: int) -> Method:
        """Which intervals this number of runs allows: those for a declared number, or for any."""
        fixed = not self.study.budget and not self.study.looks
        return "declared" if fixed and runs == len(self.study.seeds) else "anytime"

    @property
    def look_ahead(self) -> bool:
        """Whether a number of seeds was declared and some recipe has not reached it."""
        declared = self.study.looks or (len(self.study.seeds),)
        return not self.study.budget and any(
            len(records) not in declared for records in self.records.values()
        )

    def runs(self) -> Iterator[tuple[AnyRecipe | ImportedRecipe, Record, RunConsistency]]:
        """Every run with its consistency: recipes and seeds in the study's order."""
        for recipe in self.study.recipes:
            judged = self.judged(recipe.name)
            for record in self.records[recipe.name]:
                yield recipe, record, judged[record.seed]

    def trained(self) -> Iterator[tuple[str, RunRecord]]:
        """The runs that were trained here rather than imported, each with its recipe's name."""
        for recipe, record, _ in self.runs():
            if isinstance(record, RunRecord):
                yield recipe.name, record

    @property
    def by_engines(self) -> bool:
        """Whether engines trained the runs; otherwise mistakes and learning rates are unknown."""
        return isinstance(self.study, Study) and self.study.printed is None

    @property
    def trainable_study(self) -> Study:
        """The study, if its runs can be trained; raises ValueError if they are imported."""
        if isinstance(self.study, ImportedStudy):
            raise ValueError(f"the runs of {self.study.name} were trained elsewhere")
        return self.study

    def judged(self, recipe: str) -> dict[int, RunConsistency]:
        """A recipe's runs against the criterion, by seed, in the study's order."""
        return self._judged[recipe]

    @cached_property
    def _judged(self) -> dict[str, dict[int, RunConsistency]]:
        return {
            name: {record.seed: self.run_consistency(record) for record in records}
            for name, records in self.records.items()
        }

    def holding(self, recipe: str) -> dict[int, bool | None]:
        """Whether each of a recipe's runs holds, by seed; None for a run that failed."""
        failed = {record.seed for name, record in self.failed if name == recipe}
        return {
            **dict.fromkeys(failed, None),
            **{seed: run.holds for seed, run in self.judged(recipe).items()},
        }

    def parameters(self, recipe: str) -> int:
        """Trainable parameters of a recipe that has runs."""
        return self.records[recipe][0].parameters

    def run_consistency(self, record: Record) -> RunConsistency:
        """The run judged by the study's criterion."""
        window, diverged = self.study.criterion.window, record.status == "diverged"
        sign = self.measure.sign
        return judge_run(record.values, self.threshold, window, diverged=diverged, sign=sign)

    def content(self, record: Record) -> bytes:
        """A record's file, byte for byte; raises StorageError if it now holds other results."""
        if isinstance(record, ImportedRecord):
            return record.to_json().encode()
        assert self.ledger is not None
        return self.ledger.content(record)

    @cached_property
    def consistency(self) -> dict[str, RecipeConsistency]:
        """The consistency of every recipe over its runs."""
        return {
            name: judge_recipe(
                list(self.judged(name).values()),
                sum(record.status == "diverged" for record in records),
                self.threshold,
                self.study.criterion.confidence,
                self.method(len(records)),
                self.measure.sign,
                counted=self.total is not None,
            )
            for name, records in self.records.items()
        }

    @property
    def _declares(self) -> bool:
        """Whether the study declared beforehand which runs there should be."""
        return not isinstance(self.study, ImportedStudy) or self.study.declared

    def gaps(self, *, answered: bool = False) -> list[str]:
        """What this evidence lacks for a complete report, in words; empty if it is complete.

        A study with looks is complete at the look at which its verdict was `answered`.
        """
        declared, seeds = self.study.criterion.epochs, len(self.study.seeds)
        absent = [name for name, records in self.records.items() if not records]
        present = {name: len(records) for name, records in self.records.items() if records}
        short = [r for records in self.records.values() for r in records if not r.spans(declared)]
        gaps = []
        if absent:
            gaps.append(f"no runs of {some(absent)}")
        at_a_look = answered and any({look} == {*present.values()} for look in self.study.looks)
        if present and not self.study.budget and min(present.values()) < seeds and not at_a_look:
            number = extent([*present.values()])
            gaps.append(f"{number} of {seeds:,} {'declared ' if self._declares else ''}seeds")
        if short:
            fewest = min(len(record.rows) for record in short)
            gaps.append(
                f"runs of {fewest} of {declared} {'declared ' if self._declares else ''}epochs"
            )
        if self.failed:
            gaps.append(plural(len(self.failed), "failed run"))
        return gaps


def foremost(evidence: Evidence, most: int, first: str | None = None) -> list[str]:
    """The `most` highest-ranked recipes, in declared order, among them the one that comes `first`.

    Recipes without runs rank last.
    """

    def ranked(name: str) -> tuple[bool, tuple[float, float]]:
        found = evidence.consistency[name]
        return name == first, rank(found.hold_rate, found.final.merit)

    names = [recipe.name for recipe in evidence.study.recipes]
    best = set(sorted(names, key=ranked, reverse=True)[:most])
    return [name for name in names if name in best]
