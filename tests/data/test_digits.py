"""scikit-learn's digits, read from their file: intact, altered, missing and cut short."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from reprobench.harness.base.errors import DataError
from reprobench.harness.data import digits as digits_module
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.data.registry import load_data_set
from reprobench.harness.data.spec import DataSet


def test_digits_are_balanced_and_normalised(digits: DataSet) -> None:
    assert digits.train_images.shape == (1_297, 28, 28)
    assert digits.test_images.shape == (500, 28, 28)
    assert np.bincount(digits.test_labels).min() > 40
    shares = digits.train_images / 255
    assert abs(shares.mean() - digits.spec.mean[0]) < 1e-4
    assert abs(shares.std() - digits.spec.std[0]) < 1e-4


def test_digits_that_changed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digits_module, "DIGITS_SHA256", "0" * 64)
    with pytest.raises(DataError, match="digits have changed"):
        load_data_set(DIGITS, Path())


def test_digits_are_read_without_scikit_learn() -> None:
    """Importing it takes longer than anything else that a worker does before it trains."""
    script = (
        "import sys; from pathlib import Path; "
        "from reprobench.harness.data.digits import DIGITS; "
        "from reprobench.harness.data.registry import load_data_set; "
        "load_data_set(DIGITS, Path()); assert 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (None, "digits.csv.gz: cannot be read .*; reinstall scikit-learn"),
        (0, "digits have changed"),
        (1_000, "digits.csv.gz: cannot be read .*; reinstall scikit-learn"),
    ],
)
def test_digits_that_cannot_be_read_are_named(
    kept: int | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the file is missing, if it is empty, and if only its beginning is there."""
    place = tmp_path / "sklearn" / digits_module.FILE
    place.parent.mkdir(parents=True)
    (tmp_path / "sklearn" / "__init__.py").touch()
    if kept is not None:
        place.write_bytes(digits_file().read_bytes()[:kept])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sklearn", raising=False)
    with pytest.raises(DataError, match=said):
        load_data_set(DIGITS, Path())


def digits_file() -> Path:
    found = find_spec("sklearn")
    assert found
    assert found.origin
    return Path(found.origin).parent / digits_module.FILE
