"""What the gate of `mnist` says to real defects, planted in the code while the records stay.

make regressions

Every one must be noticed by the bits. With those switched off, every one must be called a
regression whose true effect (`effects.csv`, 40 seeds a side on `short-step`) is above the margin by
more than its interval; what costs less may pass or stay undecided.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from defects import DEFECTS
from measure import EFFECTS, RECIPE
from outcomes import ROWS
from planted import SOUND, Planted, data_directory, plant
from reprobench.harness.study.loading.file import load_study
from scripted import ROOT


@cache
def margin() -> float:
    """The gate's margin, in images."""
    gate = load_study("mnist").gate
    assert gate
    return gate.margins[RECIPE]


@dataclass(frozen=True)
class Effect:
    """Images that a defect costs."""

    images: float
    low: float
    high: float
    seeds: int

    @property
    def matters(self) -> bool:
        """Whether it is above the margin by more than its interval."""
        return self.low > margin()

    @property
    def size(self) -> str:
        """Its size compared with the margin, in words."""
        if self.matters:
            return "yes"
        return "no: too small to matter" if self.too_small else "not shown"

    @property
    def too_small(self) -> bool:
        """Whether it is below the margin by more than its interval."""
        return self.high < margin()


def effects() -> dict[str, Effect]:
    """The measured effects, by defect."""
    with EFFECTS.open() as file:
        return {
            row["defect"]: Effect(
                *(float(row[n]) for n in ("images", "low", "high")), int(row["seeds"])
            )
            for row in csv.DictReader(file)
        }


def gate(planted: Planted, folder: Path, *options: str) -> dict[str, Any]:
    """The gate's JSON facts."""
    written = folder / "gate.json"
    done = planted.harness(
        "gate", "mnist", "--data", data_directory(), "--ledger", planted.ledger,
        "--json", written, *options, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode in (0, 1, 3), done.stderr
    found: dict[str, Any] = json.loads(written.read_text())
    return found


def test_the_code_as_it_is_is_identical(tmp_path: Path) -> None:
    found = gate(plant(SOUND, tmp_path / "environment"), tmp_path)
    assert {finding["outcome"] for finding in found["findings"]} == {"identical"}
    assert found["exit_code"] == 0


@pytest.mark.parametrize("name", list(DEFECTS))
def test_a_planted_defect(name: str, tmp_path: Path) -> None:
    effect = effects()[name]
    planted = plant(name, tmp_path / "environment")
    exact = gate(planted, tmp_path)
    noticed = [f["recipe"] for f in exact["findings"] if f["outcome"] != "identical"]
    statistical = gate(planted, tmp_path, "--no-exact")
    (own,) = (f["outcome"] for f in statistical["findings"] if f["recipe"] == RECIPE)
    ROWS.append(
        (
            name,
            f"{effect.images:+.1f} ({effect.low:+.1f} to {effect.high:+.1f}, n = {effect.seeds})",
            effect.size,
            f"differ in {len(noticed)} of {len(exact['findings'])} recipes",
            "/".join(str(len(f["new"])) for f in statistical["findings"]),
            statistical["verdict"],
        )
    )
    assert noticed
    if effect.matters:
        assert statistical["verdict"] == "regression"
    if effect.too_small:
        assert own != "regression"
