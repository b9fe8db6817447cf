"""The verdicts of simulated gates, as a table and lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table

from ..base.console import table
from ..base.words import agreeing, mean, percent, plural
from ..study.declaration import Gate
from .losses import MOST_LOST, lost_among
from .power import ERRATIC_SHARE, UNCHANGED, Change, Power


def power_table(simulated: Sequence[Power]) -> Table:
    """The verdicts of simulated gates, by what was changed."""
    head = ("Change", "In", "Regression", "Pass", "Inconclusive", "Runs")
    return table(head, map(_cells, simulated), left=(0, 1))


def _cells(power: Power) -> tuple[str, ...]:
    return (
        _in_words(power.change),
        "every recipe" if power.everywhere else "one recipe",
        _with_error(power),
        _simulated(power.passed),
        _simulated(1 - power.regression - power.passed),
        mean(power.runs),
    )


def _with_error(power: Power) -> str:
    return f"{_simulated(power.regression)} ± {_simulated(power.error)}"


def _simulated(share: float) -> str:
    """To three decimals, also next to 0 and 1: further ones would be those of the simulation."""
    return f"{abs(share):.3f}"  # without the sign of a difference that is 0 but for rounding


def _in_words(change: Change) -> str:
    if change.erratic:
        return f"none; erratic runs end {change.erratic:g} lower"
    if change.lost:
        return f"{percent(change.lost)} of runs diverge"
    return f"{change.drop:g} images lower" if change.drop else "none"


def power_lines(
    gate: Gate, simulated: Sequence[Power], committed: Mapping[str, Sequence[float]]
) -> Iterator[str]:
    """What was simulated and assumed, and the rate of false alarms."""
    lost = sum(lost_among(own, own) for own in committed.values())
    runs = sum(map(len, committed.values()))
    fewest = min(map(len, committed.values()))
    yield (
        f"{simulated[0].gates:,} simulated gates per row; ± is the Monte-Carlo standard error; "
        "identical bits, which pass without any statistics, are not counted"
    )
    yield (
        f"assumed: runs are like the committed ones at epoch {gate.epochs} (at least {fewest} per "
        "recipe), from which simulated committed and new runs are drawn with replacement; they are "
        "independent of one another; a drop is the same in every run and leaves the spread as it "
        f"is; erratic runs, if there are any, are {percent(ERRATIC_SHARE)} of old and new ones"
    )
    yield (
        "assumed about lost runs, which diverge or end below half of the median of those that do "
        f"not: {lost} of {plural(runs, 'committed run')} {agreeing(lost, 'is', 'are')} lost, and a "
        "recipe loses as large a share of new runs as of its own committed ones; a pass rules out "
        f"that {percent(MOST_LOST)} more of all runs are lost, as far as {gate.limit} seeds allow"
    )
    alarms = [power for power in simulated if power.change in UNCHANGED]
    worst = max(alarms, key=lambda power: power.regression)
    yield (
        f"false alarms: {_with_error(alarms[0])}, with erratic runs up to {_with_error(worst)}; at "
        f"most {gate.alpha:g} is allowed"
    )
