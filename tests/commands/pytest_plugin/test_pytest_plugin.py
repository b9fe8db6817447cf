"""The fixture `accuracy` in a user's tests: real pytest processes, real training."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.pytest_plugin.accuracy import _store
from reprobench.harness.commands.pytest_plugin.kept import Kept

TEST = """
def test_my_network_stays_accurate(accuracy):
    accuracy("studies/mine.toml", "mine", epochs=2, margin=20, limit=3)
"""
STUDY = """
name = "mine"
data_set = "digits"
seeds = 2

[criterion]
target = 0.5
epochs = 2
parameters = 10_000
window = 1

[[recipes]]
name = "mine"
architecture = "final"
batch_size = 32
lr = 0.05
optimiser = { name = "SGD", momentum = 0.9 }
"""


@pytest.fixture
def repository(pytester: pytest.Pytester) -> pytest.Pytester:
    """A test and a study beside it."""
    pytester.makepyfile(TEST)
    pytester.mkdir("studies")
    write_study(pytester.path)
    return pytester


def write_study(folder: Path, lr: str = "0.05") -> None:
    (folder / "studies" / "mine.toml").write_text(STUDY.replace("0.05", lr))


@pytest.mark.slow
def test_save_then_compare(repository: pytest.Pytester) -> None:
    first = repository.runpytest_subprocess()
    first.assert_outcomes(failed=1)
    first.stdout.fnmatch_lines(
        ["mine: 0 committed runs to epoch 2, and 2 are needed, in *; `pytest --accuracy-save` *"]
    )
    assert sum(line.startswith("mine: 0 committed") for line in first.stdout.lines) == 1
    assert "During handling" not in first.stdout.str()

    saved = repository.runpytest_subprocess("--accuracy-save")
    saved.assert_outcomes(passed=1)
    saved.stdout.fnmatch_lines(["*= accuracy =*", "3 runs of mine stored in *: commit it"])
    names = sorted(path.name for path in (repository.path / ".accuracy/baseline/mine").iterdir())
    assert names == [f"mine-seed-{seed}.json" for seed in (1, 2, 3)]

    again = repository.runpytest_subprocess()
    again.assert_outcomes(passed=1)
    again.stdout.fnmatch_lines(["*= accuracy =*", "*Recipe*Committed (n)*", "*mine*identical*"])

    shared = repository.runpytest_subprocess("-n", "2")
    shared.assert_outcomes(passed=1)
    shared.stdout.fnmatch_lines(["*= accuracy =*", "*Recipe*Committed (n)*", "*mine*identical*"])

    write_study(repository.path, lr="0.000001")
    worse = repository.runpytest_subprocess("--accuracy-compare", "baseline")
    worse.assert_outcomes(failed=1)
    worse.stdout.fnmatch_lines(
        ["mine: regression: 3 of 3 runs lost, from * to *", "mine: lr: committed 0.05, here 1e-06"]
    )


def test_wrong_input_is_a_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_unknown_recipe(accuracy):
            accuracy("tiny", "finall", epochs=1, margin=20, seeds=None, limit=None)

        def test_unknown_study(accuracy):
            accuracy("nowhere.toml", "final", epochs=1, margin=20)

        def test_too_long_a_name(accuracy):
            accuracy("x" * 300, "final", epochs=1, margin=20)

        def test_too_long_a_name_of_a_file(accuracy):
            accuracy.of_runs("x" * 300, "runs.csv")

        def test_too_many_epochs(accuracy):
            accuracy("tiny", "final", epochs=3, margin=20)

        def test_too_many_seeds(accuracy):
            accuracy("tiny", "final", epochs=1, margin=20, seeds=5, limit=4)

        def test_no_margin(accuracy):
            accuracy("tiny", "final", epochs=1, margin=0, alpha=1.5, limit="4")
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=7)
    result.stdout.fnmatch_lines(
        [
            "recipe finall: unknown; allowed are iteration, final; did you mean final?",
            "study nowhere.toml: neither a file nor a shipped study*",
            "study xxx*: neither a file nor a shipped study*",
            "xxx*: cannot be read: File name too long; *",
            "accuracy: epochs = 3: is more than the declared epochs of study tiny (2); give *",
            "accuracy: seeds = 5: is more than limit (4); give at most that",
            "accuracy: margin = 0: should be greater than 0",
            "accuracy: limit = '4': write it without quotes",
            "accuracy: alpha = 1.5: should be less than or equal to 0.2",
        ]
    )


def test_an_environment_that_numpy_cannot_read(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile("def test_it(accuracy): pass")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "x")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["SOURCE_DATE_EPOCH=x: should be a whole number of seconds *"])


def test_pytest_loads_nothing_heavy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_imports():
            assert not {"torch", "numpy", "pandas", "scipy"} & set(sys.modules)
        """
    )
    pytester.runpytest_subprocess("-p", "no:benchmark").assert_outcomes(passed=1)


