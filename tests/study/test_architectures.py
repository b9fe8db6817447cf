"""The user's own architectures: found, tried, and refused in one line if unusable in any way."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.base.own_code import OwnCodeError, source_file
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.engines.modules import check_modules, inspect_own
from reprobench.harness.engines.roster import engine_named
from reprobench.harness.study.architectures import (
    ArchitectureError,
    check_name,
    declared_parameters,
    definition_digest,
)
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.training.worker import Job, train_job
from reprobench.models import ARCHITECTURES
from reprobench.models.layers import Conv

SOUND = "from torch import nn\ndef f(): return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\n"


@pytest.fixture
def module(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Writes a user's module; returns the name of its function f."""
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
    assert inspect_own(name, DIGITS, 16) == 7_850


def test_an_architecture_and_a_data_set_that_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert declared_parameters("final", DIGITS) == 8_546
    small = replace(DIGITS, shape=(1, 8, 8))
    with pytest.raises(ArchitectureError, match=r"does not take the images of digits: Conv.* 10 x"):
        declared_parameters("final", small)
    monkeypatch.setitem(ARCHITECTURES, "unpooled", (Conv(10, 3),))
    with pytest.raises(ArchitectureError, match="gives 10 x 26 x 26 scores; digits has 10 classes"):
        declared_parameters("unpooled", DIGITS)


def test_the_scores_are_as_many_as_the_classes() -> None:
    """16 filters into the last convolution of 10 scores, and of 26."""
    letters = replace(DIGITS, class_names=("a letter",) * 26)
    assert declared_parameters("final", letters) == 8_546 + 16 * 16


def test_its_source_is_digested(module: Callable[[str], str]) -> None:
    before = definition_digest(module(SOUND))
    assert definition_digest(module(SOUND + "# changed\n")) != before


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("def f(): return 3", "returned an int, not a torch.nn.Module"),
        ("f = 3", "f is not a function"),
        ("def g(): pass", "own_[0-9]+ has no function f; allowed are g$"),
        ("def ff(): pass", "has no function f; allowed are ff; did you mean ff[?]$"),
        ("from os import fork", "has no function f; define it there$"),
        ("import nowhere_at_all", "cannot be imported .ModuleNotFoundError"),
        ("\ndef f(: pass", "cannot be imported .SyntaxError: invalid syntax, line 2 of own_"),
        ("def f():\n  raise RuntimeError('no')", "fails: RuntimeError: no, line 2 of own_.*py$"),
        (
            "from torch import nn\ndef f(): return nn.Flatten()",
            "has no parameters to train",
        ),
        (
            "from torch import nn\ndef f(): return nn.Linear(3, 10)",
            "fails on a batch of 97, the last of each epoch: RuntimeError",
        ),
        (SOUND.replace("784, 10", "784, 9"), r"returns \(97, 9\) for 97 images; .*\(97, 10\)"),
        ("import sys; sys.exit(0)", r"cannot be imported \(SystemExit: 0, line 1 of "),
        ("raise BaseException('enough')", r"cannot be imported \(BaseException: enough, line 1 "),
        ("def __getattr__(name): raise SystemExit", r"cannot be imported \(SystemExit"),
        ("import sys\ndef f(): sys.exit(0)", "fails: SystemExit: 0"),
        (
            "class E(Exception):\n    def __str__(self): raise self\ndef f(): raise E",
            r"fails: .*E: <exception str\(\) failed>",
        ),
        (
            SOUND.replace("nn.Linear(784, ", "nn.LazyLinear("),
            "has lazy layers, .* give their sizes",
        ),
        (
            "import sys\nfrom torch import nn\nclass Odd(nn.Linear):\n"
            "    def forward(self, x):\n"
            "        sys.exit() if not self.training else None\n"
            "        return super().forward(x.flatten(1))\n"
            "def f(): return Odd(784, 10)",
            "fails in evaluation: SystemExit",
        ),
        (
            "import torch\nfrom torch import nn\nclass Odd(nn.Linear):\n"
            "    def get_extra_state(self):\n"
            "        return {}\n"
            "def f(): return Odd(784, 10)",
            "keeps _extra_state as a dict, which no record can hold; keep tensors of a type that",
        ),
        (
            "import torch\nfrom torch import nn\n"
            "def f(): return nn.Linear(784, 10, dtype=torch.bfloat16)",
            "keeps weight as torch.bfloat16, which no record can hold",
        ),
        (
            "import torch\nfrom torch import nn\ndef f():\n    module = nn.Linear(784, 10)\n"
            "    module.register_buffer('mask', torch.ones(1).bfloat16(), persistent=False)\n"
            "    return module",
            "keeps mask as torch.bfloat16, which no record can hold",
        ),
    ],
)
def test_unusable_ones(module: Callable[[str], str], source: str, complaint: str) -> None:
    with pytest.raises(OwnCodeError, match=complaint):
        inspect_own(module(source), DIGITS, 100)


