"""Tables with a row for each recipe: on the declared seeds, and on those of the confirmation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Annotated, Final

from ...base import words
from ...judging.confirmation import Confirmation
from ...judging.consistency import RecipeConsistency, rank
from ...judging.evidence import Evidence
from ...statistics.intervals import Interval
from ...study.measure import Measure
from .cells import average, figure, possible, with_interval
from .columns import RECIPE, Ends, Inline, Row, Rows, Told
from .runs import seconds_of

BOUNDS: Final = ("lower one-sided bound on", "upper one-sided bound on")


def _pass_rate(row: OverRuns) -> str:
    return f"{row.holding} of {row.runs}: {with_interval(row.pass_rate, row.pass_interval)}"


def _hold_rate(row: OverRuns) -> str:
    return with_interval(row.hold_rate, row.hold_interval)


def _final_count(row: OverRuns) -> str:
    if row.final_mean is None:
        return words.UNDEFINED
    show = partial(average, measure=row.measure)
    count = with_interval(row.final_mean, row.final_interval, show)
    runs = "" if row.finals == row.runs else f" (n = {row.finals})"
    total = row.measure.total
    if total is None:
        return f"{count}{runs}"
    return f"{words.accuracy_percent(row.final_mean, total, of_mean=True)}: {count}{runs}"


def _deviation(row: OverRuns) -> str:
    return average(row.final_std, row.measure)


def _range(row: OverRuns) -> str:
    return words.span(row.final_min, row.final_max, partial(figure, measure=row.measure))


@dataclass(frozen=True)
class OverRuns:
    """A summary of a recipe's runs. Intervals are two-sided at the study's confidence."""

    runs: Annotated[
        int,
        Told(
            "runs: the n of all numbers in the row except the final counts", "Runs (n)", words.whole
        ),
    ]
    diverged: Annotated[int, Told("number of these runs that diverged")]
    reached: Annotated[int, Told("runs that were at the threshold at some epoch")]
    reached_interval: Annotated[Interval | None, Ends("reached", "the interval of their share")]
    reached_bounds: Annotated[
        Interval | None,
        Ends("reached", "their share", "at_least", "at_most", BOUNDS),
    ]
    holding: Annotated[int, Told("runs that hold: at the threshold in every epoch of the window")]
    pass_rate: Annotated[
        float | None, Told("share of the runs that hold", "Pass rate", cell=_pass_rate)
    ]
    pass_interval: Annotated[Interval | None, Ends("pass", "the interval of the pass rate")]
    pass_bounds: Annotated[
        Interval | None,
        Ends("pass", "the pass rate", "at_least", "at_most", BOUNDS),
    ]
    hold_rate: Annotated[
        float | None,
        Told("share of the window's epochs at the threshold, mean over runs", "Hold rate",
             cell=_hold_rate),
    ]  # fmt: skip
    hold_interval: Annotated[Interval | None, Ends("hold", "the interval of the hold rate")]
    finals: Annotated[int, Told("runs that did not diverge: the n of the final counts")]
    final_mean: Annotated[
        float | None,
        Told("mean of the final counts, in images", "Final accuracy and count",
             cell=_final_count),
    ]  # fmt: skip
    final_interval: Annotated[Interval | None, Ends("final", "the interval of that mean")]
    final_std: Annotated[
        float | None,
        Told("standard deviation of the final counts (n - 1), in images", "Std. dev.",
             cell=_deviation),
    ]  # fmt: skip
    final_min: Annotated[
        float | None, Told("lowest final count", "Range", cell=_range, counted=True)
    ]
    final_max: Annotated[float | None, Told("highest final count", counted=True)]
    final_iqm: Annotated[
        float | None, Told("interquartile mean of the final counts: that of the middle half")
    ]
    prediction: Annotated[
        Interval | None,
        Ends(
            "prediction",
            "the prediction interval for the final count of a further run; empty if one may look "
            "at will",
        ),
    ]
    mean_needed: Annotated[
        float | None,
        Told("mean count that would put 95% of epochs at the threshold with this spread"),
    ]
    first_epoch_median: Annotated[
        float | None,
        Told("median of the runs' first epochs at the threshold; `inf` if half of the runs or "
             "more never reached it", "First epoch", words.epoch),
    ]  # fmt: skip
    measure: Measure
    """What the final counts measure."""

    @property
    def rank(self) -> tuple[float, float]:
        """The key that recipes are ranked by, the highest first."""
        return rank(self.hold_rate, self.measure.merit(self.final_mean))


@dataclass(frozen=True)
class ConsistencyRow(Row):
    """A row for each recipe of the study."""

    FILE = "consistency"
    SHOWN = (
        *("recipe", "hold_rate", "pass_rate", "runs", "parameters"),
        *("final_mean", "final_std", "final_min", "first_epoch_median", "seconds_median"),
    )
    ESSENTIAL = ("recipe", "hold_rate", "pass_rate")

    recipe: Annotated[str, RECIPE]
    architecture: Annotated[str, Told("name of its architecture")]
    parameters: Annotated[
        int | None,
        Told("trainable parameters; empty if the recipe has no run", "Parameters", words.whole),
    ]
    declared_runs: Annotated[
        int, Told("seeds that the study declares; the largest possible number, if adaptive")
    ]
    over: Annotated[OverRuns, Inline()]
    seconds_median: Annotated[
        float | None,
        Told("median time of a run, in seconds", "Seconds", words.seconds),
    ]


@dataclass(frozen=True)
class ConfirmationRow(Row):
    """A row for each recipe of the confirmation and each kind of seeds."""

    FILE = "confirmation"
    SHOWN = (
        *("recipe", "role", "seeds", "hold_rate", "pass_rate", "runs"),
        *("final_mean", "final_std", "final_min"),
    )

    recipe: Annotated[str, RECIPE]
    role: Annotated[str, Told("chosen, or rival (the recipe closest to the choice)", "Role")]
    seeds: Annotated[
        str,
        Told("choice: the seeds on which the choice was made; confirmation: those that took no "
             "part in it", "Seeds"),
    ]  # fmt: skip
    over: Annotated[OverRuns, Inline()]


def consistency_table(evidence: Evidence) -> Rows[ConsistencyRow]:
    """Every recipe, in the study's order."""
    return Rows(ConsistencyRow, tuple(_consistency(evidence)))


