"""Typer's parameters from a dataclass, so that the options of a verb are declared once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from inspect import Parameter, Signature, get_annotations
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    O = TypeVar("O", bound=DataclassInstance)  # noqa: E741


def with_parameters(run: Callable[[O], None], options: type[O]) -> Callable[..., None]:
    """`run` as a function for typer, whose parameters are the fields of the dataclass `options`.

    A class's own fields come first, the fields that it shares with other verbs last.
    """

    def command(**given: Any) -> None:
        run(options(**given))

    hints = get_type_hints(options, include_extras=True)
    named = {field.name: field for field in fields(options)}
    order = [name for cls in options.__mro__ for name in get_annotations(cls)]
    signature = Signature([_parameter(named[name], hints[name]) for name in order])
    command.__dict__["__signature__"] = signature
    command.__annotations__ = hints
    command.__name__, command.__doc__ = run.__name__, run.__doc__
    return command


def _parameter(field: Field[Any], annotation: Any) -> Parameter:
    default = Parameter.empty if field.default is MISSING else field.default
    return Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
