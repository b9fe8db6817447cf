"""The defects that the gate is tested on still fit the code: each text occurs in it once."""

from __future__ import annotations

import pytest
from defects import DEFECTS, Defect
from scripted import ROOT


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_its_text_stands_there_once(defect: Defect) -> None:
    assert (ROOT / defect.file).read_text().count(defect.old) == 1
