"""New runs against the committed ones: identical, equivalent, or different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from ..results.commanded import CommandRecord
from ..results.environment import but_the_time
from ..results.record import RunRecord
from ..statistics.equivalence import (
    Equivalence,
    chance_of_equivalence,
    equivalence,
    pairs_for_equivalence,
    plausible,
)
from ..statistics.intervals import ROUNDING, Interval

PairOutcome = Literal["identical", "plausible", "differs", "failed", "not judged"]
VerifyVerdict = Literal["identical", "equivalent", "differs", "not shown to be equivalent"]
NOT_JUDGED: Final = "not judged"
LEAST_FINALS: Final = 2
"""Fewer completed runs have no prediction interval."""


@dataclass(frozen=True)
class Pair:
    """A committed run and the same run trained again."""

    recipe: str
    committed: RunRecord
    new: RunRecord

    @property
    def identical(self) -> bool:
        """Whether weights, counts and mistakes of every epoch are the same."""
        return self.committed.digest == self.new.digest

    @property
    def promised(self) -> bool:
        """Whether engine and version are those of the committed run, so that bits should agree.

        A program does not promise equal bits.
        """
        return self.new.repeats and self.committed.key == self.new.key

    @property
    def difference(self) -> int | float | None:
        """Final count or value, new minus committed; None if a run has none."""
        old, new = _final(self.committed), _final(self.new)
        return None if old is None or new is None else new - old


def paired(recipe: str, committed: RunRecord, new: RunRecord) -> Pair:
    """The pair; if the committed run completed, only as many epochs of the new one.

    A ledger may hold a run that went on, or diverged, after an earlier command that asked for more.
    """
    epochs = len(committed.rows)
    goes_as_far = new.is_evidence and len(new.rows) >= epochs
    cut = committed.status == "completed" and goes_as_far
    return Pair(recipe, committed, new.cut(epochs) if cut else new)


@dataclass(frozen=True)
class Checked:
    """A pair and its outcome.

    `plausible` means that the new run is inside the prediction interval of its recipe; `not judged`
    that it completed, and that its recipe has no such interval, for lack of committed runs or of
    any spread; `failed` that the machine could not train it, which says nothing about the committed
    result.
    """

    pair: Pair
    outcome: PairOutcome
    prediction: Interval | None


@dataclass(frozen=True)
class Forecast:
    """What runs with different bits can show if they come from the same distribution."""

    runs: int
    """Runs per recipe that will be trained."""
    chance: float
    """The probability that they are found to be equivalent."""
    enough: int | None
    """Runs per recipe that are found to be equivalent in 80% of all cases."""
    committed: int
    """The smallest number of committed runs per recipe to compare with."""


@dataclass(frozen=True)
class Verification:
    """All pairs, the equivalence tests over those that are not identical, and the verdict."""

    checked: tuple[Checked, ...]
    equivalence: Equivalence
    """Over the pairs of all recipes together."""
    by_recipe: dict[str, Equivalence]
    """By recipe, since recipes that differ in opposite directions cancel out in the other test."""

    @property
    def verdict(self) -> VerifyVerdict:
        """The worst of the outcomes."""
        outcomes = {found.outcome for found in self.checked}
        if outcomes <= {"identical"}:
            return "identical"
        if "differs" in outcomes:
            return "differs"
        tests = [self.equivalence, *self.by_recipe.values()]
        sure = all(test.is_shown for test in tests) and not outcomes & {"failed", NOT_JUDGED}
        return "equivalent" if sure else "not shown to be equivalent"

    @property
    def exit_code(self) -> int:
        """0 if the committed results are confirmed, otherwise 1."""
        return 0 if self.verdict in ("identical", "equivalent") else 1


def judge_pairs(
    pairs: Sequence[Pair],
    committed: Mapping[str, Sequence[RunRecord]],
    equivalence_margin: float,
    confidence: float,
    least_deviation: float = ROUNDING,
) -> Verification:
    """Each run against its recipe's committed runs, by recipe name, and all runs together.

    `equivalence_margin` is in images, or in the unit of the measure; `least_deviation` is the
    smallest standard deviation to assume. If engine and version are those of the committed run,
    other bits differ.
    """
    others = [pair for pair in pairs if not pair.identical]
    checked = tuple(
        _check(pair, _finals(committed[pair.recipe]), len(others), confidence, least_deviation)
        for pair in pairs
    )
    by_recipe: dict[str, list[float]] = {pair.recipe: [] for pair in others}
    for pair in others:
        if pair.difference is not None:
            by_recipe[pair.recipe].append(pair.difference)
    return Verification(
        checked,
        equivalence(
            [d for own in by_recipe.values() for d in own], equivalence_margin, least_deviation
        ),
        {
            name: equivalence(own, equivalence_margin, least_deviation)
            for name, own in by_recipe.items()
        },
    )


def _check(
    pair: Pair,
    finals: Sequence[int | float],
    looked_at: int,
    confidence: float,
    least_deviation: float,
) -> Checked:
    if pair.identical:
        return Checked(pair, "identical", None)
    if not pair.new.is_evidence:
        return Checked(pair, "failed", None)
    if not pair.promised and pair.committed.status == pair.new.status == "diverged":
        return Checked(pair, "plausible", None)
    prediction = plausible(finals, looked_at, confidence, least_deviation)
    final = _final(pair.new)
    if pair.promised or final is None:
        return Checked(pair, "differs", prediction)
    if prediction is None:
        return Checked(pair, NOT_JUDGED, None)
    inside = prediction.low <= final <= prediction.high
    return Checked(pair, "plausible" if inside else "differs", prediction)


def _finals(runs: Sequence[RunRecord]) -> list[int | float]:
    return [final for run in runs if (final := _final(run)) is not None]


def _final(record: RunRecord) -> int | float | None:
    return record.values[-1] if record.status == "completed" else None


def recipe_differences(pairs: Sequence[Pair]) -> list[str]:
    """What has changed in recipes since their runs were committed: a line each."""
    lines = [
        f"{pair.recipe}: {line}"
        for pair in pairs
        for line in table_differences(*map(_declared, (pair.committed, pair.new)))
    ]
    return list(dict.fromkeys(lines))


def _declared(record: RunRecord) -> dict[str, Any]:
    made_of = (
        {file: digest[:8] for file, digest in record.inputs.items()}
        if isinstance(record, CommandRecord)
        else {"layers": record.definition[:8]}
    )
    return {
        **record.recipe,
        **made_of,
        "declared epochs": record.epochs,
        "data": f"{record.data_set} {record.data_digest[:8]}",
    }


def environment_differences(pairs: Sequence[Pair]) -> list[str]:
    """Differences in what committed and new runs were made with: a line each."""
    lines = [line for pair in pairs for line in _differences(pair)]
    return list(dict.fromkeys(lines))


def _differences(pair: Pair) -> list[str]:
    old, new = (
        _flat({**_lasting(record), "engine": f"{record.engine} ({record.numerics})"})
        for record in (pair.committed, pair.new)
    )
    return table_differences(old, new)


def _lasting(record: RunRecord) -> dict[str, Any]:
    """The environment without time and commit, which differ between any two trainings."""
    made = but_the_time(record.environment)
    return {name: value for name, value in made.items() if name not in ("commit", "dirty")}


def table_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """A line for each key on which two tables differ."""
    return [
        f"{name}: committed {_told(old.get(name))}, here {_told(new.get(name))}"
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def _told(value: object) -> object:
    return "none" if value is None else value


def _flat(environment: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in environment.items():
        flat |= value if isinstance(value, Mapping) else {name: value}
    return flat


def forecast(
    committed: Mapping[str, Sequence[RunRecord]],
    wanted: Mapping[str, int],
    equivalence_margin: float,
    confidence: float,
    least_deviation: float = ROUNDING,
) -> Forecast | None:
    """How often the wanted numbers of runs, by recipe, would show equivalence.

    If the numbers differ, the smallest is used for all recipes. None if too few runs are committed,
    or if those of a recipe, which are not counts, all agree.
    """
    finals = [_finals(committed[name]) for name in wanted]
    if not finals or any(plausible(own, 1, confidence, least_deviation) is None for own in finals):
        return None
    runs, asked = min(wanted.values()), (equivalence_margin, confidence, least_deviation)
    return Forecast(
        runs,
        chance_of_equivalence(finals, runs, *asked),
        pairs_for_equivalence(finals, *asked),
        min(map(len, finals)),
    )
