"""The initial weights of a declared architecture."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np
import numpy.typing as npt

from ....models.layers import Architecture, Conv
from ....models.summary import Shape, output_shape
from .randomness import Stream, uniform


def initial_filters(
    architecture: Architecture, shape: Shape, seed: int
) -> Iterator[npt.NDArray[np.float32]]:
    """Filters (out, in, kernel, kernel) of each convolution in turn, for images of `shape`.

    They are uniform on +-1/sqrt(fan in), torch's default (He et al., arXiv 1502.01852, with
    a = sqrt(5)). Batch normalisation starts with scale 1, shift 0, mean 0 and variance 1.
    """
    for number, layer in enumerate(architecture):
        if isinstance(layer, Conv):
            size = layer.filters(shape[0])
            share = uniform(seed, Stream.INITIALISATION, 0, number, prod(size))
            bound = 1 / np.sqrt(prod(size[1:]))
            yield ((2 * share - 1) * bound).astype(np.float32).reshape(size)
        shape = output_shape(layer, shape)
