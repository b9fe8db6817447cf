"""How the report's numbers were made: what is published, what intervals are worth, which engine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pandas as pd

from ...base.words import listed, mean, percent, plural, rate, span, whole
from ...judging.claims import JudgedClaim
from ...judging.evidence import Evidence
from ...results.environment import NATIVE_THERE
from ...statistics.coverage import FILE as COVERAGE
from ...statistics.coverage import RECIPES
from ..bundle import Bundle
from ..tables.rows import Row, rows_of

INTERVALS: Final = {
    "pass_rate": "pass rate (exact, Clopper and Pearson)",
    "hold_rate": "hold rate (Gaffke, 2005; conjectured, checked by enumeration)",
    "hold_rate_difference": "difference in hold rate (likewise, on pairs of runs)",
    "hold_rate_anytime": "hold rate where the declared number of runs is not reached, or none is "
    "declared (hedged capital, Waudby-Smith and Ramdas, arXiv 2010.09686)",
    "hold_rate_difference_anytime": "difference in hold rate there (likewise)",
    "final_mean": "mean final count (Student)",
    "final_difference": "difference in mean final count (likewise, on pairs)",
    "one_further_run": "prediction of one further run (likewise)",
    "superiority": "probability that a further run is better (Newcombe, 2006)",
    "noise": "variance between runs (after Jordan, arXiv 2304.01910)",
}


def published_sentences(bundle: Bundle) -> list[str]:
    """Where each published run lies among ours."""
    return [
        f"{row['recipe']}: the published run ended at {whole(row['final_correct'])}, above "
        f"{row['final_below']} and level with {row['final_equal']} of our "
        f"{plural(row['runs'], 'run')}{_predicted(row)}; its hold rate "
        f"{rate(row['hold_rate'])} is above {row['hold_rate_below']} and level with "
        f"{row['hold_rate_equal']} of ours."
        for row in rows_of(bundle.published)
        if row["runs"]
    ]


def _predicted(row: Row) -> str:
    low, high = row["prediction_low"], row["prediction_high"]
    if low is None:
        return ""
    inside = "inside" if low <= row["final_correct"] <= high else "outside"
    return f", {inside} their prediction interval of {span(low, high, mean)}"


def claim_sentences(bundle: Bundle) -> list[str]:
    """Whether each published claim survives, and against whom it does not."""
    return [_claim(found) for found in bundle.claims]


def _claim(found: JudgedClaim) -> str:
    claim = found.claim
    subject = f"“{claim.words}”, said of {claim.recipe} from one run a recipe, {found.answer}"
    if claim.about == "parameters":
        others = ", ".join(f"{whole(a.parameters)} of {a.recipe}" for a in found.against)
        return f"{subject}: {whole(found.parameters)} parameters, against {others}."
    least = min(a.comparison.hold.pairs for a in found.against)
    ahead = f"significantly higher than that of {listed(found.ahead_of)}" if found.ahead_of else ""
    behind = f"significantly lower than that of {listed(found.behind)}" if found.behind else ""
    shown = listed([part for part in (ahead, behind) if part])
    open_ = [a.recipe for a in found.against if a.recipe not in found.ahead_of + found.behind]
    unsure = f"not significantly different from that of {listed(open_)}" if open_ else ""
    grounds = ", and ".join(part for part in (shown, unsure) if part)
    return f"{subject}: over {plural(least, 'seed')}, its hold rate is {grounds}."


def method_sentences(bundle: Bundle) -> list[str]:
    """What the intervals and tests are, and how they fared in simulation."""
    table = pd.read_csv(COVERAGE)
    times = whole(table["repetitions"].min())
    sizes = listed([f"{runs}" for runs in table["runs"]])
    covered = "; ".join(f"{words} {_percents(table[name])}" for name, words in INTERVALS.items())
    alarms = "; ".join(
        f"of {recipes} recipes {_percents(table[f'family_wise_{recipes}'])}" for recipes in RECIPES
    )
    return [
        f"Intervals at {percent(bundle.evidence.study.criterion.confidence)}. In {times} "
        f"simulated studies each of {sizes} runs a recipe, with final counts that deviate by 6 "
        f"images between runs, the 95% intervals covered: {covered}.",
        "Hedged capital is wide on purpose: it stays valid at every number of runs, and also if "
        "one looks after each run and stops at will.",
        "p-values are those of the exact sign-flip permutation test on pairs of runs with equal "
        "seeds, which tests equal distributions, not equal means; where the declared number of "
        "runs is not reached, those of e-processes, valid at every number of runs. Those against "
        "the leader are adjusted by Holm's method over all pairs of recipes, since the same runs "
        "have singled the leader out; those of a claim, over its own comparisons. With recipes "
        "that were all alike, some recipe fell at 5% in this share of the simulated studies: "
        f"{alarms}.",
        "The noise decomposition takes counts to be normal between runs; a few erratic seeds make "
        "its intervals, and Student's, too narrow.",
    ]


def _percents(shares: Iterable[float]) -> str:
    return listed([f"{share:.1%}" for share in shares])


def engine_sentences(evidence: Evidence) -> list[str]:
    """Which engine trained what, and why a faster one did not."""
    if evidence.engine is None:
        return []
    name, numerics = evidence.engine
    whom = "All runs but those of another engine" if evidence.apart else "All runs"
    lines = [f"{whom}: engine {name} ({numerics}), one thread a run."]
    lines += [
        f"{recipe}: engine {other} ({version}), compared with no recipe of engine {name}."
        for recipe, (other, version) in evidence.apart.items()
    ]
    states = {
        str(record.environment.get("native_engine", NATIVE_THERE))
        for _, record, _ in evidence.runs()
    }
    missing = sorted(states - {NATIVE_THERE})
    return lines + [f"Trained without the native engine: {reason}." for reason in missing]
