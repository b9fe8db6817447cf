"""A network with one hidden layer in NumPy, on ten noisy clusters."""

import argparse
import json

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--epochs", type=int, required=True)
parser.add_argument("--lr", type=float, required=True)
options = parser.parse_args()

data = np.random.default_rng(0)  # the same for every seed
labels = np.arange(1500) % 10
points = data.normal(0, 1.0, (10, 16))[labels] + data.normal(0, 0.8, (1500, 16))
random = np.random.default_rng(options.seed)
hidden = random.normal(0, 0.2, (16, 24))
output = random.normal(0, 0.2, (24, 10))


def scores(inputs):
    active = np.maximum(inputs @ hidden, 0)
    return active, active @ output


for epoch in range(1, options.epochs + 1):
    for batch in np.array_split(random.permutation(1000), 25):
        active, raw = scores(points[batch])
        share = np.exp(raw - raw.max(axis=1, keepdims=True))
        error = share / share.sum(axis=1, keepdims=True)
        error[np.arange(len(batch)), labels[batch]] -= 1
        error /= len(batch)
        back = (error @ output.T) * (active > 0)
        output -= options.lr * active.T @ error
        hidden -= options.lr * points[batch].T @ back
    correct = int((scores(points[1000:])[1].argmax(axis=1) == labels[1000:]).sum())
    print(json.dumps({"epoch": epoch, "correct": correct, "total": 500}))
