"""Targets that are shares of totals of which few shares can be written as decimals."""

from pathlib import Path

import pytest
from problem_lines import problems
from programs import program
from reprobench.harness.study.loading.file import load_study


@pytest.mark.parametrize("total", [3, 19, 3_589, 10_007, 2_147_483_647])
def test_the_targets_that_a_line_offers_are_accepted(total: int, tmp_path: Path) -> None:
    file = program(tmp_path, head=f"measure = {{ total = {total} }}")
    (line,) = problems(file)
    text, offered = file.read_text(), line.partition("; give ")[2].split(" or ")
    counts = []
    for target in offered:
        file.write_text(text.replace("target = 0.8", f"target = {target}"))
        counts.append(load_study(str(file)).criterion.threshold(total))
    below = total * 4 // 5
    assert counts == [below, below + 1]


def test_no_target_of_nothing_is_offered(tmp_path: Path) -> None:
    file = program(tmp_path, head="measure = { total = 19 }")
    file.write_text(file.read_text().replace("target = 0.8", "target = 0.01"))
    assert problems(file) == [
        "criterion.target = 0.01: is 0.19 of 19 test examples; give 0.05263157894736842"
    ]
