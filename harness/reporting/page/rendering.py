"""The templates of a report; each escapes all text as its format requires."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from ...base import words
from ...base.disk.ours import PAGE


def template(name: str) -> Template:
    """The template of the file `name` of a report."""
    return _templates(name).get_template(f"{name}.j2")


@cache
def _templates(name: str) -> Environment:
    tame = _in_html if name == PAGE else _in_markdown
    templates = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        finalize=_taming(tame),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for shown in (words.whole, words.percent, words.plural, words.sort_key):
        templates.filters[shown.__name__] = shown
    templates.filters["one_line"] = words.one_line
    templates.filters["tame"] = tame
    return templates


def _taming(tame: Callable[[object], Markup]) -> Callable[[Any], Any]:
    """A function that escapes everything that a template writes, except its own markup."""
    return lambda value: value if isinstance(value, Markup) else tame(value)


def _in_html(text: object) -> Markup:
    return escape(words.printable(text))


def _in_markdown(text: object) -> Markup:
    return Markup(words.in_markdown(text))
