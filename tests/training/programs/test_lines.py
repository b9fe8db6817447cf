"""What a program prints, byte by byte and line by line."""

from __future__ import annotations

import math

import pytest
from reprobench.harness.study.command import MeasureTable
from reprobench.harness.training.programs.lines import MOST_BYTES, BadOutput, Lines, read_result

COUNT = MeasureTable(total=100)
VALUE = MeasureTable(name="loss", direction="lower", bounds=(0, 10))


def test_lines_are_put_together_from_pieces() -> None:
    lines = Lines()
    pieces = (b"on", b"e\ntwo\n\nth", b"ree")
    assert [line for piece in pieces for line in lines.feed(piece)] == [b"one", b"two", b""]
    assert list(lines.rest()) == [b"three"]
    assert list(lines.rest()) == []


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    lines = Lines()
    found = [line for _ in range(100) for line in lines.feed(b"x" * 10_000)]
    assert {len(line) for line in found} == {MOST_BYTES}
    assert len(lines._rest) < MOST_BYTES
    assert sum(map(len, found)) + len(b"".join(lines.rest())) == 1_000_000


def test_a_result_after_a_long_progress_bar_stays_whole() -> None:
    bar, result = b"\r 50%|#  |" * 7_000, b'\r{"epoch": 2, "value": 1}'
    for shift in range(0, 40, 10):  # so that the longest line would end inside the result
        stream = b"x" * ((MOST_BYTES - len(bar) - shift) % MOST_BYTES) + bar + result + b"\n"
        lines = [*Lines().feed(stream)]
        assert read_result(lines[-1], VALUE) == (2, 1.0)


def test_an_end_right_after_the_longest_line_is_no_line_of_its_own() -> None:
    lines = Lines()
    assert list(lines.feed(b"x" * (MOST_BYTES - 1) + b"\ny\n")) == [b"x" * (MOST_BYTES - 1), b"y"]


@pytest.mark.parametrize(
    ("line", "printed", "found"),
    [
        (b'{"epoch": 3, "correct": 99, "total": 100}', COUNT, (3, 99)),
        (b' {"total":100,"correct":0,"epoch":1,"loss":0.5}\r', COUNT, (1, 0)),
        (b'{"epoch": 2, "value": 1}', VALUE, (2, 1.0)),
        (b'\r 0%|   |\r 50%|#  |\r        \r{"epoch": 2, "value": 1}', VALUE, (2, 1.0)),
        (b'\x1b[2K\x1b[32m{"epoch": 2, "value": 1}\x1b[0m\r', VALUE, (2, 1.0)),
        (b'{"epoch": 2, "value": 0.25}', VALUE, (2, 0.25)),
    ],
)
def test_a_result(line: bytes, printed: MeasureTable, found: tuple[int, float]) -> None:
    result = read_result(line, printed)
    assert result == found
    assert result is not None
    assert type(result[1]) is (int if printed is COUNT else float)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"epoch 3: 99 of 100",
        b"{",
        b'{"epoch": 3',
        b'{"epoch": 3} {"value": 1}',
        b'100%|###|{"epoch": 3, "value": 1}',
        b'{"epoch": 3, "loss": 0.5}',
        b'{"correct": 99, "total": 100}',
        b'["epoch", "value"]',
        b"{1: 2}",
        b"\xff\xfe{}",
        b'{"a":' * 5_000 + b"}" * 5_000,
        b'{"epoch": 1, "value": ' + b"9" * 10_000 + b"}",
    ],
)
def test_what_is_no_result_is_log(line: bytes) -> None:
    assert read_result(line, COUNT) is None
    assert read_result(line, VALUE) is None


@pytest.mark.parametrize(
    ("line", "printed", "said"),
    [
        (b'{"epoch": 1.5, "correct": 9, "total": 100}', COUNT, "`epoch` should be a whole"),
        (b'{"epoch": true, "correct": 9, "total": 100}', COUNT, "`epoch` should be a whole"),
        (b'{"epoch": "1", "correct": 9, "total": 100}', COUNT, "`epoch` should be a whole"),
        (b'{"epoch": 1, "correct": 9}', COUNT, "`total` should be 100"),
        (b'{"epoch": 1, "correct": 9, "total": 101}', COUNT, "`total` should be 100"),
        (b'{"epoch": 1, "correct": 101, "total": 100}', COUNT, "from 0 to 100"),
        (b'{"epoch": 1, "correct": -1, "total": 100}', COUNT, "from 0 to 100"),
        (b'{"epoch": 1, "correct": 9.5, "total": 100}', COUNT, "a whole number from 0"),
        (b'{"epoch": 1, "correct": null, "total": 100}', COUNT, "a whole number from 0"),
        (b'{"epoch": 1, "value": 0.9}', COUNT, "print `correct`"),
        (b'{"epoch": 1, "correct": 9, "total": 100}', VALUE, "print `value`"),
        (b'{"epoch": 1, "value": "0.9"}', VALUE, "`value` should be a number"),
        (b'{"epoch": 1, "value": null}', VALUE, "`value` should be a number"),
        (b'{"epoch": 1, "value": true}', VALUE, "`value` should be a number"),
        (b'{"epoch": 1, "value": -0.1}', VALUE, "from 0 to 10"),
        (b'{"epoch": 1, "value": ' + b"9" * 400 + b"}", VALUE, "from 0 to 10"),
        (b'{"epoch": 1, "value": 1, "value": 2}', VALUE, "key value is there twice; print it once"),
    ],
)
def test_a_wrong_result_is_named(line: bytes, printed: MeasureTable, said: str) -> None:
    with pytest.raises(BadOutput, match=r"^printed {") as caught:
        read_result(line, printed)
    assert said in str(caught.value)


def test_what_the_log_says_twice_is_no_result() -> None:
    assert read_result(b'{"note": 1, "note": 2}', VALUE) is None


def test_a_float_of_32_bits_is_what_was_meant() -> None:
    """As PyTorch's `item()` gives it."""
    line = b'{"epoch": 1, "value": 0.8999999761581421}'
    assert read_result(line, MeasureTable(name="accuracy")) == (1, 0.9)


@pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_what_is_not_finite_is_a_result(value: bytes) -> None:
    for line, printed in (
        (b'{"epoch": 4, "value": %s}' % value, VALUE),
        (b'{"epoch": 4, "correct": %s, "total": 100}' % value, COUNT),
    ):
        result = read_result(line, printed)
        assert result is not None
        assert result[0] == 4
        assert not math.isfinite(result[1])
