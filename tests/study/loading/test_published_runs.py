"""The table of published runs that a study file names, and possible faults in it."""

import os
from pathlib import Path

import pytest
from problem_lines import Write, problems
from reprobench.harness.study.loading.file import load_study

LONG = "9" * 5_000


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("recipe,epoch,correct\na,1,9000\na,3,9100\n", "line 3: epoch = '3': should be 2"),
        ("recipe,epoch,correct\nb,1,9000\n", "line 2: recipe = 'b': the study has a"),
        ("recipe,epoch,correct\na,1,10001\n", "line 2: correct = '10001': should be a count"),
        ("recipe,epoch\na,1\n", "has no column correct"),
        (
            f"recipe,epoch,correct\na,1,{LONG}\n",
            f"line 2: correct = '{LONG[:56]}...: should be a count",
        ),
        ("recipe,epoch,correct\na,1\n", "line 2: correct = None: should be a count"),
        ("", "holds no counts; needed are recipe, epoch, correct, a row for each epoch"),
        ("recipe,epoch,correct\n", "holds no counts; needed are recipe, epoch, correct, a row"),
    ],
)
def test_published_runs_are_checked(
    study_file: Write, tmp_path: Path, content: str, expected: str
) -> None:
    (tmp_path / "published.csv").write_text(content)
    head = 'name = "s"\ndata_set = "mnist"\nseeds = 1\npublished = "published.csv"'
    path = study_file(head=head)
    assert problems(path)[0].startswith(f"published = 'published.csv': {expected}")


def test_published_runs_as_a_spreadsheet_saves_them(study_file: Write, tmp_path: Path) -> None:
    """With a mark of the encoding at the beginning, and with lines that end as on Windows."""
    (tmp_path / "p.csv").write_bytes(b"\xef\xbb\xbfrecipe,epoch,correct\r\na,1,9000\r\n")
    head = 'name = "s"\ndata_set = "mnist"\nseeds = 1\npublished = "p.csv"'
    path = study_file(head=head)
    assert load_study(str(path)).published == {"a": (9_000,)}
    (tmp_path / "p.csv").write_bytes(b"recipe,epoch,correct\na,1,9000\n\xe4")
    assert "byte 0xe4 in line 3 is not UTF-8; save it as UTF-8" in problems(path)[0]


def test_leading_zeros_of_a_published_count(study_file: Write, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(f"recipe,epoch,correct\na,1,{'0' * 5_000}7\na,2,000\n")
    head = 'name = "s"\ndata_set = "mnist"\nseeds = 1\npublished = "p.csv"'
    assert load_study(str(study_file(head=head))).published == {"a": (7, 0)}


def test_a_published_file_that_is_a_pipe(study_file: Write, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    head = 'name = "s"\ndata_set = "mnist"\nseeds = 1\npublished = "pipe.csv"'
    (line,) = problems(study_file(head=head))
    assert line.startswith("published = 'pipe.csv': is not a CSV file")


def test_a_published_file_that_is_not_there(study_file: Write, tmp_path: Path) -> None:
    head = 'name = "s"\ndata_set = "mnist"\nseeds = 1\npublished = "nowhere.csv"'
    assert problems(study_file(head=head)) == [
        f"published = 'nowhere.csv': there is no {tmp_path}/nowhere.csv; put it there, or name "
        "another file"
    ]
