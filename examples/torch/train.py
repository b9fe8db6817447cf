"""A training loop in PyTorch that resumes where it was stopped."""

import json
import sys
from pathlib import Path

import torch
from torch import nn

seed, epochs, momentum = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
checkpoint = Path(sys.argv[4], "last.pt")
torch.manual_seed(seed)
points = torch.rand(1500, 2) * 2 - 1
labels = (points.norm(dim=1) < 0.7).long()  # inside a circle, or outside
model = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 2))
optimiser = torch.optim.SGD(model.parameters(), lr=0.2, momentum=momentum)
first = 1
if checkpoint.exists():
    state = torch.load(checkpoint)
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    torch.set_rng_state(state["random"])
    first = state["epoch"] + 1

for epoch in range(first, epochs + 1):
    for batch in torch.randperm(1000).split(50):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(points[batch]), labels[batch]).backward()
        optimiser.step()
    with torch.no_grad():
        loss = nn.functional.cross_entropy(model(points[1000:]), labels[1000:]).item()
    print(json.dumps({"epoch": epoch, "value": loss}))
    state = {"model": model.state_dict(), "optimiser": optimiser.state_dict()}
    torch.save({**state, "random": torch.get_rng_state(), "epoch": epoch}, f"{checkpoint}.new")
    Path(f"{checkpoint}.new").replace(checkpoint)
