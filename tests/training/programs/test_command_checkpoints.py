"""Runs of programs that continue from their own checkpoints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from programs import job, program, trained
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.training.worker import train_job

RESUMING = """
echo "given $3"
from=$(cat "$3/epoch" 2> /dev/null || echo 0)
for e in $(seq $((from + 1)) "$2"); do
    echo "{\\"epoch\\": $e, \\"correct\\": $((80 + e)), \\"total\\": 100}"
    echo $e > "$3/epoch"
    [ $e = 2 ] && [ $from = 0 ] && exit 9
done
exit 0
"""
RESUME = "sh train.sh {seed} {epochs} {checkpoint}"


def test_it_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    file = program(tmp_path, RESUMING, command=RESUME, epochs=4)
    first = trained(file)
    assert first.error is not None
    assert first.error.startswith("exit code 9 after 2 of 4 epochs")
    assert (tmp_path / "checkpoints" / "key" / "state" / "epoch").read_text() == "2\n"
    second = trained(file)
    assert (second.status, second.values) == ("completed", (81, 82, 83, 84))
    assert "81" not in (tmp_path / "logs" / "key.log").read_text()


def test_a_run_of_its_first_epochs_goes_on_from_there(tmp_path: Path) -> None:
    """And one of even fewer loses nothing."""
    file = program(tmp_path, RESUMING.replace("exit 9", "exit 0"), command=RESUME, epochs=4)
    for epochs in (2, 1):
        assert trained(file, epochs=epochs).values == (81, 82)[:epochs]
    assert trained(file).values == (81, 82, 83, 84)
    assert "81" not in (tmp_path / "logs" / "key.log").read_text()


@pytest.mark.parametrize("damage", ["{}", "", '{"key": 1, "checksum": "a"}', "[]", None])
def test_what_it_cannot_go_on_from_is_forgotten(damage: str | None, tmp_path: Path) -> None:
    """The program's state is of no use without what was printed before it."""
    file = program(tmp_path, RESUMING.replace("exit 9", "exit 0"), command=RESUME, epochs=4)
    place = tmp_path / "checkpoints" / "key"
    (place / "state").mkdir(parents=True)
    (place / "state" / "epoch").write_text("3\n")
    if damage is not None:
        (place / "epochs.json").write_text(damage)
    record = trained(file)
    assert record.error is not None
    assert record.error.startswith("ended after 2 of 4 epochs")


def test_a_run_that_fails_after_it_went_on_begins_anew(tmp_path: Path) -> None:
    """Once, since the program's checkpoint may be broken."""
    broken = RESUMING.replace("from=", "[ -e $3/epoch ] && exit 4\nfrom=").replace(
        "&& exit 9", "&& [ ! -e done ] && touch done && exit 9"
    )
    file = program(tmp_path, broken, command=RESUME, epochs=3)
    assert trained(file).status == "failed"
    record = trained(file)
    assert (record.status, record.values) == ("completed", (81, 82, 83))


def test_a_run_that_fails_later_goes_on_again(tmp_path: Path) -> None:
    """It has shown that its checkpoint can be used: what it printed from there on is kept."""
    script = RESUMING.replace("[ $e = 2 ] && [ $from = 0 ]", "[ $e -ge 2 ]")
    file = program(tmp_path, script, command=RESUME, epochs=4)
    for last in (2, 3):
        failed = trained(file)
        assert str(failed.error).startswith(f"exit code 9 after {last} of 4 epochs")
        assert (tmp_path / "checkpoints" / "key" / "state" / "epoch").read_text() == f"{last}\n"


def test_it_may_go_on_from_before_where_it_was(tmp_path: Path) -> None:
    """Its last checkpoint is older than what it printed: what it prints again counts."""
    script = """
if [ -e "$3/there" ]; then n=2; else n=1; touch "$3/there"; fi
for e in $(seq $n 3); do
    echo "{\\"epoch\\": $e, \\"correct\\": $((80 + 5 * n + e)), \\"total\\": 100}"
    [ $e = 3 ] && [ $n = 1 ] && exit 9
done
exit 0
"""
    file = program(tmp_path, script, command=RESUME)
    assert trained(file).status == "failed"
    assert trained(file).values == (86, 92, 93)


def test_without_a_place_for_checkpoints_one_is_lent(tmp_path: Path) -> None:
    """For instance on a machine without the ledger; nothing of it is left."""
    file = program(tmp_path, RESUMING, command=RESUME, epochs=1)
    study = load_study(str(file))
    lent = job(study, tmp_path)
    made = train_job(replace(lent, checkpoint=tmp_path / "no" / "way" / "key"))
    assert made.status == "completed", made.error
    assert not (tmp_path / "no").exists()
    assert [path for path in tmp_path.iterdir() if path.name.startswith("harness-")] == []
