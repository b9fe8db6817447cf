"""Recipes changed on the command line."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from benching import run, title
from reprobench.harness.base.errors import InputError
from reprobench.harness.base.words import cut
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.commands.rounds.ad_hoc import with_changes
from reprobench.harness.commands.rounds.task import prepare
from reprobench.harness.results.parsing import read_record
from reprobench.harness.study.declaration import Study

RECIPE_KEYS = (
    "allowed are name, architecture, batch_size, lr, optimiser, scheduler, augmentation, "
    "regulariser"
)

pytestmark = pytest.mark.usefixtures("in_process", "no_pictures")


def test_recipes_changed_on_the_command_line(options: BenchOptions) -> None:
    wanted = replace(options, changes=["lr=0.01", "optimiser.momentum=0.5"])
    _, output = run(wanted)
    assert "4 runs to train" in output
    assert title("tiny-lr-0.01-optimiser.momentum-0.5").startswith("# Study tiny-lr-0.01-")
    _, output = run(options)
    assert "4 runs to train on 2 workers, 0 of 4 in the ledger" in output
    (record, *_) = Path("out/tiny-lr-0.01-optimiser.momentum-0.5/records").iterdir()
    recipe = read_record(record).recipe
    assert (recipe["lr"], recipe["optimiser"]["momentum"]) == (0.01, 0.5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("lr", "write KEY=VALUE"),
        ("lr=fast", "lr of recipe iteration: should be a valid number"),
        ("optimiser.momentum=2", "optimiser.momentum of recipe iteration: should be less than 1"),
        ("lrr=1", f"lrr of recipe iteration: unknown; {RECIPE_KEYS}; did you mean lr?"),
        (
            "optimiser.momentun=1",
            "optimiser.momentun of recipe iteration: unknown; allowed are name, momentum, "
            "nesterov, weight_decay; did you mean momentum?",
        ),
        (
            "scheduler={ name='StepLR', stepsize=2 }",
            "scheduler.stepsize of recipe iteration: unknown; allowed are name, step_size, gamma, "
            "warmup; did you mean step_size?",
        ),
        ("scheduler=StpLR", "scheduler.name of recipe iteration: unknown; allowed are none, S"),
        ("lr='0.1'", "lr of recipe iteration: write it without quotes"),
        ("architecture=final", "architecture cannot be set"),
        ("lr.x=1", "lr is not a table of recipe iteration"),
        ("batch_size=99999999999999999999", "is a whole number beyond TOML's 64 bits"),
        ("augmentation=" + 999 * "[", "augmentation of recipe iteration: should be a table"),
    ],
)
def test_changes_that_cannot_be_made(options: BenchOptions, change: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"--set {cut(change)}: {said}")):
        run(replace(options, changes=[change]))


def test_thousands_of_digits(options: BenchOptions) -> None:
    """Python does not convert them, and they are not repeated."""
    with pytest.raises(
        InputError, match=r"^--set lr=9{54}\.\.\.: lr of recipe iteration: should be"
    ):
        run(replace(options, changes=[f"lr={5_000 * '9'}"]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("regulariser.dropout=0.3", "recipes[final].regulariser.dropout = 0.3: final has no dro"),
        ("augmentation.translation=28", "translation = 28.0: the images of digits are 28 pixels"),
    ],
)
def test_changes_that_no_study_file_could_declare(
    options: BenchOptions, change: str, said: str
) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        run(replace(options, changes=[change]))
    assert all(f"toml with --set {change}: recipes[" in line for line in caught.value.lines)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["augmentation.rotation=0.001"],
         r"recipes\[iteration\].augmentation.rotation = 0.001: moves no pixel"),
        (["scheduler=none", "lr=0.2"], r"recipes\[b\]: amounts to the same as recipes\[a\], at "
         "every step; write a study file with one of them"),
    ],
)  # fmt: skip
def test_changes_without_effect(
    options: BenchOptions, tiny: Study, changes: list[str], said: str
) -> None:
    given = " ".join(f"--set {change}" for change in changes)
    recipe = tiny.recipes[0]
    same = replace(tiny, recipes=tuple(recipe.model_copy(update={"name": n}) for n in "ab"))
    study = same if "lr" in given else tiny
    with pytest.raises(InputError, match=f"toml with {re.escape(given)}: {said}"):
        prepare(replace(options, changes=changes), say=lambda _: None, study=study)


def test_recipes_that_are_not_selected_need_not_bear_the_change(options: BenchOptions) -> None:
    """The other one, final, has no dropout."""
    wanted = replace(options, recipes="iteration", changes=["regulariser.dropout=0.3"])
    _, output = run(wanted)
    assert "2 runs to train" in output
    assert " 1 recipe, " in output
    folder = Path("out/tiny-regulariser.dropout-0.3-only-iteration")
    names = {path.name.partition("-seed-")[0] for path in folder.glob("records/*")}
    assert names == {"iteration"}
    with pytest.raises(InputError, match=r"--recipes finl: unknown; .*; did you mean final"):
        run(replace(wanted, recipes="finl"))


def test_recipes_that_would_be_the_same_may_be_trained_one_by_one(
    options: BenchOptions, tiny: Study
) -> None:
    first = tiny.recipes[0]
    apart = [first.model_copy(update={"name": n, "lr": lr}) for n, lr in (("a", 0.1), ("b", 0.2))]
    study = replace(tiny, recipes=tuple(apart))
    changed = replace(options, changes=["lr=0.3"])
    with pytest.raises(InputError, match=r"recipes\[b\]: amounts to the same as recipes\[a\]"):
        prepare(changed, say=lambda _: None, study=study)
    task = prepare(replace(changed, recipes="b"), say=lambda _: None, study=study)
    assert [recipe.name for recipe in task.study.recipes] == ["b"]
    assert task.study.name == "tiny-lr-0.3-only-b"
    assert with_changes(tiny, ["lr=0.3"], tiny.recipes).name == "tiny-lr-0.3"


def test_changes_of_any_length_name_a_folder(tiny: Study) -> None:
    """Two changes that begin alike have different names."""
    long = [with_changes(tiny, [f"lr=0.{300 * '0'}{digit}"]).name for digit in (1, 2)]
    assert max(map(len, long)) < 200
    assert len(set(long)) == 2


@pytest.mark.parametrize(("one", "other"), [("1e-3", "1e+3"), ("0.1", "+0.1")])
def test_changes_that_differ_name_different_folders(tiny: Study, one: str, other: str) -> None:
    """Also if all that differs is what no folder is named with."""
    assert with_changes(tiny, [f"lr={one}"]).name == f"tiny-lr-{one}"
    assert with_changes(tiny, [f"lr={other}"]).name.startswith(f"tiny-lr-{one}-")
