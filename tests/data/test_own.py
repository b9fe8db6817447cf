"""The user's own data: arrays from a file or a function, and all that may be wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made import TEST, TRAIN, arrays
from reprobench.harness.base.errors import DataError
from reprobench.harness.data.own import own_spec
from reprobench.harness.data.registry import load_data_set
from reprobench.harness.data.spec import DataSpec

MODULE = """
import numpy as np

def data():
    with np.load("arrays.npz") as arrays:
        return dict(arrays)
"""


def saved(folder: Path, shape: tuple[int, ...] = (3, 20, 24), **changed: Any) -> DataSpec:
    """The specification of a file of arrays."""
    np.savez(folder / "arrays.npz", **arrays(shape, **changed))
    return own_spec("arrays.npz", folder)


@pytest.fixture
def module(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Writes a user's module; returns the name of its function `data`."""
    name = f"own_data_{abs(hash(request.node.name))}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(source: str) -> str:
        (tmp_path / f"{name}.py").write_text(source)
        return f"{name}:data"

    return write


def test_what_is_known_of_a_file(tmp_path: Path) -> None:
    spec = saved(tmp_path)
    assert (spec.name, spec.shape, spec.train, spec.test) == (
        "arrays.npz",
        (3, 20, 24),
        TRAIN,
        TEST,
    )
    assert spec.class_names == ("class 0", "class 1", "class 2", "class 3")
    assert (spec.mean, spec.std) == ((0.3, 0.3, 0.3), (0.25, 0.25, 0.25))
    read = load_data_set(spec, Path("nowhere"))
    for name, values in arrays().items():
        if name.endswith(("images", "labels")):
            np.testing.assert_array_equal(getattr(read, name), values)
            assert not getattr(read, name).flags.writeable
    held_out = load_data_set(spec.held_out(8), Path())
    assert (held_out.spec.train, held_out.spec.test) == (TRAIN - 8, 8)
    np.testing.assert_array_equal(held_out.test_images, read.train_images[-8:])


def test_normalised_as_torchvision_does_it(tmp_path: Path) -> None:
    from torchvision import transforms

    spec = saved(tmp_path, mean=[0.1, 0.2, 0.3], std=[0.5, 0.6, 0.7])
    image = load_data_set(spec, Path()).test_images[0]
    steps = [transforms.ToTensor(), transforms.Normalize(spec.mean, spec.std)]
    wanted = transforms.Compose(steps)(image.transpose(1, 2, 0).copy()).numpy()
    greys = spec.normalised_greys()
    found = np.stack([greys[c][image[c]] for c in range(3)])
    np.testing.assert_array_equal(found, wanted)


def test_a_function_of_the_same_arrays_is_the_same_data(
    tmp_path: Path, module: Callable[[str], str]
) -> None:
    of_file = saved(tmp_path)
    of_function = own_spec(module(MODULE), tmp_path / "elsewhere")
    assert of_function.digest == of_file.digest
    assert of_function.name.endswith(":data")


def test_one_channel_or_none_is_the_same(tmp_path: Path) -> None:
    grey = saved(tmp_path, (20, 24))
    names = ("train_images", "test_images")
    one = {name: arrays((20, 24))[name][:, None] for name in names}
    assert saved(tmp_path, (20, 24), **one).digest == grey.digest
    assert grey.shape == (1, 20, 24)
    assert load_data_set(grey, Path()).train_images.shape == (TRAIN, 20, 24)


def test_the_digest_is_of_all_that_determines_numbers(tmp_path: Path) -> None:
    images = arrays()["train_images"].copy()
    images[-1, -1, -1, -1] ^= 1
    labels = arrays()["test_labels"].copy()
    labels[0] ^= 1
    names = ["a cat", "dog", "bird", "fish"]
    same = {
        saved(tmp_path).digest,
        saved(tmp_path, class_names=names).digest,
        saved(tmp_path, train_labels=arrays()["train_labels"].astype(np.int64)).digest,
    }
    changed = {
        saved(tmp_path, train_images=images).digest,
        saved(tmp_path, test_labels=labels).digest,
        saved(tmp_path, mean=[0.3, 0.3, 0.31]).digest,
        saved(tmp_path, std=[0.3, 0.25, 0.25]).digest,
        saved(tmp_path, class_names=[*names, "whale"]).digest,
    }
    assert len(same) == 1
    assert len(changed | same) == 6


