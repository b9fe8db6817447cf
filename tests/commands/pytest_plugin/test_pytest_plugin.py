"""The fixture `accuracy` in somebody's tests: real pytest processes, really trained."""

from __future__ import annotations

from pathlib import Path

import pytest

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
            accuracy("tiny", "finall", epochs=1, margin=20)

        def test_unknown_study(accuracy):
            accuracy("nowhere.toml", "final", epochs=1, margin=20)

        def test_too_many_epochs(accuracy):
            accuracy("tiny", "final", epochs=3, margin=20)

        def test_too_many_seeds(accuracy):
            accuracy("tiny", "final", epochs=1, margin=20, seeds=5, limit=4)
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "recipe finall: unknown; allowed are iteration, final; did you mean final?",
            "study nowhere.toml: neither a file nor a shipped study*",
            "epochs=3: study tiny declares 2; give 1 to 2",
            "seeds=5: give 1 to 4, which is `limit`",
        ]
    )


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
    result = pytester.runpytest_subprocess("--accuracy-save", "test_x.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--accuracy-save test_x.py: is the file of a test, not a name*"])