def test_a_file_is_no_name(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_x="def test_x(): pass")
    pytester.mkdir("tests")
    for place in ("test_x.py", "tests"):
        result = pytester.runpytest_subprocess("--accuracy-save", place)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        said = f"*--accuracy-save {place}: is where tests are, not a name for the runs; write *"
        result.stderr.fnmatch_lines([said])


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--accuracy-save=", "--accuracy-save=: is empty; write --accuracy-save=NAME, *"),
        ("--accuracy-save=../x", "--accuracy-save ../x: cannot be a name for the runs, which *"),
        (f"--accuracy-save={'a' * 300}", "--accuracy-save a*a: cannot be a name for the runs, *"),
        ("--accuracy-save=gone.py", "--accuracy-save gone.py: cannot be a name for the runs, *"),
        ("--accuracy-compare=", "--accuracy-compare=: is empty; *"),
        ("--accuracy-storage=", "--accuracy-storage=: is empty; name a folder, or leave it out"),
        ("--accuracy-jobs=0", "--accuracy-jobs 0: give a whole number above 0"),
    ],
)
def test_options_that_cannot_be_meant(pytester: pytest.Pytester, option: str, said: str) -> None:
    pytester.makepyfile(test_x="def test_x(): pass")
    result = pytester.runpytest_subprocess(option, "test_x.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{said}"])


OWN_STUDY = """
name = "own"

[criterion]
target = 0.5
window = 1

[import]
value = "loss"
direction = "lower"

[gate]
margin = 0.05
"""
OWN_TEST = """
import os

import pandas

WORSE = float(os.environ["WORSE"])


def rows():
    for recipe in "ab":
        for seed in range(5):
            yield {"recipe": recipe, "seed": seed, "epoch": 1, "loss": 0.4 + 0.01 * seed + WORSE}


def test_a_frame(accuracy):
    found = accuracy.of_runs("studies/own.toml", pandas.DataFrame(rows()))
    assert found is None or [f.recipe for f in found] == ["a", "b"]


def test_a_file(accuracy, request):
    pandas.DataFrame(rows()).to_csv(request.path.parent / "runs.csv", index=False)
    accuracy.of_runs("studies/own.toml", "runs.csv")


def test_a_mistake(accuracy):
    accuracy.of_runs("studies/own.toml", "nowhere.csv")
"""


