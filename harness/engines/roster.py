"""The engines, the fastest first: each of them says what it can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Final

from ...models.layers import Architecture
from ..data.spec import DataSet, DataSpec
from ..results.environment import DEVICE, ENGINE_HERE, engine_key
from ..study.engine_version import EngineVersion
from ..study.recipe import Recipe
from . import Engine, Network
from .builds import fastest
from .support import Uncovered, blocks_of, blocks_of_layers


class Cuda:
    """Groups of seeds on an NVIDIA GPU, with the native engine's coverage and bits."""

    name: Final = "cuda"
    in_groups: Final = True

    @property
    def expected(self) -> bool:
        """It is expected on a machine with a GPU."""
        from .gpu.device import has_driver

        return has_driver()

    def version(self) -> EngineVersion:
        """The native engine's arithmetic: a run's key does not say which of the two trained it."""
        native = NATIVE.version()
        return replace(native, by=self.name)

    def missing(self) -> str | None:
        """Why it is missing: it needs a GPU, its driver, NVRTC, and all that `native` needs."""
        from .gpu.device import why_missing

        return why_missing()

    def uncovered(self, recipe: Recipe, data: DataSpec) -> str | None:
        """The same as for the native engine."""
        return NATIVE.uncovered(recipe, data)

    def uncovered_layers(self, architecture: Architecture, data: DataSpec) -> str | None:
        """The same as for the native engine."""
        return NATIVE.uncovered_layers(architecture, data)

    def environment(self) -> dict[str, str]:
        """Nothing: a record names it only as the device."""
        return {}

    def device(self) -> dict[str, str]:
        """The name of the GPU."""
        from .gpu.device import name

        return {DEVICE: name()}

    def create(self, recipe: Recipe, data: DataSet, seed: int) -> Network:
        """The network of a group of one."""
        from .gpu.network import CudaNetwork

        return CudaNetwork(recipe, data, seed)

    def warm_up(self) -> None:
        """Import what prepares the seeds' numbers."""
        from .gpu import seeds  # noqa: F401


class Native:
    """C++ on one core per run, for registered architectures trained with SGD."""

    name: Final = "native"
    expected: Final = True
    in_groups: Final = False

    def version(self) -> EngineVersion:
        """Its version, the same on every machine."""
        from .native_engine import numerics_version

        return EngineVersion(self.name, numerics_version())

    def missing(self) -> str | None:
        """Why it is missing: it needs a compiler at installation, and a recent processor."""
        return _why_no_build_loads()

    def uncovered(self, recipe: Recipe, data: DataSpec) -> str | None:
        """What in the recipe cannot be written as blocks."""
        return _gap(lambda: blocks_of(recipe, data))

    def uncovered_layers(self, architecture: Architecture, data: DataSpec) -> str | None:
        """What in the architecture cannot be written as blocks."""
        return _gap(lambda: blocks_of_layers(architecture, data, dropout=True))

    def environment(self) -> dict[str, str]:
        """That it is available, or why not."""
        return {engine_key(self.name): self.missing() or ENGINE_HERE}

    def device(self) -> dict[str, str]:
        """Nothing: it trains on the processor."""
        return {}

    def create(self, recipe: Recipe, data: DataSet, seed: int) -> Network:
        """The network in the fastest build."""
        from .native_engine import create

        return create(recipe, data, seed)

    def warm_up(self) -> None:
        """Import the build."""
        from .native_engine import warm_up

        warm_up()


class Torch:
    """PyTorch on one core per run: the reference, for every recipe."""

    name: Final = "torch"
    expected: Final = True
    in_groups: Final = False

    def version(self) -> EngineVersion:
        """Its version, which depends on this installation and this processor."""
        from .torch_engine import numerics_version

        return EngineVersion(self.name, numerics_version())

    def missing(self) -> None:
        """It is never missing: the package requires it."""

    def uncovered(self, recipe: Recipe, data: DataSpec) -> None:
        """Nothing: it covers whatever a study file can declare."""

    def uncovered_layers(self, architecture: Architecture, data: DataSpec) -> None:
        """Nothing: it covers every layer."""

    def environment(self) -> dict[str, str]:
        """Nothing: its version is among the packages'."""
        return {}

    def device(self) -> dict[str, str]:
        """Nothing: it trains on the processor."""
        return {}

    def create(self, recipe: Recipe, data: DataSet, seed: int) -> Network:
        """The module and its optimiser."""
        from .torch_engine import create

        return create(recipe, data, seed)

    def warm_up(self) -> None:
        """Import torch."""
        from .torch_engine import warm_up

        warm_up()


CUDA: Final = Cuda()
NATIVE: Final = Native()
TORCH: Final = Torch()
ENGINES: Final[tuple[Engine, ...]] = (CUDA, NATIVE, TORCH)


def engine_named(name: str) -> Engine:
    """The engine of a record or job; raises KeyError if the harness has none with that name."""
    return {engine.name: engine for engine in ENGINES}[name]


def trains_in_groups(version: EngineVersion) -> bool:
    """Whether this engine trains many runs in one step."""
    return any(engine.in_groups and engine.name == version.trainer for engine in ENGINES)


def engine_for_groups(version: EngineVersion) -> EngineVersion | None:
    """The engine with the same arithmetic that trains in groups; None if there is none."""
    if NATIVE.missing() or version != NATIVE.version():
        return None
    return replace(version, by=CUDA.name)


def environments() -> dict[str, str]:
    """What a record's environment says of the engines."""
    return {key: text for engine in ENGINES for key, text in engine.environment().items()}


@cache
def _why_no_build_loads() -> str | None:
    try:
        fastest()
    except ImportError as error:
        return str(error)
    return None


def _gap(attempt: Callable[[], object]) -> str | None:
    try:
        attempt()
    except Uncovered as gap:
        return str(gap)
    return None
