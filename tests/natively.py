"""Parts of the native engine that only tests need; importable where the engine is built."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import numpy.typing as npt
from reprobench.harness.engines.draws.augmentation import Draws
from reprobench.harness.engines.native_engine import FASTEST, NativeNetwork, native_draws


def gradients_of(network: NativeNetwork) -> list[npt.NDArray[np.float32]]:
    """Gradients of the last batch, block by block: filters, then scale and shift."""
    blocks = network._parts(network._trainer.gradients)
    return [part for parts in blocks for part in parts[:3]]


def augment_natively(
    images: npt.NDArray[np.uint8], draws: Draws, build: ModuleType = FASTEST
) -> npt.NDArray[np.uint8]:
    """Images with the same pixels as from `augmentation.augment`.

    They are (n, height, width) or (n, channels, height, width).
    """
    augmented: npt.NDArray[np.uint8] = build.augment(images, native_draws(draws, build))
    return augmented
