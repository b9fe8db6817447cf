"""Study files that are wrong in every way: each problem gives one line."""

from pathlib import Path

import pytest
from problem_lines import Write, problems
from reprobench.harness.base.errors import InputError
from reprobench.harness.study.loading.file import load_study
from reprobench.models import ARCHITECTURES

HEAD = 'name = "s"\ndata_set = "mnist"\nseeds = 1\n'
LONG = "9" * 5_000


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            {"head": 'name = "sound"\ndata_set = "mnsit"\nseeds = 3\nsedes = 1'},
            [
                "sedes = 1: unknown; allowed are name, data_set, seeds, budget, looks, "
                "confirmation, holdout, published, claims, notes, "
                "criterion, defaults, recipes, grid, gate; did you mean seeds?",
                "data_set = 'mnsit': unknown; allowed are mnist, digits, fashion-mnist, "
                "kmnist, emnist-digits, cifar10, FILE.npz, package.module:function of your own; "
                "did you mean mnist?",
            ],
        ),
        (
            {"head": 'name = "../up"\ndata_set = "mnist"\nseeds = true'},
            [
                "name = '../up': should begin with a letter or digit, and have at most 80 of A-Z, "
                "a-z, 0-9, '.', '_', '+' and '-'",
                "seeds = true: should be a number of seeds, a list of them, or 'adaptive'",
            ],
        ),
        (
            {"head": 'name = "s"\ndata_set = "mnist"\nseeds = [1, 2, 1]'},
            ["seeds = [1, 2, 1]: contains a seed twice; seeds must differ"],
        ),
        (
            {"head": 'name = "s"\ndata_set = "mnist"\nseeds = [1, -2]'},
            ["seeds[2] = -2: should be greater than or equal to 0"],
        ),
        (
            {"criterion": "[criterion]\ntarget = 0.994\nepochs = 4\nparameters = 1\nwindow = 5"},
            [
                "recipes[a].architecture = 'final': has 8,546 parameters; criterion.parameters "
                "allows 1",
                "criterion.window = 5: is longer than criterion.epochs (4); give at most that",
            ],
        ),
        (
            {"criterion": "[criterion]\ntarget = 0.99405\nepochs = 4\nparameters = 9000\nwindow=1"},
            [
                "criterion.target = 0.99405: is 9940.5 of 10,000 test images; "
                "give 0.994 or 0.9941"
            ],
        ),
        (
            {"criterion": "[criterion]\ntarget = 99.4\nepochs = 4\nparameters = 9000\nwindow = 1"},
            [
                "criterion.target = 99.4: should be a share above 0, at most 1; write 99.4% as "
                "0.994"
            ],
        ),
        ({"criterion": ""}, [
            f"criterion.{key}: missing; it has no default"
            for key in ("target", "epochs", "parameters", "window")
        ]),
        (
            {"head": HEAD + "criterion = 3", "criterion": ""},
            ["criterion = 3: should be a table"],
        ),
        (
            {"recipe": '[[recipes]]\nname = "a"\narchitecture = "finall"\nbatch_size = 8\nlr = 1'},
            [
                f"recipes[a].architecture = 'finall': allowed are {', '.join(ARCHITECTURES)}, "
                "package.module:function of your own; did you mean final?"
            ],
        ),
        (
            {"optimiser": 'optimiser = { name = "SDG", momentum = 0.9 }'},
            [
                "recipes[a].optimiser.name = 'SDG': unknown; allowed are SGD, Adam, AdamW; did "
                "you mean SGD?"
            ],
        ),
        (
            {"optimiser": 'optimiser = { momentum = 0.9 }'},
            ["recipes[a].optimiser.name: missing; it has no default"],
        ),
        (
            {"optimiser": 'optimiser = { name = "SGD", nesterov = true }'},
            [
                "recipes[a].optimiser = {'name': 'SGD', 'nesterov': True}: nesterov needs a "
                "momentum above 0"
            ],
        ),
        (
            {
                "optimiser": 'optimiser = "SGD"\n'
                'scheduler = { name = "CosinePlateau", warmup = 0.8 }'
            },
            [
                "recipes[a].scheduler = {'name': 'CosinePlateau', 'warmup': 0.8}: plateau_from "
                "(0.75) should be above warmup (0.8)"
            ],
        ),
        ({"recipe": "", "optimiser": ""}, [
            "recipes: missing; declare at least one under [[recipes]], or a [grid]"
        ]),
        (
            {"head": HEAD + "recipes = 3", "recipe": "", "optimiser": ""},
            ["recipes = 3: write each recipe under a heading [[recipes]]"],
        ),
    ],
)  # fmt: skip
def test_one_line_a_problem(study_file: Write, parts: dict[str, str], expected: list[str]) -> None:
    assert problems(study_file(**parts)) == expected


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (
            'scheduler = { name = "StepLR", gama = 0.1 }\n',
            [
                "recipes[a].scheduler.step_size: missing; it has no default",
                "recipes[a].scheduler.gama = 0.1: unknown; allowed are name, step_size, gamma, "
                "warmup; did you mean gamma?",
            ],
        ),
        (
            'scheduler = { name = "none", warmup = { total_iters = 0 } }\n',
            ["recipes[a].scheduler.warmup.total_iters = 0: should be greater than 0"],
        ),
        (
            "augmentation = { rotatoin = 7, scale = 1.5 }\n",
            [
                "recipes[a].augmentation.scale = 1.5: should be less than or equal to 0.9",
                "recipes[a].augmentation.rotatoin = 7: unknown; allowed are brightness, contrast, "
                "rotation, translation, scale, shear, erasing, interpolation, fill, "
                "erasing_fill, until; did you mean rotation?",
            ],
        ),
        (
            "augmentation = { translation = 28 }\n",
            [
                "recipes[a].augmentation.translation = 28.0: the images of mnist are 28 pixels "
                "wide; give fewer"
            ],
        ),
        (
            "regulariser = { dropout = 0.1 }\n",
            ["recipes[a].regulariser.dropout = 0.1: final has no dropout layers; leave it out"],
        ),
        (
            '[[recipes]]\nname = "a"\narchitecture = "iteration"\nbatch_size = "8"\nlr = inf\n'
            'optimiser = "SGD"\n',
            [
                "recipes[a].batch_size = '8': write it without quotes",
                "recipes[a].lr = inf: should be a finite number",
                "recipes.name = 'a': is used 2 times; names must differ",
            ],
        ),
        (
            '[[recipes]]\nname = "b"\narchitecture = "final"\nbatch_size = 128\nlr = 0.1\n'
            'optimiser = { name = "SGD", momentum = 0.9 }\n',
            ["recipes[b]: is the same as recipes[a]; drop one"],
        ),
        (
            '[[recipes]]\nname = "b"\narchitecture = "final"\nbatch_size = 128\nlr = 0.1\n'
            'optimiser = { name = "SGD", momentum = 0.9 }\nscheduler = "StpLR"\n',
            [
                "recipes[b].scheduler.name = 'StpLR': unknown; allowed are none, StepLR, "
                "MultiStepLR, CosineAnnealingLR, OneCycleLR, CosinePlateau; did you mean StepLR?"
            ],
        ),
        (
            "[grid]\nlr = []\nbatchsize = [1]\n",
            [
                "grid.lr = []: should be a list of at least one value",
                "grid.batchsize = [1]: unknown; allowed are architecture, lr, scheduler, "
                "batch_size, dropout, augmentation, weight_decay; did you mean batch_size?",
            ],
        ),
        (
            "[defaults]\nregulariser = { dropuot = 1 }\n",
            [
                "defaults.regulariser.dropuot = 1: unknown; allowed are dropout, l1, l2, "
                "label_smoothing; did you mean dropout?"
            ],
        ),
    ],
)
def test_one_line_a_problem_in_a_recipe(study_file: Write, added: str, expected: list[str]) -> None:
    assert problems(study_file(added)) == expected


