"""The streams: fixed for ever, independent of each other, and as random as they should be."""

import numpy as np
import pytest
from numpy.random import Philox
from reprobench.harness.engines.draws.philox import philox
from reprobench.harness.engines.draws.randomness import (
    DropoutBits,
    Stream,
    dropout_seed,
    dropout_seeds,
    permutation,
    raw_bits,
    uniform,
)


def test_raw_bits_are_philox_blocks() -> None:
    # Known answer of philox4x64-10 for counter and key 0 (Random123, kat_vectors). NumPy advances
    # the counter before a block, so ours of counter (0, purpose, epoch, 0) begin at word 0 = 1.
    zero_block = Philox(counter=2**256 - 1, key=0).random_raw(4)
    assert [f"{word:016x}" for word in zero_block] == [
        "16554d9eca36314c",
        "db20fe9d672d0fdc",
        "d7e772cee186176b",
        "7e68b68aec7ba23b",
    ]
    ours = raw_bits(7, Stream.AUGMENTATION, epoch=5, purpose=3, count=6)
    counter = (5 << 128) | (3 << 64)
    expected = Philox(counter=counter, key=(Stream.AUGMENTATION << 64) | 7).random_raw(6)
    assert (ours == expected).all()


# Random123, kat_vectors: key, counter and words of philox4x64-10.
KNOWN = [
    ("0 0", "0 0 0 0", "16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b 7e68b68aec7ba23b"),
    (
        "ffffffffffffffff ffffffffffffffff",
        "ffffffffffffffff ffffffffffffffff ffffffffffffffff ffffffffffffffff",
        "87b092c3013fe90b 438c3c67be8d0224 9cc7d7c69cd777b6 a09caebf594f0ba0",
    ),
    (
        "452821e638d01377 be5466cf34e90c6c",
        "243f6a8885a308d3 13198a2e03707344 a4093822299f31d0 082efa98ec4e6c89",
        "a528f45403e61d95 38c72dbd566e9788 a5a1610e72fd18b5 57bd43b5e52b7fe6",
    ),
]


def test_many_blocks_at_once_are_philox_blocks() -> None:
    for given in KNOWN:
        key, counter, words = ([int(word, 16) for word in text.split()] for text in given)
        made = philox(key, [np.full((2, 3), word, dtype=np.uint64) for word in counter])
        assert (made == np.array(words, dtype=np.uint64)).all()
        assert made.shape == (2, 3, 4)


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**64 - 1])
def test_dropout_seeds_of_many_steps_are_those_of_each(seed: int) -> None:
    steps = [0, 1, 468, 2**31]
    made = dropout_seeds(seed, 2**16, steps)
    assert (made == np.stack([dropout_seed(seed, 2**16, step) for step in steps])).all()


def test_draws_never_change() -> None:
    """These values are part of every key: changing them requires a new draws version."""
    assert [f"{word:016x}" for word in raw_bits(1, Stream.ORDER, 1, 0, 2)] == PINNED_BITS
    assert permutation(1, 1, 10).tolist() == PINNED_ORDER
    assert DropoutBits(1, 1, 0).draw(32)[:6].tolist() == PINNED_DROPOUT


PINNED_BITS = ["17d5b882d6b79a13", "1cb2bea30cf5e547"]
PINNED_ORDER = [8, 0, 1, 4, 5, 6, 9, 3, 2, 7]
PINNED_DROPOUT = [16376, 51936, 35613, 22240, 25040, 32557]


@pytest.mark.parametrize("other", [(2, Stream.ORDER, 1, 0), (1, Stream.DROPOUT, 1, 0),
                                   (1, Stream.ORDER, 2, 0), (1, Stream.ORDER, 1, 1)])  # fmt: skip
def test_seed_stream_epoch_and_purpose_each_matter(other: tuple[int, Stream, int, int]) -> None:
    one, two = raw_bits(1, Stream.ORDER, 1, 0, 1000), raw_bits(*other, 1000)
    assert not (one == two).any()
    shared = np.unpackbits((one ^ two).view(np.uint8)).mean()
    assert abs(shared - 0.5) < 5 * 0.5 / np.sqrt(64_000)


def test_uniform_covers_the_unit_interval() -> None:
    draws = uniform(3, Stream.AUGMENTATION, 1, 0, 100_000)
    assert draws.min() >= 0
    assert draws.max() < 1
    assert abs(draws.mean() - 0.5) < 5 / np.sqrt(12 * 100_000)
    assert np.histogram(draws, bins=10, range=(0, 1))[0].min() > 9_500


def test_permutation_visits_every_image_once() -> None:
    order = permutation(1, 1, 60_000)
    assert (np.sort(order) == np.arange(60_000)).all()
    assert (order != permutation(1, 2, 60_000)).mean() > 0.999


def test_dropout_draws_by_the_book() -> None:
    """SFC64 written out (Doty-Humphrey's PractRand, sfc.cpp), eight of them side by side."""
    words = [int(word) for word in raw_bits(9, Stream.DROPOUT, 2, 4, 24)]
    lanes = [[*words[3 * lane : 3 * lane + 3], 1] for lane in range(8)]
    expected: list[int] = []
    for _ in range(3):
        for lane in lanes:
            word = _sfc64(lane)
            expected += [word >> shift & 0xFFFF for shift in (0, 16, 32, 48)]
    assert DropoutBits(9, 2, 4).draw(96).tolist() == expected


def _sfc64(state: list[int]) -> int:
    mask = 2**64 - 1
    a, b, c, counter = state
    out = (a + b + counter) & mask
    rotated = ((c << 24) | (c >> 40)) & mask
    state[:] = [b ^ (b >> 11), (c + (c << 3)) & mask, (rotated + out) & mask, counter + 1]
    return out


def test_dropout_draws_go_on_where_they_stopped() -> None:
    whole = DropoutBits(1, 2, 3).draw(96)
    parts = DropoutBits(1, 2, 3)
    assert (np.concatenate([parts.draw(32), parts.draw(64)]) == whole).all()
    assert len(DropoutBits(1, 2, 3).draw(33)) == 64
