"""Maximum likelihood over positive parameters: searched as logarithms, from several starts, the best kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, minimize

Floats = NDArray[np.float64]

LOWEST: Final = 1e-4
HIGHEST: Final = 1e5
"""Bounds of every parameter. One that ends here was not found: the likelihood only grows towards it."""
_AT_BOUND: Final = 1.02
_AGREE: Final = 1e-3
"""Log-likelihoods of two starts that differ by less are the same optimum."""


@dataclass(frozen=True, slots=True)
class Summit:
    """The best parameters found. `converged`: the search ended by itself, on an optimum, not at a step limit."""

    parameters: tuple[float, ...]
    log_likelihood: float
    converged: bool

    @property
    def at_bounds(self) -> bool:
        return any(p <= LOWEST * _AT_BOUND or p >= HIGHEST / _AT_BOUND for p in self.parameters)


def maximise(log_likelihood: Callable[[Floats], float], starts: Sequence[Sequence[float]], size: int) -> Summit:
    """The maximum of `log_likelihood(parameters)` of `size` observations.

    The search works on the mean, so that it stops alike for a hundred customers and for a million.
    """

    def loss(logs: Floats) -> float:
        value = log_likelihood(np.exp(logs))
        return -value / size if np.isfinite(value) else 1e10

    bounds = Bounds(np.log(LOWEST), np.log(HIGHEST))
    found = [
        minimize(
            loss,
            np.log(np.array(start, dtype=np.float64)),
            method="L-BFGS-B",
            bounds=bounds,
            jac="3-point",
            options={"maxiter": 500, "maxfun": 10_000, "ftol": 1e-13, "gtol": 1e-7},
        )
        for start in starts
    ]
    best = min(found, key=lambda result: float(result.fun))
    # a line search may fail at the optimum itself, for want of digits: another start that agrees is as good
    agreed = any(bool(r.success) and (r.fun - best.fun) * size < _AGREE for r in found)
    return Summit(tuple(float(p) for p in np.exp(best.x)), -float(best.fun) * size, agreed)
