"""What a bench is about: its study, the selected part, and the data; all checked first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from ...base.errors import DataError, InputError
from ...base.words import allowed_names
from ...data.place import data_directory
from ...data.registry import DATA_SETS, Say, fetch, load_data_set
from ...data.spec import DataSet
from ...engines.modules import check_modules
from ...engines.roster import ENGINES
from ...study.declaration import Study
from ...study.loading.file import load_study, place_to_change, shipped_studies
from ...training.cluster.address import check_address
from ...training.plan import Selection, select
from ...training.twins import check_effects
from ..options.training import BenchOptions
from .ad_hoc import as_options, with_changes

DEFAULT_STUDY: Final = "mnist"
STAND_IN: Final = "digits"


@dataclass(frozen=True)
class Task:
    """The study to bench, the selection from it, and its data."""

    study: Study
    selection: Selection
    data: DataSet | None
    """None if programs train: they bring their own data."""
    stand_in_for: str | None = None

    @property
    def part(self) -> Study:
        """The study with only the selected recipes and seeds."""
        return select(self.study, self.selection)


def prepare(options: BenchOptions, say: Say, study: Study | None = None) -> Task:
    """The given study, or the one that the options name, with its data.

    If they name none and MNIST is not available, it is the stand-in. Raises InputError and
    DataError.
    """
    named = options.study is not None or options.data_set is not None
    insisted = study is not None or named
    if study is None:
        name = _study_of(options.data_set) if options.study is None else options.study
        study = load_study(name)
    selection = _selection(options)
    study = _as_asked(study, options, selection)
    check_modules(study, say)
    check_effects(study, as_options(options.changes))
    _check(options, study, selection)
    if study.printed:
        return Task(study, selection, None)
    directory = data_directory(options.data)
    try:
        fetch(study.data_set, directory, say, download=not options.dry_run)
    except DataError as error:
        if options.dry_run or insisted:
            raise
        say(str(error))
        study, selection = _stand_in(options, selection)
        data = load_data_set(study.data_set, directory)
        return Task(study, selection, data, stand_in_for=DEFAULT_STUDY)
    return Task(study, selection, load_data_set(study.data, directory))


def _as_asked(study: Study, options: BenchOptions, selection: Selection) -> Study:
    """The study as the options change it; raises InputError."""
    if options.changes:
        selected = select(study, Selection(recipes=selection.recipes)).recipes
        study = with_changes(study, options.changes, selected)
    return study.until_decided() if options.until_decided else study


def _selection(options: BenchOptions) -> Selection:
    written = options.recipes
    names = None if written is None else tuple(name.strip() for name in written.split(","))
    return Selection(options.seeds, options.epochs, names)


def _check(options: BenchOptions, study: Study, selection: Selection) -> None:
    _check_data(options, study)
    _check_cluster(options)
    select(study, selection)
    _check_seeds(options, study, selection)
    if options.gate and not study.short:
        raise InputError(
            f"--gate: {study.file} declares no recipes under [[gate.short.recipes]]; leave it out"
        )


def _check_data(options: BenchOptions, study: Study) -> None:
    if options.data_set and study.printed:
        raise InputError(
            f"--data-set {options.data_set}: the recipes of {study.file} are commands, which bring "
            "their own data; leave it out"
        )
    if options.data_set and study.data_set.name != options.data_set:
        raise InputError(
            f"--data-set {options.data_set}: {study.file} runs on {study.data_set.name}; "
            "leave the option out or name another study"
        )


def _check_cluster(options: BenchOptions) -> None:
    if not options.cluster:
        return
    check_address(options.cluster)
    if options.jobs:
        raise InputError(
            f"--jobs {options.jobs}: --cluster trains on its own workers; leave one out"
        )
    if any(engine.in_groups and engine.name == options.engine for engine in ENGINES):
        raise InputError(
            f"--engine {options.engine}: with --cluster, workers with a GPU train groups on it "
            "anyway; leave it out"
        )


def _check_seeds(options: BenchOptions, study: Study, selection: Selection) -> None:
    if options.fresh and (study.budget or study.looks) and not selection.is_part:
        raise InputError(
            "--fresh: adaptive seeds and looks depend on what the ledger holds; leave it out, and "
            "name another --ledger to start over"
        )
    if options.until_decided and selection.is_part:
        raise InputError(
            "--until-decided: chooses recipes and seeds itself, over all epochs; leave out "
            "--seeds, --recipes and --epochs"
        )
    if options.confirm and not study.confirmation_seeds:
        raise InputError(
            f"--confirm: {study.file} declares no seeds for it; declare `confirmation = 10` "
            f"{place_to_change(study)}, which means seeds 1000 to 1009"
        )


def _study_of(data_set: str | None) -> str:
    """The study to run if none is named: the one named after the data set; raises InputError."""
    if data_set is None:
        return DEFAULT_STUDY
    named = [name for name in DATA_SETS if name in shipped_studies()]
    if data_set not in named:
        known = "no shipped study has that name" if data_set in DATA_SETS else "unknown"
        raise InputError(f"--data-set {data_set}: {known}; {allowed_names(data_set, named)}")
    return data_set


def _stand_in(options: BenchOptions, selection: Selection) -> tuple[Study, Selection]:
    """The stand-in study, and the selection limited to the seeds and epochs that it declares.

    Raises InputError, also for options that make no sense for it.
    """
    study = load_study(STAND_IN)
    seeds, epochs = selection.seeds, selection.epochs
    limited = replace(
        selection,
        seeds=seeds and min(seeds, len(study.seeds)),
        epochs=epochs and min(epochs, study.criterion.epochs),
    )
    try:
        study = _as_asked(study, options, limited)
        check_effects(study, as_options(options.changes))
        _check(options, study, limited)
    except InputError as error:
        why = f"{STAND_IN} is to stand in for {DEFAULT_STUDY}, whose data are not there"
        raise InputError(*(f"{line} ({why})" for line in error.lines)) from error
    return study, limited
