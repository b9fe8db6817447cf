"""How the report's numbers were made: what was published, how good intervals are, which engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

import pandas as pd

from ...base.words import agreeing, listed, percent, plural, sentence, some, whole
from ...judging.claims import JudgedClaim
from ...judging.evidence import Evidence
from ...results.environment import DEVICE, engines_missing_in
from ...statistics.bounded import Method
from ...statistics.coverage import COVERAGE_TABLE, RECIPES
from ...study.engine_version import EngineVersion
from ...study.imported import ImportedStudy
from ..bundle import Bundle
from .sources import commanded_sentences, imported_sentences
from .zero import though_zero_is_outside

INTERVALS: Final[dict[Method, dict[str, str]]] = {
    "declared": {
        "pass_rate": "pass rate (exact, Clopper and Pearson)",
        "hold_rate": "hold rate (Gaffke, 2005; conjectured, enumerated for up to 8 runs)",
        "hold_rate_difference": "difference in hold rate (likewise, on pairs of runs; "
        "enumerated for up to 4)",
        "final_mean": "mean final count (Student)",
        "final_difference": "difference in mean final count (likewise, on pairs)",
        "one_further_run": "prediction of a further run (likewise)",
        "superiority": "probability that a further run is better (Newcombe, 2006)",
        "noise": "variance between runs (after Jordan, arXiv 2304.01910)",
    },
    "anytime": {
        "pass_rate_anytime": "pass rate (hedged capital, Waudby-Smith and Ramdas, arXiv "
        "2010.09686)",
        "hold_rate_anytime": "hold rate (likewise)",
        "hold_rate_difference_anytime": "difference in hold rate (likewise, on pairs of runs)",
        "superiority_anytime": "probability that a further run is better (likewise)",
        "final_mean_anytime": "mean final count (an e-process of Student's statistic, Wang and "
        "Ramdas, arXiv 2310.03722)",
        "final_difference_anytime": "difference in mean final count (likewise, on pairs)",
        "noise_anytime": "variance between runs (after Jordan, arXiv 2304.01910, with an e-process "
        "of the sum of squares)",
    },
}
"""Names of the intervals, by the columns of the simulation's table."""
ANYTIME: Final = (
    "The hedged-capital method bets against every possible value, run by run; its interval "
    "consists of the values against which these bets have not won enough to rule them out. Such "
    "intervals are wide on purpose: like those from e-processes, they stay valid at every number "
    "of runs, even if one looks after each run and stops at will.",
    "If one may look after every run, the report predicts no further run, since no prediction "
    "stays valid for those who stop at will.",
)
TESTS: Final[dict[Method, str]] = {
    "declared": "pairs of runs with equal seeds: for hold rates, p is the alpha at which Gaffke's "
    "interval just excludes 0; for final counts, it comes from the exact sign-flip permutation "
    "test, which tests for equal distributions, not for equal means",
    "anytime": "e-processes on pairs of runs with equal seeds, which are valid however often one "
    "looks",
}
NORMAL: Final = (
    "The decomposition of the variance assumes that counts are normally distributed between runs; "
    "a few erratic seeds make its intervals, and those of mean counts, too narrow."
)
NOISE: Final = ("noise", "noise_anytime")
"""Columns of the simulation's table on the decomposition of the variance."""
AFTER_EACH: Final = " (a study counts if the interval covered the value after each of its runs)"
WHERE: Final[dict[Method, str]] = {
    "declared": "at the declared number of runs",
    "anytime": "if one may look after every run",
}


def published_sentences(bundle: Bundle) -> list[str]:
    """Which published runs lie in the prediction interval of ours, and which of ours are left out;
    the table has the numbers."""
    predicted = [(row, row.prediction) for row in bundle.published if row.prediction]
    inside = [row.recipe for row, by in predicted if by.low <= row.final_correct <= by.high]
    outside = [row.recipe for row, _ in predicted if row.recipe not in inside]
    short = [f"{plural(r.left_out, 'run')} of {r.recipe}" for r in bundle.published if r.left_out]
    return [
        f"The published {agreeing(len(names), 'run', 'runs')} of {listed(names)} ended {where} "
        "the prediction interval for a further run of ours."
        for names, where in ((inside, "inside"), (outside, "outside"))
        if names
    ] + ([f"Left out, since not trained as far: {some(short)}."] if short else [])


