"""The committed reports: rebuilt from their committed records, they are the same byte for byte."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from reprobench.harness.committed import RECORDS, REPORTS
from reprobench.harness.confirmation import gather_confirmation
from reprobench.harness.evidence import gather
from reprobench.harness.ledger import Ledger
from reprobench.harness.records import read_record
from reprobench.harness.reporting.document import ENVIRONMENT, write_report
from reprobench.harness.study_file import load_study
from scripted import ROOT

COMMITTED = sorted(path for path in (ROOT / REPORTS).glob("*") if path.is_dir())


@pytest.mark.parametrize("folder", COMMITTED, ids=[path.name for path in COMMITTED])
def test_rebuilding_gives_the_same_bytes(
    folder: Path, ledger: Ledger, mnist_directory: Path, tmp_path: Path
) -> None:
    for path in (folder / RECORDS).iterdir():
        place = ledger.path(read_record(path))
        place.parent.mkdir(exist_ok=True)
        shutil.copy(path, place)
    evidence = gather(load_study(folder.name), ledger)
    confirmation = gather_confirmation(evidence, ledger)
    out = tmp_path / "out"
    built = write_report(evidence, out, confirmation=confirmation, data=mnist_directory).folder
    files = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert files == {path.relative_to(built) for path in built.rglob("*") if path.is_file()}
    different = [
        str(path)
        for path in sorted(files - {Path(ENVIRONMENT)})
        if (folder / path).read_bytes() != (built / path).read_bytes()
    ]
    assert different == []
