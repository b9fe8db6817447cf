"""The question whether the target is on the scale of what was measured."""

from __future__ import annotations

from pathlib import Path

from programs import evidence_of_program, program
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.words.headline import headline


def test_what_programs_printed_on_another_scale_than_the_target_is_doubted(tmp_path: Path) -> None:
    """90 for 0.9, at a target of 0.5; the scale of counts is known."""
    percentages = evidence_of_program(
        program(tmp_path, head="measure = { name = 'share' }"), a=[90]
    )
    assert headline(Bundle(percentages)).open[0] == (
        "target 0.5: every value of every run is there, from 90 to 90; is it on the scale of the "
        "values?"
    )
    counts = evidence_of_program(program(tmp_path), a=[90])
    assert not [line for line in headline(Bundle(counts)).open if "scale" in line]