@pytest.mark.parametrize("name", ["a:", ":f", "a b:f", "a:f:g", "../a:f", "nowhere_at_all:f"])
def test_names_that_lead_nowhere(name: str) -> None:
    with pytest.raises(OwnCodeError):
        check_name(name)


def test_a_file_in_place_of_a_module() -> None:
    with pytest.raises(OwnCodeError, match=r"write the module without \.py: nets\.small:f"):
        check_name("nets.small.py:f")


def test_a_last_batch_of_one_image(module: Callable[[str], str]) -> None:
    """1,297 training images in batches of 16 leave one over, which batch norm cannot normalise."""
    name = module(SOUND.replace("10))", "10), nn.BatchNorm1d(10))"))
    with pytest.raises(OwnCodeError, match="fails on a batch of 1, the last of each epoch"):
        inspect_own(name, DIGITS, 16)
    assert inspect_own(name, DIGITS, 17) == 7_850 + 20


def test_a_package_that_exits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module in a package cannot be found without running the package."""
    monkeypatch.chdir(tmp_path)
    package = tmp_path / "package_that_exits"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit(0)")
    (package / "net.py").write_text(SOUND)
    with pytest.raises(OwnCodeError, match=r"\(SystemExit: 0, line 1 of package_that.*init"):
        check_name("package_that_exits.net:f")


def test_a_module_that_exits_while_it_trains(
    module: Callable[[str], str], study_file: Callable[..., Path], tmp_path: Path
) -> None:
    """The run has failed, but the worker lives."""
    name = module(
        "import sys\nfrom torch import nn\nclass Odd(nn.Linear):\n"
        "    def forward(self, x): sys.exit(0)\n"
        "def f(): return Odd(784, 10)"
    )
    recipe = f'[[recipes]]\nname = "a"\narchitecture = "{name}"\nbatch_size = 8\nlr = 1'
    head = 'name = "s"\ndata_set = "digits"\nseeds = 1'
    criterion = "[criterion]\ntarget = 0.5\nepochs = 1\nparameters = 8_000\nwindow = 1"
    (run,) = load_study(str(study_file(head=head, criterion=criterion, recipe=recipe))).runs()
    progress = tmp_path / "progress"
    job = Job(
        run=run,
        data=DIGITS,
        data_directory=Path(),
        engine=engine_named("torch").version(),
        epochs=1,
        progress=progress,
    )
    record = train_job(job)
    assert (record.status, record.error) == ("failed", "SystemExit: 0")


def test_ctrl_c_stays_ctrl_c(module: Callable[[str], str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        inspect_own(module("raise KeyboardInterrupt"), DIGITS, 16)


def test_what_takes_long_is_said(
    module: Callable[[str], str], study_file: Callable[..., Path], tiny: Study
) -> None:
    said: list[str] = []
    check_modules(tiny, said.append)
    assert said == []
    recipe = f'[[recipes]]\nname = "a"\narchitecture = "{module(SOUND)}"\nbatch_size = 8\nlr = 1'
    check_modules(load_study(str(study_file(recipe=recipe))), said.append)
    (line,) = said
    assert line.startswith("trying ")
    assert line.endswith(" on blank images")


def test_over_the_budget(module: Callable[[str], str], study_file: Callable[..., Path]) -> None:
    name = module(SOUND.replace("784, 10", "784, 20), nn.Linear(20, 10"))
    recipe = f'[[recipes]]\nname = "a"\narchitecture = "{name}"\nbatch_size = 8\nlr = 1'
    with pytest.raises(InputError, match="has 15,910 parameters"):
        check_modules(load_study(str(study_file(recipe=recipe))), print)


def test_a_package_that_python_does_not_find_is_named_with_a_fix() -> None:
    """As in a repository with its packages in `src/`."""
    with pytest.raises(OwnCodeError, match=r"there is no module acme\.nets in .*PYTHONPATH$"):
        source_file("acme.nets:digits")
