"""Gaffke's interval and test for the mean of values between 0 and 1, of a number fixed beforehand.

With D ~ Dirichlet(1, ..., 1) of n + 1 weights and values x_1 ... x_n, the upper end is the
(1 - alpha) quantile of D_1 x_1 + ... + D_n x_n + D_{n+1}, and the lower end mirrors it (N. Gaffke,
"Three test statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative
variable", 2005; Learned-Miller and Thomas, arXiv 1905.06208). For values 0 and 1 it is Clopper and
Pearson's.

That its coverage is at least the confidence is proved for two-point distributions and for a single
value, and a conjecture in general; `make coverage` checks it by enumeration (`worst_cases.py`).
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from scipy import optimize

from ..base.array_types import Floats
from .intervals import ROOT_TOLERANCE, Interval

HALF: Final = 0.5
LEAST_P: Final = 1e-12
"""A lower p would have no correct digit."""
SAME_DIGITS: Final = 12
"""Values that agree to this many decimals are treated as one value that occurs several times."""
FROM: Final = -36.0
UNTIL: Final = 42.0
"""Limits of the integral in log u: beyond them the integrand is below a float's precision."""
FINEST_STEP: Final = 0.1


def gaffke(shares: Floats, confidence: float) -> Interval:
    """The two-sided interval from (n,) values between 0 and 1, with n at least 1."""
    alpha = (1 - confidence) / 2
    return Interval(1 - _most_mean(1 - shares, alpha), _most_mean(shares, alpha))


def gaffke_p(shares: Floats) -> float:
    """Two-sided p of the mean being one half, from (n,) values between 0 and 1, with n at least 1.

    It is alpha of the widest interval without one half, or `LEAST_P` if that is less; if all values
    are 0 or all are 1, it is 2^(1 - n).
    """
    if np.all(shares == shares[0]) and shares[0] in (0, 1):
        return float(2.0 ** (1 - len(shares)))
    above = 1 - average_at_most(HALF, *_weighted(shares))
    below = 1 - average_at_most(HALF, *_weighted(1 - shares))
    return float(min(1.0, max(2 * min(above, below), LEAST_P)))


def _most_mean(shares: Floats, alpha: float) -> float:
    """The upper end: the value that the random average exceeds with probability `alpha`."""
    points, times = _weighted(shares)
    if len(points) == 1:
        return 1.0

    def excess(mean: float) -> float:
        return average_at_most(mean, points, times) - (1 - alpha)

    found: Any = optimize.brentq(excess, points[0], 1.0, xtol=ROOT_TOLERANCE)
    return float(found)


def _weighted(shares: Floats) -> tuple[Floats, Floats]:
    """The values and 1, each different one once, and how many times it occurs."""
    points, times = np.unique(np.round(np.append(shares, 1.0), SAME_DIGITS), return_counts=True)
    return points, times.astype(np.float64)


def average_at_most(mean: float, points: Floats, times: Floats) -> float:
    """P(sum of D_i z_i <= mean), for D uniform on the simplex; z are the (k,) `points`, each
    repeated `times`.

    The weights are independent exponentials over their sum, so this is P(sum_k a_k G_k <= 0) with
    a_k = z_k - mean and G_k of Gamma(times_k), which Imhof's integral gives (Biometrika 48, 1961,
    equation 3.2, in which a chi squared of 2 n degrees of freedom is 2 Gamma(n)).
    """
    gaps = points - mean
    if gaps.min() >= 0:
        return 0.0
    if gaps.max() <= 0:
        return 1.0
    scaled = gaps / math.sqrt(times @ gaps**2)
    return 0.5 - _imhof_integral(scaled, times) / math.pi


def _imhof_integral(scaled: Floats, times: Floats) -> float:
    """Int_0^inf sin(sum n_k atan(a_k u)) / (u prod (1 + a_k^2 u^2)^(n_k / 2)) du.

    In log u the integrand is analytic and vanishes at both ends, so that the trapezoidal rule
    converges exponentially; the more values there are, the narrower the strip in which it is
    analytic, and the finer the step must be.
    """
    step = min(FINEST_STEP, 2 * math.pi / math.sqrt(74 * float(times.sum())))
    at = np.exp(np.arange(FROM, UNTIL, step))
    log_modulus = np.zeros_like(at)
    angle = np.zeros_like(at)
    for scale, number in zip(scaled, times, strict=True):
        log_modulus += number * np.log1p((scale * at) ** 2) / 2
        angle += number * np.arctan(scale * at)
    return float((np.sin(angle) * np.exp(-log_modulus)).sum()) * step
