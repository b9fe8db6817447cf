"""What a shell's variables and the environment leave empty, or set to what cannot be meant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.base.source_date import check_source_date
from reprobench.harness.cli import main
from reprobench.harness.results.ledger import Ledger
from scripted import subprocess_environment

SAID = (
    "SOURCE_DATE_EPOCH=x: should be a whole number of seconds since 1970; correct it, or unset it"
)


@pytest.mark.parametrize(
    "verb", ["bench", "report", "gate", "verify", "baseline", "runs list", "runs restore"]
)
def test_an_empty_name_is_no_study(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of a variable of the shell that is not set: the default is not meant."""
    Ledger(tmp_path / "ledger").prepare()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["harness", *verb.split(), ""])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert "study '': neither a file nor a shipped study" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["judge", ""], "files"),
        (["import", "runs.csv", "", "--study", "x.toml"], "files"),
        (["init", ""], "folder"),
        (["gate", "x.toml", "--import", ""], "--import"),
        (["bench", "tiny", "--data", ""], "--data"),
        (["bench", "tiny", "--json", ""], "--json"),
        (["bench", "tiny", "--recipes", ""], "--recipes"),
        (["bench", "tiny", "--ledger="], "--ledger"),
        (["bench", "x.toml", "--out", ""], "--out"),
        (["report", "--ledger="], "--ledger"),
        (["judge", "runs.csv", "--bounds", "0", ""], "--bounds"),
    ],
)
def test_an_empty_path_is_not_the_current_folder(
    arguments: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["harness", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    said = f"harness: {named}: is empty, as from a variable that is not set; give a value"
    assert capsys.readouterr().err.startswith(said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["x", "", "1.5", "99999999999999999999", "1e9"])
def test_a_source_date_that_is_no_time(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(InputError, match=f"SOURCE_DATE_EPOCH={value}: should be a whole number"):
        check_source_date()


@pytest.mark.parametrize("value", ["0", "-1", "1764000000", " 12 "])
def test_a_source_date(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    check_source_date()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    check_source_date()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-m", "reprobench.harness", "report", "tiny"], f"harness: {SAID}"),
        (["-c", "import reprobench; reprobench.load_study"], f"InputError: {SAID}"),
    ],
)
def test_numpy_is_not_asked_about_it(words: list[str], said: str, tmp_path: Path) -> None:
    """It would end with a traceback of its own, while it is imported."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        env=subprocess_environment(SOURCE_DATE_EPOCH="x"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1].endswith(said)
    assert "numpy" not in done.stderr
    if "-m" in words:
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
