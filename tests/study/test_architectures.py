"""Architectures of the user's own: found, tried, and every way of being unusable in one line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.engines.modules import check_modules, inspect_own
from reprobench.harness.study.architectures import ArchitectureError, check_name, definition_digest
from reprobench.harness.study.file import load_study

SOUND = "from torch import nn\ndef f(): return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\n"


@pytest.fixture
def module(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Writes a module of the user's; returns the name of its function f."""
    name = f"own_{abs(hash(request.node.name))}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(source: str) -> str:
        (tmp_path / f"{name}.py").write_text(source)
        return f"{name}:f"

    return write


def test_a_sound_one(module: Callable[[str], str]) -> None:
    name = module(SOUND)
    check_name(name)
    assert inspect_own(name) == 7_850


def test_its_source_is_digested(module: Callable[[str], str]) -> None:
    before = definition_digest(module(SOUND))
    assert definition_digest(module(SOUND + "# changed\n")) != before


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("def f(): return 3", "returned a int, not a torch.nn.Module"),
        ("f = 3", "f is not a function"),
        ("def g(): pass", "cannot be imported .AttributeError"),
        ("import nowhere_at_all", "cannot be imported .ModuleNotFoundError"),
        ("def f(: pass", "cannot be imported .SyntaxError"),
        ("def f(): raise RuntimeError('no')", "fails: RuntimeError: no"),
        (
            "from torch import nn\ndef f(): return nn.Flatten()",
            r"returns \(2, 784\) for two images",
        ),
        ("from torch import nn\ndef f(): return nn.Linear(3, 10)", "fails: RuntimeError"),
    ],
)
def test_unusable_ones(module: Callable[[str], str], source: str, complaint: str) -> None:
    with pytest.raises(ArchitectureError, match=complaint):
        inspect_own(module(source))


@pytest.mark.parametrize("name", ["a:", ":f", "a b:f", "a:f:g", "../a:f", "nowhere_at_all:f"])
def test_names_that_lead_nowhere(name: str) -> None:
    with pytest.raises(ArchitectureError):
        check_name(name)


def test_over_the_budget(module: Callable[[str], str], study_file: Callable[..., Path]) -> None:
    name = module(SOUND.replace("784, 10", "784, 20), nn.Linear(20, 10"))
    recipe = f'[[recipes]]\nname = "a"\narchitecture = "{name}"\nbatch_size = 8\nlr = 1'
    with pytest.raises(InputError, match="has 15,910 parameters"):
        check_modules(load_study(str(study_file(recipe=recipe))))
