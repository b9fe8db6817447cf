"""Evidence that may be looked at after every run: e-processes, and p-values from them.

A bettor starts with a capital of 1 and bets on one run after another, at odds that are fair or
worse if a hypothesis is true. The probability that the capital ever reaches 1/delta is then at most
delta, however long the bettor plays (Ville 1939; Waudby-Smith and Ramdas, arXiv 2010.09686). The
capital is the evidence against the hypothesis; it is kept as its natural logarithm.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.special import logsumexp

from ..base.array_types import Floats

BETS: Final = np.linspace(0.05, 0.95, 10)
"""Shares of the capital, bet side by side: the mean does well for every size of effect."""
BETTER: Final = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.975)
"""Pass rates on which a bet on "meets" is spread, as fractions of the way from the required rate
to 1."""
WORSE: Final = np.linspace(0.05, 0.96, 10)
"""Pass rates on which a bet on "fails" is spread, as fractions of the required rate."""


def mean_evidence(differences: Floats, allowance: float) -> Floats:
    """Log evidence, value by value, against "the mean difference is at most -allowance".

    `differences` is (..., n), each from -1 to 1, in order of seed; NaN is a missing value,
    which leaves the evidence as it was. `allowance` is 0 or more. Returns (..., n). The capital is
    the mean over BETS of the products of 1 + bet (difference + allowance).
    """
    paths = np.multiply.outer(BETS, np.nan_to_num(differences + allowance))
    np.log1p(paths, out=paths)
    return _mixed(paths.cumsum(axis=-1))


def peak(evidence: Floats) -> Floats:
    """(...): the largest value of (..., n) log evidence so far, which begins at 0."""
    largest: Floats = np.max(evidence, axis=-1, initial=0.0)
    return largest


def pass_evidence(holding: Floats, required: float) -> tuple[Floats, Floats]:
    """Log evidence, run by run, that the pass rate is above `required`, and that it is below.

    `holding` is (..., n) of 0 and 1, in order of seed; both results have its shape. The capital is
    the mean, over the pass rates p that are bet on, of the likelihood ratio of p to `required`.
    """
    above = required + (1 - required) * np.array(BETTER)
    return _likelihood_ratio(holding, above, required), _likelihood_ratio(
        holding, required * WORSE, required
    )


def _likelihood_ratio(holding: Floats, rates: Floats, required: float) -> Floats:
    ratios = np.multiply.outer(np.log(rates / required), holding)
    ratios += np.multiply.outer(np.log((1 - rates) / (1 - required)), 1 - holding)
    return _mixed(ratios.cumsum(axis=-1))


def _mixed(paths: Floats) -> Floats:
    """Log of the capital's mean over the first axis."""
    mixed: Floats = logsumexp(paths, axis=0) - math.log(len(paths))
    return mixed


def anytime_p(differences: Floats) -> float | None:
    """Two-sided p for a mean of 0 from (n,) differences, valid whenever one looks; None if n is 0.

    It is 2 over the largest capital so far of bets on the side of 0 on which the mean is now
    (Ville; Bonferroni over the two sides). Evidence for the other side, from earlier runs, does not
    count.
    """
    if not len(differences):
        return None
    mean = float(np.mean(differences))
    sides = [differences * sign for sign in (1, -1) if sign * mean >= 0]
    largest = max(float(peak(mean_evidence(side, 0.0))) for side in sides)
    return min(1.0, 2 * math.exp(-largest))


def least_anytime_p(runs: int) -> float | None:
    """The smallest p that `runs` differences can give: theirs if all are 1; None if `runs` is 0."""
    return anytime_p(np.ones(runs))
