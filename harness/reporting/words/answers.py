"""The sentences that answer a report's questions, with numbers from its tables."""

from __future__ import annotations

from ...base.words import (
    epoch,
    listed,
    mean,
    p_value,
    percent,
    plural,
    rate,
    signed,
    signed_mean,
    span,
    whole,
)
from ...study.grid import in_words
from ..bundle import Bundle
from ..tables.rows import rows_of


def deficits(bundle: Bundle) -> list[str]:
    """Who falls, ties or is undecided, and the largest and smallest deficits."""
    rows = rows_of(bundle.comparisons)
    outcomes = [row["outcome"] for row in rows]
    falling, level, unsure = map(outcomes.count, ("falls", "ties", "undecided"))
    counts = (
        f"{falling} {_verb(falling, 'falls', 'fall')}, {level} {_verb(level, 'ties', 'tie')} and "
        f"{unsure} {_verb(unsure, 'is', 'are')} undecided"
    )
    nearest = min(rows, key=lambda row: row["hold_difference"])
    return [
        f"Of {plural(len(rows), 'recipe')} behind {rows[0]['leader']}: {counts}.",
        f"The closest, {nearest['recipe']}, is {rate(nearest['hold_difference'])} behind "
        f"({_confidence(bundle)} interval "
        f"{span(nearest['hold_difference_low'], nearest['hold_difference_high'], signed)}; "
        f"Holm-adjusted {p_value(nearest['hold_p_holm'])}; before adjustment, "
        f"{plural(nearest['hold_pairs'], 'pair')} allow no p below {nearest['least_p']:.2g}), and "
        f"{signed_mean(nearest['final_difference'])} images in the mean final count.",
        f"A further run of {nearest['leader']} beats one of {nearest['recipe']} with probability "
        f"{rate(nearest['superiority'])} "
        f"({span(nearest['superiority_low'], nearest['superiority_high'])}).",
    ]


def parameters(bundle: Bundle) -> list[str]:
    """The range of parameters, and the hold rates at its ends."""
    rows = [row for row in rows_of(bundle.consistency) if row["runs"]]
    budget = whole(bundle.evidence.study.criterion.parameters)
    least = min(rows, key=lambda row: (row["parameters"], -row["hold_rate"]))
    best = max(rows, key=lambda row: row["hold_rate"])
    return [
        f"The recipes have {whole(least['parameters'])} to "
        f"{whole(max(row['parameters'] for row in rows))} parameters; {budget} are allowed.",
        f"The smallest recipe, {least['recipe']}, has a hold rate of "
        f"{rate(least['hold_rate'])} (n = {least['runs']}); the best of all, {best['recipe']}, "
        f"{rate(best['hold_rate'])} with {whole(best['parameters'])} (n = {best['runs']}).",
        "The recipes differ in more than that, so this alone does not tell.",
    ]


def effects(bundle: Bundle) -> list[str]:
    """The best and worst level of each axis."""
    lines = []
    for factor, levels in bundle.effects.groupby("factor", sort=False):
        rows = rows_of(levels.sort_values("hold_rate", kind="stable"))
        worst, best = rows[0], rows[-1]
        axis = in_words(str(factor)).capitalize()
        lines.append(
            f"{axis}: {best['level']} holds best, {rate(best['hold_rate'])} "
            f"({span(best['hold_low'], best['hold_high'])}, n = {best['runs']}), {worst['level']} "
            f"worst, {rate(worst['hold_rate'])} ({span(worst['hold_low'], worst['hold_high'])}, "
            f"n = {worst['runs']})."
        )
    return lines


def reached(bundle: Bundle) -> list[str]:
    """How many runs ever reached the threshold, and how many held it."""
    evidence, runs = bundle.evidence, bundle.runs
    at = f"{whole(evidence.threshold)} of {whole(evidence.total)}"
    return [
        f"{runs['reached'].sum()} of {plural(len(runs), 'run')} reached {at} at some epoch.",
        f"{runs['holds'].sum()} of {plural(len(runs), 'run')} stayed there throughout the last "
        f"{evidence.study.criterion.window} epochs.",
    ]


