"""Rows made into runs: correct judgements, and what is refused in one line."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from longform import decision_of, declared, evidence_in, found_in, frame, refused
from reprobench.harness.base.errors import InputError
from reprobench.harness.importing.assembly import imported
from reprobench.harness.importing.frames import table_from_frame
from reprobench.harness.importing.readers import read_tables
from reprobench.harness.judging.decision import decide
from scipy import stats

NAN = math.nan
GOOD, BAD = [0.6, 0.7, 0.8], [0.6, 0.7, 0.4]


def test_a_value_is_held_against_the_target_in_either_direction() -> None:
    table = frame({"a": [GOOD] * 6, "b": [BAD] * 6})
    up = evidence_in(table, target=0.5)
    assert [up.consistency[name].hold_rate for name in "ab"] == [1.0, 0.5]
    assert up.consistency["b"].final.mean_needed == pytest.approx(0.5)
    assert up.judged("b")[1].dip == pytest.approx(0.1)
    down = evidence_in(table, target=0.7, direction="lower")
    assert [down.consistency[name].hold_rate for name in "ab"] == [0.5, 1.0]
    run = down.judged("a")[1]
    assert (run.first_epoch, run.best, run.final) == (1, 0.6, 0.8)
    assert run.dip == pytest.approx(0.1)
    found = decide(down)
    assert found is not None
    assert found.chosen.name == "b"
    assert found.standings[0].comparison.superiority == 1.0
    assert found.standings[0].comparison.final.mean == pytest.approx(-0.4)


def test_intervals_of_values_are_as_wide_as_the_values_are_apart() -> None:
    """Student's intervals, as scipy computes them: values have no unit of rounding, unlike
    counts."""
    finals = [0.31, 0.33, 0.30, 0.32]
    behind = [0.41, 0.44, 0.40, 0.42]
    table = frame({"a": [[1.0, v] for v in finals], "b": [[1.0, v] for v in behind]})
    evidence = evidence_in(table, target=0.35, direction="lower", window=1)
    found = evidence.consistency["a"].final
    low, high = stats.t.interval(0.95, 3, np.mean(finals), stats.sem(finals))
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high))
    decision = decide(evidence)
    assert decision is not None
    difference = decision.standings[0].comparison.final
    assert difference.interval is not None
    gaps = np.subtract(finals, behind)
    expected = stats.t.interval(0.95, 3, np.mean(gaps), stats.sem(gaps))
    assert (difference.interval.low, difference.interval.high) == pytest.approx(expected)


def test_of_equals_the_better_final_value_leads() -> None:
    table = frame({"a": [[0.2, 0.3]] * 3, "b": [[0.2, 0.1]] * 3})
    up, down = (
        decide(evidence_in(table, target=0.1)),
        decide(evidence_in(table, target=0.3, direction="lower")),
    )
    assert up is not None
    assert down is not None
    assert (up.leader.name, down.leader.name) == ("a", "b")


def test_a_recipe_that_diverged_throughout_is_last_in_either_direction() -> None:
    table = frame({"lost": [[1.0, NAN]] * 3, "bad": [[9.0, 9.0]] * 3})
    found = decide(evidence_in(table, target=0.5, direction="lower"))
    assert found is not None
    assert found.leader.name == "bad"
    assert found.standings[0].comparison.superiority == 1.0


def test_what_diverged_stays_in_every_denominator() -> None:
    evidence = evidence_in(frame({"a": [GOOD, [0.6, NAN, math.inf], GOOD, [NAN] * 3]}))
    found = evidence.consistency["a"]
    assert (found.runs, found.diverged, found.hold_rate) == (4, 2, 0.5)
    assert [len(record.values) for record in evidence.records["a"]] == [3, 1, 3, 0]
    assert "correct it: a run that diverged has no later numbers" in refused(
        frame({"a": [[0.6, NAN, 0.6]]})
    )


def test_seeds_that_some_recipe_lacks_make_it_a_look_ahead() -> None:
    table = frame({"a": [GOOD] * 8, "b": [BAD] * 5})
    decision = decision_of(evidence_in(table))
    assert decision["missing"] == ["5 to 8 of 8 seeds"]
    assert decision["look_ahead"] is True
    assert decision["standings"][0]["hold_pairs"] == 5


def test_a_look_ahead_takes_no_value_for_a_count() -> None:
    """If values are a thousand times smaller, so is every interval, also with looks at any time."""
    finals = [0.31, 0.33, 0.30, 0.32, 0.34, 0.29, 0.33, 0.31]

    def widths(unit: float) -> list[float]:
        runs = {
            "a": [[unit, unit * v] for v in finals],
            "b": [[unit, unit * (0.1 + v * v)] for v in finals[:6]],
        }
        evidence = evidence_in(frame(runs), target=0.35 * unit, direction="lower", window=1)
        decision = decide(evidence)
        assert decision is not None
        assert evidence.consistency["b"].method == "anytime"
        difference = decision.standings[0].comparison.final
        assert difference.method == "anytime"
        own = [evidence.consistency["b"].final.interval, difference.interval]
        return [found.high - found.low for found in own if found]

    assert len(widths(1.0)) == 2
    assert widths(1e-3) == pytest.approx([1e-3 * width for width in widths(1.0)])


def test_runs_are_in_the_order_of_the_declared_seeds() -> None:
    """That is the order of training, on which intervals for looks at any time depend."""
    wanted = replace(declared(), seeds=(3, 1, 2))
    found = imported(wanted, [table_from_frame(frame({"a": [GOOD] * 3}), "runs.csv")])
    assert [record.seed for record in found.records["a"]] == [3, 1, 2]


def test_shorter_runs_are_named_and_too_short_ones_refused() -> None:
    table = frame({"a": [GOOD, GOOD[:2]]})
    assert evidence_in(table).gaps() == ["runs of 2 of 3 epochs"]
    assert refused(table, window=3) == (
        "runs.csv: row 4: recipe a, seed 2 has 2 epochs, fewer than the window of 3; leave the run "
        "out, or ask for a shorter window"
    )


def test_epochs_from_0_are_those_from_1() -> None:
    table = frame({"a": [GOOD, BAD]})
    shifted = table.assign(epoch=table["epoch"] - 1)
    records = [found_in(one).records["a"] for one in (table, shifted)]
    assert [r.values for r in records[0]] == [r.values for r in records[1]]


@pytest.mark.parametrize(
    ("dropped", "said"),
    [
        (1, "row 2, column epoch: recipe a, seed 1 lacks epoch 2 before 3; add it"),
        (3, "row 4, column epoch: recipe a, seed 2 lacks epoch 1 before 2; add it"),
    ],
)
def test_a_missing_epoch_is_refused(dropped: int, said: str) -> None:
    table = frame({"a": [GOOD, GOOD]}).drop(index=dropped).reset_index(drop=True)
    assert refused(table).startswith(f"runs.csv: {said}")
    assert len(found_in(table, in_order=True).records["a"]) == 2


@pytest.mark.parametrize("in_order", [True, False])
def test_epochs_that_are_not_whole_are_refused_and_told_why(in_order: bool) -> None:
    """Even those of which only the order counts."""
    table = frame({"a": [GOOD]})
    table["epoch"] = table["epoch"] / 2
    assert refused(table, in_order=in_order).endswith(
        "row 1, column epoch: 0.5 cannot be the epoch; give a whole number from 0 to "
        "9,223,372,036,854,775,807; with `--in-order` they may have gaps, as steps in another "
        "column (`--epoch`) do"
    )


def test_rows_may_come_in_any_order() -> None:
    table = frame({"a": [GOOD, BAD], "b": [BAD, GOOD]})
    shuffled = table.sample(frac=1, random_state=3)
    names = [r.name for r in found_in(shuffled).study.recipes]
    assert sorted(names) == ["a", "b"]
    for name in names:
        assert [r.values for r in found_in(shuffled).records[name]] == [
            r.values for r in found_in(table).records[name]
        ]


def test_counts_are_whole_of_one_total_and_their_target_a_share() -> None:
    table = frame({"a": [[90, 99]]}, total=100).rename(columns={"value": "correct"})
    evidence = evidence_in(table, target=0.985)
    assert (evidence.threshold, evidence.judged("a")[1].hold_rate) == (99, 0.5)
    assert "judge: criterion.target = 99: should be a share of 100" in refused(table, target=99)
    assert "row 1, column correct: 90.5 is not a count of 100" in refused(
        table.assign(correct=[90.5, 99])
    )
    assert "row 2, column correct: 101 is not a count of 100" in refused(
        table.assign(correct=[90, 101])
    )
    assert "row 1, column total: is 2,147,483,648, and 2,147,483,647 is the most" in refused(
        table.assign(total=2**31)
    )
    assert "row 2, column total: is 200, and 100 in runs.csv: row 1" in refused(
        table.assign(total=[100, 200])
    )
    assert "so higher is better" in refused(table, direction="lower")


def test_values_beyond_their_bounds_are_refused() -> None:
    table = frame({"a": [[0.5, 1.5]]})
    assert refused(table, bounds=(0.0, 1.0)) == (
        "runs.csv: row 2, column value: 1.5 is beyond the bounds, 0 to 1; correct it, or the bounds"
    )
    assert "criterion.target = 2: should be within the bounds, 0 to 1; correct it" in refused(
        frame({"a": [GOOD]}), target=2, bounds=(0.0, 1.0)
    )


def test_several_columns_make_a_recipe_and_are_its_axes() -> None:
    table = pd.concat(
        frame({"x": [GOOD, BAD]}, model=model, lr=lr, note=note)
        for note, (model, lr) in enumerate([("s", 0.1), ("s", 0.2), ("l", 0.1), ("l", 0.2)])
    ).drop(columns="recipe")
    evidence = evidence_in(table, recipe=["model", "lr"])
    assert [r.name for r in evidence.study.recipes][:2] == ["model=s-lr=0.1", "model=s-lr=0.2"]
    effects = decision_of(evidence)["effects"]
    assert effects == []  # `note` differs too, so this is not a grid
    sized = table.drop(columns="note")  # what a recipe's levels come to is no axis
    sized["parameters"] = sized["model"].map({"s": 7, "l": 9}) + sized["lr"].map({0.1: 0, 0.2: 1})
    effects = decision_of(evidence_in(sized, recipe=["model", "lr"]))["effects"]
    assert [(row["axis"], row["level"], row["runs"]) for row in effects] == [
        ("model", "s", 4),
        ("model", "l", 4),
        ("lr", "0.1", 4),
        ("lr", "0.2", 4),
    ]


def test_one_row_per_run_needs_an_epoch_too() -> None:
    table = frame({"a": [[0.6], [0.4]]})
    assert refused(table.drop(columns="epoch"), window=1).endswith(
        "in [import]; if each run is one row, add it, with 1 in every row"
    )
    assert [record.values for record in found_in(table, window=1).records["a"]] == [(0.6,), (0.4,)]


def test_a_column_that_differs_within_a_recipe_is_left_aside() -> None:
    table = frame({"a": [GOOD], "b": [BAD]}, optimiser="SGD")
    found = found_in(table.assign(loss=range(6)))
    assert found.records["a"][0].axes == {"optimiser": "SGD"}
    assert found.remarks[-1].endswith("hence ignored: loss")


def test_only_some_rows_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    table = pd.concat([frame({"a": [GOOD]}, split="test"), frame({"a": [BAD]}, split="train")])
    table.to_csv(path, index=False)
    columns = declared(only={"split": "test"}).columns
    found = imported(declared(), read_tables([path], columns))
    assert [record.values for record in found.records["a"]] == [tuple(GOOD)]
    for only, said in (
        ({"split": "dev"}, "holds no row with split = dev, but test and train; say which"),
        ({"part": "test"}, "has no column part for `only`; allowed are recipe"),
    ):
        with pytest.raises(InputError, match=said):
            read_tables([path], declared(only=only).columns)


def test_what_else_a_file_says_does_no_harm() -> None:
    many = {f"axis {number}": number for number in range(120)}
    table = frame({"a": [GOOD], "b": [BAD]}, note="x\x1b[2J\n" * 9_000, **many)
    found = found_in(table.rename(columns={"note": "no\x1bte"}))
    axes = found.records["a"][0].axes
    assert len(axes) == 100
    assert axes["no te"].startswith("x [2J x [2J")
    assert len(axes["no te"]) == 200
    assert found.remarks[-1].endswith("axis 104 and 15 more")
    assert "1e+300 is beyond the bounds" in refused(frame({"a": [[1e300, 1.0]]}))
    column = "odd\x1bname" * 40
    named = found_in(table.rename(columns={"value": column}), value=column)
    assert named.study.measure.name.isprintable()


def test_names_that_no_file_could_have() -> None:
    (recipe,) = found_in(frame({"../big net": [GOOD]})).study.recipes
    assert recipe.name == "big-net"
    (recipe,) = found_in(frame({"größer, Ångström": [GOOD]})).study.recipes
    assert recipe.name == "gro-er-Angstrom"
    both = frame({"big net": [GOOD], "big/net": [GOOD]})
    assert "'big/net' and 'big net' would both be called big-net" in refused(both)
    for name in ("//", "模型"):
        assert f"'{name}' is not a name; give one with digits, or letters from a to z" in refused(
            frame({name: [GOOD]})
        )


def test_parameters_break_ties_where_a_column_says_them() -> None:
    table = frame({"large": [GOOD] * 40, "small": [GOOD] * 40})
    found = decide(evidence_in(table))
    assert found is not None
    assert found.chosen.name == "large"
    sized = table.assign(parameters=[200 if name == "large" else 100 for name in table["recipe"]])
    found = decide(evidence_in(sized))
    assert found is not None
    assert found.chosen.name == "small"
    assert "is not a number of parameters" in refused(table.assign(parameters="many"))
