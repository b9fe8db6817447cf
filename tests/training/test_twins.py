"""Settings without effect, and recipes that amount to the same."""

from collections.abc import Callable
from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.study.loading.file import load_study, shipped_studies
from reprobench.harness.training.twins import check_effects

Write = Callable[..., Path]
PLAIN = 'architecture = "final"\nbatch_size = 128\nlr = 0.1\n'
SGD = 'optimiser = { name = "SGD", momentum = 0.9 }\n'


def lines(study_file: Write, *recipes: str) -> list[str]:
    """The lines about the recipes a, b, ..., of four epochs on MNIST."""
    tables = [
        f'[[recipes]]\nname = "{name}"\n{PLAIN}{recipe}'
        for name, recipe in zip("abc", recipes, strict=False)
    ]
    path = study_file("\n".join(tables), recipe="", optimiser="")
    try:
        check_effects(load_study(str(path)))
    except InputError as error:
        return [line.removeprefix(f"{path}: ") for line in error.lines]
    return []


@pytest.mark.parametrize("name", shipped_studies())
def test_shipped_studies_declare_nothing_idle(name: str) -> None:
    check_effects(load_study(name))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("augmentation = { translation = 0.1 }", "augmentation.translation = 0.1: moves no image:"),
        (
            "augmentation = { translation = 0.5, rotation = 7 }",
            "augmentation.translation = 0.5: moves no image: it is rounded to whole pixels; give",
        ),
        (
            "augmentation = { rotation = 2 }",
            "augmentation.rotation = 2.0: moves no pixel in images of 28 x 28; give more, or",
        ),
        ("augmentation = { scale = 0.03 }", "augmentation.scale = 0.03: moves no pixel"),
        ("augmentation = { shear = 2 }", "augmentation.shear = 2.0: moves no pixel"),
        ("augmentation = { brightness = 1e-9 }", "augmentation.brightness = 1e-09: has no effect"),
        (
            'augmentation = { interpolation = "bilinear" }',
            "augmentation.interpolation = 'bilinear': has no effect beside",
        ),
        (
            "augmentation = { rotation = 7, until = 0.9 }",
            "augmentation.until = 0.9: has no effect beside",
        ),
        ("augmentation = { until = 0.5 }", "augmentation.until = 0.5: has no effect beside"),
        ("augmentation = { fill = 0 }", "augmentation.fill = 0: has no effect beside"),
        ("augmentation = { fill = 0, rotation = 1 }", "augmentation.rotation = 1.0: moves no"),
        ("augmentation = { erasing_fill = 33 }", "augmentation.erasing_fill = 33: has no effect"),
        (
            'scheduler = { name = "StepLR", step_size = 20 }',
            "scheduler = 'StepLR': never changes the rate in 4 epochs; leave it out, or write",
        ),
        ('scheduler = { name = "MultiStepLR", milestones = [4] }', "scheduler = 'MultiStepLR': ne"),
        (
            'scheduler = { name = "StepLR", step_size = 1, gamma = 1.0 }',
            "scheduler = 'StepLR': never changes",
        ),
        (
            'scheduler = { name = "none", warmup = { start_factor = 1.0 } }',
            "scheduler.warmup = {'start_factor': 1.0}: has no effect",
        ),
        (
            'scheduler = { name = "OneCycleLR", cycle_momentum = false, base_momentum = 0.5 }',
            "scheduler.base_momentum = 0.5: has no effect",
        ),
    ],
)
def test_a_setting_without_effect_is_named(study_file: Write, settings: str, expected: str) -> None:
    found = lines(study_file, SGD + settings)
    assert found
    assert found[0].startswith(f"recipes[a].{expected}")


