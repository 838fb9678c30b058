"""The action report (S1): results of each action, its remaining limits, and its uplift over the control group."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any, Final

from engine.decisioning import control_group, propensity
from engine.domain.calendar import period_key
from engine.domain.times import DAY, format_rfc3339
from engine.rulebook.model import Rule
from engine.rulebook.offers import Action, Quota
from engine.value import counters
from service.live import Live
from service.ports import Ledger

# Welch's interval for the difference of two means, where neither the sizes nor the variances of the groups agree.


Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Sums:
    """A group: its size, the sum of a figure over it, and the sum of its squares. Whole numbers, so exact."""

    count: int
    total: int
    squares: int

    @property
    def mean(self) -> float:
        return self.total / self.count

    @property
    def variance(self) -> float:
        """The unbiased estimate. ZeroDivisionError for fewer than two."""
        return (self.count * self.squares - self.total**2) / (self.count * (self.count - 1))


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two means with its 95 % interval."""

    by: float
    low: float
    high: float


def difference(first: Sums, second: Sums) -> Difference | None:
    """By how much the first group's mean is larger; None where neither group varies, so there is no interval."""
    first_error, second_error = first.variance / first.count, second.variance / second.count
    error = first_error + second_error
    if error <= 0:
        return None
    freedom = error**2 / (first_error**2 / (first.count - 1) + second_error**2 / (second.count - 1))
    by, margin = first.mean - second.mean, t_quantile(freedom) * sqrt(error)
    return Difference(by, by - margin, by + margin)


def t_quantile(freedom: float) -> float:
    """The 97.5 % point of Student's t by its expansion around the normal one (Abramowitz and Stegun 26.7.5).

    Right to within 0.00001 from 10 degrees of freedom on; there are never fewer than 29 here.
    """
    z = Z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, 1))


Json = dict[str, Any]

COUNTS: Final = (counters.RECOMMENDED, counters.CONTACTS, counters.ACCEPTED, counters.CONVERTED)
MONEY: Final = (counters.REVENUE, counters.COST)
FEWEST: Final = 30
"""Minimum number of customers in each arm of an experiment."""
MEASURED: Final = "measured"
TOO_FEW: Final = "not enough data"
NO_HOLDOUT: Final = "no holdout"


def action_report(histogram: Mapping[str, int], live: Live, ledger: Ledger, now: int) -> Json:
    """Every action, by revenue, highest first; actions never recommended come last, by name."""
    return _Report(histogram, live, ledger, now).body()


