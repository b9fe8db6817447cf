"""The report's page in a real browser: make test-page."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

SUMMARY = "table >> nth=0"
REPORTS = Path(__file__).parent.parent.parent / "reports"
COMMITTED = sorted(path.parent.name for path in REPORTS.glob("*/report.html"))


def outside(said: list[str]) -> list[str]:
    """What the console said, except about the page itself and the data in it."""
    return [line for line in said if not line.startswith(("request: file:", "request: data:"))]


def cells(page: Page, column: int) -> list[str]:
    """A column of the first table, from top to bottom."""
    rows = page.locator(SUMMARY).locator("tbody tr")
    return [row.locator("td").nth(column).inner_text() for row in rows.all()]


def colours(page: Page) -> tuple[str, str]:
    """The colours of the page and of its text."""
    found: list[str] = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    return found[0], found[1]


def brightness(colour: str) -> float:
    """Relative luminance of `rgb(r, g, b)` (WCAG 2.2)."""
    shares = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares]
    return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, two: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2)."""
    low, high = sorted((brightness(one), brightness(two)))
    return (high + 0.05) / (low + 0.05)


def test_nothing_on_the_console_and_nothing_from_the_net(
    page: Page, report: Path, said: list[str]
) -> None:
    page.locator("th button").first.click()
    page.locator("#theme").click()
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")  # is drawn
    assert outside(said) == []
    assert [line for line in said if line.startswith("request: file:")] == [
        f"request: {report.as_uri()}"[: len("request: ") + 80]
    ]


def heading(page: Page, name: str) -> tuple[int, Any]:
    """The position and the heading of a column of the first table."""
    names = page.locator(SUMMARY).locator("th").all_inner_texts()
    (place,) = [place for place, text in enumerate(names) if text.startswith(name)]
    return place, page.locator(SUMMARY).locator("th").nth(place)


def test_numbers_sort_as_numbers_both_ways(page: Page) -> None:
    before = cells(page, 0)
    _, sorted_at_first = heading(page, "Hold rate")
    assert sorted_at_first.get_attribute("aria-sort") == "descending"
    place, deviation = heading(page, "Std. dev.")
    deviations = [float(text) for text in cells(page, place)]
    button = deviation.locator("button")
    button.click()
    assert [float(text) for text in cells(page, place)] == sorted(deviations)
    assert deviation.get_attribute("aria-sort") == "ascending"
    button.click()
    assert [float(text) for text in cells(page, place)] == sorted(deviations, reverse=True)
    assert deviation.get_attribute("aria-sort") == "descending"
    assert sorted_at_first.get_attribute("aria-sort") is None
    page.locator(SUMMARY).locator("th").first.locator("button").press("Enter")
    assert cells(page, 0) == sorted(before)


def test_parameters_sort_by_value_not_by_letters(page: Page) -> None:
    place, parameters = heading(page, "Parameters")
    parameters.locator("button").click()
    assert cells(page, place) == sorted(
        cells(page, place), key=lambda text: int(text.replace(",", ""))
    )


def test_headings_show_that_they_sort(page: Page) -> None:
    marks = page.evaluate(
        "[...document.querySelectorAll('th button')]"
        ".map(b => getComputedStyle(b, '::after').content)"
    )
    assert set(marks) == {'"↕"', '"▼"'}


