"""Where runs that no engine trained come from, and what a report on them cannot say."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ...base.fingerprint import SHORT
from ...base.words import agreeing, listed, plural, some
from ...results.commanded import CommandRecord
from ...results.elsewhere.study import files_of
from ...study.imported import ImportedStudy
from ...study.measure import Measure
from .bias import BIASED

if TYPE_CHECKING:
    from ...judging.evidence import Evidence

MODULE: Final = "-m"
"""In a command: what follows is the name of a Python module."""
MOST_SOURCES: Final = 6
"""Most sources that one sentence names."""
ACROSS: Final = "Recipes from different sources"
"""A note in every plot of such a report, since plots are also shown without the report."""


def imported_sentences(evidence: Evidence, study: ImportedStudy) -> list[str]:
    """Where each recipe's runs come from, what that means, and what is left out."""
    return [
        *_origin(evidence),
        *_meaning(evidence, study),
        *_left_out(evidence, "the files do not contain", ["learning rates", "losses", "times"]),
    ]


def commanded_sentences(evidence: Evidence) -> list[str]:
    """Which program trained each recipe, what that means, and what is left out."""
    return [
        *_programs(evidence),
        _measured(evidence.measure),
        *_chosen_by_it(evidence),
        *_left_out(evidence, "the programs do not print", ["learning rates", "losses"]),
    ]


def _programs(evidence: Evidence) -> Iterator[str]:
    yield (
        "All runs were trained by the study's own programs, with the files below; the harness "
        "started them and read what they printed. Whether the same seed gives the same numbers "
        "again depends on each program; harness verify checks it."
    )
    for name, records in evidence.records.items():
        for record in records[:1]:
            if not isinstance(record, CommandRecord):
                continue
            files = [f"{file} (SHA-256 {sha[:SHORT]})" for file, sha in record.inputs.items()]
            axes = ", ".join(f"{k} = {v}" for k, v in record.recipe.get("axes", {}).items())
            command = f"“{record.recipe['command']}”{f' with {axes}' if axes else ''}"
            yield f"{name} ({plural(len(records), 'run')}): {command}; {some(files, 8)}."


def _origin(evidence: Evidence) -> Iterator[str]:
    yield (
        "All runs were trained elsewhere and imported: they cannot be trained again here, so "
        "nobody has verified them bit by bit."
    )
    for files, names in _by_files(evidence).items():
        runs = sum(len(evidence.records[name]) for name in names)
        yield f"{some(names, 8)} ({plural(runs, 'run')}): {some(files, 8)}."


def across(evidence: Evidence) -> str | None:
    """A sentence that says that recipes from different sources are compared, if they are."""
    by_files = _by_files(evidence)
    if len(by_files) < 2:
        return None
    whence = [
        f"{some(names, 3)} from {some(_plain(files), 3)}" for files, names in by_files.items()
    ]
    return (
        "The recipes come from different sources, but are compared with each other: "
        f"{'; '.join(whence[:MOST_SOURCES])}{'; and others' if whence[MOST_SOURCES:] else ''}. "
        "Whatever else differs between the sources (data, evaluation, versions) contributes to the "
        "differences, too."
    )


def _by_files(evidence: Evidence) -> dict[tuple[str, ...], list[str]]:
    """The recipes that no engine trained, by the files or program that their runs come from."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name, records in evidence.records.items():
        programs = [record for record in records if isinstance(record, CommandRecord)]
        if files := _program(programs[0]) if programs else tuple(files_of(records)):
            found.setdefault(files, []).append(name)
    return found


def _plain(files: Sequence[str]) -> list[str]:
    """The files without kind and digest."""
    return [file.rpartition(" (")[0] for file in files]


def _program(record: CommandRecord) -> tuple[str, ...]:
    """The program that a command runs, whatever its arguments, and the program's other files.

    It is the first word of the command that is one of these files, or else its first word, as it is
    before `-m` and a module.
    """
    words = [posixpath.normpath(word) for word in shlex.split(record.recipe["command"])]
    named = () if MODULE in words else (word for word in words if word in record.inputs)
    program = next(iter(named), words[0])
    others = [file for file in record.inputs if file != program]
    return tuple(f"{file} (SHA-256 {record.definition[:SHORT]})" for file in (program, *others))


def _meaning(evidence: Evidence, study: ImportedStudy) -> Iterator[str]:
    count = len(study.seeds)
    were = agreeing(count, "was", "were")
    if study.declared:
        yield f"{plural(count, 'seed')} per recipe {were} declared before the import."
    else:
        found = "The only seed is the one" if count == 1 else f"The {count:,} seeds are those"
        decided = (
            ""
            if evidence.look_ahead
            else "; intervals and tests assume that the number of seeds was fixed beforehand, "
            "whatever the results"
        )
        yield f"{found} that {were} found{decided}."
    yield _measured(study.measure)
    yield from _chosen_by_it(evidence)
    axes = dict.fromkeys(axis for recipe in study.recipes for axis in recipe.axes)
    if axes:
        yield f"The files also state for each recipe: {listed(list(axes))} (see the records)."


def _measured(measure: Measure) -> str:
    if measure.total:
        examples = plural(measure.total, f"test {measure.unit}")
        return f"Measured: {measure.name}, a count of {examples}."
    return f"Measured: {measure.name} ({measure.direction} is better)."


def _chosen_by_it(evidence: Evidence) -> Iterator[str]:
    if len(evidence.study.recipes) > 1:
        yield f"The figures of the chosen recipe are {BIASED}."


def _left_out(evidence: Evidence, why: str, others: list[str]) -> Iterator[str]:
    parts = ["mistakes (and so the images that decide, and the noise between runs)", *others]
    if not all(own[0].parameters for own in evidence.records.values() if own):
        parts.append("parameters")
    yield f"Left out, since {why} them: {listed(parts)}."
