"""Where the runs of an imported study come from, and what a report of them cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ...base.words import listed, plural, some, whole
from ...judging.evidence import Evidence
from ...results.imported import ImportedRecord
from ...study.imported import ImportedStudy

SHORT: Final = 12
"""Characters of a file's digest that are shown."""
MOST_SOURCES: Final = 6
"""That one sentence names."""
ACROSS: Final = "Recipes from different sources"
"""In every plot of such a report, since plots go their own ways."""


def imported_sentences(evidence: Evidence, study: ImportedStudy) -> list[str]:
    """Where each recipe's runs come from, what that means, and what is left out for want of it."""
    return [*_origin(evidence), *_meaning(study, evidence.look_ahead), *_left_out(evidence)]


def _origin(evidence: Evidence) -> Iterator[str]:
    yield (
        "All runs were trained elsewhere and imported: they cannot be trained again here, so "
        "nobody has verified them bit by bit."
    )
    for files, names in _by_files(evidence).items():
        runs = sum(len(evidence.records[name]) for name in names)
        yield f"{some(names, 8)} ({plural(runs, 'run')}): {some(files, 8)}."


def across(evidence: Evidence) -> str | None:
    """That recipes of different sources are compared, if they are."""
    by_files = _by_files(evidence)
    if len(by_files) < 2:
        return None
    whence = [
        f"{some(names, 3)} from {some(_plain(files), 3)}" for files, names in by_files.items()
    ]
    return (
        "Recipes come from different sources and are compared with each other all the same: "
        f"{'; '.join(whence[:MOST_SOURCES])}{'; and others' if whence[MOST_SOURCES:] else ''}. "
        "Whatever else differs between the sources (data, evaluation, versions) is in the "
        "differences too."
    )


def _by_files(evidence: Evidence) -> dict[tuple[str, ...], list[str]]:
    """The recipes with imported runs, by the files that these were read from."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name, records in evidence.records.items():
        if files := tuple(files_of(records)):
            found.setdefault(files, []).append(name)
    return found


def _plain(files: Sequence[str]) -> list[str]:
    """Without kind and digest."""
    return [file.rpartition(" (")[0] for file in files]


def files_of(records: Sequence[object]) -> list[str]:
    """The files of a recipe's runs, each with its kind and the beginning of its digest."""
    found = {
        f"{source.file} ({source.reader}, SHA-256 {source.sha256[:SHORT]})"
        for record in records
        if isinstance(record, ImportedRecord)
        for source in record.sources
    }
    return sorted(found)


def _meaning(study: ImportedStudy, look_ahead: bool) -> Iterator[str]:
    if study.declared:
        yield f"{plural(len(study.seeds), 'seed')} a recipe were declared before the import."
    else:
        found = f"The {plural(len(study.seeds), 'seed')} are those that were found"
        decided = (
            ""
            if look_ahead
            else ": intervals and tests take their number to be decided before, "
            "and not by what the runs said"
        )
        yield f"{found}{decided}."
    measure = study.measure
    if measure.total:
        yield f"Measured: {measure.name}, a count of {whole(measure.total)} test {measure.unit}s."
    else:
        yield f"Measured: {measure.name}, of which {measure.direction} is better."
    if len(study.recipes) > 1:
        yield (
            "What was measured was also used to choose, so the figures of the chosen recipe are "
            "optimistic."
        )
    axes = dict.fromkeys(axis for recipe in study.recipes for axis in recipe.axes)
    if axes:
        yield f"What the files say of each recipe besides: {listed(list(axes))} (in records)."


def _left_out(evidence: Evidence) -> Iterator[str]:
    parts = ["mistakes (hence the images that decide, and the noise between runs)"]
    parts += ["learning rates", "losses", "times"]
    if not all(own[0].parameters for own in evidence.records.values() if own):
        parts.append("parameters")
    yield f"Left out, since the files do not have them: {listed(parts)}."
