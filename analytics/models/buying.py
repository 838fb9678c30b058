"""How often customers buy, and whether they have left: BG/NBD and MBG/NBD.

BG/NBD: Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2).
MBG/NBD: Batislam, Denizel and Filiztekin (2007), IJRM 24(3); Hoppe and Wagner (2007), Marketing JRM 3(2).

While active a customer buys at a rate of their own (gamma: r, alpha); after each purchase, and in MBG/NBD after the
very first too, they leave with a probability of their own (beta: a, b). Times are in weeks since the first purchase.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final, Self

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.special import betaln, expit, gammaln

from analytics.models.likelihood import Floats, Summit, maximise

STARTS: Final = ((1.0, 1.0, 1.0, 1.0), (0.3, 5.0, 0.8, 2.5), (1.0, 10.0, 0.2, 5.0), (3.0, 30.0, 1.0, 1.0))
NODES: Final = 48
"""Of the quadrature over the probability to leave; 24 give the same seven digits on the shared logs."""


@dataclass(frozen=True, slots=True)
class History:
    """Customers as columns: x repeat purchases, the last at tx, `watched` until (weeks; 0 <= tx <= watched).

    `weight`: how many customers a row stands for.
    """

    x: Floats
    tx: Floats
    watched: Floats
    weight: Floats

    @classmethod
    def of(cls, x: Floats, tx: Floats, watched: Floats) -> Self:
        """One row per customer."""
        return cls(x, tx, watched, np.ones(len(x)))

    def packed(self) -> Self:
        """Equal customers in one row: the likelihood is the same, and ten times as fast."""
        rows, place = np.unique(np.stack([self.x, self.tx, self.watched]), axis=1, return_inverse=True)
        weight = np.bincount(place.reshape(-1), weights=self.weight)
        return type(self)(rows[0], rows[1], rows[2], weight.astype(np.float64))


@dataclass(frozen=True, slots=True)
class Buying:
    """The fitted model. `modified`: MBG/NBD, where one may leave after the first purchase; else BG/NBD."""

    r: float
    alpha: float
    a: float
    b: float
    modified: bool

    def log_likelihoods(self, of: History) -> Floats:
        """The logarithm of each row's likelihood; `weight` is not in it."""
        x, one = of.x, 1.0 if self.modified else 0.0
        rate = self.r + x
        common = gammaln(rate) - gammaln(self.r) + self.r * np.log(self.alpha) - betaln(self.a, self.b)
        active = betaln(self.a, self.b + x + one) - rate * np.log(self.alpha + of.watched)
        # BG/NBD: a customer without a repeat cannot have left; the 1 only keeps the beta function defined there
        stays = np.maximum(x - 1 + one, 0.0)
        left = betaln(self.a + 1, self.b + stays) - rate * np.log(self.alpha + of.tx)
        both = np.logaddexp(active, left)
        return np.asarray(common + (both if self.modified else np.where(x > 0, both, active)))

    def alive(self, of: History) -> Floats:
        """P(alive): that the customer has not left at the end of the watch."""
        before = of.x if self.modified else np.maximum(of.x - 1, 0.0)
        grown = np.log((self.alpha + of.watched) / (self.alpha + of.tx))
        alive = expit(np.log((self.b + before) / self.a) - (self.r + of.x) * grown)
        return np.asarray(alive if self.modified else np.where(of.x > 0, alive, 1.0))

    def expected(self, of: History, weeks: float) -> Floats:
        """The expected number of purchases in the `weeks` after the watch.

        Given a rate and a probability p to leave, it is (1 - exp(-rate p weeks)) / p for active customers. The mean
        over the rate is closed; the mean over p, beta(a, b + stays) for active ones, is taken by Gauss-Jacobi
        quadrature. The hypergeometric form of the papers is the same (tested), but has a hole at a = 1.
        """
        out = np.zeros(len(of.x))
        for x in np.unique(of.x):
            rows = of.x == x
            p, share = beta_quadrature(self.a, self.b + x + (1.0 if self.modified else 0.0))
            grown = np.log1p(np.outer(weeks / (self.alpha + of.watched[rows]), p))
            out[rows] = -np.expm1(-(self.r + x) * grown) @ (share / p)
        return np.asarray(out * self.alive(of))

    def inactive(self, of: History, weeks: float) -> Floats:
        """P(no purchase in the `weeks` after the watch), left or not."""
        quiet = ((self.alpha + of.watched) / (self.alpha + of.watched + weeks)) ** (self.r + of.x)
        return np.asarray(1.0 - self.alive(of) * (1.0 - quiet))


def beta_quadrature(a: float, b: float) -> tuple[Floats, Floats]:
    """Nodes in (0, 1) and weights that sum to 1: the mean of a smooth function over beta(a, b).

    Golub and Welsch (1969), from the recurrence of the Jacobi polynomials. scipy's `roots_jacobi` gives the weights
    times a beta function, which overflows from b of about 1,000.
    """
    n = np.arange(1.0, NODES)
    alpha, beta, total = b - 1.0, a - 1.0, a + b - 2.0
    middle = np.append((beta - alpha) / (total + 2), (beta**2 - alpha**2) / ((2 * n + total) * (2 * n + total + 2)))
    # n (n + total) / (2 n + total - 1) written so that n = 1 does not divide by a + b - 1
    first = np.where(n == 1, 1.0, n * (n + total) / np.where(n == 1, 1.0, 2 * n + total - 1))
    side = 4 * (n + alpha) * (n + beta) * first / ((2 * n + total) ** 2 * (2 * n + total + 1))
    values, vectors = eigh_tridiagonal(middle, np.sqrt(side))
    return np.maximum((values + 1) / 2, 1e-15), vectors[0] ** 2


def fit_buying(of: History, *, modified: bool) -> tuple[Buying, Summit]:
    """The model of highest likelihood, and the search result."""
    packed = of.packed()

    def total(parameters: Floats) -> float:
        r, alpha, a, b = (float(p) for p in parameters)
        return float(packed.weight @ Buying(r, alpha, a, b, modified).log_likelihoods(packed))

    summit = maximise(total, STARTS, len(of.x))
    r, alpha, a, b = summit.parameters
    return Buying(r, alpha, a, b, modified), summit


fit_bg_nbd = partial(fit_buying, modified=False)
fit_mbg_nbd = partial(fit_buying, modified=True)
