"""Numbers and text for people: what is undefined, how lists read, and what is made harmless."""

from __future__ import annotations

import math

import pytest
from reprobench.harness.base import words


@pytest.mark.parametrize(
    ("count", "total", "text"),
    [(9_940, 10_000, "99.40%"), (9_942.75, 10_000, "99.43%"), (250, 500, "50.00%"), (None, 1, "-")],
)
def test_accuracy_has_two_decimals(count: float | None, total: int, text: str) -> None:
    assert words.accuracy_percent(count, total) == text


@pytest.mark.parametrize("total", [360, 10_000, 10_001, 60_000, 1_000_000, 2**31 - 1])
def test_neighbouring_counts_have_different_percentages(total: int) -> None:
    shown = [words.accuracy_percent(total - fewer, total) for fewer in range(4)]
    assert len({*shown}) == 4
    assert shown[0].startswith("100.00")
    assert not any(text.startswith("100") for text in shown[1:])


def test_a_mean_below_the_target_does_not_have_its_percentage() -> None:
    shown = [words.accuracy_percent(mean, 10_000, of_mean=True) for mean in (9_940.0, 9_939.7)]
    assert shown == ["99.400%", "99.397%"]
    assert words.accuracy_percent(9_999.96, 10_000, of_mean=True) == "99.9996%"


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (words.rate(0.9996), "0.9996"),  # 2,499 of 2,500 epochs
        (words.rate(0.99999), "0.99999"),
        (words.rate(0.0004), "0.0004"),
        (words.rate(1 - 1e-12), "1.000"),  # as a sum of fractions may be rounded
        (words.rate(0.7996, 0.8), "0.7996"),
        (words.rate(0.8, 0.8), "0.800"),
        (words.rate(2 / 3, 0.6667), "0.66667"),  # 0.667 is how either is shown
        (words.declared_rate(0.6667), "0.6667"),
        (words.declared_rate(0.8), "0.800"),
        (words.signed(0.0004), "+0.0004"),
        (words.signed(-1e-17), "+0.000"),
        (words.signed(-0.9996), "-0.9996"),
        (words.signed_mean(-0.02), "-0.02"),
        (words.signed_mean(-1_234.5), "-1,234.5"),
        (words.mean(0.04), "0.04"),
        (words.mean(12_345.0), "12,345.0"),
        (words.seconds(0.04), "0.04"),
        (words.seconds(1_234.5), "1,234"),
        (words.p_value(0.0503), "p = 0.0503"),
        (words.p_value(0.0499), "p = 0.0499"),
        (words.p_value(0.05), "p = 0.050"),
        (words.p_value(0.9999), "p = 0.9999"),
        (words.p_value(0.2116), "p = 0.212"),
    ],
)
def test_rounding_makes_no_number_into_another_that_matters(shown: str, text: str) -> None:
    """Neither 0 nor 1, nor what the number is compared with, unless it is that."""
    assert shown == text


def test_digits_of_percentages_by_hand() -> None:
    assert words.accuracy_percent(999_960, 1_000_000) == "99.9960%"
    assert words.accuracy_percent(59_999, 60_000) == "99.998%"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.994, "99.4%"), (1 - 0.05 / 3, "98.3333%"), (0.99999999, "99.999999%"), (1.0, "100%")],
)
def test_less_than_all_is_not_100_percent(share: float, text: str) -> None:
    assert words.percent(share) == text


@pytest.mark.parametrize("target", [0.994, 0.0007, 0.9999999995, 31.25, 1e-7, 1 / 3])
def test_what_was_declared_keeps_its_digits(target: float) -> None:
    assert float(words.declared(target)) == pytest.approx(target, rel=1e-14)


def test_names_in_a_sentence() -> None:
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.some(["a", "b", "c"], 3) == "a, b and c"
    assert words.some(["a", "b", "c", "d"], 2) == "a, b and 2 more"


def test_what_is_undefined_is_a_dash() -> None:
    assert [show(math.nan) for show in (words.rate, words.mean, words.whole)] == ["-"] * 3
    assert words.epoch(math.inf) == "never"
    assert words.p_value(None) == "p undefined"


def test_a_terminal_gets_no_control_characters() -> None:
    hostile = "a\x1b]0;title\x07b\x9b1mc\u202ed\te\nf"
    assert words.printable(hostile) == "a ]0;title b 1mc d e\nf"
    assert words.one_line(hostile) == "a ]0;title b 1mc d e f"


@pytest.mark.parametrize(
    ("text", "tamed"),
    [
        ("<script>", "&lt;script>"),
        ("</b> <!-- <?x", "&lt;/b> &lt;!-- &lt;?x"),
        ("p < 0.001", "p < 0.001"),
        ("&lt;b>", "&amp;lt;b>"),
        ("a & b", "a & b"),
        ("[x](y) ![z](w)", r"\[x\](y) !\[z\](w)"),
        ("a | b `c` *d*", r"a \| b \`c\` \*d\*"),
        ("_so_ my_net_a", r"\_so\_ my_net_a"),
        ("a\\", "a\\\\"),
        ("# head\n  > quote\n- item\n+ item", "\\# head\n  \\> quote\n\\- item\n\\+ item"),
        ("1. first\n---\n===", "1\\. first\n\\---\n\\==="),
        ("+0.330 (-0.1 to +0.5)", "+0.330 (-0.1 to +0.5)"),
        ("0.5 of 9,940.", "0.5 of 9,940."),
        ("red \x1b[31m", r"red  \[31m"),
    ],
)
def test_markdown_shows_text_as_it_is(text: str, tamed: str) -> None:
    assert words.in_markdown(text) == tamed


@pytest.mark.parametrize(
    ("required", "values", "shown"),
    [
        (4.942, (5.08, 0.0), ["4.94", "5.08", "0.00"]),
        (4.942, (4.9384, 4.9431), ["4.942", "4.938", "4.943"]),
        (4.942, (4.942,), ["4.94", "4.94"]),
    ],
)
def test_log_evidence_is_told_from_what_is_required(
    required: float, values: tuple[float, ...], shown: list[str]
) -> None:
    assert words.evidence(required, *values) == shown


def test_a_difference_is_told_from_the_tie_margin() -> None:
    assert words.signed(0.09997) == "+0.100"
    assert words.signed(0.09997, 0.1) == "+0.09997"
    assert words.signed(-0.09997, 0.1) == "-0.09997"
    assert words.signed(0.1, 0.1) == "+0.100"


def test_a_name_in_other_capitals_is_near() -> None:
    assert words.allowed_names("sgd", ["SGD", "Adam"]) == "allowed are SGD, Adam; did you mean SGD?"
    assert words.allowed_names("x", ["SGD", "Adam"]) == "allowed are SGD, Adam"
