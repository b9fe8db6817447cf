"""The committed reports: rebuilt from their committed records, they have the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from reprobench.harness.base.disk.ours import ENVIRONMENT
from reprobench.harness.judging.confirmation import gather_confirmation
from reprobench.harness.judging.decision import decide
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.results.committed import REPORTS, committed_ledger
from reprobench.harness.study.loading.file import load_study
from scripted import ROOT

QUICK = "search-smallest"
"""A report on few runs and held-out images."""
COMMITTED = [
    pytest.param(path, id=path.name, marks=[] if path.name == QUICK else pytest.mark.slow)
    for path in sorted((ROOT / REPORTS).glob("*"))
    if path.is_dir()
]


@pytest.mark.locked
@pytest.mark.parametrize("folder", COMMITTED)
def test_rebuilding_gives_the_same_bytes(
    folder: Path, mnist_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    study = load_study(folder.name)
    with committed_ledger(study) as ledger:
        evidence = gather(study, ledger)
        built = write_report(
            evidence,
            tmp_path,
            confirmation=gather_confirmation(evidence, decide(evidence.compared), ledger),
            gate=gather(study.short, ledger) if study.short else None,
            data=mnist_directory,
        ).folder
    files = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert files == {path.relative_to(built) for path in built.rglob("*") if path.is_file()}
    different = [
        str(path)
        for path in sorted(files - {Path(ENVIRONMENT)})
        if (folder / path).read_bytes() != (built / path).read_bytes()
    ]
    assert different == []
