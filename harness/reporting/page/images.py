"""The report's gallery: the test images that decide, or the reason why they cannot be shown."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from ...base.errors import DataError
from ...base.words import extent, plural, whole
from ...data.place import data_directory
from ...data.registry import load_data_set
from ...data.spec import DataSpec
from ...judging.evidence import Evidence
from ...results.trained import TrainedRecord
from ..plots.pictures import as_png, caption, sheet
from ..tables.columns import Rows
from ..tables.gallery import GalleryRow, gallery_table
from ..words.goal import counted_noun


@dataclass(frozen=True)
class Exhibit:
    """One image as a data URI, with its caption."""

    source: str
    alt: str
    caption: str
    ink: bool
    """Whether it is drawn in the colour of the text."""


@dataclass(frozen=True)
class Gallery:
    """The table and its images; empty if no run made a mistake, or all of several the same.

    `missing` is the reason if the images cannot be shown.
    """

    table: Rows[GalleryRow]
    names: tuple[str, ...]
    """Names of the classes."""
    exhibits: list[Exhibit]
    sheet: Figure | None = None
    missing: str | None = None

    @classmethod
    def of(cls, evidence: Evidence, data: Path | None) -> Gallery:
        """The gallery of all runs of the evidence, with images from the directory `data`.

        If there are mistakes to show, it raises what `data_directory` does.
        """
        nothing = Rows(GalleryRow, ())
        mistakes = [
            record.rows[-1].mistakes.pairs
            for _, record in evidence.trained()
            if isinstance(record, TrainedRecord) and record.status == "completed"
        ]
        if not mistakes:
            return cls(nothing, (), [])
        study = evidence.trainable_study
        spec = study.data
        names = spec.class_names
        directory = data_directory(data)
        try:
            images = load_data_set(spec, directory)
        except DataError as error:
            return cls(nothing, names, [], missing=error.lines[0].replace(f"{directory}/", ""))
        table = gallery_table(mistakes, images.test_labels, images.spec.classes)
        if not len(table):
            return cls(table, names, [])
        pixels, kind = images.test_images, counted_noun(evidence).capitalize()
        exhibits = [_exhibit(row, spec, as_png(pixels[row.image], spec), kind) for row in table]
        return cls(table, names, exhibits, sheet(table, pixels, spec))

    @property
    def sentences(self) -> list[str]:
        """What the images have in common, in numbers."""
        first, *others = self.table
        wrong, name = [row.wrong for row in self.table], self.names
        of = (
            "the only run"
            if first.runs == 1
            else f"{extent(wrong)} of the {whole(first.runs)} runs"
        )
        nearest = f"image {first.image}, {name[first.label]},"
        taken = f"{_which_take(first)} it for {name[first.taken_for]}"
        if not others:
            return [f"The only such image, {nearest} is misclassified by {of}, {taken}."]
        each = f"Each of these {len(wrong)} images is misclassified by {of}"
        if first.runs == 1:
            return [f"{each}; which of its mistakes decide is seen with more runs."]
        return [
            f"{each}; no other image's share is nearer to one half. Such images decide whether a "
            "run ends above the threshold.",
            f"The nearest, {nearest} is misclassified by {plural(first.wrong, 'run')}, {taken}.",
        ]


def _which_take(row: GalleryRow) -> str:
    if row.wrong == 1:
        return "which takes"
    return f"{'all' if row.taken_for_runs == row.wrong else row.taken_for_runs} of which take"


def _exhibit(row: GalleryRow, spec: DataSpec, png: bytes, kind: str) -> Exhibit:
    names = spec.class_names
    wrong = f"{names[row.label]}, misclassified by {row.wrong} of {plural(row.runs, 'run')}"
    return Exhibit(
        source=f"data:image/png;base64,{base64.b64encode(png).decode()}",
        alt=f"{kind} {row.image}: {wrong}, most often taken for {names[row.taken_for]}",
        caption=caption(row, spec.labels),
        ink=spec.ink,
    )
