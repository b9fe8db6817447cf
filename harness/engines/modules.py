"""The user's own modules: imported, built, and tried once on blank images."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING

from ..base.own_code import OwnCodeError, is_own_function, own_code, own_function
from ..base.words import kind, listed
from ..data.registry import Say
from ..data.spec import DataSpec
from ..study.declaration import Study
from ..study.loading.problems import Problems

if TYPE_CHECKING:
    import torch
    from torch import nn


def check_modules(study: Study, say: Say) -> None:
    """Build and try each of the user's own architectures; raises InputError, one line per problem.

    `say` announces it, since importing torch for it takes a while.
    """
    recipes = study.own_recipes + (study.short.own_recipes if study.short else ())
    sizes: dict[str, dict[int, None]] = {}
    keys = dict(study.written)
    for recipe in recipes:
        if is_own_function(recipe.architecture):
            sizes.setdefault(recipe.architecture, {})[recipe.batch_size] = None
            keys.setdefault(recipe.architecture, f"recipes[{recipe.name}].architecture")
    if sizes:
        say(f"trying {listed([*sizes])} on blank images")
    problems = Problems(study.file)
    for name, batch_sizes in sizes.items():
        _check(keys[name], name, batch_sizes, study, problems)
    problems.raise_any()


def _check(
    key: str, name: str, batch_sizes: Iterable[int], study: Study, problems: Problems
) -> None:
    """Try an architecture in batches of these sizes; adds the first problem, if there is any."""
    allowed = study.criterion.parameters
    try:
        for data, batch_size in product(study.trained_on, batch_sizes):
            parameters = inspect_own(name, data, batch_size)
    except OwnCodeError as error:
        problems.add(key, str(error), name)
        return
    if parameters > allowed:
        text = f"has {parameters:,} parameters; criterion.parameters allows {allowed:,}"
        problems.add(key, text, name)


def build_own(name: str) -> nn.Module:
    """A new module from the user's own function; whatever goes wrong raises OwnCodeError."""
    from torch import nn

    function = own_function(name)
    with own_code("fails: {}"):
        module = function()
    if not isinstance(module, nn.Module):
        raise OwnCodeError(f"returned {kind(module)}, not a torch.nn.Module")
    return module


def inspect_own(name: str, data: DataSpec, batch_size: int) -> int:
    """Trainable parameters of a user's own module, after one trial on blank images.

    The trial is a forward and backward pass on a batch as large as the last of an epoch, which is
    the smallest, and an evaluation. Raises OwnCodeError if the module could not be trained.
    """
    last = data.train % batch_size or min(batch_size, data.train)
    module = build_own(name)
    with own_code("fails: {}"):
        _refuse_lazy_layers(module)
        _refuse_odd_state(module)
    with own_code(f"fails on a batch of {last}, the last of each epoch: {{}}"):
        _train_once(module, data, last)
    with own_code("fails in evaluation: {}"):
        _scores(module.eval(), data, 1)
        return sum(weight.numel() for weight in module.parameters() if weight.requires_grad)


def _refuse_lazy_layers(module: nn.Module) -> None:
    from torch.nn.parameter import is_lazy

    if any(map(is_lazy, [*module.parameters(), *module.buffers()])):
        raise OwnCodeError(
            "has lazy layers, whose sizes are not known before training; give their sizes: "
            "nn.Linear instead of nn.LazyLinear"
        )


def _refuse_odd_state(module: nn.Module) -> None:
    """Refuse what no digest and no checkpoint could hold, which an epoch of training would find."""
    from .other_buffers import other_buffers

    for name, kept in {**module.state_dict(), **other_buffers(module)}.items():
        try:
            kept.detach().numpy()
        except (AttributeError, TypeError, RuntimeError) as error:
            what = getattr(kept, "dtype", None) or kind(kept)
            raise OwnCodeError(
                f"keeps {name} as {what}, which no record can hold; keep tensors of a type that "
                "NumPy has"
            ) from error


def _train_once(module: nn.Module, data: DataSpec, count: int) -> None:
    import torch
    from torch.nn import functional

    if not any(weight.requires_grad for weight in module.parameters()):
        raise OwnCodeError("has no parameters to train")
    scores = _scores(module.train(), data, count)
    functional.cross_entropy(scores, torch.zeros(count, dtype=torch.long)).backward()  # type: ignore[no-untyped-call]


def _scores(module: nn.Module, data: DataSpec, count: int) -> torch.Tensor:
    """(count, classes): what the module returns for blank images: one score per class."""
    import torch

    scores = module(torch.zeros(count, *data.shape))
    wanted = (count, data.classes)
    if not isinstance(scores, torch.Tensor) or tuple(scores.shape) != wanted:
        shape = getattr(scores, "shape", None)
        found = type(scores).__name__ if shape is None else tuple(shape)
        raise OwnCodeError(f"returns {found} for {count} images; it must return {wanted}")
    return scores
