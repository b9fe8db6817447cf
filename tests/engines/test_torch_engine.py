"""The torch engine compared with plain torch, and the draws that it trains with."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines import Batch
from reprobench.harness.engines.draws.augmentation import draw
from reprobench.harness.engines.draws.randomness import DropoutBits
from reprobench.harness.engines.torch_engine import TorchNetwork
from reprobench.harness.engines.torch_network import StepDropout, build_network, keep_mask
from reprobench.harness.study.recipe import Augmentation, Recipe
from reprobench.models import ARCHITECTURES
from reprobench.models.summary import Shape, layer_rows
from torch import nn
from torch.nn import functional

IMAGES = np.arange(40, dtype=np.int64)


def recipe(**fields: Any) -> Recipe:
    plain = {
        "name": "r",
        "architecture": "final",
        "batch_size": 40,
        "lr": 0.1,
        "optimiser": "SGD",
    }
    return Recipe.model_validate({**plain, **fields})


def batch(lr: float = 0.1, momentum: float | None = None, step: int = 0) -> Batch:
    draws = draw(Augmentation(), 1, 1, (40, 28, 28))
    return Batch(1, step, IMAGES, draws, lr, momentum)


@pytest.mark.parametrize("shape", [DIGITS.shape, (3, 40, 36)])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_module_has_the_declared_layers(name: str, shape: Shape) -> None:
    network, x = (
        build_network(ARCHITECTURES[name], shape, 0.08, seed=1).eval(),
        torch.zeros(2, *shape),
    )
    for module, row in zip(network, layer_rows(ARCHITECTURES[name], shape), strict=False):
        x = module(x)
        assert tuple(x.shape[1:]) == row.shape
        assert sum(weight.numel() for weight in module.parameters()) == row.parameters
    assert network(torch.zeros(2, *shape)).shape == (2, 10)


def test_initial_weights_follow_torchs_distribution() -> None:
    """Uniform on +-1/sqrt(fan in), as nn.Conv2d draws them."""
    modules = [
        module
        for seed in range(20)
        for module in build_network(ARCHITECTURES["iteration"], DIGITS.shape, 0, seed)
    ]
    convs = [m for m in modules if isinstance(m, nn.Conv2d) and m.weight[0].numel() == 144]
    weights = torch.cat([conv.weight.detach().flatten() for conv in convs]) * np.sqrt(144)
    assert weights.abs().max() <= 1
    assert abs(weights.mean()) < 5 / np.sqrt(3 * len(weights))
    assert abs(weights.var() - 1 / 3) < 0.01
    assert np.histogram(weights, bins=8, range=(-1, 1))[0].min() > 0.95 * len(weights) / 8


def plain_step(data: DataSet, smoothing: float, l1: float, l2: float) -> Any:
    """Weights after one step of torch's own SGD with penalties written into the loss."""
    model = build_network(ARCHITECTURES["final"], DIGITS.shape, 0, seed=1)
    x = torch.from_numpy(data.train_images[:40].copy()).float().unsqueeze(1) / 255
    x = (x - data.spec.mean[0]) / data.spec.std[0]
    labels = torch.from_numpy(data.train_labels[:40].astype(np.int64))
    loss = functional.cross_entropy(model(x), labels, label_smoothing=smoothing)
    weights = list(model.parameters())
    penalty = sum(l1 * w.abs().sum() + l2 / 2 * w.square().sum() for w in weights)
    (loss + penalty).backward()
    with torch.no_grad():
        for weight in weights:
            weight -= 0.1 * weight.grad
    return float(loss.detach()), [weight.detach().numpy() for weight in weights]


@pytest.mark.parametrize(
    "regulariser", [{}, {"label_smoothing": 0.1}, {"l1": 0.01}, {"l2": 0.02}], ids=str
)
def test_a_step_is_torchs_step(digits: DataSet, regulariser: dict[str, float]) -> None:
    network = TorchNetwork(recipe(regulariser=regulariser), digits, seed=1)
    settings = {"label_smoothing": 0.0, "l1": 0.0, "l2": 0.0, **regulariser}
    loss, weights = plain_step(digits, *settings.values())
    result = network.step(batch())
    assert result.loss == pytest.approx(loss, rel=1e-5)
    trainable = [w.detach().numpy() for w in network._module.parameters()]
    for mine, theirs in zip(trainable, weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-6)