def test_both_themes_and_the_switch(page: Page) -> None:
    light = colours(page)
    assert brightness(light[0]) > 0.9
    page.emulate_media(color_scheme="dark")
    dark = colours(page)
    assert brightness(dark[0]) < 0.05
    assert min(contrast(*light), contrast(*dark)) >= 7
    assert page.locator("#theme").inner_text() == "Light theme"
    page.locator("#theme").click()
    assert colours(page) == light
    page.emulate_media(color_scheme="light")
    page.locator("#theme").click()
    assert colours(page) == dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_small_text_and_plots_can_be_read(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    ground, ink = colours(page)
    for place in (".note", "summary", "figcaption", "th button", "#theme"):
        text = page.locator(place).first.evaluate("e => getComputedStyle(e).color")
        assert contrast(ground, text) >= 4.5, place
    for number in range(8):
        assert contrast(ground, resolved(page, f"var(--recipe-{number})")) >= 4.5
    # Text in plots has the page's ink.
    fills = page.locator("figure svg text").first.evaluate("e => getComputedStyle(e).fill")
    assert fills == ink


def resolved(page: Page, colour: str) -> str:
    """A colour of the stylesheet, in the theme that is shown."""
    found = page.evaluate(
        "c => { const e = document.body.appendChild(document.createElement('i'));"
        " e.style.color = c; const found = getComputedStyle(e).color; e.remove(); return found }",
        colour,
    )
    return str(found)


def test_strokes_of_test_images_follow_the_theme(page: Page) -> None:
    pictures = page.locator(".gallery img")
    assert pictures.count() > 1

    def inverted() -> bool:
        return str(pictures.first.evaluate("e => getComputedStyle(e).filter")) != "none"

    assert not inverted()
    page.emulate_media(color_scheme="dark")
    assert inverted()
    page.locator("#theme").click()
    assert not inverted()
    page.emulate_media(color_scheme="light")
    page.locator("#theme").click()
    assert inverted()
    page.emulate_media(color_scheme="dark", media="print")
    assert not inverted()


def test_the_chosen_row_comes_first_and_stands_out_wherever_it_is_sorted_to(page: Page) -> None:
    chosen = page.locator("tr.chosen")
    assert chosen.count() == 1
    name = chosen.locator("td").first.inner_text()
    assert cells(page, 0)[0] == name
    assert name in page.locator(".verdict p").first.inner_text()
    heading(page, "Parameters")[1].locator("button").click()
    assert page.locator("tr.chosen td").first.inner_text() == name


def cut(page: Page) -> list[int]:
    """By how many pixels each table is wider than its box, if it is."""
    over: list[int] = page.evaluate(
        "[...document.querySelectorAll('.tabular')].map(e => e.scrollWidth - e.clientWidth)"
    )
    return [pixels for pixels in over if pixels > 0]


@pytest.mark.parametrize("width", [1_200, 1_400])
def test_no_table_of_a_desktop_is_cut(page: Page, report: Path, grid: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in (report, grid):
        page.goto(path.as_uri())
        assert cut(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_is_required_is_on_the_screen_of_a_phone(page: Page, report: Path, grid: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for path in (report, grid):
        page.goto(path.as_uri())
        line = page.locator("figure svg").first.locator("[style*=stroke-dasharray]").first
        assert line.evaluate("e => e.getBoundingClientRect().right") <= 390


def test_files_that_are_linked_are_there(page: Page, report: Path) -> None:
    links = page.locator("#files ~ ul a").all()
    names = {str(link.get_attribute("href")) for link in links}
    assert {"runs.csv", "decision.json", "records/"} <= names
    assert [name for name in names if not (report.parent / name).exists()] == []


@pytest.mark.parametrize("name", COMMITTED)
def test_committed_reports(page: Page, said: list[str], name: str) -> None:
    said.clear()
    page.goto((REPORTS / name / "report.html").as_uri())
    assert outside(said) == []
    assert cut(page) == []
    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_a_phone_needs_no_scrolling_sideways(page: Page, report: Path, grid: Path) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    for path in (report, grid):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        for box in page.locator(".wide").all():
            assert box.evaluate("e => getComputedStyle(e).overflowX") == "auto"
            assert box.evaluate("e => e.getBoundingClientRect().right") <= 400
        # A plot scrolls before its text becomes too small: 504 points wide as drawn.
        assert page.locator("figure svg").first.evaluate("e => e.clientWidth") >= 504


def test_ids_are_unique(page: Page, report: Path, grid: Path) -> None:
    for path in (report, grid):
        page.goto(path.as_uri())
        ids: list[str] = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(ids) == len(set(ids)) > 50
        broken = page.evaluate(
            "[...document.querySelectorAll('use')].map(e => e.href.baseVal.slice(1))"
            ".filter(id => !document.getElementById(id)).length"
        )
        assert broken == 0


def test_every_picture_has_words(page: Page) -> None:
    pictures = page.locator("img, svg")
    assert pictures.count() >= 9
    for picture in pictures.all():
        assert (picture.get_attribute("alt") or picture.get_attribute("aria-label") or "").strip()


def test_headings_nest_and_links_lead_somewhere(page: Page) -> None:
    levels: list[int] = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    page.locator("summary").click()
    for link in page.locator("nav a").all():
        assert page.locator(str(link.get_attribute("href"))).count() == 1


def test_it_prints(page: Page, report: Path, grid: Path, tmp_path: Path) -> None:
    for source, most in ((report, 20), (grid, 30)):
        page.goto(source.as_uri())
        page.emulate_media(color_scheme="dark", media="print")
        assert brightness(colours(page)[0]) > 0.9
        assert not page.locator("#theme").is_visible()
        path = tmp_path / "report.pdf"
        page.pdf(path=path, format="A4", margin={"top": "15mm", "bottom": "15mm"})
        content = path.read_bytes()
        assert content.startswith(b"%PDF")
        assert 3 <= len(re.findall(rb"/Type\s*/Page\b", content)) <= most
        # The paper is 210 mm wide, less 14 mm on each side: nothing may be cut off.
        page.set_viewport_size({"width": round(182 / 25.4 * 96), "height": 1_000})
        assert page.evaluate("document.documentElement.scrollWidth") <= round(182 / 25.4 * 96)
        page.emulate_media(media="screen")


def test_it_can_be_read_without_scripts(page: Page, report: Path) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(report.as_uri())
    assert plain.locator("h1").inner_text().startswith("Study published")
    assert not plain.locator("#theme").is_visible()
    assert plain.locator("th button").count() == 0
    context.close()
