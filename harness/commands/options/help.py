"""What `--help` shows of commands."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup, TyperOption


def _without_values(parameters: list[Any]) -> list[Any]:
    """The same, but switches are shown by their names alone, where typer would add `<bool>`."""
    for one in parameters:
        if isinstance(one, TyperOption) and one.is_flag:
            one.metavar = ""
    return parameters


class PlainCommand(TyperCommand):
    """A command whose help says of a switch only what it does."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters, and `--help`."""
        return _without_values(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """The same of commands together."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters, and `--help`."""
        return _without_values(super().get_params(ctx))
