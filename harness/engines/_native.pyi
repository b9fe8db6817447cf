"""The native engine's module: see native/binding.cpp."""

from collections.abc import Sequence
from enum import Enum

import numpy as np
import numpy.typing as npt

class Order(Enum):
    NONE = 0
    RELU = 1
    NORM = 2
    RELU_NORM = 3
    NORM_RELU = 4

class Pool(Enum):
    NONE = 0
    MAX = 1
    AVERAGE = 2

class Window:
    def __init__(self, *, height: int, width: int) -> None: ...

class BlockSpec:
    def __init__(
        self,
        *,
        channels: int,
        kernel: int,
        padding: int,
        order: Order,
        dropout: bool,
        pool: Pool,
        window: Window,
    ) -> None: ...

class ImageShape:
    def __init__(self, *, channels: int, height: int, width: int) -> None: ...

class Settings:
    def __init__(
        self,
        *,
        batch: int,
        dropout_threshold: int,
        label_smoothing: float,
        nesterov: bool,
        weight_decay: float,
        l1: float,
        l2: float,
    ) -> None: ...

class Draws:
    def __init__(
        self,
        *,
        brightness: npt.NDArray[np.float32] | None,
        contrast: npt.NDArray[np.float32] | None,
        contrast_first: npt.NDArray[np.bool_] | None,
        affine: npt.NDArray[np.float64] | None,
        erase: npt.NDArray[np.int64] | None,
        smooth: bool,
        fill: int,
    ) -> None: ...

class Trainer:
    def __init__(
        self,
        *,
        blocks: Sequence[BlockSpec],
        image: ImageShape,
        classes: int,
        settings: Settings,
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