def test_runs_of_one_s_own(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stored, compared with themselves in a worker of pytest-xdist, and found to be worse."""
    pytester.makepyfile(OWN_TEST)
    (pytester.mkdir("studies") / "own.toml").write_text(OWN_STUDY)
    monkeypatch.setenv("WORSE", "0")
    first = pytester.runpytest_subprocess("-k", "frame")
    first.assert_outcomes(failed=1)
    first.stdout.fnmatch_lines(["*studies*own.toml: no runs are committed, in *--accuracy-save` *"])

    saved = pytester.runpytest_subprocess("--accuracy-save", "-k", "frame or file")
    saved.assert_outcomes(passed=2)
    saved.stdout.fnmatch_lines(["*= accuracy =*", "10 runs of own stored in *: commit it"])
    names = {path.name for path in (pytester.path / ".accuracy/baseline/own").iterdir()}
    assert names == {f"{recipe}-seed-{seed}.json" for recipe in "ab" for seed in range(5)}

    again = pytester.runpytest_subprocess("-n", "1")
    again.assert_outcomes(passed=2, failed=1)
    again.stdout.fnmatch_lines(["*nowhere.csv: cannot be read: No such*", "*Rise*", "*b*pass*"])

    monkeypatch.setenv("WORSE", "0.2")
    worse = pytester.runpytest_subprocess("-k", "frame")
    worse.assert_outcomes(failed=1)
    worse.stdout.fnmatch_lines(["a: a rise of 0.2, from 0.42 (5) to 0.62 (5), *"])


TESTS_OF_ONE_STUDY = """
import pandas
import pytest


@pytest.mark.parametrize("name", ["a", "b"])
def test_each(accuracy, name):
    rows = [{"recipe": name, "seed": seed, "epoch": 1, "loss": 0.4} for seed in range(5)]
    accuracy.of_runs("studies/own.toml", pandas.DataFrame(rows), RECIPES)
"""


@pytest.mark.slow
def test_tests_that_share_a_study(pytester: pytest.Pytester) -> None:
    """Without recipes of its own, the second would remove what the first has stored."""
    (pytester.mkdir("studies") / "own.toml").write_text(OWN_STUDY)
    pytester.makepyfile(TESTS_OF_ONE_STUDY.replace(", RECIPES", ""))
    both = pytester.runpytest_subprocess("--accuracy-save")
    both.assert_outcomes(passed=1, failed=1)
    both.stdout.fnmatch_lines(
        ["*own.toml: another test has stored runs of a, which this one would*"]
    )

    stored = [path.name for path in (pytester.path / ".accuracy/baseline/own").iterdir()]
    workers = pytester.runpytest_subprocess("--accuracy-save=workers", "-n", "2")
    workers.assert_outcomes(passed=1, failed=1)
    workers.stdout.fnmatch_lines(["*which this one would remove; say of_runs*"])
    assert len(stored) == len([*(pytester.path / ".accuracy/workers/own").iterdir()]) == 5

    pytester.makepyfile(TESTS_OF_ONE_STUDY.replace("RECIPES", "recipes=name"))
    pytester.runpytest_subprocess("--accuracy-save=both", "-n", "2").assert_outcomes(passed=2)
    pytester.runpytest_subprocess("--accuracy-compare=both").assert_outcomes(passed=2)
    lost = pytester.runpytest_subprocess("--accuracy-compare=none", "-k", "a")
    lost.stdout.fnmatch_lines(
        ["*no runs are committed, in *; `pytest --accuracy-save=none` writes*"]
    )

    pytester.makepyfile(TESTS_OF_ONE_STUDY.replace("RECIPES", "recipes=['c']"))
    none = pytester.runpytest_subprocess("--accuracy-save", "-k", "a")
    none.stdout.fnmatch_lines(["runs: hold no run of c, but a; correct `recipes`"])


def test_studies_of_one_name_do_not_remove_each_other_s_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = SimpleNamespace(recipes=[SimpleNamespace(name="mine")], file="mine.toml")
    guarded: Any = SimpleNamespace(study=study, gate=SimpleNamespace(limit=1))
    setup: Any = SimpleNamespace(train_anew=lambda _: {})
    monkeypatch.setattr(sys.modules[_store.__module__], "jobs_of", lambda *_: [])
    (tmp_path / "session").mkdir()
    kept, folder = Kept(tmp_path / "session"), tmp_path / "one-name"
    _store(guarded, "mine", setup, folder, kept)
    study.recipes = [SimpleNamespace(name="theirs")]
    with pytest.raises(InputError, match=r"another test has stored runs of mine in .*one-name"):
        _store(guarded, "theirs", setup, folder, kept)
