"""The report's gallery: the test images that decide, or why they cannot be shown."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from ...base.errors import DataError
from ...base.words import digit, rate, whole
from ...data.registry import load_data_set
from ...judging.evidence import Evidence
from ..plots.pictures import caption, picture, sheet
from ..tables.gallery import gallery_table
from ..tables.rows import Row, rows_of


@dataclass(frozen=True)
class Exhibit:
    """One image as a data URI, and what is to be said of it."""

    source: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Gallery:
    """The table and its images; empty where no run made a mistake; `missing` says what is."""

    table: pd.DataFrame
    exhibits: list[Exhibit]
    sheet: Figure | None = None
    missing: str | None = None

    @classmethod
    def of(cls, evidence: Evidence, data: Path) -> Gallery:
        """The gallery of all runs of the evidence, with images from the directory `data`."""
        mistakes = [
            record.rows[-1].mistakes.pairs
            for _, record, _ in evidence.runs()
            if record.status == "completed"
        ]
        if not mistakes:
            return cls(pd.DataFrame(), [])
        try:
            study = evidence.study
            images = load_data_set(study.data_set, data, study.holdout)
        except DataError as error:
            return cls(pd.DataFrame(), [], missing=error.lines[0].replace(f"{data}/", ""))
        table = gallery_table(mistakes, images.test_labels, images.spec.classes)
        if table.empty:
            return cls(table, [])
        pixels = images.test_images
        exhibits = [_exhibit(row, picture(pixels[row["image"]])) for row in rows_of(table)]
        return cls(table, exhibits, sheet(table, pixels))

    @property
    def sentences(self) -> list[str]:
        """What the images have in common, in numbers."""
        low, high = self.table["error_rate"].min(), self.table["error_rate"].max()
        first = rows_of(self.table)[0]
        return [
            f"The {len(self.table)} test images whose error rate over {whole(first['runs'])} runs "
            f"is nearest to one half: {rate(low)} to {rate(high)}. Whether a run ends above the "
            "threshold is decided on such images.",
            f"The nearest, image {whole(first['image'])}, {digit(first['label'])}, is wrong in "
            f"{whole(first['wrong'])} runs, and in {whole(first['taken_for_runs'])} of them taken "
            f"for {digit(first['taken_for'])}.",
        ]

    def csv_files(self) -> dict[str, pd.DataFrame]:
        """The table by the name of its CSV file, if there is one."""
        return {"gallery": self.table} if len(self.table) else {}


def _exhibit(row: Row, png: bytes) -> Exhibit:
    often = f"{row['taken_for_runs']} of {row['runs']}"
    taken = f"{digit(row['label'])}, taken for {digit(row['taken_for'])} in {often} runs"
    return Exhibit(
        source=f"data:image/png;base64,{base64.b64encode(png).decode()}",
        alt=f"Test image {row['image']}: {taken}",
        caption=caption(row),
    )
