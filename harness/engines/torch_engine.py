"""The reference engine: PyTorch on the CPU, float32, NCHW, one thread, deterministic algorithms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from ...models import architecture
from ..base.own_code import is_own_function
from ..data.spec import DataSet
from ..study.recipe import SGD, Adam, Recipe
from . import Batch, Evaluation, RecipeFault, State, StepResult
from .draws.augmentation import augment
from .draws.randomness import DRAWS_VERSION, DropoutBits, Stream, raw_bits
from .modules import build_own
from .other_buffers import other_buffers, restore_buffers
from .torch_network import StepDropout, build_network

EVALUATION_BATCH: Final = 250
BUFFER: Final = "buffer."
"""Of the names in a checkpoint, those of buffers that are in no state_dict begin with this."""
OF_THE_MACHINE: Final = (MemoryError, OSError, ImportError)
"""Errors of the machine; torch may also raise a RuntimeError if it lacks memory."""


def numerics_version() -> str:
    """Versions that decide the bits: of our draws, of torch, and the instruction set it uses."""
    capability = torch.backends.cpu.get_cpu_capability()
    return f"draws {DRAWS_VERSION}, torch {torch.__version__}, {capability}"


def warm_up() -> None:
    """Make an optimiser: torch does not import a large part of itself before that."""
    torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)


def create(recipe: Recipe, data: DataSet, seed: int) -> TorchNetwork:
    """The engine's network for one run."""
    return TorchNetwork(recipe, data, seed)


class TorchNetwork:
    """One run's module and torch optimiser."""

    def __init__(self, recipe: Recipe, data: DataSet, seed: int) -> None:
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        self._recipe, self._data, self._seed = recipe, data, seed
        self._module = _build(recipe, data, seed)
        self._trainable = [w for w in self._module.parameters() if w.requires_grad]
        self._optimiser = _optimiser(recipe, self._trainable)
        self._dropouts = [m for m in self._module.modules() if isinstance(m, StepDropout)]
        self._greys = data.spec.normalised_greys()
        self._labels = torch.from_numpy(data.train_labels.astype(np.int64))
        self._test_labels = torch.from_numpy(data.test_labels.astype(np.int64))
        self.parameters = sum(weight.numel() for weight in self._trainable)

    def step(self, batch: Batch) -> StepResult:
        """Train on one batch: forward, backward, regularise, update."""
        self._seed_dropout(batch)
        self._set_rates(batch)
        self._module.train()
        images = augment(self._data.train_images[batch.images], batch.draws)
        labels = self._labels[torch.from_numpy(batch.images)]
        smoothing = self._recipe.regulariser.label_smoothing
        with _blaming(self._recipe):
            scores = self._module(self._normalise(images))
            loss = functional.cross_entropy(scores, labels, label_smoothing=smoothing)
            self._optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
        self._add_penalties()
        self._optimiser.step()
        correct = int((scores.argmax(dim=1) == labels).sum())
        return StepResult(float(loss.detach()), correct)

    @torch.inference_mode()
    def evaluate(self) -> Evaluation:
        """Classify the test images, in batches of a fixed size."""
        self._module.eval()
        predicted, total = [], 0.0
        for start in range(0, len(self._test_labels), EVALUATION_BATCH):
            part = slice(start, start + EVALUATION_BATCH)
            with _blaming(self._recipe):
                scores = self._module(self._normalise(self._data.test_images[part]))
                losses = functional.cross_entropy(scores, self._test_labels[part], reduction="none")
            total += float(losses.double().sum())
            predicted.append(scores.argmax(dim=1).to(torch.uint8))
        return Evaluation(total / len(self._test_labels), torch.cat(predicted).numpy())

    def weights(self) -> list[npt.NDArray[np.generic]]:
        """Parameters and running statistics in the module's order, without batch counters."""
        state: dict[str, torch.Tensor] = self._module.state_dict()
        return [
            tensor.detach().numpy()
            for name, tensor in state.items()
            if not name.endswith("num_batches_tracked")
        ]

    def state(self) -> State:
        """The module's state, the buffers that are no part of it, and the optimiser's state of each
        weight, by the weight's index."""
        kept: dict[int, dict[str, torch.Tensor | None]] = self._optimiser.state_dict()["state"]
        module: dict[str, torch.Tensor] = self._module.state_dict()
        numbers = {f"module.{name}": tensor for name, tensor in module.items()}
        numbers |= {
            f"{BUFFER}{name}": tensor for name, tensor in other_buffers(self._module).items()
        }
        numbers |= {
            f"optimiser.{place}.{name}": tensor
            for place, own in kept.items()
            for name, tensor in own.items()
            if tensor is not None
        }
        return {name: tensor.detach().numpy() for name, tensor in numbers.items()}

    def restore(self, state: State) -> None:
        """Continue from a state; raises KeyError, ValueError or RuntimeError if it does not fit."""
        tensors = {name: torch.from_numpy(np.array(numbers)) for name, numbers in state.items()}
        self._module.load_state_dict(_under("module.", tensors))
        restore_buffers(self._module, _under(BUFFER, tensors))
        kept: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in _under("optimiser.", tensors).items():
            place, _, own = name.partition(".")
            kept.setdefault(int(place), {})[own] = tensor
        groups = self._optimiser.state_dict()["param_groups"]
        self._optimiser.load_state_dict({"state": kept, "param_groups": groups})

    def _normalise(self, images: npt.NDArray[np.uint8]) -> torch.Tensor:
        """The normalised images, (n, channels, height, width) float32."""
        images = images.reshape(-1, *self._data.spec.shape)
        normalised = np.empty(images.shape, np.float32)
        for channel, greys in enumerate(self._greys):
            normalised[:, channel] = np.take(greys, images[:, channel])
        return torch.from_numpy(normalised)

    def _seed_dropout(self, batch: Batch) -> None:
        """Seed dropout: our own layers draw from the run's stream, other layers from torch, which
        is seeded from that stream."""
        if is_own_function(self._recipe.architecture):
            torch.manual_seed(_torch_seed(self._seed, Stream.DROPOUT, batch.epoch, batch.step))
        bits = DropoutBits(self._seed, batch.epoch, batch.step) if self._dropouts else None
        for dropout in self._dropouts:
            dropout.bits = bits

    def _set_rates(self, batch: Batch) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = float(np.float32(batch.lr))
            if batch.momentum is None:
                continue
            if "betas" in group:
                group["betas"] = (batch.momentum, group["betas"][1])
            else:
                group["momentum"] = batch.momentum

    def _add_penalties(self) -> None:
        regulariser = self._recipe.regulariser
        for weight in self._trainable:
            if weight.grad is None:
                continue
            if regulariser.l1:
                weight.grad.add_(weight.detach().sign(), alpha=regulariser.l1)
            if regulariser.l2:
                weight.grad.add_(weight.detach(), alpha=regulariser.l2)


