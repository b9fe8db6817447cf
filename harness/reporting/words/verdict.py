"""The verdict in words: what is required, what was found, and how certain the answer is."""

from __future__ import annotations

from ...base.words import listed, percent, plural, rate
from ...judging.decision import Decision
from ...judging.evidence import Evidence
from ...judging.pass_rate import PassVerdict, runs_that_could_meet
from ...statistics.intervals import Interval
from ...study.declaration import Criterion
from .goal import within


def verdict_of(decision: Decision, criterion: Criterion) -> str:
    """How many runs must hold, how many did, and whether that is enough."""
    chosen, required = decision.chosen, criterion.required_pass_rate
    found = chosen.consistency
    bounds, confidence = _bounds(decision, criterion)
    conclusion = {
        "meets": f"{chosen.name} meets that",
        "fails": f"{chosen.name} fails that",
        "not enough runs": f"there are not enough runs to say whether {chosen.name} meets that",
    }[decision.verdict]
    given = "" if "required_pass_rate" in criterion.model_fields_set else " (the default)"
    asked = decision.passing
    share, since = found.pass_rate, ""
    if asked.looks and asked.bounds and asked.runs != found.runs:
        share, since = asked.holding / asked.runs, f" in the first {plural(asked.runs, 'run')}"
    return (
        f"The study requires a pass rate, the share of runs that hold, of {rate(required)}{given}; "
        f"{conclusion}. Its pass rate{since} is {rate(share)}, by one-sided "
        f"{percent(confidence)} bounds at least {rate(bounds.low)} and at most "
        f"{rate(bounds.high)}. {_how_sure(decision.passing, criterion)}"
    )


def _bounds(decision: Decision, criterion: Criterion) -> tuple[Interval, float]:
    """Bounds of the chosen recipe's pass rate and their confidence; at a look, the look's own."""
    found = decision.passing
    if found.looks and found.bounds:
        return found.bounds, 1 - found.alpha
    bounds = decision.chosen.consistency.pass_bounds
    assert bounds is not None
    return bounds, criterion.confidence


def _how_sure(found: PassVerdict, criterion: Criterion) -> str:
    """With what certainty the verdict is given, and what it would take to meet the requirement."""
    chosen_from = (
        f" (one of {found.among} recipes was chosen by these runs, which flatters it)"
        if found.among > 1
        else ""
    )
    if found.looks:
        chosen_from += f"; {_asked_at(found.looks)}, at {found.alpha:.2g} each"
    certainty = (
        "The verdict is wrong with a probability of at most "
        f"{found.alpha * max(len(found.looks), 1):.2g}{chosen_from}"
    )
    if found.method == "declared":
        required = criterion.required_pass_rate
        answers = found.among * max(len(found.looks), 1)
        fewest = runs_that_could_meet(required, criterion.confidence, answers)
        enough = f"it takes at least {plural(fewest, 'run')}, all of which hold, to meet it"
        return f"{certainty}: {enough}."
    if found.answer == "not enough runs":
        return (
            f"{certainty}, however often one looks. Log evidence that it meets that is "
            f"{found.for_meets or 0:.2f}, that it fails it {found.for_fails or 0:.2f}; "
            f"{found.required_evidence:.2f} decides."
        )
    return f"{certainty}, however often one looks."


def _asked_at(looks: tuple[int, ...]) -> str:
    numbers = listed([str(look) for look in looks])
    return f"it is asked after {numbers} runs, as declared"


def holding_means(evidence: Evidence) -> str:
    """What it means for a run to hold."""
    window = evidence.study.criterion.window
    last = "its last epoch is" if window == 1 else f"all of its last {window} epochs are"
    return (
        f"A run holds if {last} {within(evidence)}. Its hold rate is the share of these epochs "
        "that are; a recipe's is the mean over its runs. The bounds above are one-sided, "
        "since the verdict asks one question; the intervals below are two-sided, hence wider."
    )
