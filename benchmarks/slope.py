"""How much something grows with each call, and how sure that is. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Z95 = 1.96
"""Standard errors on either side of a mean that have 95 % between them."""


@dataclass(frozen=True)
class Slope:
    """Growth for each step, and where the true one is in 95 of 100 cases, by its standard error."""

    slope: float
    error: float

    @property
    def low(self) -> float:
        return self.slope - Z95 * self.error

    @property
    def high(self) -> float:
        return self.slope + Z95 * self.error

    @property
    def is_none(self) -> bool:
        """Whether it cannot be told from zero."""
        return self.low <= 0 <= self.high


def fit(points: Sequence[tuple[float, float]]) -> Slope | None:
    """Least squares through (x, y); None of less than three points, or all at one x.

    Memory of one moment is much that of the moment before. The standard error is that of
    independent points, made larger for as many as the correlation of neighbours leaves of them.
    """
    count = len(points)
    x_mean = sum(x for x, _ in points) / max(count, 1)
    y_mean = sum(y for _, y in points) / max(count, 1)
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    if count < 3 or spread == 0:
        return None
    slope = sum((x - x_mean) * (y - y_mean) for x, y in points) / spread
    rest = [y - y_mean - slope * (x - x_mean) for x, y in points]
    noise = sum(each**2 for each in rest)
    error = math.sqrt(noise / (count - 2) / spread)
    alike = sum(a * b for a, b in pairwise(rest)) / noise if noise else 0.0
    alike = min(max(alike, 0.0), 0.99)
    return Slope(slope, error * math.sqrt((1 + alike) / (1 - alike)))