@contextmanager
def _blaming(recipe: Recipe) -> Iterator[None]:
    """Raises RecipeFault if a user's own module fails, unless the machine is to blame."""
    try:
        yield
    except OF_THE_MACHINE:
        raise
    except (Exception, SystemExit) as error:
        if not is_own_function(recipe.architecture) or "memory" in str(error):
            raise
        raise RecipeFault(f"{type(error).__name__}: {error}") from error


def _under(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _build(recipe: Recipe, data: DataSet, seed: int) -> nn.Module:
    if not is_own_function(recipe.architecture):
        dropout = recipe.regulariser.dropout
        layers = architecture(recipe.architecture, data.spec.classes)
        return build_network(layers, data.spec.shape, dropout, seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_torch_seed(seed, Stream.INITIALISATION, 0, 0))
        return build_own(recipe.architecture)


def _torch_seed(seed: int, stream: Stream, epoch: int, purpose: int) -> int:
    return int(raw_bits(seed, stream, epoch, purpose, 1)[0] >> np.uint64(1))


def _optimiser(recipe: Recipe, weights: list[nn.Parameter]) -> torch.optim.Optimizer:
    settings = recipe.optimiser.model_dump(exclude={"name"})
    match recipe.optimiser:
        case SGD():
            return torch.optim.SGD(weights, lr=recipe.lr, **settings)
        case Adam():
            return torch.optim.Adam(weights, lr=recipe.lr, **settings)
        case _:
            return torch.optim.AdamW(weights, lr=recipe.lr, **settings)
