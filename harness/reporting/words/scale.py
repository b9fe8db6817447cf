"""The question whether the target, and the values of all recipes, are on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from ...base.words import agreeing, declared, some
from ...judging.evidence import Evidence
from .mixed_scales import is_hundredfold, mixed_scales


@dataclass(frozen=True)
class Span:
    """The values of a recipe: the range of all, and the median over runs of some."""

    recipe: str
    low: float
    high: float
    first: float
    last: float
    """Medians after the first and the last epoch."""
    epochs: int

    def __str__(self) -> str:
        return f"{self.recipe}, from {self.low:.6g} to {self.high:.6g}"


def scale_doubts(evidence: Evidence) -> list[str]:
    """Questions about the scale of the values, or about the target's; empty if there are none.

    On runs of a recipe if some are apart; else on recipes, else on the target. That of counts is a
    share of their total, so its scale is known.
    """
    if evidence.total is not None:
        return []
    if mixed := mixed_scales(evidence.records, evidence.measure):
        return mixed
    doubt = _between_recipes(evidence) or _of_target(evidence)
    return [doubt] if doubt else []


def _between_recipes(evidence: Evidence) -> str | None:
    """A question if some recipes look like shares beside the best of those like percentages."""
    spans, sign = list(_spans(evidence)), evidence.measure.sign
    percentages = [span for span in spans if span.low >= 0 and 1 < span.high <= 100]
    if not percentages:
        return None
    best = max(percentages, key=lambda span: sign * span.last)
    shares = [span for span in spans if _is_hundredth(span, best, one_epoch_tells=sign > 0)]
    if not shares:
        return None
    whose = agreeing(len(shares), "recipe", "recipes")
    return (
        f"{whose} {some([str(span) for span in shares])}: the values are about a hundredth of "
        f"those of {best}; are they all on one scale?"
    )


def _spans(evidence: Evidence) -> Iterator[Span]:
    for recipe, records in evidence.records.items():
        runs: list[Sequence[float]] = [run.values for run in records if run.values]
        if runs:
            yield Span(
                recipe,
                low=min(map(min, runs)),
                high=max(map(max, runs)),
                first=median(run[0] for run in runs),
                last=median(run[-1] for run in runs),
                epochs=max(map(len, runs)),
            )


def _is_hundredth(span: Span, other: Span, *, one_epoch_tells: bool) -> bool:
    """Whether one recipe has shares, if the other has percentages, by the first and last epoch.

    The last alone would not tell: of two losses one may end a hundred times as low as the other.
    """
    if not 0 <= span.low <= span.high <= 1:
        return False
    if not one_epoch_tells and min(span.epochs, other.epochs) < 2:
        return False
    return is_hundredfold(span.first, other.first) and is_hundredfold(span.last, other.last)


def _of_target(evidence: Evidence) -> str | None:
    """A question about the target if every value is on one side of it.

    Runs no longer than the window may well all be at the target throughout.
    """
    criterion, sign = evidence.study.criterion, evidence.measure.sign
    runs = [run.values for own in evidence.records.values() for run in own if run.values]
    if not runs:
        return None
    values = [value for run in runs for value in (min(run), max(run))]
    best, worst = max(sign * value for value in values), min(sign * value for value in values)
    target = sign * criterion.target
    there, whole = best >= target, all(len(run) <= criterion.window for run in runs)
    if there and (worst < target or whole):
        return None
    what = "every value of every run is" if there else "no value of any run is"
    return (
        f"target {declared(criterion.target)}: {what} there, from {min(values):.6g} to "
        f"{max(values):.6g}; is it on the scale of the values?"
    )