@pytest.mark.parametrize("number", [1, 2])
def test_no_more_candidates_than_recipes(study_file: Write, number: int) -> None:
    few = "[criterion]\ntarget = 0.5\nepochs = 2\nparameters = 9000\nwindow = 1\ncandidates = "
    another = '[[recipes]]\nname = "b"\narchitecture = "final"\nbatch_size = 128\nlr = 0.5\n'
    another += 'optimiser = { name = "SGD", momentum = 0.9 }'
    assert problems(study_file(another, criterion=f"{few}{number}")) == [
        f"criterion.candidates = {number}: is not more than the study's 2 recipes; add those that "
        "were left out, or leave the key out"
    ]
    assert load_study(str(study_file(another, criterion=few + "3"))).criterion.candidates == 3


def test_all_problems_at_once(study_file: Write) -> None:
    path = study_file(
        "colour = 3\n",
        head='name = "s"\ndata_set = "mnist"\nseeds = 0',
        criterion="[criterion]\ntarget = 0.5\nepochs = 2\nparameters = 100\nwindow = 3",
        optimiser='optimiser = "SG"',
    )
    assert len(problems(path)) == 5


def test_what_is_no_toml(study_file: Write, tmp_path: Path) -> None:
    (line,) = problems(study_file("= 3"))
    assert line.startswith("is not TOML: Invalid statement (at line")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"a = 1\nb = '\xe9'")
    (line,) = problems(binary)
    assert line == "is not TOML: byte 0xe9 in line 2 is not UTF-8; save it as UTF-8"


