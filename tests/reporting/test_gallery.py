"""The test images that decide: which, and what they are taken for."""

import numpy as np
from reprobench.harness.reporting.tables.gallery import gallery_table

LABELS = np.array([7, 2, 1, 0, 4, 1], dtype=np.uint8)


def mistakes(*pairs: tuple[int, int]) -> np.ndarray:
    """The mistakes of one run: images, and what they are taken for."""
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
    assert [row.image for row in table] == [4, 5, 1, 3, 0]
    assert [row.label for row in table] == [4, 1, 2, 0, 7]
    assert [row.wrong for row in table] == [2, 2, 1, 3, 4]
    assert [row.runs for row in table] == [4] * 5
    assert [row.error_rate for row in table] == [0.5, 0.5, 0.25, 0.75, 1.0]
    # Image 5 is taken for 4 and 7 once each, image 0 for 2 and 9 twice: the lowest is named.
    assert [row.taken_for for row in table] == [9, 4, 7, 6, 2]
    assert [row.taken_for_runs for row in table] == [2, 1, 1, 2, 2]
    assert [row.image for row in gallery_table(runs, LABELS, 10, most=2)] == [4, 5]


def test_no_mistakes_no_images() -> None:
    assert len(gallery_table([mistakes(), mistakes()], LABELS, 10)) == 0
    assert len(gallery_table([], LABELS, 10)) == 0
