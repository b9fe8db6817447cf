"""A report on held-out training images never calls these test images."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.page import images
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.reporting.words.goal import axis_label
from reprobench.harness.results.ledger import Ledger
from scripted import published_recipes, scripted_record

HELD_OUT = 5_000
OF_THE_DATA_SET = "he data set's own test images take no part in the choice"


@pytest.fixture
def blank_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up images for the gallery."""
    blank = SimpleNamespace(
        test_images=np.zeros((10_000, 28, 28), np.uint8),
        test_labels=np.ones(10_000, np.uint8),
        spec=SimpleNamespace(classes=10),
    )
    monkeypatch.setattr(images, "load_data_set", lambda *_: blank)


@pytest.mark.usefixtures("blank_images")
def test_what_was_held_out_is_called_that(ledger: Ledger, tmp_path: Path) -> None:
    study = replace(published_recipes(3), holdout=HELD_OUT, published={}, claims=(), notes="")
    study = replace(study, recipes=study.recipes[:2])
    for run in study.runs():
        ledger.write(scripted_record(run, [9_930 + 4 * run.seed] * 15))
    evidence = gather(study, ledger)
    assert len(Bundle(evidence).noise)
    report = write_report(evidence, tmp_path)
    for name in ("report.md", "report.html"):
        text = (report.folder / name).read_text()
        assert re.findall(r".{18}test images?.{27}", text, re.I) == [OF_THE_DATA_SET]
        assert "Which held-out training images decide?" in text
        assert "only luckier on these held-out training images?" in text
        assert "55,000 training images, 5,000 held-out training images." in text
    assert axis_label(evidence) == "correct held-out training images"
