"""A grid that is wrong: each mistake is told once, under the key that the user wrote."""

from pathlib import Path

import pytest
from problem_lines import Write, problems
from reprobench.harness.base.errors import InputError
from reprobench.harness.engines.modules import check_modules
from reprobench.harness.study.loading.file import load_study
from reprobench.models import ARCHITECTURES

DEFAULTS = '[defaults]\narchitecture = "final"\noptimiser = "SGD"\nbatch_size = 64\nlr = 0.1\n'
ALLOWED = f"allowed are {', '.join(ARCHITECTURES)}, package.module:function of your own"
NETWORKS = """
from torch import nn
def small(): return nn.Linear(1, 1)
def broken(): return nn.Sequential(nn.Flatten(), nn.Linear(3, 10))
"""


@pytest.mark.parametrize(
    ("defaults", "grid", "expected"),
    [
        (
            DEFAULTS,
            'architecture = ["final", "finall"]\nlr = [0.1, 0.2]',
            [f"grid.architecture = 'finall': {ALLOWED}; did you mean final?"],
        ),
        (
            DEFAULTS.replace('"final"', '"finall"'),
            "lr = [0.1, 0.2]",
            [f"defaults.architecture = 'finall': {ALLOWED}; did you mean final?"],
        ),
        (DEFAULTS, "lr = [0.1, -1]\nbatch_size = [8, 16]", ["grid.lr = -1: should be greater "]),
        (
            DEFAULTS,
            'dropout = [0, -1]\narchitecture = ["iteration"]',
            ["grid.dropout = -1: should be greater"],
        ),
        (
            DEFAULTS,
            "dropout = [0, 0.1]",
            ["grid.dropout = 0.1: final has no dropout layers; leave"],
        ),
        (DEFAULTS, "weight_decay = [-1.0]", ["grid.weight_decay = -1.0: should be greater than"]),
        (
            DEFAULTS.replace("64", "0"),
            "lr = [0.1, 0.2]",
            ["defaults.batch_size = 0: should be greater than 0"],
        ),
        (
            DEFAULTS + "regulariser = { l1 = -1.0 }\n",
            "dropout = [0, 0.1]\narchitecture = ['iteration']",
            ["defaults.regulariser.l1 = -1.0: should be greater than or equal to 0"],
        ),
        (DEFAULTS, "lr = [0.1, 0.1]", ["grid.lr = [0.1, 0.1]: contains 0.1 twice; levels must"]),
        (
            DEFAULTS,
            "lr = [1, 0.1, 1.0]\nbatch_size = [8, 16]",
            ["grid.lr = [1, 0.1, 1.0]: contains 1.0 twice; levels must differ"],
        ),
        (
            DEFAULTS,
            'scheduler = [{ name = "StepLR", step_size = 1 }, "StepLR-1"]\nlr = [0.1, 0.2]',
            ["grid.scheduler = [{'name': 'StepLR', 'step_size': 1}, 'StepLR-1']: has two levels "],
        ),
        (DEFAULTS, "lr = []", ["grid.lr = []: should be a list of at least one value"]),
        (
            DEFAULTS.replace("lr = 0.1\n", ""),
            "lr = []\nbatch_size = [8]",
            ["grid.lr = []: should be a list of at least one value"],
        ),
        (
            DEFAULTS.replace("lr = 0.1\n", ""),
            "lrr = [0.1]",
            ["grid.lrr = [0.1]: unknown; allowed are architecture, lr, scheduler, batch_size, "],
        ),
        (DEFAULTS, 'lr = ["0.1"]', ["grid.lr = '0.1': write it without quotes"]),
        (  # nothing is said of the names, which are wrong only because the levels are
            DEFAULTS,
            "lr = [[1], [2]]\nbatch_size = [8, 16]",
            ["grid.lr = [1]: should be a valid number", "grid.lr = [2]: should be a valid number"],
        ),
        (  # an optimiser is no axis of a grid, so that it belongs to the defaults
            DEFAULTS.replace('optimiser = "SGD"\n', ""),
            "lr = [0.1, 0.2]",
            ["defaults.optimiser: missing; it has no default"],
        ),
    ],
)
def test_one_line_a_mistake(
    study_file: Write, defaults: str, grid: str, expected: list[str]
) -> None:
    found = problems(study_file(f"{defaults}[grid]\n{grid}\n", recipe="", optimiser=""))
    assert len(found) == len(expected), found
    assert all(map(str.startswith, found, expected)), found


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("smal", "has no function smal; allowed are small, broken; did you mean small?"),
        ("broken", "the last of each epoch: RuntimeError: "),
    ],
)
@pytest.mark.parametrize("place", ["grid", "defaults", "recipes[a]"])
def test_one_line_an_architecture_of_ones_own(
    study_file: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    complaint: str,
    place: str,
) -> None:
    """The last batches of an epoch are of 2 or 10 images, by the size of the batches."""
    module = f"networks_{abs(hash((name, place)))}"
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{module}.py").write_text(NETWORKS)
    own = f'"{module}:{name}"'
    grid = "[grid]\nlr = [0.1, 0.2]\nbatch_size = [7, 13]\n"
    parts = {"recipe": "", "optimiser": "", "head": 'name = "s"\ndata_set = "digits"\nseeds = 1'}
    defaults = DEFAULTS
    if place == "grid":
        grid += f"architecture = [{own}]\n"
    elif place == "defaults":
        defaults = DEFAULTS.replace('"final"', own)
    else:
        tables = (f'[[recipes]]\nname = "{n}"\narchitecture = {own}\nlr = 0.{n}\n' for n in "ab")
        grid = "".join(tables).replace("0.a", "0.1").replace("0.b", "0.2")
    study = load_study(str(study_file(defaults + grid, **parts)))
    with pytest.raises(InputError) as caught:
        check_modules(study, print)
    (line,) = caught.value.lines
    where = f"{study.file}: {place}.architecture = '{module}:{name}': "
    assert line.startswith(where), line
    assert complaint in line


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            {"recipe": '[[recipes]]\nname = "a"\narchitecture = "final"\nbatchsize = 8\nlr = 0.1'},
            ["recipes[a].batchsize = 8: unknown; "],
        ),
        (
            {"criterion": "[criterium]\ntarget = 0.994\nepochs = 4\nparameters = 9_000\nwindow=1"},
            ["criterium = {'target'"],
        ),
        (
            {
                "head": 'name = "s"\nseeds = 1',
                "recipe": '[measur]\ntotal = 9\n[[recipes]]\nname = "a"\n'
                'command = "true {seed}"\ninputs = ["study.toml"]',
                "criterion": "[criterion]\ntarget = 1.0\nepochs = 4\nwindow = 1",
                "optimiser": "",
            },
            ["measur = {'total'"],
        ),
        (
            {"recipe": '[[recipe]]\nname = "a"\narchitecture = "final"\nbatch_size = 8\nlr = 0.1'},
            ["recipe = [{'name'"],
        ),
        (
            {"recipe": f"{DEFAULTS}[gird]\nlr = [0.1, 0.2]", "optimiser": ""},
            ["gird = {'lr'"],
        ),
        (
            {"recipe": f"{DEFAULTS.replace('s]', ']')}[grid]\nlr = [0.1, 0.2]", "optimiser": ""},
            ["default = {'architecture'"],
        ),
        (  # what the misspelt table holds is checked too
            {"recipe": f"{DEFAULTS}[gird]\nlr = [0.1, -0.2]", "optimiser": ""},
            ["gird = {'lr'", "grid.lr = -0.2: should be greater than 0"],
        ),
        (
            {
                "head": 'name = "s"\nseeds = 1',
                "recipe": '[measure]\ntotal = 9\n[default]\ncommand = "true {seed}"\n'
                'inputs = ["study.toml"]\n[[recipes]]\nname = "a"',
                "criterion": "[criterion]\ntarget = 1.0\nepochs = 4\nwindow = 1",
                "optimiser": "",
            },
            ["default = {'command'"],
        ),
    ],
)
def test_no_line_for_what_is_missing_beside_that_of_what_is_misspelt(
    study_file: Write, parts: dict[str, str], expected: list[str]
) -> None:
    found = problems(study_file(**parts))
    assert len(found) == len(expected), found
    assert all(map(str.startswith, found, expected)), found
    assert "; did you mean " in found[0]