def test_names_of_classes(tmp_path: Path) -> None:
    spec = saved(tmp_path, class_names=["a cat", "an owl", "Katze", "$x_1$"])
    assert spec.class_names == ("a cat", "an owl", "Katze", "$x_1$")
    assert spec.labels == ("cat", "owl", "Katze", "$x_1$")


def test_a_file_that_changed_in_use(tmp_path: Path) -> None:
    spec = saved(tmp_path)
    saved(tmp_path, mean=[0.1, 0.1, 0.1])
    with pytest.raises(DataError, match=r"^arrays\.npz: was changed while it was in use; start"):
        load_data_set(spec, Path())


def test_a_file_that_was_spoilt_in_use(tmp_path: Path) -> None:
    spec = saved(tmp_path)
    np.savez(tmp_path / "arrays.npz", **arrays(std=None))
    with pytest.raises(DataError, match=r"^arrays\.npz: std is missing"):
        load_data_set(spec, Path())


def test_a_function_that_returns_other_data_each_time(
    tmp_path: Path, module: Callable[[str], str]
) -> None:
    saved(tmp_path)
    draws = MODULE.replace("dict(arrays)", "{**arrays, 'mean': np.random.rand(3)}")
    spec = own_spec(module(draws), tmp_path)
    with pytest.raises(DataError, match="returns different data at each call; seed its random"):
        load_data_set(spec, Path())


def test_a_tilde_is_ones_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    saved(tmp_path)
    assert own_spec("~/arrays.npz", Path("elsewhere")).train == TRAIN
    with pytest.raises(DataError, match="write out the path"):
        own_spec("~nobody-of-that-name/arrays.npz", tmp_path)


IMAGES = arrays()["train_images"]
LABELS = arrays()["train_labels"]


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        (
            {"std": None, "test_labels": None},
            ["test_labels is missing; it has no default", "std is missing; it has no default"],
        ),
        (
            {"class_name": ["a"]},
            ["class_name is unknown; allowed are .*; did you mean class_names"],
        ),
        (
            {"train_images": IMAGES.astype(float), "test_labels": LABELS[:TEST] / 2},
            ["train_images is float64; give uint8", "test_labels is float64; give whole numbers"],
        ),
        ({"train_images": IMAGES[0, 0]}, ["train_images is 20 x 24; give .n, height, width."]),
        ({"train_images": np.uint8(3)}, ["train_images is a single value; give"]),
        ({"train_images": IMAGES[:0]}, ["train_images is 0 x 3 x 20 x 24; give"]),
        (
            {"train_images": IMAGES.transpose(0, 2, 3, 1)},
            [r"is 48 x 20 x 24 x 3, with the channels last; .*transpose\(0, 3, 1, 2\)"],
        ),
        ({"train_labels": LABELS[:, None]}, [r"train_labels is 48 x 1; give \(n,\)"]),
        ({"train_labels": LABELS[:-1]}, ["train_labels has 47 labels for 48 images; give one"]),
        ({"train_labels": LABELS.astype(int) - 1}, ["train_labels holds -1; give classes from 0"]),
        ({"train_labels": LABELS.astype(int) + 253}, ["train_labels holds 256; give classes"]),
        (
            {"train_labels": LABELS * 0, "test_labels": LABELS[:TEST] * 0},
            ["train_labels and test_labels are all 0; give at least 2 classes"],
        ),
        (
            {"test_images": IMAGES[:TEST, :, 1:]},
            ["test_images are 3 x 19 x 24 each, train_images 3 x 20 x 24; give the same"],
        ),
        ({"mean": [0.3]}, ["mean has 1 value; give 3, one per channel"]),
        ({"mean": [33.0, 33, 33]}, ["mean is 33, 33, 33; give 0 to 1, of the values divided by"]),
        ({"std": [0.1, 0, 0.1]}, ["std is 0.1, 0, 0.1; give 1e-06 to 1"]),
        ({"std": [0.1, np.nan, 0.1]}, ["std is 0.1, nan, 0.1; give 1e-06 to 1"]),
        ({"std": [0.1, 1e-40, 0.1]}, ["std is 0.1, 1e-40, 0.1; give 1e-06 to 1"]),
        ({"mean": [[0.1, 0.2, 0.3]]}, [r"mean is 1 x 3; give .channels,."]),
        ({"std": ["a", "b", "c"]}, ["std is <U1; give one number per channel"]),
        (
            {"class_names": ["a", "b"]},
            ["has 2 names, and labels reach 3; give 4 to 256"],
        ),
        ({"class_names": ["a", "b", "b", "c"]}, ["class_names holds a name twice"]),
        ({"class_names": ["a", "b", "", "x\ny"]}, ["holds ''; give 1 to 40", r"holds 'x\\ny'"]),
        ({"class_names": [1, 2, 3, 4]}, ["class_names is int64; give a list of texts"]),
    ],
)
def test_a_line_for_each_thing_that_is_wrong(
    changed: dict[str, Any], lines: list[str], tmp_path: Path
) -> None:
    with pytest.raises(DataError) as caught:
        saved(tmp_path, **changed)
    assert len(caught.value.lines) >= len(lines)
    for line in lines:
        assert any(_found(line, said) for said in caught.value.lines), caught.value.lines


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


