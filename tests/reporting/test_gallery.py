"""The test images that decide: which they are, and what they are mistaken for."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.reporting.page.images import Gallery
from reprobench.harness.reporting.plots.pictures import as_png, caption, sheet
from reprobench.harness.reporting.plots.style import to_png
from reprobench.harness.reporting.tables.columns import Rows
from reprobench.harness.reporting.tables.gallery import GalleryRow, gallery_table

LABELS = np.array([7, 2, 1, 0, 4, 1], dtype=np.uint8)


def mistakes(*pairs: tuple[int, int]) -> np.ndarray:
    """The mistakes of one run: images, and the classes predicted for them."""
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def test_nearest_to_one_half_first_and_equal_ones_by_index() -> None:
    # Of four runs, image 0 is wrong in 4, 1 in 1, 3 in 3, 4 in 2, 5 in 2; 2 never.
    runs = [
        mistakes((0, 9), (1, 7), (3, 6), (4, 9), (5, 7)),
        mistakes((0, 2), (3, 6), (4, 9)),
        mistakes((0, 9), (3, 8)),
        mistakes((0, 2), (5, 4)),
    ]
    table = gallery_table(runs, LABELS, 10)
    assert [row.image for row in table] == [4, 5, 1, 3]
    assert [row.label for row in table] == [4, 1, 2, 0]
    assert [row.wrong for row in table] == [2, 2, 1, 3]
    assert [row.runs for row in table] == [4] * 4
    assert [row.error_rate for row in table] == [0.5, 0.5, 0.25, 0.75]
    # Image 5 is taken for 4 and 7 once each: the lowest is named.
    assert [row.taken_for for row in table] == [9, 4, 7, 6]
    assert [row.taken_for_runs for row in table] == [2, 1, 1, 2]
    assert [row.image for row in gallery_table(runs, LABELS, 10, most=2)] == [4, 5]


def test_what_all_runs_get_wrong_decides_nothing() -> None:
    assert len(gallery_table([mistakes((0, 9)), mistakes((0, 2))], LABELS, 10)) == 0
    of_one = gallery_table([mistakes((0, 9), (3, 6))], LABELS, 10)
    assert Gallery(of_one, tuple("0123456789"), []).sentences == [
        "Each of these 2 images is misclassified by the only run; which of its mistakes decide is "
        "seen with more runs."
    ]


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ([mistakes((0, 9))], "the only run, which takes it for 9."),
        ([mistakes((0, 9)), mistakes()], "1 of the 2 runs, which takes it for 9."),
        ([mistakes((0, 9)), mistakes((0, 9)), mistakes()], "2 of the 3 runs, all of which take it "
         "for 9."),
    ],
)  # fmt: skip
def test_a_single_image(runs: list[np.ndarray], said: str) -> None:
    table = gallery_table(runs, LABELS, 10)
    assert Gallery(table, tuple("0123456789"), []).sentences == [
        f"The only such image, image 0, 7, is misclassified by {said}"
    ]


def test_no_mistakes_no_images() -> None:
    assert len(gallery_table([mistakes(), mistakes()], LABELS, 10)) == 0
    assert len(gallery_table([], LABELS, 10)) == 0


ROW = GalleryRow(
    image=0, label=0, wrong=1, runs=2, error_rate=0.5, taken_for=1, taken_for_runs=1
)  # fmt: skip


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def test_ink_is_drawn_on_nothing() -> None:
    image = np.arange(600, dtype=np.uint16).reshape(20, 30).astype(np.uint8)
    picture = opened(as_png(image, DIGITS))
    assert (picture.mode, picture.size) == ("LA", (30, 20))
    np.testing.assert_array_equal(np.array(picture)[:, :, 1], image)
    assert not np.array(picture)[:, :, 0].any()


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (2, "L"), (3, "RGB"), (5, "L")])
def test_other_pictures_are_shown_as_they_are(channels: int, mode: str) -> None:
    images = np.random.default_rng(1).integers(0, 256, (channels, 20, 30), dtype=np.uint8)
    spec = replace(DIGITS, ink=False)
    picture = opened(as_png(images[0] if channels == 1 else images, spec))
    assert (picture.mode, picture.size) == (mode, (30, 20))
    shown = np.array(picture).reshape(20, 30, -1).transpose(2, 0, 1)
    wanted = images if channels == 3 else images.mean(axis=0).astype(np.uint8)[None]
    np.testing.assert_array_equal(shown, wanted)


@pytest.mark.parametrize(
    ("names", "title"),
    [
        (("a 4", "a 9"), "4, taken for 9\nwrong: 1 of 2"),
        (("a coat", "an ankle boot"), "coat,\ntaken for\nankle boot\nwrong: 1 of 2"),
        (("$x_1$ \\frac", "鳥"), "$x_1$ \\frac,\ntaken for\nclass 1\nwrong: 1 of 2"),
        (("a" * 40, "b"), f"{'a' * 11}...,\ntaken for\nb\nwrong: 1 of 2"),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_sheet_bears_any_names(names: tuple[str, ...], title: str, channels: int) -> None:
    shape = (1, 9, 7) if channels == 1 else (1, channels, 9, 7)
    spec = replace(DIGITS, class_names=names, ink=False)
    figure = sheet(Rows(GalleryRow, (ROW,)), np.full(shape, 200, np.uint8), spec)
    assert figure.axes[0].get_title() == title
    assert opened(to_png(figure)).format == "PNG"


def test_a_caption_on_the_page_has_the_whole_names() -> None:
    assert caption(ROW, ("coat", "鳥")) == "coat, taken for 鳥\nwrong: 1 of 2"
