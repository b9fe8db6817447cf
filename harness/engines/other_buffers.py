"""Buffers of a user's own module that are not persistent: no state_dict has them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn


def other_buffers(module: nn.Module) -> dict[str, torch.Tensor]:
    """The buffers that the module's state_dict lacks, by name; one with two names is there once."""
    kept = module.state_dict()
    return {name: buffer for name, buffer in module.named_buffers() if name not in kept}


def restore_buffers(module: nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
    """Set these buffers to what `other_buffers` gave; raises KeyError if one is missing."""
    there = other_buffers(module)
    for name in {**there, **tensors}:
        buffer, tensor = there.get(name), tensors[name]
        if buffer is not None and (buffer.shape, buffer.dtype) == (tensor.shape, tensor.dtype):
            buffer.data = tensor  # for all of its names
        else:
            owner, _, own = name.rpartition(".")
            setattr(module.get_submodule(owner), own, tensor)
