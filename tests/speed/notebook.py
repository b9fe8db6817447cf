"""Training in the style of the published notebooks: a DataLoader over PIL transforms."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from reprobench.harness.data.spec import DataSet
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

DEFAULT_THREADS = torch.get_num_threads()
"""Torch's own choice, before an engine has set the number of threads."""
AUGMENT = transforms.Compose(
    [
        transforms.ColorJitter(brightness=0.1, contrast=0.1, saturation=0.1, hue=0.1),
        transforms.RandomRotation((-7.0, 7.0), fill=(1,)),
    ]
)


class PilImages(Dataset[tuple[torch.Tensor, int]]):
    """The training images one by one, through PIL."""

    def __init__(self, data: DataSet) -> None:
        self._images, self._labels = data.train_images, data.train_labels
        normalise = transforms.Normalize(data.spec.mean, data.spec.std)
        self._transform = transforms.Compose([AUGMENT, transforms.ToTensor(), normalise])

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = Image.fromarray(np.asarray(self._images[index]))
        return self._transform(image), int(self._labels[index])


class Notebook:
    """One model and its optimiser, trained and evaluated as in the notebooks."""

    def __init__(self, data: DataSet, model: nn.Module) -> None:
        self._loader = DataLoader(PilImages(data), batch_size=128, shuffle=True)
        test = torch.from_numpy((data.test_images / np.float32(255)).astype(np.float32))
        self._test = (test.unsqueeze(1) - data.spec.mean[0]) / data.spec.std[0]
        self._test_labels = torch.from_numpy(data.test_labels.astype(np.int64))
        self._model = model
        self._optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def epoch(self) -> None:
        """Train on every image, then evaluate."""
        before = torch.get_num_threads()
        torch.set_num_threads(DEFAULT_THREADS)
        self._model.train()
        for x, labels in self._loader:
            self._optimiser.zero_grad()
            functional.cross_entropy(self._model(x), labels).backward()
            self._optimiser.step()
        self._model.eval()
        with torch.no_grad():
            for x, labels in zip(self._test.split(128), self._test_labels.split(128), strict=True):
                functional.cross_entropy(self._model(x), labels)
        torch.set_num_threads(before)
