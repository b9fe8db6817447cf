"""Baseline, gate and verification of programs, with real ones in real workers."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from benching import run as bench
from programs import RISING, program
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.baseline import baseline
from reprobench.harness.commands.gate import gate
from reprobench.harness.commands.options.reports import BaselineOptions
from reprobench.harness.commands.options.training import BenchOptions, GateOptions, VerifyOptions
from reprobench.harness.commands.verify import verify
from reprobench.harness.training.worker import train_job
from rich.console import Console

GATE = "[gate]\nepochs = 2\nmargin = 3\n"
LOSS = 'measure = { name = "loss", direction = "lower" }'
VALUES = 'for e in 1 2 3; do echo "{\\"epoch\\": $e, \\"value\\": 0.$((40 - $1 * 2 - e))}"; done'
"""A number that differs between seeds, and is the same at every run of a seed."""
NEVER_THE_SAME = (
    'mkdir "ran-$1" 2> /dev/null && r=$(($1 * 37 % 200)) || r=$((($1 * 53 + 20) % 200)); '
    'for e in 1 2 3; do echo "{\\"epoch\\": $e, \\"value\\": 0.3$(printf %03d $r)}"; done'
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path / "nowhere"))


def committed(file: Path) -> None:
    """Bench the study, and commit its report."""
    code, output = bench(BenchOptions(study=str(file), jobs=2), train_job)
    assert code == 0, output
    options = BaselineOptions(study=str(file), force=True, yes=True)
    assert baseline(options, Console(file=io.StringIO())) is not None


@pytest.mark.usefixtures("no_pictures")
def test_a_baseline_is_no_input_of_the_program(tmp_path: Path) -> None:
    """Nor are a report and a ledger in folders that were there before: git does not ignore them."""
    for name in ("ledger", "out"):
        (tmp_path / name).mkdir()
    file = program(tmp_path, rest=GATE)
    file.write_text(file.read_text().replace("['train.sh']", "['**/*']"))
    committed(file)
    code, output = bench(BenchOptions(study=str(file), jobs=2), train_job)
    assert (code, "0 runs to train, 2 of 2 in the ledger" in output) == (0, True)


def gated(file: Path, **options: object) -> tuple[int, str]:
    output = io.StringIO()
    wanted = GateOptions(study=str(file), jobs=2, **options)  # type: ignore[arg-type]
    return gate(wanted, Console(file=output, width=150)), output.getvalue()


def verified(file: Path, **options: object) -> tuple[int, str]:
    output = io.StringIO()
    wanted = VerifyOptions(study=str(file), jobs=2, **options)  # type: ignore[arg-type]
    return verify(wanted, Console(file=output, width=150)), output.getvalue()


def test_a_lost_record_is_no_result(tmp_path: Path) -> None:
    """Three of four would be "undecided", without a word on why; a baseline writes it again."""
    file = program(tmp_path, seeds=4, rest=GATE)
    committed(file)
    lost = Path("reports/shell/records/a-seed-1.json")
    lost.unlink()
    for command in (gated, verified):
        with pytest.raises(
            InputError, match=r"records: lacks a-seed-1\.json, though reports/shell"
        ):
            command(file)
    committed(file)
    assert lost.exists()


def test_counts_from_baseline_to_gate(tmp_path: Path) -> None:
    """A program that prints the same passes at once, even if its file has changed; a drop does
    not."""
    file = program(tmp_path, seeds=4, rest=GATE)
    committed(file)
    records = sorted(Path("reports/shell/records").iterdir())
    assert [record.name for record in records] == [f"a-seed-{seed}.json" for seed in (1, 2, 3, 4)]
    assert str(tmp_path) not in records[0].read_text()

    code, output = gated(file)
    assert code == 0
    assert "pass: of 1 recipe 1 identical (2 runs of 2 epochs, study shell)" in output

    program(tmp_path, f"# a comment\n{RISING}", seeds=4, rest=GATE)
    code, output = gated(file)
    assert code == 0
    assert "1 identical" in output
    assert "a: train.sh: committed " in output

    program(tmp_path, RISING.replace("80", "70"), seeds=4, rest=GATE)
    code, output = gated(file, json=tmp_path / "gate.json", junit=tmp_path / "gate.xml")
    assert code == 1, output
    assert "regression: of 1 recipe 1 dropped; a drops by 10.0 examples" in output
    (finding,) = json.loads((tmp_path / "gate.json").read_text())["findings"]
    assert (finding["measure"]["unit"], finding["drop"]) == ("example", 10.0)

    program(tmp_path, "exit 5", seeds=4, rest=GATE)
    code, output = gated(file)
    assert code == 3
    assert "failed: a: exit code 5 after 0 of 3 epochs; printed nothing" in output


def test_a_loss_from_baseline_to_gate_and_verification(tmp_path: Path) -> None:
    gate_of_values = "[gate]\nepochs = 2\nmargin = 0.02\nlimit = 4\n"
    file = program(tmp_path, VALUES, head=LOSS, seeds=4, rest=gate_of_values)
    committed(file)
    assert gated(file)[0] == 0
    with pytest.raises(InputError, match="--power: loss is not a count"):
        gated(file, power=True)
    with pytest.raises(InputError, match=r"criterion.equivalence_margin: missing; say by how much"):
        verified(file)

    worse = VALUES.replace("0.$((40", "0.$((80")
    program(tmp_path, worse, head=LOSS, seeds=4, rest=gate_of_values)
    code, output = gated(file)
    assert code == 1
    assert "of 1 recipe 1 rose; a rises by 0.4, by at least 0." in output


def test_a_program_that_repeats_itself_is_verified(tmp_path: Path) -> None:
    file = program(tmp_path, VALUES, head=LOSS)
    file.write_text(file.read_text().replace("window = 1", "window = 1\nequivalence_margin = 0.05"))
    committed(file)
    code, output = verified(file)
    assert code == 0
    assert "identical: 2 of 2 runs identical" in output
    (tmp_path / "train.sh").write_text(f"# changed\n{VALUES}\n")
    with pytest.raises(InputError, match=r"does not declare .* the study has changed since"):
        verified(file)


def test_a_program_that_does_not_repeat_itself_is_held_to_its_spread(tmp_path: Path) -> None:
    """No bits are promised: different values are accepted as long as the results are alike."""
    file = program(tmp_path, NEVER_THE_SAME, head=LOSS, seeds=6)
    file.write_text(file.read_text().replace("window = 1", "window = 1\nequivalence_margin = 0.5"))
    committed(file)
    code, output = verified(file, runs=4)
    assert code == 0, output
    assert "equivalent: " in output
    assert "4 committed runs to train again" in output
    assert " in loss apart on average, 90% interval " in output


TEST = """
def test_it_stays_accurate(accuracy):
    accuracy("study.toml", "a", epochs=2, margin=3, limit=3)
"""


@pytest.mark.slow
def test_the_pytest_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST)
    program(pytester.path)
    pytester.runpytest_subprocess("--accuracy-save").assert_outcomes(passed=1)
    program(pytester.path, f"# a comment\n{RISING}")
    same = pytester.runpytest_subprocess()
    same.assert_outcomes(passed=1)
    same.stdout.fnmatch_lines(["*identical*"])
    program(pytester.path, RISING.replace("80", "60"))
    worse = pytester.runpytest_subprocess()
    worse.assert_outcomes(failed=1)
    worse.stdout.fnmatch_lines(["a: *a drop of 20.0 examples, from *"])
