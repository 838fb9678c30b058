"""What customers spend per purchase: the gamma-gamma model (Fader and Hardie 2013, brucehardie.com/notes/025).

The values of one customer's purchases are gamma(p, nu), nu differs between customers as gamma(q, gamma).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import gammaln

from analytics.models.likelihood import Floats, Summit, maximise

SHAPES: Final = ((1.0, 2.0), (6.0, 4.0), (2.0, 10.0))
"""(p, q) to begin with; gamma then follows from the mean."""


@dataclass(frozen=True, slots=True)
class Spending:
    """The fitted model. `gamma` is in the unit of the values (the papers call it gamma, some programs v)."""

    p: float
    q: float
    gamma: float

    def log_likelihoods(self, x: Floats, mean: Floats) -> Floats:
        """Of a mean value `mean` > 0 over `x` >= 1 purchases, each row."""
        shape = self.p * x
        out = gammaln(shape + self.q) - gammaln(shape) - gammaln(self.q) + self.q * np.log(self.gamma)
        out += (shape - 1) * np.log(mean) + shape * np.log(x) - (shape + self.q) * np.log(self.gamma + x * mean)
        return np.asarray(out)

    def expected(self, x: Floats, mean: Floats) -> Floats:
        """The expected value of a purchase of a customer with `x` >= 0 purchases of mean value `mean`."""
        return np.asarray(self.p * (self.gamma + x * mean) / (self.p * x + self.q - 1))


def fit_spending(x: Floats, mean: Floats) -> tuple[Spending, Summit]:
    """The model of highest likelihood of customers with `x` >= 1 purchases of mean value `mean` > 0."""
    scale = float(mean.mean())
    values = mean / scale  # the search begins near 1 in whatever currency

    def total(parameters: Floats) -> float:
        p, q, gamma = (float(v) for v in parameters)
        return float(Spending(p, q, gamma).log_likelihoods(x, values).sum())

    summit = maximise(total, [(p, q, max(q - 1, 0.5) / p) for p, q in SHAPES], len(x))
    p, q, gamma = summit.parameters
    # the density of a value in another unit is divided by the unit
    scaled = Summit((p, q, gamma * scale), summit.log_likelihood - len(x) * float(np.log(scale)), summit.converged)
    return Spending(p, q, gamma * scale), scaled
