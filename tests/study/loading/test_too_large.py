"""Study files that ask for more than anybody can read, count, train or wait for."""

from pathlib import Path

import pytest
from problem_lines import Write, problems

LONG = "9" * 5_000
LARGE = "0x" + "f" * 5_000


@pytest.mark.parametrize(
    ("head", "criterion", "recipe", "expected"),
    [
        (f"seeds = {LONG}", "", "", "is not TOML: holds a number with thousands of digits"),
        (f"seeds = [1, {LARGE}]", "", "", "seeds.2: is a whole number beyond TOML's 64 bits"),
        ("seeds = 1", "", f"lr = {LARGE}", "recipes.1.lr: is a whole number beyond TOML's 64 bits"),
        (
            "seeds = 1",
            f"epochs = {10**30}",
            "",
            "criterion.epochs: is a whole number beyond TOML's",
        ),
        (
            "seeds = 1",
            f"epochs = {10**18}",
            "",
            f"criterion.epochs = {10**18}: should be less than",
        ),
    ],
)
def test_numbers_that_are_too_large(
    study_file: Write, head: str, criterion: str, recipe: str, expected: str
) -> None:
    path = study_file(
        head=f'name = "s"\ndata_set = "mnist"\n{head}',
        criterion=f"[criterion]\ntarget = 0.994\nparameters = 10_000\nwindow = 1\n"
        f"{criterion or 'epochs = 2'}",
        recipe='[[recipes]]\nname = "a"\narchitecture = "final"\nbatch_size = 8\n'
        + (recipe or "lr = 0.1"),
    )
    assert problems(path)[0].startswith(expected)


def test_a_file_that_is_no_study(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_text("#" * 10_000_001)
    assert problems(path) == ["has more than 10,000,000 bytes; no study needs that many"]


def test_a_grid_is_not_multiplied_out_before_it_is_counted(study_file: Write) -> None:
    hundred = list(range(1, 101))
    grid = f"[grid]\nlr = {hundred}\nbatch_size = {hundred}\nweight_decay = {hundred}\n"
    assert problems(study_file(grid)) == [
        "grid: multiplies out into 1,000,000 recipes; declare at most 1,000"
    ]


def test_no_more_runs_than_anybody_can_train(study_file: Write) -> None:
    head = 'name = "s"\ndata_set = "mnist"\nseeds = 60_000'
    other = '[[recipes]]\nname = "b"\narchitecture = "final"\nbatch_size = 8\nlr = 1\n'
    assert problems(study_file(other + 'optimiser = "SGD"', head=head)) == [
        "seeds = 60000: makes 120,000 runs with 2 recipes; declare at most 100,000"
    ]


def test_a_run_of_more_steps_than_anybody_can_wait_for(study_file: Write) -> None:
    path = study_file(
        criterion="[criterion]\ntarget = 0.994\nepochs = 90_000\nparameters = 9_000\nwindow = 1"
    )
    (line,) = problems(path)
    assert line.startswith("recipes[a].batch_size = 128: makes 42,210,000 training steps in 90,000")
