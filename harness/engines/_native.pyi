"""The native engine's module: see native/binding.cpp."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

class Draws:
    def __init__(
        self,
        brightness: npt.NDArray[np.float32] | None,
        contrast: npt.NDArray[np.float32] | None,
        contrast_first: npt.NDArray[np.bool_] | None,
        affine: npt.NDArray[np.float64] | None,
        erase: npt.NDArray[np.int64] | None,
        fill: int,
    ) -> None: ...

class Trainer:
    def __init__(
        self,
        *,
        blocks: Sequence[Sequence[int]],
        batch: int,
        dropout_threshold: int,
        label_smoothing: float,
        nesterov: bool,
        weight_decay: float,
        l1: float,
        l2: float,
        greys: npt.NDArray[np.float32],
        images: npt.NDArray[np.uint8],
        labels: npt.NDArray[np.uint8],
    ) -> None: ...
    def differentiate(
        self, chosen: npt.NDArray[np.int64], draws: Draws, seed: npt.NDArray[np.uint64]
    ) -> tuple[float, int]: ...
    def update(self, rate: float, momentum: float) -> None: ...
    def evaluate(
        self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]
    ) -> tuple[float, npt.NDArray[np.uint8]]: ...
    @property
    def values(self) -> npt.NDArray[np.float32]: ...
    @property
    def gradients(self) -> npt.NDArray[np.float32]: ...
    @property
    def running(self) -> npt.NDArray[np.float32]: ...
    @property
    def velocity(self) -> npt.NDArray[np.float32]: ...

def exponential(x: float) -> float: ...
def logarithm(x: float) -> float: ...
def augment(images: npt.NDArray[np.uint8], draws: Draws) -> npt.NDArray[np.uint8]: ...
