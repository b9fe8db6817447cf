"""The device that groups of seeds train on: this machine's first GPU, or one that is none.

With REPROBENCH_CUDA=emulated kernels run as loops on the CPU, which is far slower than the native
engine: all else is the same, so that it can be tried and tested without a GPU. With
REPROBENCH_CUDA=off there is none.
"""

from __future__ import annotations

import os
from ctypes import CDLL
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Final

from .kernels import kernels
from .nvrtc import CompilationFault, Nvrtc, find_nvrtc

if TYPE_CHECKING:
    from .. import _cuda

VARIABLE: Final = "REPROBENCH_CUDA"
EMULATED: Final = "emulated"
OFF: Final = "off"
OLDEST_CUDA: Final = 12
INSTALL: Final = "pip install 'reprobench[cuda]'"


class NoDevice(RuntimeError):
    """There is no GPU that can be used: one line that says why, and what to do."""


def is_emulated() -> bool:
    """Whether a device is asked for that is none."""
    return os.environ.get(VARIABLE) == EMULATED


def why_missing() -> str | None:
    """Why no device is here and what to do, in one line; None where one is."""
    try:
        name()
    except NoDevice as error:
        return str(error)
    return None


def has_driver() -> bool:
    """Whether this is a machine with a GPU, as far as one can see without using it."""
    if is_emulated() or os.environ.get(VARIABLE) == OFF:
        return is_emulated()
    try:
        CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def name() -> str:
    """How the device calls itself; raises NoDevice."""
    _check_wanted()
    return "emulated on the CPU" if is_emulated() else _found()[0]


def free_bytes() -> int:
    """Of its memory, now; raises NoDevice."""
    module = _module()
    try:
        free: int = (module.EmulatedDevice() if is_emulated() else module.find_gpu()).free_bytes
        return free
    except RuntimeError as error:  # whatever the driver says
        raise NoDevice(str(error)) from error


def open_device() -> _cuda.Device:
    """The device with its kernels, which are compiled if need be; raises NoDevice.

    It is given back when the object ends.
    """
    module = _module()
    if is_emulated():
        emulated: _cuda.Device = module.EmulatedDevice()
        return emulated
    _check_wanted()
    _, architecture, nvrtc = _found()
    try:
        gpu: _cuda.Device = module.Gpu(kernels(nvrtc, architecture))
        return gpu
    except CompilationFault as error:
        raise NoDevice(
            f"NVRTC {_version(nvrtc)} cannot compile for this GPU (sm_{architecture}): "
            f"{str(error).splitlines()[0]}"
        ) from error
    except RuntimeError as error:
        raise NoDevice(str(error)) from error


def _check_wanted() -> None:
    """Raises NoDevice where it was said to be off."""
    if os.environ.get(VARIABLE) == OFF:
        raise NoDevice(f"{VARIABLE} is off")


def _module() -> ModuleType:
    """The engine's module; raises NoDevice where it was not built or this processor is too old."""
    from ..builds import fastest

    try:
        fastest()
        from .. import _cuda
    except ImportError as error:
        said = str(error) if "native engine" in str(error) else "it is not built"
        raise NoDevice(f"the CUDA engine cannot be loaded: {said}") from error
    return _cuda


@cache
def _found() -> tuple[str, int, Nvrtc]:
    """Name, architecture and compiler of this machine's GPU; raises NoDevice, each time anew."""
    module = _module()
    try:
        facts = module.find_gpu()
    except RuntimeError as error:
        raise NoDevice(f"{error}: the CUDA engine needs an NVIDIA GPU and its driver") from error
    newest = facts.driver // 1000
    if newest < OLDEST_CUDA:
        raise NoDevice(
            f"the NVIDIA driver is too old (CUDA {newest}): install one for CUDA {OLDEST_CUDA} or "
            "newer"
        )
    nvrtc = find_nvrtc(newest)
    if nvrtc is None:
        raise NoDevice(
            f"NVRTC for CUDA {newest} is not installed, which compiles kernels for {facts.name}: "
            f"{INSTALL}"
        )
    return facts.name, facts.architecture, nvrtc


def _version(nvrtc: Nvrtc) -> str:
    return ".".join(map(str, nvrtc.version))
