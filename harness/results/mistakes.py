"""The mistakes of one evaluation: which test images are misclassified, and as what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ..study.measure import MOST_COUNTED

Pairs = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Mistakes:
    """(m, 2) pairs [index of the test image, predicted class], read-only; lists in JSON.

    `LET_GO` marks mistakes that were read and checked but not kept: using it is an error.
    """

    _pairs: Pairs | None

    @classmethod
    def of(cls, value: object) -> Mistakes:
        """The mistakes in a sequence or array of pairs of whole numbers; raises ValueError."""
        if isinstance(value, Mistakes):
            return value
        if not isinstance(value, list | tuple | np.ndarray):
            raise ValueError("should be a list of pairs")
        pairs = np.asarray(value) if len(value) else np.empty((0, 2), dtype=np.int32)
        if pairs.dtype.kind not in "iu" or pairs.ndim != 2 or pairs.shape[1] != 2:
            raise ValueError("should be pairs of whole numbers")
        if len(pairs) and not 0 <= pairs.min() <= pairs.max() <= MOST_COUNTED:
            raise ValueError(f"should be numbers from 0 to {MOST_COUNTED}")
        kept = pairs.astype(np.int32)
        kept.flags.writeable = False
        return cls(kept)

    @property
    def pairs(self) -> Pairs:
        """The array; raises ValueError if it was not kept."""
        if self._pairs is None:
            raise ValueError("the mistakes of this epoch were not kept: read its record again")
        return self._pairs

    def within(self, images: int, classes: int) -> bool:
        """Whether indices strictly ascend below `images`, and all classes are below `classes`."""
        pairs = self.pairs
        if not len(pairs):
            return True
        indices = pairs[:, 0]
        ascending = bool((indices[1:] > indices[:-1]).all())
        return ascending and int(indices[-1]) < images and int(pairs[:, 1].max()) < classes

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((index, predicted) for index, predicted in self.pairs.tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.array(self.pairs, dtype=dtype, copy=copy)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mistakes) and np.array_equal(self.pairs, other.pairs)

    def __hash__(self) -> int:
        return hash(self.pairs.tobytes())

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.of,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda mistakes: mistakes.pairs.tolist()
            ),
        )


LET_GO: Final = Mistakes(None)
