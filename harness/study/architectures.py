"""Finding the architecture that a recipe names: a registered one, or a user's own function.

A user's own function is named `package.module:function`; it takes no arguments and returns a torch
module for the data set's images (n, channels, height, width). Modules are looked up as Python looks
them up, in the current directory first.
"""

from __future__ import annotations

import hashlib

from ...models import ARCHITECTURES, architecture
from ...models.summary import normalises_one_value, parameter_count, scores_shape
from ..base.own_code import OwnCodeError, is_own_function, source_file
from ..base.words import allowed_names
from ..data.spec import DataSpec


class ArchitectureError(OwnCodeError):
    """An architecture is unknown or does not fit the data; the message says what is allowed."""


def check_name(name: str) -> None:
    """Raises OwnCodeError unless `name` is registered, or well-formed and importable."""
    if is_own_function(name):
        source_file(name)
    elif name not in ARCHITECTURES:
        allowed = [*ARCHITECTURES, "package.module:function of your own"]
        raise ArchitectureError(allowed_names(name, allowed))


def definition_digest(name: str) -> str:
    """SHA-256 of the declared layers, or of the file that defines a user's own function.

    Other files that this file imports are not included. Raises OwnCodeError.
    """
    own = is_own_function(name)
    definition = source_file(name).read_bytes() if own else repr(ARCHITECTURES[name]).encode()
    return hashlib.sha256(definition).hexdigest()


def needs_two_images(name: str, data: DataSpec) -> bool:
    """Whether a registered architecture takes these images, but not in a batch of only one.

    That is so if it normalises over a single value. False for a user's own architecture.
    """
    if name not in ARCHITECTURES:
        return False
    try:
        return normalises_one_value(architecture(name, data.classes), data.shape)
    except ValueError:
        return False


def declared_parameters(name: str, data: DataSpec) -> int:
    """Trainable parameters of a registered architecture.

    Raises ArchitectureError if it does not fit the data.
    """
    layers = architecture(name, data.classes)
    try:
        scores = scores_shape(layers, data.shape)
    except ValueError as error:
        raise ArchitectureError(f"does not take the images of {data.name}: {error}") from error
    if scores != (data.classes, 1, 1):
        found = " x ".join(map(str, scores))
        raise ArchitectureError(f"gives {found} scores; {data.name} has {data.classes} classes")
    return parameter_count(layers, data.shape)
