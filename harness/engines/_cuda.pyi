"""The CUDA engine's module: see cuda/binding.cpp."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ._native import BlockSpec, Order, Pool, Window

__all__ = ["BlockSpec", "Order", "Pool", "Window"]

class NoGpu(RuntimeError): ...
class DeviceError(RuntimeError): ...
class TooLittleMemory(DeviceError): ...

class Group:
    def __init__(
        self,
        *,
        blocks: Sequence[BlockSpec],
        image: Sequence[int],
        classes: int,
        batch: int,
        seeds: int,
        train_images: int,
        test_images: int,
        places: int,
        steps_ahead: int,
        brightness: bool,
        contrast: bool,
        affine: bool,
        erase: bool,
    ) -> None: ...
    @property
    def places(self) -> int: ...
    @property
    def bytes(self) -> int: ...

class Device:
    @property
    def free_bytes(self) -> int: ...

class EmulatedDevice(Device):
    def __init__(self) -> None: ...

class Gpu(Device):
    def __init__(self, kernels: bytes, number: int) -> None: ...

class GpuFacts:
    name: str
    architecture: int
    driver: int
    free_bytes: int

def count_gpus() -> int: ...
def find_gpu(number: int) -> GpuFacts: ...
def uuid_of_gpu(number: int) -> str: ...

class Seeds:
    def __init__(self, group: Group, device: Device, streams: int | None = None) -> None: ...
    @property
    def streams(self) -> int: ...
    def put(self, region: str, given: npt.NDArray[np.uint8], seed: int | None = None) -> None: ...
    def get(self, region: str, seed: int) -> npt.NDArray[np.uint8]: ...
    def set_rule(
        self,
        seed: int,
        *,
        dropout_threshold: int,
        label_smoothing: float,
        nesterov: bool,
        weight_decay: float,
        l1: float,
        l2: float,
        fill: int,
        smooth: bool,
    ) -> None: ...
    def begin(self) -> None: ...
    def take_given(self) -> None: ...
    def train_epoch(self) -> None: ...
    def train_step(self, count: int) -> None: ...
    def evaluate(self) -> None: ...
    @property
    def parameters(self) -> int: ...
