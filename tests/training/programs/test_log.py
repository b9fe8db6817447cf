"""What an error says of a program's last lines."""

from __future__ import annotations

import random

import pytest
from reprobench.harness.training.programs.log import MOST_SHOWN, Log


def last(*lines: bytes) -> str:
    log = Log(None)
    for line in lines:
        log.add(line)
    return log.last()


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ((b"one", b"two", b"  ", b"three", b"four"), "two | three | four"),
        ((), ""),
        ((b"\x1b[1;31mValueError\x1b[0m: no",), "ValueError: no"),
        ((b"\r 10% |#    |\r 20% |##   |\r",), "20% |## |"),
        (
            ("fertig: Übung".encode(), "il a déjà fini".encode("latin-1")),
            "fertig: Übung | il a d\ufffdj\ufffd fini",
        ),
        (
            (b'  File "train.py", line 3', b"    fit(x)", b"    ~~~^^^", b"ValueError: no"),
            'File "train.py", line 3 | fit(x) | ValueError: no',
        ),
        ((b"oops", b"\x00\x01\x02\x7f\xff\xfe"), "oops"),
        ((b"\x00\x01\x02\x7f\xff\xfe", b"\xff" * 3000), "bytes that are not text"),
    ],
)
def test_what_a_person_can_read_of_the_last_lines(lines: tuple[bytes, ...], shown: str) -> None:
    assert last(*lines) == shown


def test_random_bytes_are_not_shown() -> None:
    found = [last(random.Random(seed).randbytes(1000)) for seed in range(20)]
    assert set(found) == {"bytes that are not text"}


def test_long_lines_are_cut_once_and_keep_their_end() -> None:
    said = last(b"a" * 1000, b"b" * 200, b"c" * 99 + b".")
    assert said == f"...{'b' * 197} | {'c' * 99}."
    assert len(said) == MOST_SHOWN + len("...")