def test_evaluation_uses_running_statistics_and_counts_every_image(digits: DataSet) -> None:
    network = TorchNetwork(recipe(), digits, seed=1)
    for step in range(3):
        network.step(batch(step=step))
    evaluation = network.evaluate()
    module = network._module.eval()
    x = torch.from_numpy(digits.test_images.copy()).float().unsqueeze(1) / 255
    scores = module((x - digits.spec.mean[0]) / digits.spec.std[0]).detach()
    labels = torch.from_numpy(digits.test_labels.astype(np.int64))
    assert (scores.argmax(1).numpy() == evaluation.predicted).mean() > 0.995
    assert evaluation.loss == pytest.approx(float(functional.cross_entropy(scores, labels)), 1e-4)


def test_dropout_keeps_its_share_and_its_mean() -> None:
    layer = StepDropout(0.25)
    layer.bits = DropoutBits(1, 1, 1)
    x = torch.ones(64, 16, 20, 20)
    kept = layer.train()(x)
    assert abs((kept == 0).float().mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / x.numel())
    assert kept.max() == pytest.approx(1 / 0.75, rel=1e-6)
    assert (layer.eval()(x) == x).all()


def test_dropout_masks_come_in_tiles_of_eight_images() -> None:
    mask = keep_mask(DropoutBits(1, 1, 1), (10, 2, 3, 3), 32768)
    draws = DropoutBits(1, 1, 1).draw(2 * 8 * 2 * 9)[: 2 * 8 * 18].reshape(2, 2, 3, 3, 8)
    assert mask.shape == (10, 2, 3, 3)
    assert bool(mask[9, 1, 2, 0]) == (draws[1, 1, 2, 0, 1] >= 32768)
    assert bool(mask[3, 0, 1, 2]) == (draws[0, 0, 1, 2, 3] >= 32768)


def test_dropout_differs_by_step_and_repeats_by_seed(digits: DataSet) -> None:
    def losses(seed: int, step: int) -> float:
        wanted = recipe(architecture="iteration", regulariser={"dropout": 0.3})
        network = TorchNetwork(wanted, digits, seed=1)
        network._seed = seed
        return network.step(batch(step=step)).loss

    assert losses(1, 0) == losses(1, 0)
    assert len({losses(1, 0), losses(1, 1), losses(2, 0)}) == 3


@pytest.mark.parametrize(
    ("optimiser", "momentum_of"),
    [
        ("SGD", lambda group: group["momentum"]),
        ("Adam", lambda group: group["betas"][0]),
        ("AdamW", lambda group: group["betas"][0]),
    ],
)
def test_schedules_reach_every_optimiser(digits: DataSet, optimiser: str, momentum_of: Any) -> None:
    network = TorchNetwork(recipe(optimiser=optimiser), digits, seed=1)
    network.step(batch(lr=0.0125, momentum=0.8))
    (group,) = network._optimiser.param_groups
    assert group["lr"] == float(np.float32(0.0125))
    assert momentum_of(group) == 0.8


def test_optimiser_settings_are_torchs(digits: DataSet) -> None:
    wanted = recipe(optimiser={"name": "AdamW", "betas": [0.8, 0.95], "weight_decay": 0.1})
    (group,) = TorchNetwork(wanted, digits, seed=1)._optimiser.param_groups
    assert (group["betas"], group["eps"], group["weight_decay"]) == ((0.8, 0.95), 1e-8, 0.1)


@pytest.fixture
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A user's own architecture with dropout of its own, in the current directory."""
    (tmp_path / "mine.py").write_text(
        "from torch import nn\n"
        "def build():\n"
        "    return nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(784, 10))\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "mine:build"


def test_a_users_own_module_draws_from_the_runs_streams(digits: DataSet, own_module: str) -> None:
    def trained(seed: int) -> list[np.ndarray[Any, Any]]:
        torch.manual_seed(np.random.randint(1 << 30))  # must not matter
        network = TorchNetwork(recipe(architecture=own_module), digits, seed)
        for step in range(3):
            network.step(batch(step=step))
        return [np.array(values) for values in network.weights()]

    one, again, other = trained(1), trained(1), trained(2)
    assert all((a == b).all() for a, b in zip(one, again, strict=True))
    assert not all((a == b).all() for a, b in zip(one, other, strict=True))
