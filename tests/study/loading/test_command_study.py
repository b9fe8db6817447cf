"""Study files whose recipes are commands: what they may contain, and what is refused in one
line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from problem_lines import problems
from programs import COUNTS, program
from reprobench.harness.base.disk.folders import make_ignored
from reprobench.harness.data.spec import NO_DATA
from reprobench.harness.judging.effects import _levels
from reprobench.harness.study.command import CommandRecipe
from reprobench.harness.study.loading.file import load_study

TWIN = "recipes[b]: has the same command and files as recipes[a]; drop one"


def test_a_sound_one(tmp_path: Path) -> None:
    """No data set is required, and none is loaded."""
    study = load_study(str(program(tmp_path, recipe="time_limit = 5\nparameters = 12")))
    (recipe,) = study.recipes
    assert isinstance(recipe, CommandRecipe)
    assert (recipe.time_limit, recipe.parameters, recipe.resumes) == (5, 12, False)
    assert (study.data_set, study.measure.total, study.measure.unit) == (NO_DATA, 100, "example")
    assert study.own_recipes == ()
    assert recipe.words(3, 9, "") == ["sh", "train.sh", "3", "9"]


def test_a_value_with_a_direction(tmp_path: Path) -> None:
    head = 'measure = { name = "val loss", direction = "lower", bounds = [0, 2.5] }'
    study = load_study(str(program(tmp_path, head=head)))
    assert (study.measure.name, study.measure.total, study.measure.sign) == ("val loss", None, -1)


def test_defaults_hold_for_commands_too(tmp_path: Path) -> None:
    other = "[[recipes]]\nname = 'b'\ncommand = 'sh train.sh {seed} 1 2'\ninputs = ['*.sh']\n"
    file = program(tmp_path, rest=f"{other}time_limit = 8\n[defaults]\ntime_limit = 7")
    assert [getattr(one, "time_limit", 0) for one in load_study(str(file)).recipes] == [7, 8]


def test_inputs_are_found_by_patterns(tmp_path: Path) -> None:
    (tmp_path / "src" / "deep").mkdir(parents=True)
    file = program(tmp_path)
    file.write_text(file.read_text().replace("['train.sh']", "['train.sh', 'src/**/*.py']"))
    assert "src/**/*.py: names no file in" in problems(file)[0]
    (tmp_path / "src" / "deep" / "one.py").write_text("1")
    first = load_study(str(file)).definitions["a"]
    (tmp_path / "src" / "two.py").write_text("2")
    assert load_study(str(file)).definitions["a"] != first


def test_what_runs_python_and_git_write_is_no_input_of_a_pattern(tmp_path: Path) -> None:
    file = program(tmp_path)
    file.write_text(file.read_text().replace("['train.sh']", "['**/*']"))
    first = load_study(str(file)).definitions["a"]
    make_ignored(tmp_path / "ledger")
    for folder in ("ledger/logs", "deep/__pycache__", ".git"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "one").write_text("1")
    assert load_study(str(file)).definitions["a"] == first
    (tmp_path / "deep" / "one").write_text("1")
    assert load_study(str(file)).definitions["a"] != first
    named = file.read_text().replace("**/*", "ledger/logs/*")
    file.write_text(named)
    assert "ledger/logs/*: names only files that runs, Python and git write" in problems(file)[0]
    file.write_text(named.replace("logs/*", "logs/one"))
    assert load_study(str(file)).definitions["a"] != first


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("", "recipes[a].command = '': is empty; write the program"),
        ("sh train.sh", "has no {seed}; write it where the program expects it, or all runs are"),
        ("sh train.sh {seed} {lr}", "has {lr}; allowed are {seed}, {epochs}, {checkpoint}, and"),
        ("sh train.sh {seed} {}", "has more than a name in braces in '{}'; write {{"),
        ("sh train.sh {seed:3}", "has more than a name in braces in '{seed:3}'"),
        ("sh train.sh {seed.real}", "has more than a name in braces"),
        ("sh train.sh {seed!r}", "has more than a name in braces"),
        ("sh train.sh {seed", "has an open brace in '{seed'; write {{ for a brace"),
        ('sh "train.sh {seed}', "cannot be split into words (No closing quotation); correct"),
        ("no-such-program {seed}", "there is no program no-such-program on the PATH; install it"),
        (
            "GPU=0 train {seed}",
            "no program GPU=0 on the PATH; no shell sets variables: write `env G",
        ),
        (
            "source venv {seed}",
            "there is no program source on the PATH; no shell runs commands: wri",
        ),
        ("./no-such {seed}", "there is no program ./no-such in "),
        (f"./{'x' * 300} {{seed}}", f"there is no program ./{'x' * 300} in "),
        ("./train.sh {seed}", "./train.sh is not executable; make it executable, or"),
    ],
)
def test_commands_that_cannot_be(command: str, said: str, tmp_path: Path) -> None:
    (line,) = problems(program(tmp_path, command=command))
    assert line.startswith("recipes[a].command")
    assert said in line


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ("axes = { lr = 1 }", "has no {lr}; write it where the program expects it, or leave the"),
        ("axes = { seed = 1 }", "'seed' cannot name an axis"),
        ("axes = { 'a b' = 1 }", "'a b' cannot name an axis"),
        ("axes = { a = [1] }", "a should be a text, a number, true or false"),
        ("axes = { a = nan }", "a should be a text, a number, true or false"),
        ("axes = { a = inf }", "a should be a finite number"),
        ('axes = { a = "b\\nc" }', "a should be one line of text"),
        ("time_limit = 0", "recipes[a].time_limit = 0: should be greater than 0"),
        ("time_limt = 9", "recipes[a].time_limt = 9: unknown; allowed are"),
        ("lr = 0.1", "recipes[a].lr = 0.1: unknown; allowed are name, axes, command, inputs"),
        ("parameters = -1", "recipes[a].parameters = -1: should be greater"),
    ],
)
def test_settings_that_cannot_be(recipe: str, said: str, tmp_path: Path) -> None:
    assert said in problems(program(tmp_path, recipe=recipe))[0]


def test_of_a_wrong_axis_nothing_else_is_said(tmp_path: Path) -> None:
    command = "sh train.sh {seed} {epochs} {lr}"
    (line,) = problems(program(tmp_path, command=command, recipe="axes = { lr = nan }"))
    assert "lr should be a text, a number, true or false" in line


def test_an_axis_that_no_record_could_hold(tmp_path: Path) -> None:
    file = program(tmp_path, recipe=f"axes = {{ x = '{1001 * 'a'}' }}")
    assert "x should have at most 1,000 characters" in problems(file)[0]


@pytest.mark.parametrize("name", [b"new\nline.py", b"not utf-8 \xff.py"])
def test_names_of_inputs_that_no_record_could_hold(name: bytes, tmp_path: Path) -> None:
    file = program(tmp_path)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).touch()
    file.write_text(file.read_text().replace("['train.sh']", "['*']"))
    (line,) = problems(file)
    assert line.endswith("cannot be printed; rename the file, or leave it out")


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("[]", "recipes[a].inputs = []: should not be empty; give at least one entry"),
        ("['']", "should be paths relative to the study file's folder"),
        ("['/etc/passwd']", "should be paths relative to the study file's folder"),
        ("['*.py']", "*.py: names no file in "),
        ("'train.sh'", "recipes[a].inputs = 'train.sh': should be a list"),
    ],
)
def test_inputs_that_cannot_be(inputs: str, said: str, tmp_path: Path) -> None:
    file = program(tmp_path)
    file.write_text(file.read_text().replace("['train.sh']", inputs))
    assert said in problems(file)[0]


def test_inputs_are_needed(tmp_path: Path) -> None:
    file = program(tmp_path)
    file.write_text(file.read_text().replace("inputs = ['train.sh']", ""))
    assert problems(file) == ["recipes[a].inputs: missing; it has no default"]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", "measure: missing; say what the commands print: total = 10_000 for"),
        ("measure = {}", "measure = {}: is empty; write total = 10_000 for counts"),
        ("measure = { total = 0 }", "measure.total = 0: should be greater than 0"),
        ("measure = { total = true }", "measure.total = true: should be a valid integer"),
        ('measure = { total = 5, name = "x" }', "has a `total`, so it measures a count"),
        ('measure = { direction = "up" }', "measure.direction = 'up': should be 'higher' or"),
        ("measure = { bounds = [2, 1] }", "measure.bounds = [2, 1]: should be the lower and"),
        ("measure = { bounds = [1, 2] }", "criterion.target = 0.5: should be within the bounds"),
        (
            "measure = { total = 101 }",
            "is 80.8 of 101 test examples; give 0.7920792079207921 or 0.",
        ),
        (f'{COUNTS}\ndata_set = "mnist"', "data_set = 'mnist': is for recipes that engines"),
        (f"{COUNTS}\nholdout = 5", "holdout = 5: is for recipes that engines train"),
        (f'{COUNTS}\npublished = "a.csv"', "published = 'a.csv': is for recipes that engines"),
        (f"{COUNTS}\ngrid = {{ lr = [1] }}", "is for recipes that engines train"),
    ],
)
def test_measures_and_heads_that_cannot_be(head: str, said: str, tmp_path: Path) -> None:
    assert any(said in line for line in problems(program(tmp_path, head=head)))


@pytest.mark.parametrize("target", ["1.5", "0", "-1"])
def test_the_target_of_a_count_is_a_share(target: str, tmp_path: Path) -> None:
    file = program(tmp_path)
    file.write_text(file.read_text().replace("target = 0.8", f"target = {target}"))
    assert "should be a share of 100 above 0, at most 1; write 99.4% as 0.994" in problems(file)[0]


def test_nobody_counts_the_parameters_of_a_program(tmp_path: Path) -> None:
    file = program(tmp_path)
    file.write_text(file.read_text().replace("window = 1", "window = 1\nparameters = 5"))
    assert problems(file) == [
        "criterion.parameters = 5: cannot be checked for a program; leave it out"
    ]


def test_commands_and_other_recipes_do_not_mix(tmp_path: Path) -> None:
    rest = '[[recipes]]\nname = "b"\nlr = 0.1'
    (line,) = problems(program(tmp_path, rest=rest))
    assert line.startswith("recipes[b].command: missing; other recipes of the study are commands")


def test_of_a_study_that_an_engine_trains_nothing_is_called_wrong(tmp_path: Path) -> None:
    """Neither its data set nor what its criterion allows, beside the one command."""
    rest = '[[recipes]]\nname = "b"\narchitecture = "final"\nlr = 0.1'
    file = program(tmp_path, rest=rest)
    text = file.read_text().replace("window = 1", "window = 1\nparameters = 5")
    file.write_text('data_set = "mnist"\n' + text)
    assert problems(file) == [
        "recipes[b].architecture = 'final': is for a recipe that an engine trains, but others are "
        "commands; put those into a study file of their own"
    ]


def test_two_names_for_the_same_command(tmp_path: Path) -> None:
    """A different time limit does not change the numbers; different files do."""
    same = "[[recipes]]\nname = 'b'\ncommand = 'sh train.sh {seed} {epochs}'\ntime_limit = 3\n"
    file = program(tmp_path, rest=f"{same}inputs = ['train.sh']")
    assert problems(file) == [TWIN]
    file = program(tmp_path, rest=f"{same}inputs = ['train.sh', 'more.txt']")
    (tmp_path / "more.txt").write_text("more")
    assert len(load_study(str(file)).recipes) == 2


@pytest.mark.parametrize(
    ("command", "recipe", "twin"),
    [
        ("sh train.sh {seed} {lr}", 'axes = { lr = "0.1" }', True),
        ("sh train.sh {seed} {rate}", "axes = { rate = 0.1 }", True),
        ("sh 'train.sh' {seed}  0.1", "parameters = 7", True),
        ("sh train.sh {seed} {lr}", 'axes = { lr = "0.10" }', False),
        ("sh train.sh {seed} {lr}{epochs}", 'axes = { lr = "0." }', False),
        ("sh train.sh {{seed}} {seed}", "", False),
    ],
)
def test_other_words_for_the_same_command(
    command: str, recipe: str, twin: bool, tmp_path: Path
) -> None:
    """Axes count as what they are in the command."""
    other = f"[[recipes]]\nname = 'b'\ncommand = \"{command}\"\ninputs = ['train.sh']\n{recipe}"
    one = "axes = { lr = 0.1 }"
    file = program(tmp_path, command="sh train.sh {seed} {lr}", recipe=one, rest=other)
    if twin:
        assert problems(file) == [TWIN]
    else:
        assert len(load_study(str(file)).recipes) == 2


def test_axes_that_are_a_grid(tmp_path: Path) -> None:
    one = "[[recipes]]\nname = '{0}{1}'\ncommand = 'sh train.sh {{seed}} {{a}} {{b}}'\n"
    one += "inputs = ['train.sh']\naxes = {{ a = {0}, b = {1} }}\n"
    file = program(tmp_path)
    text = file.read_text().partition("[[recipes]]")[0]
    file.write_text(text + "".join(one.format(a, b) for a in (1, 2) for b in (3, 4)))
    levels = _levels(load_study(str(file)))
    assert levels["b"] == {"13": "3", "14": "4", "23": "3", "24": "4"}
    assert list(levels) == ["a", "b"]


def test_a_claim_about_parameters_needs_them(tmp_path: Path) -> None:
    claim = "[[claims]]\nrecipe = 'a'\nwords = 'small'\nabout = 'parameters'"
    (line,) = problems(program(tmp_path, rest=claim))
    assert "claims[1].about = 'parameters': some recipe does not state `parameters`" in line
    assert load_study(str(program(tmp_path, recipe="parameters = 9", rest=claim))).claims


def test_the_gate_has_commands_of_its_own(tmp_path: Path) -> None:
    gate = (
        "[gate]\nepochs = 2\nmargin = 3\n[gate.short]\nmargin = 2\n[[gate.short.recipes]]\n"
        "name = 'short'\ncommand = 'sh train.sh {seed} {epochs} 1'\ninputs = ['train.sh']"
    )
    study = load_study(str(program(tmp_path, rest=gate)))
    assert study.short is not None
    assert study.short.criterion.epochs == 2
    assert study.short.run_of(study.short.recipes[0], 1).epochs == 2