def test_an_unknown_study_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"study mnits: neither .*; did you mean mnist\?"):
        load_study("mnits")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("confirmation = 0", "confirmation = 0: should be a number from 1 to 100,000, or a list"),
        ("confirmation = [1]", "confirmation = 1: is among the seeds too; a choice is confirmed"),
        (
            'claims = [{ recipe = "b", words = "best", about = "parameters" }]',
            "claims[1].recipe = 'b': unknown; allowed are a",
        ),
        (
            'claims = [{ recipe = "a", words = "best", about = "parameters", against = ["c"] }]',
            "claims[1].against = 'c': unknown; allowed are a",
        ),
        (
            'claims = [{ recipe = "a", words = "", about = "hold rate" }]',
            "claims[1].words = '': should not be empty; give at least one character",
        ),
        (
            "confirmation = 'adaptive'",
            "confirmation = 'adaptive': should be a number of seeds, or a list of them",
        ),
        (
            'claims = [{ recipe = "a", words = "best", about = "speed" }]',
            "claims[1].about = 'speed': should be 'hold rate' or 'parameters'",
        ),
    ],
)
def test_confirmation_and_claims(study_file: Write, head: str, expected: str) -> None:
    head = f'name = "s"\ndata_set = "mnist"\nseeds = 2\n{head}'
    (line,) = problems(study_file(head=head))
    assert line.startswith(expected)


def test_unknown_recipes_come_in_the_order_of_the_file(study_file: Write) -> None:
    names = [*"hgfedcbh"]
    claim = f'{{ recipe = "a", words = "best", about = "hold rate", against = {names} }}'
    head = f'name = "s"\ndata_set = "mnist"\nseeds = 2\nclaims = [{claim}]'
    found = [line.split("'")[1] for line in problems(study_file(head=head))]
    assert found == names[:-1]


@pytest.mark.parametrize(
    ("head", "target", "expected"),
    [
        ("holdout = 1", "0.5", "criterion.target = 0.5: is 0.5 of 1 test image; give 1"),
        ("holdout = 60_000", "0.994", "holdout = 60000: mnist has 60,000 training images; hold"),
        ("holdout = -1", "0.994", "holdout = -1: should be greater than or equal to 0"),
        ("holdout = 500", "0.9941", "criterion.target = 0.9941: is 497.05 of 500 test images"),
        ('holdout = 500\npublished = "no.csv"', "0.994", "published = 'no.csv': has counts of"),
    ],
)
def test_holdout(study_file: Write, head: str, target: str, expected: str) -> None:
    head = f'name = "s"\ndata_set = "mnist"\nseeds = 2\n{head}'
    criterion = f"[criterion]\ntarget = {target}\nepochs = 4\nparameters = 10_000\nwindow = 2"
    assert any(
        line.startswith(expected) for line in problems(study_file(head=head, criterion=criterion))
    )
