"""Mistakes: compact, unchanged in JSON, and nothing but pairs of whole numbers."""

import numpy as np
import pytest
from reprobench.harness.results.mistakes import LET_GO, Mistakes


def test_pairs_in_order() -> None:
    mistakes = Mistakes.of([[7, 1], [9_999, 0]])
    assert list(mistakes) == [(7, 1), (9_999, 0)]
    assert len(mistakes) == 2
    assert mistakes.pairs.dtype == np.int32
    assert not mistakes.pairs.flags.writeable
    assert mistakes == Mistakes.of(((7, 1), (9_999, 0)))
    assert mistakes != Mistakes.of([[7, 1]])
    assert len({mistakes, Mistakes.of(np.array([[7, 1], [9_999, 0]]))}) == 1


def test_none_at_all() -> None:
    assert Mistakes.of([]).pairs.shape == (0, 2)


@pytest.mark.parametrize(
    "value",
    [
        3, "ab", None, {"a": 1}, [1, 2], [[1, 2, 3]], [[1], [2, 3]], [[1.0, 2]], [["1", 2]],
        [[True, False]], [[None, 2]], [[-1, 2]], [[2**31, 2]], [[2**70, 2]], [[]],
    ],
)  # fmt: skip
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"should be|inhomogeneous"):
        Mistakes.of(value)


def test_what_was_let_go_is_not_nothing() -> None:
    with pytest.raises(ValueError, match="not kept"):
        len(LET_GO)
