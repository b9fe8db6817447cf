"""Hedged capital: an interval for a bounded mean that may be looked at after every value.

The confidence sequence of Waudby-Smith and Ramdas (arXiv 2010.09686, theorem 3): its coverage is at
least `confidence`, even if one looks after each value and stops at will.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from scipy import optimize

from ..base.array_types import Floats
from .intervals import ROOT_TOLERANCE, Interval

BET_CAP: Final = 0.75
"""The largest share of the capital that a bet can lose: `c` of the paper."""


def hedged_capital(shares: Floats, confidence: float) -> Interval:
    """The two-sided interval from (n,) values between 0 and 1, in order, with n at least 1."""
    most = 1.0 - _least_mean(1.0 - shares, confidence)
    return Interval(_least_mean(shares, confidence), most)


def _least_mean(shares: Floats, confidence: float) -> float:
    """The mean below which bets on a higher mean would have won 2 / alpha; 0 if there is none."""
    enough = math.log(2 / (1 - confidence))
    bets = _bets(shares, enough)

    def excess(mean: float) -> float:
        placed = np.minimum(bets, BET_CAP / mean) if mean else bets
        return float(np.log1p(placed * (shares - mean)).sum()) - enough

    if excess(0.0) <= 0:
        return 0.0
    found: Any = optimize.brentq(excess, 0.0, 1.0, xtol=ROOT_TOLERANCE)
    return float(found)


def _bets(shares: Floats, enough: float) -> Floats:
    """(n,): the size of each bet, from the values before it (the paper's equations 24 to 26)."""
    number = np.arange(1, len(shares) + 1)
    means = (0.5 + shares.cumsum()) / (number + 1)
    variances = (0.25 + ((shares - means) ** 2).cumsum()) / (number + 1)
    before = np.concatenate([[0.25], variances[:-1]])
    bets: Floats = np.sqrt(2 * enough / (before * number * np.log1p(number)))
    return bets
