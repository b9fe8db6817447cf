"""Test images: one by one for a page, and together on a sheet."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from ...base.array_types import Bytes
from ...data.spec import DataSpec
from ..tables.columns import Rows
from ..tables.gallery import GalleryRow

COLUMNS: Final = 8
COLOURS: Final = 3
SHORT_NAME: Final = 2
"""Names of at most this many letters fit into captions of two lines on the sheet."""
MOST_LETTERS: Final = 14
"""Most letters of a name on the sheet."""


def as_png(image: Bytes, spec: DataSpec) -> bytes:
    """One image, (height, width) or (channels, height, width), as PNG.

    Ink becomes black strokes on a transparent background.
    """
    buffer = io.BytesIO()
    picture = Image.fromarray(_shown(image))
    if spec.ink:
        picture = Image.merge("LA", (Image.new("L", picture.size), picture))
    picture.save(buffer, format="png")
    return buffer.getvalue()


def sheet(gallery: Rows[GalleryRow], images: Bytes, spec: DataSpec) -> Figure:
    """All images of the gallery, with their classes and the classes that they are taken for."""
    rows = math.ceil(len(gallery) / COLUMNS)
    captions = [_short_caption(row, spec.labels) for row in gallery]
    height = 1.4 + 0.15 * max(text.count("\n") - 1 for text in captions)
    figure = Figure(figsize=(1.05 * COLUMNS, height * rows), layout="constrained")
    places = figure.subplots(rows, COLUMNS, squeeze=False).flat
    for axes in places:
        axes.set_axis_off()
    for axes, row, text in zip(figure.axes, gallery, captions, strict=False):
        picture = _shown(images[row.image])
        axes.imshow(255 - picture if spec.ink else picture, cmap="gray", vmin=0, vmax=255)
        axes.set_title(text, fontsize=7, loc="center", parse_math=False)
    return figure


def _shown(image: Bytes) -> Bytes:
    """(height, width) in grey, or (height, width, 3) in colour.

    Other numbers of channels than one and three are shown by their mean.
    """
    if image.ndim == 2:
        return image
    if len(image) == COLOURS:
        return np.ascontiguousarray(image.transpose(1, 2, 0))
    mean: Bytes = image.mean(axis=0).astype(np.uint8)
    return mean


def caption(row: GalleryRow, names: Sequence[str]) -> str:
    """`4, taken for 9`, and on a second line how often it is misclassified: `wrong: 41 of 80`."""
    return f"{names[row.label]}, taken for {names[row.taken_for]}\n{_how_often(row)}"


def _short_caption(row: GalleryRow, names: Sequence[str]) -> str:
    """The same for the sheet, on which longer names have lines of their own."""
    if max(map(len, names)) <= SHORT_NAME:
        return caption(row, names)
    label, taken_for = (_legible(names[number], number) for number in (row.label, row.taken_for))
    return f"{label},\ntaken for\n{taken_for}\n{_how_often(row)}"


def _how_often(row: GalleryRow) -> str:
    return f"wrong: {row.wrong} of {row.runs}"


def _legible(name: str, number: int) -> str:
    """The name if the plots' font certainly has its letters, else the number of the class."""
    try:
        name.encode("latin-1")
    except UnicodeEncodeError:
        return f"class {number}"
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 3]}..."