def claim_sentences(bundle: Bundle) -> list[str]:
    """Whether each published claim survives, and against which recipes it does not."""
    published = bundle.evidence.study.published
    return [_claim(found, once=found.claim.recipe in published) for found in bundle.claims]


def _claim(found: JudgedClaim, *, once: bool) -> str:
    """The answer; `once` says that the claim is known to rest on one run per recipe."""
    claim = found.claim
    whence = ", based on one run per recipe," if once else ""
    absent = f"no runs of {listed(found.absent)} can be compared" if found.absent else ""
    if not found.compared:
        grounds, further = absent or "there is no other recipe to compare it with", ""
    elif claim.about == "parameters":
        others = listed([f"{whole(a.parameters)} for {a.recipe}" for a in found.compared])
        grounds = f"it has {whole(found.parameters)} parameters, compared with {others}"
        further = ""
    else:
        grounds, further = _hold_rates(found)
    beside = f"; {absent}" if absent and found.compared else ""
    return (
        f"The claim “{claim.words}” about {claim.recipe}{whence} {found.answer}: {grounds}{beside}."
        f"{further}"
    )


def _hold_rates(found: JudgedClaim) -> tuple[str, str]:
    """How the hold rate compares with the others', and a sentence on intervals that contradict."""
    pairs = sorted({a.comparison.hold.pairs for a in found.compared})
    over = plural(pairs[-1], "seed") if len(pairs) == 1 else f"{pairs[0]} to {pairs[-1]} seeds"
    ahead = f"significantly higher than {_of(found.ahead_of)}" if found.ahead_of else ""
    behind = f"significantly lower than {_of(found.behind)}" if found.behind else ""
    shown = listed([part for part in (ahead, behind) if part])
    open_ = {
        a.recipe: a.comparison.hold.interval
        for a in found.compared
        if a.recipe not in found.ahead_of + found.behind
    }
    unsure = f"not significantly different from {_of([*open_])}" if open_ else ""
    grounds = ", and ".join(part for part in (shown, unsure) if part)
    return (
        f"over {over}, its hold rate is {grounds}",
        though_zero_is_outside(
            open_, len(found.compared), found.compared[0].comparison.hold.method
        ),
    )


def _of(names: Sequence[str]) -> str:
    return f"{agreeing(len(names), 'that', 'those')} of {listed(names)}"


def method_sentences(bundle: Bundle) -> list[str]:
    """What the intervals and tests are, and how they performed in simulation."""
    table = pd.read_csv(COVERAGE_TABLE)
    methods = _methods(bundle.evidence, bundle.confirmed_evidence)
    return [
        *(_covered(bundle, table, methods) if methods else ()),
        *(ANYTIME if "anytime" in methods else ()),
        *([_tests(bundle, table, methods)] if methods and len(bundle.comparisons) else ()),
        *([NORMAL] if any(row.between_interval for row in bundle.noise) else ()),
    ]


def _splits_variance(bundle: Bundle) -> bool:
    """Whether the report shows the noise between runs, which requires their mistakes."""
    return bundle.evidence.by_engines


def _methods(*parts: Evidence | None) -> list[Method]:
    """How the intervals of these parts of the report were made."""
    consistency = [found for part in filter(None, parts) for found in part.consistency.values()]
    used = {found.method for found in consistency if found.runs}
    return [method for method in WHERE if method in used]


def _covered(bundle: Bundle, table: pd.DataFrame, methods: Iterable[Method]) -> Iterator[str]:
    """How often the intervals covered the truth in simulated studies."""
    times, sizes = whole(table["repetitions"].min()), [f"{n}" for n in table["runs"]]
    confidence = percent(bundle.evidence.study.criterion.confidence)
    yield (
        f"Intervals are at {confidence} confidence. How often 95% intervals cover the true value "
        f"was simulated: {times} studies of two recipes with {sizes[0]} runs each, and as many "
        f"with {listed(sizes[1:])} runs each, in which the final counts of a recipe's runs are "
        "normally distributed, with a standard deviation of 6 of 10,000 images. The shares of "
        f"studies in which an interval covered the true value are given for {listed(sizes)} runs, "
        f"in this order; {_simulation_error(table)}."
    )
    leave_out = () if _splits_variance(bundle) else NOISE
    for method in methods:
        counted = AFTER_EACH if method == "anytime" else ""
        yield f"{sentence(WHERE[method])}{counted}: {_shares(table, method, leave_out)}."


