"""Valid study files, and the studies that they become."""

from collections.abc import Callable
from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.study.loading.file import load_study, shipped_studies
from reprobench.harness.study.loading.import_study import read_declared

Write = Callable[..., Path]


def test_the_sound_study_is_accepted(study_file: Write) -> None:
    study = load_study(str(study_file()))
    assert study.seeds == (1, 2, 3)
    assert study.criterion.threshold(10_000) == 9_940
    assert [recipe.name for recipe in study.recipes] == ["a"]
    assert study.recipes[0].scheduler.name == "none"


SHIPPED = [
    *("digits", "frontier", "mnist", "mnist-grid", "published", "search", "search-settings"),
    *("search-smallest", "smallest", "smallest-4884", "steady", "steady-4884", "tiny"),
]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_studies_are_sound(name: str) -> None:
    assert shipped_studies() == SHIPPED
    study = load_study(name)
    assert study.name == name


def test_what_is_asked_apart_is_trained_once() -> None:
    """Equal recipes share their runs, whichever study they belong to."""
    keys, published, steady, smallest = (
        {run.recipe.name: run.recipe_key for run in load_study(name).runs()}
        for name in ("mnist", "published", "steady", "smallest")
    )
    assert {**published, **steady, **smallest} == keys


def test_the_published_recipes() -> None:
    study = load_study("published")
    assert len(study.seeds) == study.budget == 200
    assert (study.criterion.epochs, study.criterion.window) == (15, 5)
    told = {
        recipe.name: (
            recipe.architecture,
            recipe.batch_size,
            recipe.lr,
            recipe.scheduler.model_dump(exclude={"warmup"}),
            recipe.augmentation.rotation,
            recipe.regulariser.dropout,
        )
        for recipe in study.recipes
    }
    none = {"name": "none"}
    assert told == {
        "iteration1": ("iteration", 64, 0.01, none, 7, 0.08),
        "iteration2": (
            *("iteration", 128, 0.05),
            {"name": "StepLR", "step_size": 10, "gamma": 0.01},
            *(7, 0.08),
        ),
        "iteration3": (
            *("iteration", 128, 0.01),
            {"name": "StepLR", "step_size": 10, "gamma": 0.1},
            *(7, 0.08),
        ),
        "final": ("final", 128, 0.01, {"name": "StepLR", "step_size": 6, "gamma": 0.5}, 9, 0),
    }
    assert all(len(counts) == 15 for counts in study.published.values())
    assert study.published["final"][-5:] == (9935, 9940, 9941, 9937, 9940)


def test_the_grid_multiplies_out() -> None:
    study = load_study("mnist-grid")
    names = [recipe.name for recipe in study.recipes]
    assert len(names) == 2 * 3 * 4
    assert names[0] == "iteration-lr0.1-none"
    assert "final-lr0.05-StepLR-6-0.5" in names


def test_every_axis_of_a_grid(study_file: Write) -> None:
    grid = """
[defaults]
optimiser = "SGD"
[grid]
architecture = ["iteration"]
lr = [0.1]
scheduler = ["none", { name = "MultiStepLR", milestones = [1, 3] }]
batch_size = [32]
dropout = [0.0, 0.1]
augmentation = [{}, { rotation = 7 }]
weight_decay = [0.0005]
"""
    study = load_study(str(study_file(grid, recipe="", optimiser="")))
    assert len(study.recipes) == 8
    last = study.recipes[-1]
    assert last.name == ("iteration-lr0.1-MultiStepLR-1+3-batch32-dropout0.1-rotation7-decay0.0005")
    assert last.regulariser.dropout == 0.1
    assert last.augmentation.rotation == 7
    assert last.optimiser.weight_decay == 0.0005
    assert study.recipes[0].name.split("-")[-2:] == ["plain", "decay0.0005"]


def test_defaults_and_what_a_recipe_replaces(study_file: Write) -> None:
    text = """
[defaults]
lr = 0.3
augmentation = { rotation = 7, brightness = 0.1 }
[[recipes]]
name = "b"
architecture = "final"
batch_size = 64
optimiser = "Adam"
augmentation = { shear = 5 }
"""
    _, second = load_study(str(study_file(text))).recipes
    assert second.lr == 0.3
    assert second.augmentation.shear == 5
    assert second.augmentation.rotation == 0


def test_confirming_seeds_begin_at_a_thousand(study_file: Write) -> None:
    head = 'name = "s"\ndata_set = "mnist"\nseeds = 2\nconfirmation = 3'
    assert load_study(str(study_file(head=head))).confirmation_seeds == (1_000, 1_001, 1_002)


def test_a_study_that_holds_images_out(study_file: Write) -> None:
    head = 'name = "s"\ndata_set = "mnist"\nseeds = 2\nholdout = 5_000'
    study = load_study(str(study_file(head=head)))
    assert (study.data.train, study.data.test) == (55_000, 5_000)
    assert study.criterion.threshold(study.data.test) == 4_970
    plain = load_study(str(study_file()))
    assert study.runs()[0].recipe_key != plain.runs()[0].recipe_key


def test_a_mark_of_the_encoding_and_other_ends_of_lines_do_no_harm(study_file: Write) -> None:
    """As Windows writes files."""
    path = study_file()
    before = load_study(str(path))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_study(str(path)).recipes == before.recipes


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no.toml: cannot be read: No such file .*; fix that, or"):
        read_declared(str(tmp_path / "no.toml"))