class _Report:
    """The inputs of one report."""

    def __init__(self, histogram: Mapping[str, int], live: Live, ledger: Ledger, now: int) -> None:
        self._book = live.compiled.rulebook
        self._snapshot = live.snapshot
        self._ledger = ledger
        self._now = now
        self._totals = _totals(histogram)
        self._experiments = counters.by_experiment(histogram)
        self._of_rules = counters.by_rule(histogram)
        self._money = self._book.shop.currency.format

    def body(self) -> Json:
        covered = any(control_group.covers_kind(action, self._book) for action in self._book.actions.values())
        names = sorted(self._book.actions.keys() | self._totals.keys(), key=self._rank)
        return {
            "at": format_rfc3339(self._now),
            "currency": self._book.shop.currency.code,
            "snapshot": self._snapshot.number,
            "observed_days": round(self._book.measurement.observed / DAY, 2),
            "everything": {"uplift": self._uplift(control_group.EVERYTHING, "everybody" if covered else None)},
            "actions": [self._action(name) for name in names],
            "shadow": [self._shadow(rule) for rule in self._book.rules.values() if rule.status == "shadow"],
        }

    def _shadow(self, rule: Rule) -> Json:
        """A rule with `status: shadow`: in how many decisions it held, and how many of them it would have changed."""
        would = {tier: n for (what, of, tier), n in self._of_rules.items() if (what, of) == (counters.WOULD, rule.id)}
        held = sum(n for (what, of, _), n in self._of_rules.items() if (what, of) == (counters.MATCHED, rule.id))
        return {"rule": rule.id, "title": rule.title, "matched": held, "would": sum(would.values()), "tiers": would}

    def _rank(self, name: str) -> tuple[bool, int, int, str]:
        counts = self._totals.get(name, {})
        recommended = counts.get(counters.RECOMMENDED, 0)
        return not recommended, -counts.get(counters.REVENUE, 0), -recommended, name

    def _action(self, name: str) -> Json:
        """One action; for one no longer in the rules, results only."""
        action, counts = self._book.actions.get(name), self._totals.get(name, {})
        contacts, accepted = counts.get(counters.CONTACTS, 0), counts.get(counters.ACCEPTED, 0)
        return {
            "action": name,
            "title": action.title if action else None,
            "kind": action.kind if action else None,
            **{what: counts.get(what, 0) for what in COUNTS},
            **{what: self._money(counts.get(what, 0)) for what in MONEY},
            "acceptance_rate": round(accepted / contacts, 4) if contacts > 0 else None,
            **self._propensity(action),
            "limits": self._limits(action) if action and action.limited else None,
            "uplift": self._uplift(name, self._against(action)),
        }

    def _propensity(self, action: Action | None) -> Json:
        """Over all tiers; where nothing is learned, the action file's."""
        if action is None:
            return {"propensity": None, "evidence": 0.0}
        chance, evidence = propensity.of(action, "", self._snapshot, self._book.arbitration.learning)
        return {"propensity": chance, "evidence": evidence}

    def _limits(self, action: Action) -> Json:
        """Use and remainder of each limit, in the present period where it has periods."""
        total, budget = self._period(action.total), self._period(action.budget)
        used = self._ledger.used(action.id, total or "", budget or "", self._now)
        limits: Json = {"reserved": used.reserved, "late": used.late}
        if action.total is not None:
            limits["total"] = {**_left(action.total.most, used.total), "period": total}
        if action.stock is not None:
            limits["stock"] = _left(action.stock, used.stock)
        if action.budget is not None:
            amounts = _left(action.budget.most, used.budget)
            limits["budget"] = {what: self._money(amount) for what, amount in amounts.items()} | {"period": budget}
        return limits

    def _period(self, quota: Quota | None) -> str | None:
        """None where the quota has no period."""
        return period_key(self._now, quota.period, self._book.shop.zone) if quota and quota.period else None

    def _against(self, action: Action | None) -> str | None:
        if action is not None and control_group.has_own(action):
            return "action"
        return "everybody" if action is not None and control_group.covers_kind(action, self._book) else None

    def _uplift(self, name: str, against: str | None) -> Json:
        """Per customer: the mean of treated customers less that of the control group, with its 95 % interval."""
        treated, control = (
            self._experiments.get((counters.CUSTOMERS, name, arm), 0) for arm in (counters.GIVEN, counters.CONTROL)
        )
        answer: Json = {
            "status": TOO_FEW,
            "against": against,
            "customers": {"treated": treated, "control": control},
            "purchases": None,
            "revenue": None,
        }
        if against is None and not treated and not control:
            return answer | {"status": NO_HOLDOUT}
        if min(treated, control) < FEWEST:
            return answer
        purchases = self._difference(name, counters.PURCHASES)
        revenue = self._difference(name, counters.REVENUE)
        if purchases is None or revenue is None:
            return answer
        money = {what: self._money(round(amount)) for what, amount in _figures(revenue).items()}
        return answer | {
            "status": MEASURED,
            "purchases": {what: round(by, 4) for what, by in _figures(purchases).items()} | _result(purchases),
            "revenue": money | _result(revenue),
        }

    def _difference(self, name: str, what: str) -> Difference | None:
        return difference(self._sums(name, what, counters.GIVEN), self._sums(name, what, counters.CONTROL))

    def _sums(self, name: str, what: str, arm: str) -> Sums:
        def counted(counter: str) -> int:
            return self._experiments.get((counter, name, arm), 0)

        if what == counters.PURCHASES:
            squares = counted(counters.PURCHASES_SQUARED)
        else:
            squares = counted(counters.REVENUE_SQUARED_HIGH) * counters.SQUARE_BASE + counted(counters.REVENUE_SQUARED)
        return Sums(counted(counters.CUSTOMERS), counted(what), squares)


def _totals(histogram: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Action -> figure -> amount, over all tiers."""
    totals: dict[str, dict[str, int]] = {}
    for (what, action, _), amount in counters.by_action(histogram).items():
        of = totals.setdefault(action, {})
        of[what] = of.get(what, 0) + amount
    return totals


def _left(most: int, used: int) -> dict[str, int]:
    """Nothing is left of a limit that was lowered below its use."""
    return {"most": most, "used": used, "remaining": max(0, most - used)}


def _figures(of: Difference) -> dict[str, float]:
    return {"by": of.by, "low": of.low, "high": of.high}


def _result(of: Difference) -> dict[str, str]:
    """Whether the interval excludes zero, and on which side."""
    return {"result": "more" if of.low > 0 else "less" if of.high < 0 else "no difference shown"}