def _shares(table: pd.DataFrame, method: Method, leave_out: Collection[str]) -> str:
    return "; ".join(
        f"{said} {_percents(table[name])}"
        for name, said in INTERVALS[method].items()
        if name not in leave_out
    )


def _tests(bundle: Bundle, table: pd.DataFrame, methods: list[Method]) -> str:
    """Which p-values there are, and how they are adjusted."""
    which = f"p-values come from {TESTS[methods[0]]}"
    if len(methods) > 1:
        declared, anytime = methods
        which = (
            f"{sentence(WHERE[declared])}, {which}; {WHERE[anytime]}, they come from "
            f"{TESTS[anytime]}"
        )
    first = "choice" if bundle.evidence.study.budget else "leader"
    left_out = (
        ", counting those that were left out" if bundle.evidence.study.criterion.candidates else ""
    )
    line = (
        f"{which}. Those against the {first} are adjusted by Holm's method over all pairs of "
        f"recipes{left_out}, since the same runs were used to find the {first}; those of a claim "
        "are adjusted over its own comparisons."
    )
    if "declared" not in _methods(bundle.evidence):
        return line
    alarms = "; ".join(
        f"with {recipes} recipes, {_percents(table[f'family_wise_{recipes}'])}"
        for recipes in RECIPES
    )
    return (
        f"{line} In simulated studies whose recipes were all alike, some recipe was found to fall "
        f"at a significance level of 5% this often: {alarms}."
    )


def _percents(shares: Iterable[float]) -> str:
    found = list(shares)
    return listed([f"{share:.1%}" for share in found]) if any(found) else "never"


def _simulation_error(table: pd.DataFrame) -> str:
    """The largest Monte-Carlo standard error of the shares, which is that of the least certain."""
    shares, times = table.drop(columns=["runs", "repetitions"]), table["repetitions"].min()
    error = float((shares * (1 - shares) / times).max(axis=None) ** 0.5)
    return f"their Monte-Carlo standard errors are at most {100 * error:.1f} percentage points"


def engine_sentences(evidence: Evidence) -> list[str]:
    """Which engine trained which recipes, and why the native engine did not."""
    if evidence.engine is None:
        return []
    if isinstance(evidence.study, ImportedStudy):
        return imported_sentences(evidence, evidence.study)
    if not evidence.by_engines:
        return commanded_sentences(evidence)
    main = evidence.engine
    lines = [_by_main_engine(evidence, main)]
    lines += [
        f"{recipe} was trained by the {other.name} engine ({other.numerics}), and is compared with "
        f"no recipe of the {main.name} engine."
        for recipe, other in evidence.apart.items()
    ]
    missing = {
        item
        for _, record, _ in evidence.runs()
        for item in engines_missing_in(record.environment).items()
    }
    return lines + [
        f"The {name} engine was not available: {reason}." for name, reason in sorted(missing)
    ]


def _by_main_engine(evidence: Evidence, main: EngineVersion) -> str:
    """Which engine trained the recipes that are compared, and on what."""
    records = [record for name, record in evidence.trained() if name not in evidence.apart]
    on_gpu = sum(DEVICE in record.environment for record in records)
    if len(records) == 1:
        whom = "The only other run was" if evidence.apart else "The only run was"
    else:
        whom = "All other runs were" if evidence.apart else "All runs were"
    where = "with one thread per run"
    if on_gpu == len(records):
        where = "on a GPU"
    elif on_gpu:
        where = f"{on_gpu:,} of them on a GPU, and the others with one thread per run"
    return f"{whom} trained by the {main.name} engine ({main.numerics}), {where}."
