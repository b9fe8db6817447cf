"""What simulations of studies have in common."""

import math

ALPHA = 0.05
MARGIN = 0.1
"""The tie margin, in hold rate."""


def error(share: float, times: int) -> float:
    """The Monte Carlo standard error of a share of so many simulations."""
    return math.sqrt(max(share * (1 - share), 1 / times) / times)
