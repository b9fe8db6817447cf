"""The verdict in words: what is required, what was found, and how certain the answer is."""

from __future__ import annotations

from ...base.words import agreeing, declared_rate, evidence, listed, percent, plural, rate
from ...judging.decision import Decision
from ...judging.evidence import Evidence
from ...judging.pass_rate import PassVerdict, runs_that_could_meet
from ...study.declaration import Criterion
from .goal import at_threshold_words


def verdict_of(decision: Decision, criterion: Criterion) -> str:
    """How many runs must hold, how many did, and whether that is enough."""
    chosen, required = decision.chosen, criterion.required_pass_rate
    conclusion = {
        "meets": f"{chosen.name} meets this",
        "fails": f"{chosen.name} fails this",
        "not enough runs": f"there are not enough runs to say whether {chosen.name} meets this",
    }[decision.verdict]
    given = "" if "required_pass_rate" in criterion.model_fields_set else " (the default)"
    found = decision.passing
    share, since = chosen.consistency.pass_rate, ""
    if found.looks and found.bounds and found.runs != chosen.consistency.runs:
        share, since = found.holding / found.runs, f" in the first {plural(found.runs, 'run')}"
    return (
        "The study requires a pass rate (the share of runs that hold) of "
        f"{declared_rate(required)}{given}; {conclusion}. Its pass rate{since} is "
        f"{rate(share, required)}{_basis(found, required)}."
        f"{failed_words(found)} {_how_sure(found, criterion)}"
    )


def failed_words(found: PassVerdict) -> str:
    """How many runs failed, and what they count as, as a further sentence; empty for none."""
    if not found.failed:
        return ""
    they, them = agreeing(found.failed, "it", "they"), agreeing(found.failed, "it", "them")
    return (
        f" {plural(found.failed, 'further run')} failed; whether the requirement is met is tested "
        f"as if {they} did not hold, and whether it is failed, without {them}."
    )


def _basis(found: PassVerdict, required: float) -> str:
    """What the verdict rests on: bounds, or log evidence; nothing before the first look."""
    if found.bounds:
        return (
            f"; by the one-sided {percent(1 - found.alpha)} bounds that the verdict rests on, its "
            f"true pass rate is at least {rate(found.bounds.low, required)} and at most "
            f"{rate(found.bounds.high, required)}"
        )
    if found.method == "declared":
        return ""
    needed, meets, fails = evidence(
        found.required_evidence, found.for_meets or 0.0, found.for_fails or 0.0
    )
    return (
        f"; the log evidence (how strongly the runs contradict the opposite) is {meets} that it "
        f"meets the requirement and {fails} that it fails, and a verdict needs {needed}"
    )


def _how_sure(found: PassVerdict, criterion: Criterion) -> str:
    """With what certainty the verdict is given, and what it would take to meet the requirement."""
    answers = max(len(found.looks), 1)
    often = ", however often one looks" if found.method == "anytime" else ""
    sought = f", which is sought {_looks(found)}," if found.looks else ""
    given = found.answer != "not enough runs"
    certainty = (
        f"{'The' if given else 'A'} verdict{sought} {'is' if given else 'would be'} wrong with a "
        f"probability of at most {1 - criterion.confidence:.3g}{often}."
    )
    if found.among > 1:
        left_out, why = "", "the same runs were used to choose among them"
        if found.among == criterion.candidates:
            left_out = ", counting those that were tried before and left out,"
            why = "the choice was made among all of them"
        certainty += (
            f" For this, each of the {found.among} recipes{left_out} is tested at a significance "
            f"level of {found.alpha * answers:.3g}, since {why}."
        )
    if found.method == "declared" and found.answer != "fails":
        required = criterion.required_pass_rate
        fewest = runs_that_could_meet(required, criterion.confidence, found.among * answers)
        return (
            f"{certainty} Meeting the requirement takes at least {plural(fewest, 'run')}, even if "
            "all of them hold."
        )
    return certainty


def _looks(found: PassVerdict) -> str:
    numbers = listed([str(look) for look in found.looks])
    return f"after {numbers} runs, as declared, at a significance level of {found.alpha:.3g} each"


def holding_means(evidence: Evidence) -> str:
    """What it means for a run to hold."""
    window = evidence.study.criterion.window
    last = "its last epoch is" if window == 1 else f"all of its last {window} epochs are"
    share = "1 if it holds, otherwise 0" if window == 1 else "the share of these epochs that are"
    return (
        f"A run holds if {last} {at_threshold_words(evidence)}. Its hold rate is {share}; the hold "
        "rate of a recipe is the mean over its runs. The intervals below are two-sided, at "
        f"{percent(evidence.study.criterion.confidence)} confidence."
    )
