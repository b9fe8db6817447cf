"""What the fixture `accuracy` does: train a recipe over seeds, store its runs or compare them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from ...base.disk.files import is_file
from ...base.errors import HarnessError, InputError
from ...base.python_numbers import plain
from ...base.words import allowed_names, plural, some
from ...engines.choice import AUTO
from ...engines.modules import check_modules
from ...guarding.findings import explain
from ...guarding.regression import Finding
from ...results.committed import committed_by_name, store_by_name
from ...results.record import record_file
from ...study.declaration import Gate, Study
from ...study.identity import AnyRecipe
from ...study.loading.checks import check_gate_number
from ...study.loading.file import load_study
from ...study.loading.gate_table import MOST_LIMIT, GateTable, first_and_most
from ...study.loading.problems import Problems, under
from ...training.retraining import own_ledger
from ...training.worker import train_job
from ..telling import silent
from ..watching import Guarded, TrainingSetup, data_of, jobs_of, watch
from . import NAME
from .imported import FileOrFrame, own_runs, placed
from .kept import Kept


@dataclass(frozen=True)
class Accuracy:
    """Called with a study and one of its recipes: see `__call__`."""

    beside: Path
    """The folder of the test; paths of studies are relative to it."""
    storage: Path
    save: str | None
    """Store the runs under this name, and compare nothing."""
    compare: str
    workers: int | None
    findings: list[Finding]
    stored: list[str]
    remarks: list[str]
    kept: Kept | None
    """What tests of the session have stored; None if runs are compared."""

    def __call__(
        self,
        study: str | Path,
        recipe: str,
        *,
        epochs: int,
        margin: float,
        seeds: int | None = None,
        limit: int | None = None,
        alpha: float = 0.05,
        engine: str = AUTO,
        data: str | Path | None = None,
    ) -> Finding | None:
        """Fail the test if the recipe's mean count after `epochs` dropped by more than `margin`.

        The rule is the gate's: the runs of the first `seeds` (2, or `limit` if that is 1) pass if
        they have the same bits; otherwise up to `limit` seeds (16) are trained, with probability
        `alpha` of a false alarm. If it stays undecided whether there is a drop, the test fails too.
        Returns what was found, or None if the runs were stored.
        """
        asked = {"epochs": epochs, "margin": margin, "seeds": seeds, "limit": limit, "alpha": alpha}
        try:
            return self._held(study, recipe, asked, engine, data)
        except HarnessError as error:
            lines = error.lines
        pytest.fail("\n".join(lines), pytrace=False)

    def of_runs(
        self, study: str | Path, runs: FileOrFrame, *, recipes: str | Sequence[str] | None = None
    ) -> list[Finding] | None:
        """Fail the test if runs that it has trained itself are worse than the stored ones.

        `study` is a file with `[import]` and `[gate]`, which declare the measure and the margin;
        `runs` is a file beside the test, or a data frame with one row per epoch. Nothing is
        trained here. If several tests share a study, each gives its own `recipes`, to which it is
        limited. Returns what was found of each recipe, or None if the runs were stored.
        """
        try:
            return self._own(study, runs, recipes)
        except HarnessError as error:
            lines = error.lines
        pytest.fail("\n".join(lines), pytrace=False)

    def _own(
        self, study: str | Path, runs: FileOrFrame, recipes: str | Sequence[str] | None
    ) -> list[Finding] | None:
        storage = self.storage / (self.save or self.compare)
        own = own_runs(study, runs, self.beside, storage, recipes)
        if self.kept:
            self.stored.append(own.store(self.kept))
            return None
        report = own.compare(self._saving)
        self.findings.extend(report.findings)
        if report.verdict != "pass":
            worse = [explain(f) for f in report.findings if f.outcome != "pass"]
            pytest.fail("\n".join([*worse, *report.differences]), pytrace=False)
        self.remarks.extend(report.differences)
        return report.findings

    def _held(
        self,
        study: str | Path,
        recipe: str,
        asked: Mapping[str, object],
        engine: str,
        data: str | Path | None,
    ) -> Finding | None:
        table = _table(asked)
        declared = self._study(study)
        check_modules(declared, _unheard)
        own = _recipe(declared, recipe)
        gate = _gate(table, recipe, declared)
        runs = [declared.run_of(own, seed) for seed in range(1, gate.limit + 1)]
        directory = data_of(declared, None if data is None else Path(data), _unheard)
        folder = self.storage / (self.save or self.compare) / declared.name
        guarded = Guarded(
            declared,
            gate,
            {} if self.save else committed_by_name(folder, declared.data_digest),
            {recipe: runs},
            f"{folder}; `{self._saving}` writes them",
        )
        with own_ledger(None) as ledger:
            setup = TrainingSetup(self.workers, engine, directory, ledger, train_job, silent())
            if not self.kept:
                return self._compare(guarded, recipe, setup)
            self.stored.append(_store(guarded, recipe, setup, folder, self.kept))
            return None

    @property
    def _saving(self) -> str:
        """The command that stores what is compared with."""
        return f"pytest --accuracy-save{'' if self.compare == NAME else f'={self.compare}'}"

    def _study(self, study: str | Path) -> Study:
        return load_study(str(placed(study, self.beside, is_file)))

    def _compare(self, guarded: Guarded, recipe: str, setup: TrainingSetup) -> Finding:
        guarded.check()
        watched = watch(guarded, setup)
        finding = watched.findings[recipe]
        self.findings.append(finding)
        if finding.outcome not in ("identical", "pass"):
            lines = [explain(finding), *watched.differences(guarded.committed)]
            pytest.fail("\n".join(lines), pytrace=False)
        return finding


def _table(asked: Mapping[str, object]) -> GateTable:
    """The arguments, checked as `[gate]` of a study is; raises InputError."""
    problems = Problems(Path("accuracy"))
    numbers = {name: plain(number) for name, number in asked.items()}
    table = problems.validate(GateTable, numbers, under(""))
    problems.raise_any()
    assert table is not None
    return table


def _gate(table: GateTable, recipe: str, study: Study) -> Gate:
    """The gate that the arguments declare for a recipe; raises InputError."""
    problems = Problems(Path("accuracy"))
    first, limit = first_and_most(table, MOST_LIMIT)
    declared = f"the declared epochs of study {study.name}"
    check_gate_number("epochs", table.epochs, study.criterion.epochs, declared, problems)
    check_gate_number("seeds", first, limit, "limit", problems)
    problems.raise_any()
    return Gate(first, limit, table.epochs, table.alpha, {recipe: table.margin})


def _recipe(study: Study, name: str) -> AnyRecipe:
    names = [recipe.name for recipe in study.recipes]
    if name not in names:
        raise InputError(f"recipe {name}: unknown; {allowed_names(name, names)}")
    return study.recipes[names.index(name)]


def _store(guarded: Guarded, recipe: str, setup: TrainingSetup, folder: Path, kept: Kept) -> str:
    """Train all runs and store them; returns a line that says so.

    They replace earlier runs, and the runs of recipes that the study no longer declares. Raises
    InputError if another test has stored some of those, of another study with the same name.
    """
    jobs = list(jobs_of(guarded, [recipe], guarded.gate.limit, setup))
    records = setup.train_anew(jobs).values()
    if failed := [record.error for record in records if not record.is_evidence]:
        raise InputError(f"{recipe}: a run failed, nothing is stored: {failed[0]}")
    files = {record_file(recipe, record.seed): setup.ledger.content(record) for record in records}
    declared = {declared.name for declared in guarded.study.recipes}
    with kept.recipes_in(folder) as there:
        if lost := sorted(there - declared):
            raise InputError(
                f"{guarded.study.file}: another test has stored runs of {some(lost)} in {folder}, "
                "which this one would remove; give one of the two studies another name"
            )
        there.add(recipe)
        store_by_name(folder, files, stays=lambda name: name in declared - {recipe})
    return f"{plural(len(files), 'run')} of {recipe} stored in {folder}: commit it"


def _unheard(_: str) -> None:
    """Say nothing: pytest captures the output, so nobody would see it."""