def first_epochs(bundle: Bundle) -> list[str]:
    """The median first epoch of each recipe."""
    rows = [row for row in rows_of(bundle.consistency) if row["runs"]]
    soonest = min(rows, key=lambda row: row["first_epoch_median"])
    last = bundle.survival.groupby("recipe", sort=False).tail(1)
    most = rows_of(last.sort_values("reached", kind="stable"))[-1]
    return [
        f"Soonest is {soonest['recipe']}: median first epoch "
        f"{epoch(soonest['first_epoch_median'])} over {plural(soonest['runs'], 'run')}, those that "
        "never reach it included.",
        f"By its last epoch, a share of {rate(most['reached'])} of {most['recipe']}'s "
        f"{plural(most['runs'], 'seed')} had reached it; no other recipe has more.",
    ]


def staying(bundle: Bundle) -> list[str]:
    """Shares at the last epoch, and from the beginning of the window."""
    window = bundle.evidence.study.criterion.window
    last = bundle.survival["epoch"].max()
    ended = bundle.survival[bundle.survival["epoch"] == last]
    at = round((ended["staying"] * ended["runs"]).sum())
    begin = bundle.survival[bundle.survival["epoch"] == max(1, last - window + 1)]
    throughout = round((begin["staying"] * begin["runs"]).sum())
    return [
        f"At epoch {last}, {at} of {plural(int(ended['runs'].sum()), 'run')} were at the "
        "threshold.",
        f"{throughout} of {plural(int(begin['runs'].sum()), 'run')} were there from epoch "
        f"{max(1, last - window + 1)} on.",
    ]


def spread(bundle: Bundle) -> list[str]:
    """Standard deviations of the final count, and what they ask of the mean."""
    rows = [row for row in rows_of(bundle.consistency) if row["finals"] > 1]
    if not rows:
        return ["With one run a recipe, the spread between seeds is unknown."]
    parts = [f"{row['recipe']} {mean(row['final_std'])} (n = {row['finals']})" for row in rows[:8]]
    more = f" and {len(rows) - 8} more" if len(rows) > 8 else ""
    first = min(rows, key=lambda row: row["final_std"])
    return [
        "Standard deviation of the final count between seeds, in images: "
        f"{', '.join(parts)}{more}.",
        f"With the least of these spreads, that of {first['recipe']}, a mean of "
        f"{mean(first['mean_needed'])} would put 95% of epochs at the threshold; its mean is "
        f"{mean(first['final_mean'])}.",
    ]


def noise(bundle: Bundle) -> list[str]:
    """Whether networks differ in true accuracy beyond what independent errors explain."""
    rows = [row for row in rows_of(bundle.noise) if row["between"] is not None]
    beyond = [row["recipe"] for row in rows if row["between_low"] > 0]
    most = max(rows, key=lambda row: row["between"])
    told = (
        f"For {listed(beyond[:8])}, runs differ in true accuracy beyond what independent errors "
        f"explain ({_confidence(bundle)} interval above 0)."
        if beyond
        else "For no recipe is a difference in true accuracy between runs shown (every "
        f"{_confidence(bundle)} interval includes 0)."
    )
    return [
        told,
        f"The largest such variance is that of {most['recipe']}: {mean(most['between'])} images "
        f"squared ({span(most['between_low'], most['between_high'], mean)}, n = {most['runs']}), "
        f"beside {mean(most['independent'])} from independent errors; {most['always_wrong']} test "
        f"images are wrong in every run of {most['recipe']}, {most['sometimes_wrong']} in some.",
    ]


def _verb(count: int, singular: str, plural_form: str) -> str:
    return singular if count == 1 else plural_form


def _confidence(bundle: Bundle) -> str:
    return percent(bundle.evidence.study.criterion.confidence)
