"""Small networks of one kind of block, with two poolings or three; names give their parameters."""

from .layers import Architecture, BatchNorm, Conv, GlobalAvgPool, Layer, MaxPool, ReLU


def padded(description: str, *, normalised_first: bool = False) -> Architecture:
    """The network of a description such as `8p 8p m 12`, followed by a classifier with 10 scores.

    A number is a block of 3 x 3 convolution, ReLU and batch normalisation with that many channels;
    `p` after it means a padding of 1. `m` is 2 x 2 max pooling. If `normalised_first`, batch
    normalisation comes before ReLU.
    """
    between: list[Layer] = [BatchNorm(), ReLU()] if normalised_first else [ReLU(), BatchNorm()]
    layers: list[Layer] = []
    for word in description.split():
        if word == "m":
            layers.append(MaxPool())
        else:
            channels = int(word.removesuffix("p"))
            layers += [Conv(channels, 3, padding=int(word.endswith("p"))), *between]
    return (*layers, GlobalAvgPool(), Conv(10, 1))


PADDED: dict[str, Architecture] = {
    "padded-9634": padded("10p 12p m 14p 16p m 16 16"),
    "padded-9010": padded("6p 8p m 14p 16p m 18 16"),
    "padded-8966": padded("6p 8p m 12p 14p m 16p 14 14"),
    "padded-7793": padded("6p 8p m 13p 15p m 16 15"),
    "padded-7398": padded("10p 10p m 12p 14p m 14 14"),
    "padded-6438": padded("6p 8p m 10p 12p m 12p 12 12"),
    "padded-4982": padded("6p 8p m 8p 8p 10p m 12 12"),
    "padded-4914": padded("4p 6p m 10p 12p m 13 12"),
    "padded-4908": padded("8p 8p 8p m 8p 10p m 12 10"),
    "padded-4884": padded("8p 8p m 10p 10p m 12 12"),
    "padded-4884-norm": padded("8p 8p m 10p 10p m 12 12", normalised_first=True),
    "padded-4884-wide": padded("8p 8p m 10p 10p m 12p 12p"),
    "padded-4884-early": padded("8p m 8p 10p 10p m 12 12"),
    "padded-4872": padded("8p 8p m 8p 10p m 10 10 10"),
    "padded-4790": padded("6p 8p m 8p 10p m 14 12"),
    "padded-4748": padded("8p 8p m 8p 8p m 10p 10p m 12"),
    "padded-4706": padded("6p 8p m 8p 10p m 10p 10 10"),
    "padded-4318": padded("6p 8p m 10p 10p m 10 12"),
    "padded-3990": padded("6p 8p m 8p 10p m 10 12"),
    "padded-3884": padded("4p 6p m 8p 10p m 12 11"),
    "padded-3202": padded("6p 6p m 8p 8p m 10 10"),
    "padded-2606": padded("5p 6p m 7p 7p m 9 9"),
    "padded-2100": padded("4p 5p m 6p 7p m 8 8"),
}
