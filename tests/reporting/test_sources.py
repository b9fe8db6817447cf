"""Where runs come from that no engine trained, and whether that is one place or several."""

from __future__ import annotations

from pathlib import Path

import pytest
from longform import evidence_in, frame
from programs import evidence_of_program, program
from reprobench.harness.reporting.words.method import engine_sentences
from reprobench.harness.reporting.words.sources import across

SAME = "inputs = ['train.sh']"
EVERY = "inputs = ['*.sh']"


def said_of(folder: Path, command: str, inputs: str, *, first: str = SAME) -> str | None:
    """What is said of a second recipe beside one that runs `sh train.sh`."""
    rest = f"[[recipes]]\nname = 'b'\ncommand = '{command}'\n{inputs}\n"
    file = program(folder, rest=rest)
    file.write_text(file.read_text().replace(SAME, first, 1))
    (folder / "other.sh").write_text("exit\n")
    return across(evidence_of_program(file, a=[90], b=[90]))


@pytest.mark.parametrize(
    ("command", "first", "inputs"),
    [
        ("sh train.sh {seed} 2", SAME, SAME),
        ("env STEPS=4 bash ./train.sh --wide {seed}", SAME, SAME),
        ("sh train.sh other.sh {seed}", EVERY, EVERY),
    ],
)
def test_a_program_with_other_arguments_is_no_other_source(
    tmp_path: Path, command: str, first: str, inputs: str
) -> None:
    assert said_of(tmp_path, command, inputs, first=first) is None


def test_modules_with_other_settings_are_one_program(tmp_path: Path) -> None:
    """Each names a file of its own, which is one of the program's files."""
    inputs = "inputs = ['train.sh', 'other.sh']"
    other = "command = 'python -m train other.sh {seed}'"
    file = program(
        tmp_path, command="python -m train train.sh {seed}",
        rest=f"[[recipes]]\nname = 'b'\n{other}\n{inputs}\n",
    )  # fmt: skip
    file.write_text(file.read_text().replace(SAME, inputs, 1))
    (tmp_path / "other.sh").write_text("exit\n")
    assert across(evidence_of_program(file, a=[90], b=[90])) is None


@pytest.mark.parametrize(
    ("command", "first", "inputs", "whence"),
    [
        ("sh other.sh {seed}", SAME, "inputs = ['other.sh']", "a from train.sh; b from other.sh"),
        ("sh train.sh {seed}", SAME, EVERY, "a from train.sh; b from train.sh and other.sh"),
        ("sh other.sh {seed}", EVERY, EVERY,
         "a from train.sh and other.sh; b from other.sh and train.sh"),
    ],
)  # fmt: skip
def test_other_programs_and_other_files_are_other_sources(
    tmp_path: Path, command: str, first: str, inputs: str, whence: str
) -> None:
    said = said_of(tmp_path, command, inputs, first=first)
    assert said is not None
    assert f"but are compared with each other: {whence}. Whatever else differs" in said


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        (1, "The only seed is the one that was found; intervals and tests assume that the number "),
        (2, "The 2 seeds are those that were found; intervals and tests assume that the number "),
    ],
)
def test_seeds_that_were_found(seeds: int, said: str) -> None:
    found = evidence_in(frame({"a": [[0.4, 0.6]] * seeds}))
    assert any(line.startswith(said) for line in engine_sentences(found))
