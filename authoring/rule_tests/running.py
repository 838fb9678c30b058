"""Runs every rule test of a rulebook, on the service's own reservations and the in-memory ledger."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial

from authoring.rule_tests import Outcome, RuleTest
from authoring.rule_tests.case import Taken
from authoring.rule_tests.run import run_in
from authoring.rule_tests.shared import Decide
from authoring.rule_tests.without import Missed
from authoring.rule_tests.without import missed as missed_by
from engine.compiled.rulebook import Compiled
from engine.decisioning import contacts
from engine.decisioning.contacts import Recommended
from engine.domain.calendar import period_key
from engine.domain.decision import Decision, Withdrawal
from engine.domain.profile import Profile
from engine.rulebook.offers import Quota
from service.outcomes import Hearing
from service.ports import Claim, Used
from service.reservations import Reservations, claim_of, give_back
from storage.memory_ledger import MemoryLedger


def run_test(test: RuleTest, compiled: Compiled) -> Outcome:
    """A test gives the service's decision, with limits, stock and budgets of a shop of its own."""
    return run_in(test, compiled, OneShop)


def missed(outcomes: Sequence[Outcome], compiled: Compiled) -> Iterator[Missed]:
    """Each statement that claims rules, with the tests that fail without them; see `authoring.rule_tests.without`."""
    return missed_by(outcomes, compiled, run_test)


class OneShop:
    """The resources shared by the customers of a test; `authoring.rule_tests.shared.Shared`."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled, self._book = compiled, compiled.rulebook
        self._ledger = _Partly()

    def taken(self, used: Taken, now: int) -> None:
        for action, parts in used.items():
            claim = claim_of("", self._book.actions[action], now, self._book, now)
            have = self.used(action, now)
            for part, amount in parts.items():
                self._ledger.take(claim, part, min(amount, _most(claim, part) - int(getattr(have, part))))

    def decided(self, decide: Decide, now: int) -> Decision:
        held = Reservations(self._ledger, self._book, now)
        decision = held.decided(decide)
        held.committed(decision, decision.withdrawn)
        return decision

    def withdrawn(self, gone: Collection[Withdrawal]) -> None:
        give_back(self._ledger, gone)

    def told(self, profile: Profile, said: Recommended, outcome: str, now: int) -> Profile:
        hearing = Hearing([(said, outcome)], self._ledger, self._compiled, now)
        transition = hearing.transition(contacts.settle(profile, now, self._book), now).profile
        hearing.ended(lambda: transition)
        return transition

    def used(self, action: str, now: int) -> Used:
        of, zone = self._book.actions[action], self._book.shop.zone

        def period(quota: Quota | None) -> str:
            return "" if quota is None else period_key(now, quota.period, zone)

        return self._ledger.used(action, period(of.total), period(of.budget), now)


def _most(claim: Claim, part: str) -> int:
    if part == "stock":
        return claim.stock or 0
    share = claim.total if part == "total" else claim.budget
    return share.most if share else 0


class _Partly(MemoryLedger):
    """A ledger partly used by others: the customer of the test sees the rest."""

    def __init__(self) -> None:
        super().__init__()
        self._others: Counter[tuple[str, str, str]] = Counter()  # (action, part, period)

    def take(self, claim: Claim, part: str, amount: int) -> None:
        """Record this much use by others in the periods of the claim."""
        share = {"total": claim.total, "budget": claim.budget}.get(part)
        self._others[claim.action, part, share.period if share else ""] += amount

    def reserve(self, claim: Claim, now: int) -> str | None:
        return super().reserve(self._left(claim), now)

    def contact(self, claim: Claim, now: int) -> bool:
        return super().contact(self._left(claim), now)

    def spend(self, claim: Claim, now: int) -> bool:
        return super().spend(self._left(claim), now)

    def used(self, action: str, total: str, budget: str, now: int) -> Used:
        used = super().used(action, total, budget, now)
        others = partial(self._of_others, action)
        return replace(
            used,
            total=used.total + others("total", total),
            stock=used.stock + others("stock", ""),
            budget=used.budget + others("budget", budget),
        )

    def _left(self, claim: Claim) -> Claim:
        others = partial(self._of_others, claim.action)
        total, budget = claim.total, claim.budget
        return replace(
            claim,
            total=total and replace(total, most=total.most - others("total", total.period)),
            stock=None if claim.stock is None else claim.stock - others("stock", ""),
            budget=budget and replace(budget, most=budget.most - others("budget", budget.period)),
        )

    def _of_others(self, action: str, part: str, period: str) -> int:
        return self._others[action, part, period]
