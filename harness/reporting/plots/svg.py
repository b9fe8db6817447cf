"""A figure as an element of the page: small, with real text, in colours that follow the theme."""

from __future__ import annotations

import io
import re
from typing import Final
from xml.etree import ElementTree

from matplotlib.figure import Figure

from .labels import FONT
from .style import INK, LINE, PALETTE, PAPER

THEMED: Final = {
    INK: "var(--ink)",
    LINE: "var(--line)",
    PAPER: "var(--page)",
    **{colour: f"var(--recipe-{place})" for place, colour in enumerate(PALETTE)},
}
"""The page's colours by those of the figure, for ink, lines, paper and recipes."""
FAMILY: Final = f"{FONT}, Verdana, sans-serif"
"""The font in which figures are laid out, and if that is missing, one of the same width."""
NAMESPACE: Final = "http://www.w3.org/2000/svg"
SVG: Final = f"{{{NAMESPACE}}}"
TEXT: Final = (f"{SVG}text", f"{SVG}tspan")
XLINK: Final = "http://www.w3.org/1999/xlink"
REFERENCE: Final = re.compile(r"(?<=#)[\w.-]+(?=[\")])")
NUMBER: Final = re.compile(r"-?\d+\.\d+")
FONT_FAMILY: Final = re.compile(r" font-family: [^;]*;")
UPRIGHT: Final = "rotate(-0 "

ElementTree.register_namespace("", NAMESPACE)
ElementTree.register_namespace("xlink", XLINK)


def to_svg(figure: Figure, name: str, alt: str) -> str:
    """The figure as an SVG element for a page with the theme's colours, without a fixed size.

    Its ids begin with `name`, so that they are unique on the page. Its numbers are rounded to a
    hundredth of a point.
    """
    drawn = _drawn(figure)
    root = ElementTree.fromstring(drawn)
    root.remove(root[0])  # style rules, which would apply to the whole page
    used = set(REFERENCE.findall(drawn))
    for element in root.iter():
        _shorten(element, name, used)
    _flatten(root)
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-label": alt}
    root.attrib |= {"font-family": FAMILY, "stroke-linejoin": "round"}
    return ElementTree.tostring(root, encoding="unicode")


def _drawn(figure: Figure) -> str:
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return buffer.getvalue()


def _shorten(element: ElementTree.Element, name: str, used: set[str]) -> None:
    """Remove, in place, whatever is not visible; `used` are the ids that something refers to."""
    if element.tag not in TEXT or len(element):
        element.text = None
    element.tail = None
    if element.get("id") not in used:
        element.attrib.pop("id", None)
    if element.get("transform", "").startswith(UPRIGHT):
        del element.attrib["transform"]
    for key, value in element.attrib.items():
        element.set(key, f"{name}-{value}" if key == "id" else _value(value, name))


def _value(value: str, name: str) -> str:
    """The value of an attribute, shortened and in the page's colours."""
    for colour, themed in THEMED.items():
        value = value.replace(colour, themed)
    value = re.sub(r"^#|(?<=url\()#", f"#{name}-", FONT_FAMILY.sub("", value))
    return " ".join(NUMBER.sub(_rounded, value).split())


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _flatten(element: ElementTree.Element) -> None:
    """Replace groups that have no attributes by their content."""
    for child in element:
        _flatten(child)
    bare = [child.tag == f"{SVG}g" and not child.attrib for child in element]
    element[:] = [
        inner
        for child, is_bare in zip(element, bare, strict=True)
        for inner in (child if is_bare else [child])
    ]
