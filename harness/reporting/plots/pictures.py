"""Test images: one by one for a page, and as a sheet."""

from __future__ import annotations

import io
from typing import Final

from matplotlib.figure import Figure
from PIL import Image

from ...data.spec import Bytes
from ..tables.columns import Rows
from ..tables.gallery import GalleryRow

COLUMNS: Final = 8


def as_png(image: Bytes) -> bytes:
    """One image (28, 28) as PNG: black strokes on nothing, whatever lies beneath."""
    buffer = io.BytesIO()
    strokes = Image.new("L", (image.shape[1], image.shape[0]))
    Image.merge("LA", (strokes, Image.fromarray(image))).save(buffer, format="png")
    return buffer.getvalue()


def sheet(gallery: Rows[GalleryRow], images: Bytes) -> Figure:
    """All images of the gallery with what they are and what they are taken for."""
    rows = -(-len(gallery) // COLUMNS)
    figure = Figure(figsize=(1.05 * COLUMNS, 1.4 * rows), layout="constrained")
    places = figure.subplots(rows, COLUMNS, squeeze=False).flat
    for axes in places:
        axes.set_axis_off()
    for axes, row in zip(figure.axes, gallery, strict=False):
        axes.imshow(255 - images[row.image], cmap="gray", vmin=0, vmax=255)
        axes.set_title(caption(row), fontsize=7, loc="center")
    return figure


def caption(row: GalleryRow) -> str:
    """`4, taken for 9`, and on a second line how often it is wrong: `wrong in 41 of 80`."""
    return f"{row.label}, taken for {row.taken_for}\nwrong in {row.wrong} of {row.runs}"
