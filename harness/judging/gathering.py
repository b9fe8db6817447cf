"""Gathering the evidence on a study: its records in a ledger, or imported runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..results.elsewhere.record import ENGINE, ImportedRecord
from ..results.ledger import Damage, Ledger
from ..results.reading import read_recipes
from ..results.record import RunRecord
from ..study.declaration import Study
from ..study.engine_version import EngineVersion
from ..study.imported import ImportedStudy
from .evidence import Evidence


def evidence_on(study: ImportedStudy, records: Mapping[str, Sequence[ImportedRecord]]) -> Evidence:
    """The evidence from imported runs."""
    return Evidence(
        study=study,
        ledger=None,
        engines={name: EngineVersion(*ENGINE) for name, own in records.items() if own},
        records=records,
        failed=[],
        damaged=[],
        by_other_engines=0,
    )


def gather(
    study: Study, ledger: Ledger, engines: Mapping[str, EngineVersion] | None = None
) -> Evidence:
    """The study's records in the ledger, for each recipe those by its engine in `engines`.

    For a recipe that is not in `engines`, it is the engine with the most records of the study,
    among those with any record of the recipe. Raises StorageError if the ledger cannot be read.
    """
    found, damaged = _read(study, ledger)
    made = {name: Counter(map(_version, records)) for name, records in found.items()}
    overall = sum(made.values(), Counter[EngineVersion]())
    chosen = {
        name: (engines or {}).get(name) or max(sorted(own), key=lambda v: (overall[v], own[v]))
        for name, own in made.items()
        if own or name in (engines or {})
    }
    records = {
        name: [record for record in entries if _version(record) == chosen[name]]
        for name, entries in found.items()
    }
    return Evidence(
        study=study,
        ledger=ledger,
        engines={name: chosen[name] for name, kept in records.items() if kept},
        records={name: [r for r in kept if r.is_evidence] for name, kept in records.items()},
        failed=[(name, r) for name, kept in records.items() for r in kept if not r.is_evidence],
        damaged=damaged,
        by_other_engines=overall.total() - sum(map(len, records.values())),
    )


def _version(record: RunRecord) -> EngineVersion:
    return EngineVersion(record.engine, record.numerics)


def _read(study: Study, ledger: Ledger) -> tuple[dict[str, list[RunRecord]], list[Damage]]:
    """The records with declared seeds, by recipe, and the files that cannot be used."""
    place = {seed: number for number, seed in enumerate(study.seeds)}
    keys = [study.run_of(recipe, study.seeds[0]).recipe_key for recipe in study.recipes]
    found = read_recipes(ledger, keys, frozenset(study.seeds))
    records: dict[str, list[RunRecord]] = {}
    damaged: list[Damage] = []
    for recipe, entries in zip(study.recipes, found, strict=True):
        damaged += [entry for entry in entries if isinstance(entry, Damage)]
        own = [entry for entry in entries if isinstance(entry, RunRecord)]
        records[recipe.name] = sorted(own, key=lambda record: place[record.seed])
    return records, damaged
