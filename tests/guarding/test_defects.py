"""The planted defects on which the gate is tested still fit the code: each text occurs once."""

from __future__ import annotations

import pytest
from defects import DEFECTS, Defect
from scripted import ROOT


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_its_text_stands_there_once(defect: Defect) -> None:
    assert (ROOT / defect.file).read_text().count(defect.old) == 1