@pytest.mark.parametrize(
    "settings",
    [
        "augmentation = { translation = 1, rotation = 7, fill = 0 }",
        "augmentation = { rotation = 1, scale = 0.2 }",
        "augmentation = { rotation = 3 }",
        "augmentation = { scale = 0.05 }",
        "augmentation = { brightness = 0.001, erasing = 0.1, erasing_fill = 1 }",
        'scheduler = { name = "StepLR", step_size = 3 }',
        'scheduler = { name = "CosineAnnealingLR", T_max = 4 }',
        'scheduler = { name = "none", warmup = {} }',
        'scheduler = "OneCycleLR"',
        'scheduler = { name = "CosinePlateau", warmup = 0.1, floor = 0.1 }',
        "regulariser = { l1 = 1e-5, l2 = 1e-4, label_smoothing = 0.1 }",
        'augmentation = { rotation = 1, interpolation = "bilinear" }',
        "augmentation = { brightness = 0.1, until = 0.5 }",
        "augmentation = { erasing = 0.1, until = 0.8 }",
    ],
)
def test_a_setting_with_effect_is_not(study_file: Write, settings: str) -> None:
    assert lines(study_file, SGD + settings) == []


ONE_CYCLE = 'scheduler = "OneCycleLR"\n'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SGD + ONE_CYCLE, SGD.replace("0.9", "0.5") + ONE_CYCLE),
        (SGD + ONE_CYCLE, 'optimiser = "SGD"\n' + ONE_CYCLE),
        (
            SGD + 'scheduler = "CosineAnnealingLR"',
            SGD + 'scheduler = { name = "CosineAnnealingLR", T_max = 4 }',
        ),
        (
            SGD + 'scheduler = { name = "MultiStepLR", milestones = [2] }',
            SGD + 'scheduler = { name = "StepLR", step_size = 2 }',
        ),
        (SGD + "regulariser = { l2 = 1e-4 }", SGD.replace("0.9 }", "0.9, weight_decay = 1e-4 }")),
        ('optimiser = "Adam"', 'optimiser = { name = "AdamW", weight_decay = 0.0 }'),
        (
            'optimiser = "Adam"\n' + ONE_CYCLE,
            'optimiser = { name = "Adam", betas = [0.5, 0.999] }\n' + ONE_CYCLE,
        ),
        (
            SGD + 'scheduler = { name = "none", warmup = { total_iters = 469 } }',
            SGD + 'scheduler = { name = "StepLR", step_size = 3, warmup = { total_iters = 469 } }',
        ),
    ],
)
def test_twins_are_named(study_file: Write, one: str, other: str) -> None:
    twin = "recipes[b]: amounts to the same as recipes[a], at every step; drop one"
    assert lines(study_file, one, other)[-1] == twin


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SGD, SGD.replace("0.9", "0.5")),
        (SGD + ONE_CYCLE, SGD + 'scheduler = { name = "OneCycleLR", max_momentum = 0.9 }'),
        ('optimiser = "Adam"', 'optimiser = "AdamW"'),
        (SGD, SGD + "augmentation = { rotation = 7 }"),
        (SGD + "augmentation = { rotation = 7 }", SGD + "augmentation = { rotation = 7.5 }"),
        (SGD, SGD + "regulariser = { l1 = 1e-6 }"),
    ],
)
def test_others_are_not_taken_for_twins(study_file: Write, one: str, other: str) -> None:
    assert lines(study_file, one, other) == []


def test_batches_larger_than_the_data_are_one(study_file: Write) -> None:
    large, larger = (SGD + 'scheduler = "OneCycleLR"', SGD + 'scheduler = "OneCycleLR"')
    path = study_file(
        f'[[recipes]]\nname = "a"\n{PLAIN.replace("128", "60000")}{large}\n'
        f'[[recipes]]\nname = "b"\n{PLAIN.replace("128", "70000")}{larger}',
        recipe="",
        optimiser="",
    )
    with pytest.raises(InputError, match=r"recipes\[b\]: amounts to the same as recipes\[a\]"):
        check_effects(load_study(str(path)))


def test_the_gates_own_recipes_follow_its_epochs(study_file: Write) -> None:
    """What has an effect within the study's four epochs may have none within the gate's two."""
    gate = "[gate]\nepochs = 2\nmargin = 20\n[gate.short]\nmargin = 5\n[[gate.short.recipes]]\n"
    gate += f'name = "short"\n{PLAIN}{SGD}scheduler = {{ name = "StepLR", step_size = 3 }}\n'
    with pytest.raises(InputError, match=r"gate\.short\.recipes\[short\]\.scheduler = 'StepLR'"):
        check_effects(load_study(str(study_file(gate))))
