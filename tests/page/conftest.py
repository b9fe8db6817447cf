"""A real browser, and a report made from scripted records."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from reprobench.harness.data.mnist import MNIST
from reprobench.harness.judging.confirmation import gather_confirmation
from reprobench.harness.judging.decision import decide
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.page import images
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.loading.file import load_study
from scripted import published_recipes, scripted_record
from waiting import PATIENCE

OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a report on the published recipes, with counts like those of MNIST."""
    return write_page(published_recipes(6), tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="session")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for the 24 recipes of a grid."""
    grid = load_study("mnist-grid")
    return write_page(replace(grid, seeds=grid.seeds[:2]), tmp_path_factory.mktemp("grid"))


def write_page(study: Study, place: Path) -> Path:
    """The page of a report on scripted runs, with made-up test images."""
    ledger = Ledger(place / "ledger")
    ledger.prepare()
    generator = np.random.default_rng(5)
    for part in (study, replace(study, seeds=study.confirmation_seeds)):
        for number, run in enumerate(part.runs()):
            counts = (9_934 + 3 * (number % 4) + generator.normal(0, 5, 15)).round().astype(int)
            ledger.write(scripted_record(run, counts.tolist()))
    evidence = gather(study, ledger)
    confirmation = gather_confirmation(evidence, decide(evidence.compared), ledger)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(images, "load_data_set", lambda *_: made_up(generator))
        written = write_report(evidence, place, confirmation=confirmation)
    return written.folder / "report.html"


def made_up(generator: np.random.Generator) -> SimpleNamespace:
    """Test images and labels in MNIST's format."""
    pixels = generator.integers(0, 256, (10_000, 28, 28), dtype=np.uint8)
    labels = np.zeros(10_000, dtype=np.uint8)
    return SimpleNamespace(spec=MNIST, test_images=pixels, test_labels=labels)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    path = shutil.which("chromium")
    assert path, "chromium is missing: `make test-page` installs it"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path, args=OPTIONS, timeout=1_000 * PATIENCE
        )
        yield started
        started.close()


@pytest.fixture
def said() -> list[str]:
    """What the page wrote to the console, which errors it raised, and its requests to the
    network."""
    return []


@pytest.fixture
def page(browser: Browser, report: Path, said: list[str]) -> Iterator[Page]:
    """The report, opened in a fresh context on a desktop."""
    context = browser.new_context(viewport={"width": 1_200, "height": 900}, color_scheme="light")
    context.set_default_timeout(1_000 * PATIENCE)
    opened = context.new_page()
    opened.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: said.append(f"error: {error}"))
    opened.on("request", lambda request: said.append(f"request: {request.url[:80]}"))
    opened.goto(report.as_uri())
    yield opened
    context.close()