def test_files_that_are_none(tmp_path: Path) -> None:
    def complaint(name: str) -> str:
        with pytest.raises(DataError) as caught:
            own_spec(name, tmp_path)
        (line,) = caught.value.lines
        return line

    assert complaint("a.npz") == f"there is no {tmp_path}/a.npz; put it there, or name another file"
    (tmp_path / "folder.npz").mkdir()
    assert "folder.npz is not a regular file" in complaint("folder.npz")
    np.save(tmp_path / "one", IMAGES)
    (tmp_path / "one.npy").rename(tmp_path / "one.npz")
    assert "holds one array; save them by name" in complaint("one.npz")
    np.savez(tmp_path / "objects.npz", **{**arrays(), "mean": np.array([{}, 1], dtype=object)})
    assert "is not a file of plain arrays (Object arrays cannot" in complaint("objects.npz")
    np.savez_compressed(tmp_path / "short.npz", **arrays())
    content = (tmp_path / "short.npz").read_bytes()
    for number, broken in enumerate((b"", b"text", content[:-50], content[:3000] + content[3100:])):
        (tmp_path / f"{number}.npz").write_bytes(broken)
        assert f"{number}.npz " in complaint(f"{number}.npz")
    assert "File name too long" in complaint("a" * 300 + ".npz")


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("data = 3", "data is not a function"),
        ("def other(): pass", "has no function data; allowed are other$"),
        ("import nowhere_at_all", "cannot be imported .ModuleNotFoundError"),
        (
            "def data(): raise RuntimeError('no\\nnews')",
            "^fails: RuntimeError: no news, line 1 of own_",
        ),
        ("def data(): raise SystemExit(3)", "^fails: SystemExit: 3, line 1 of own_"),
        ("def data(): return 3", "returned an int; return a dict of arrays"),
        ("def data(): return {}", "train_images is missing"),
        ("def data(): return {3: 4}", "3 is unknown"),
        (
            f"def data(): return dict.fromkeys({[*arrays()]}, [[1], [2, 3]])",
            "train_images is not an array",
        ),
    ],
)
def test_functions_that_will_not_do(
    source: str, complaint: str, module: Callable[[str], str], tmp_path: Path
) -> None:
    with pytest.raises(DataError) as caught:
        own_spec(module(source), tmp_path)
    assert any(_found(complaint, line) for line in caught.value.lines), caught.value.lines
    assert all("\n" not in line for line in caught.value.lines)


@pytest.mark.parametrize("name", ["a:", ":f", "a b:f", "a:f:g", "../a:f", "nowhere_at_all:f"])
def test_names_that_lead_nowhere(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        own_spec(name, tmp_path)
