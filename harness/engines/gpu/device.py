"""The devices that groups of seeds train on: this machine's GPUs, or emulated ones.

With REPROBENCH_CUDA=emulated, kernels run as loops on the CPU, which is far slower than the native
engine; everything else is the same, so that it can be tried and tested without a GPU. emulated:2
makes two devices. With REPROBENCH_CUDA=off there is none. A process trains on one device, by
default the first.
"""

from __future__ import annotations

import os
import re
from ctypes import CDLL
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Final

from .kernels import digest, kernels
from .nvrtc import CompilationFault, Nvrtc, find_nvrtc

if TYPE_CHECKING:
    from .. import _cuda

VARIABLE: Final = "REPROBENCH_CUDA"
STAGED: Final = "REPROBENCH_STAGED"
"""If it is 1, large groups sum the filters' gradients from shared memory: see `Gpu::room`."""
EMULATED: Final = "emulated"
SEVERAL: Final = re.compile(rf"{EMULATED}(?::([1-9]\d?))?")
OFF: Final = "off"
SHOWN: Final = "CUDA_VISIBLE_DEVICES"
"""Which GPUs NVIDIA's driver shows to a process, and in which order; all of them if it is unset."""
OLDEST_CUDA: Final = 12
INSTALL: Final = "pip install 'reprobench[cuda]'"

_used = 0
"""Number of the device that this process trains on."""


class NoDevice(RuntimeError):
    """There is no GPU that can be used; the message says why, and what to do, in one line."""


def is_emulated() -> bool:
    """Whether emulated devices are asked for."""
    return os.environ.get(VARIABLE, "").startswith(EMULATED)


def use(number: int) -> None:
    """Train on that device from now on in this process; they are numbered from 0."""
    global _used
    _used = number


def count() -> int:
    """How many devices there are; raises NoDevice."""
    _check_wanted()
    if is_emulated():
        return _emulated()
    _found(0)
    try:
        number: int = _module().count_gpus()
    except RuntimeError as error:
        raise NoDevice(str(error)) from error
    return number


def why_missing() -> str | None:
    """Why there is no device and what to do, in one line; None if there is one."""
    try:
        name()
    except NoDevice as error:
        return str(error)
    return None


def has_driver() -> bool:
    """Whether this machine seems to have a GPU that may be used, without using it."""
    if is_emulated() or os.environ.get(VARIABLE) == OFF:
        return is_emulated()
    if _first_shown() in ("", "-1"):
        return False
    try:
        CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def name(number: int | None = None) -> str:
    """Name of a device, by default of the one that this process trains on; raises NoDevice."""
    _check_wanted()
    if is_emulated():
        _emulated()
        return "emulated on the CPU"
    return _found(_used if number is None else number)[0]


def uuid(number: int = 0) -> str:
    """What no other device has, under whatever number or name it is shown; raises NoDevice.

    The device is not used.
    """
    _check_wanted()
    if is_emulated():
        return f"{EMULATED} {_first_shown()}"
    try:
        found: str = _module().uuid_of_gpu(number)
    except RuntimeError as error:
        raise NoDevice(str(error)) from error
    return found


def free_bytes(number: int = 0) -> int:
    """How much of a device's memory is free now; raises NoDevice."""
    module = _module()
    try:
        if is_emulated():
            shared: int = module.EmulatedDevice().free_bytes
            return shared // _emulated()
        free: int = module.find_gpu(number).free_bytes
        return free
    except RuntimeError as error:  # any error of the driver
        raise NoDevice(str(error)) from error


def open_device() -> _cuda.Device:
    """This process's device with its kernels, which are compiled if need be; raises NoDevice.

    It is released when the object is destroyed.
    """
    module = _module()
    if is_emulated():
        emulated: _cuda.Device = module.EmulatedDevice()
        return emulated
    _check_wanted()
    _, architecture, nvrtc = _found(_used)
    try:
        gpu: _cuda.Device = module.Gpu(kernels(nvrtc, architecture), _used)
        return gpu
    except CompilationFault as error:
        raise NoDevice(
            f"NVRTC {_version(nvrtc)} cannot compile for this GPU (sm_{architecture}): "
            f"{str(error).splitlines()[0]}"
        ) from error
    except RuntimeError as error:
        raise NoDevice(str(error)) from error


def identity() -> str:
    """What the speed of this process's GPU depends on: its kind, driver and kernels.

    Raises NoDevice.
    """
    _, architecture, nvrtc = _found(_used)
    facts = _module().find_gpu(_used)
    staged = ", staged" if os.environ.get(STAGED) == "1" else ""
    return f"{facts.name}, driver {facts.driver}, kernels {digest(nvrtc, architecture)}{staged}"


def _first_shown() -> str:
    """The number or name of the first GPU that the driver shows; empty or -1 for none."""
    return os.environ.get(SHOWN, "0").split(",")[0].strip()


def _check_wanted() -> None:
    """Raises NoDevice if the variable says that it is off."""
    if os.environ.get(VARIABLE) == OFF:
        raise NoDevice(f"{VARIABLE} is off")


def _emulated() -> int:
    """How many emulated devices are asked for; raises NoDevice if the variable is malformed."""
    wanted = os.environ.get(VARIABLE, "")
    if match := SEVERAL.fullmatch(wanted):
        return int(match[1] or 1)
    raise NoDevice(f"{VARIABLE}={wanted}: write {EMULATED}, or {EMULATED}:2 for two devices")


def _module() -> ModuleType:
    """The engine's module; raises NoDevice if it was not built or the processor is too old."""
    from ..builds import fastest

    try:
        fastest()
        from .. import _cuda
    except ImportError as error:
        said = str(error) if "native engine" in str(error) else "it is not built"
        raise NoDevice(f"the CUDA engine cannot be loaded: {said}") from error
    return _cuda


@cache
def _found(number: int) -> tuple[str, int, Nvrtc]:
    """Name, architecture and compiler of one of this machine's GPUs; raises NoDevice."""
    module = _module()
    try:
        facts = module.find_gpu(number)
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