def _consistency(evidence: Evidence) -> Iterator[ConsistencyRow]:
    for recipe in evidence.study.recipes:
        records = evidence.records[recipe.name]
        seconds = [time for time in map(seconds_of, records) if time is not None]
        yield ConsistencyRow(
            recipe=recipe.name,
            architecture=recipe.architecture,
            parameters=(records[0].parameters or None) if records else None,
            declared_runs=len(evidence.study.seeds),
            over=_over_runs(evidence.consistency[recipe.name], evidence.measure),
            seconds_median=median(seconds) if seconds else None,
        )


def confirmation_table(
    evidence: Evidence, confirmation: Confirmation | None
) -> Rows[ConfirmationRow]:
    """The choice and its rival, on the seeds of the choice and on those of the confirmation."""
    rows = _confirmation(evidence, confirmation) if confirmation else ()
    return Rows(ConfirmationRow, tuple(rows))


def _confirmation(evidence: Evidence, found: Confirmation) -> Iterator[ConfirmationRow]:
    roles = {found.chosen: "chosen"} | ({found.rival: "rival"} if found.rival else {})
    for name, role in roles.items():
        for seeds, on in (("choice", evidence), ("confirmation", found.evidence)):
            over = _over_runs(on.consistency[name], on.measure)
            yield ConfirmationRow(recipe=name, role=role, seeds=seeds, over=over)


def _over_runs(found: RecipeConsistency, measure: Measure) -> OverRuns:
    final = found.final
    return OverRuns(
        runs=found.runs,
        diverged=found.diverged,
        reached=found.reached,
        reached_interval=found.reached_interval,
        reached_bounds=found.reached_bounds,
        holding=found.holding,
        pass_rate=found.pass_rate,
        pass_interval=found.pass_interval,
        pass_bounds=found.pass_bounds,
        hold_rate=found.hold_rate,
        hold_interval=found.hold_interval,
        finals=final.runs,
        final_mean=final.mean,
        final_interval=possible(final.interval, measure),
        final_std=final.deviation,
        final_min=final.least,
        final_max=final.most,
        final_iqm=final.interquartile_mean,
        prediction=possible(final.prediction, measure),
        mean_needed=final.mean_needed,
        first_epoch_median=found.first_epoch_median,
        measure=measure,
    )
