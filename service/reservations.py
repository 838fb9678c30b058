"""Units of limited actions, reserved in the ledger during a decision, kept with it, and settled by its outcomes."""

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from engine.decisioning.contacts import ACCEPTS, MAKES_CONTACT, Recommended
from engine.domain.calendar import period_key
from engine.domain.decision import Decision, Recommendation, Withdrawal
from engine.domain.refusal import BudgetExhausted, Money, Refusal, StockExhausted, TotalExhausted, refused
from engine.rulebook.model import Rulebook
from engine.rulebook.offers import Action, Quota
from service.ports import Claim, Ledger, Share

Decide = Callable[[Mapping[str, Refusal]], Decision]
"""Decides again when some actions are used up."""


class Reservations:
    """The reservations of one attempt to decide, and the actions `used_up` for it (action -> why).

    A fresh holder each: giving up never releases another worker's hold.
    """

    def __init__(self, ledger: Ledger, book: Rulebook, now: int) -> None:
        self._ledger = ledger
        self._book = book
        self._now = now
        self._holder = ""
        self._held: dict[str, str] = {}  # recommendation id -> action
        self.used_up: dict[str, Refusal] = {}

    def decided(self, decide: Decide) -> Decision:
        """The best decision with enough left of everything. Terminates: each round excludes another action."""
        self.used_up = {}
        while True:
            decision = decide(self.used_up)
            refused = self._reserve(decision)
            if not refused:
                return decision
            self.used_up |= refused

    def keep(self, recommendation_ids: Collection[str]) -> None:
        """These were committed; other reservations made on the way are released."""
        for recommendation_id, action in self._held.items():
            if recommendation_id not in recommendation_ids:
                self._ledger.give_up(action, recommendation_id, self._holder)
        self._held.clear()

    def repeated(self, decision: Decision) -> None:
        """The first answer is repeated: its reservations stay, and unfinished work of its process is completed."""
        found = decision.given
        self.keep({given.recommendation_id for given in found})
        for given in found:
            action, channel = self._book.actions.get(given.action), self._book.channels.get(given.channel)
            if given.reserved and action and channel and channel.contact == "decided":
                self._contact(given.recommendation_id, action, given.expires_at)

    def committed(self, decision: Decision | None, withdrawn: Collection[Withdrawal]) -> None:
        """The decision is stored: its reservations stay, withdrawn ones are returned.

        Recommendations that count as a contact once decided become one now.
        """
        if self._held and decision is not None:
            given = {one.recommendation_id: one for one in decision.given}
            self.keep(given)
            for one in given.values():
                if one.reserved and self._book.channels[one.channel].contact == "decided":
                    self._contact(one.recommendation_id, self._book.actions[one.action], one.expires_at)
        give_back(self._ledger, withdrawn)

    def _contact(self, recommendation_id: str, action: Action, expires: int) -> None:
        self._ledger.contact(claim_of(recommendation_id, action, expires, self._book, self._now), self._now)

    def _reserve(self, decision: Decision) -> Mapping[str, Refusal]:
        refused: dict[str, Refusal] = {}
        for given in new_reserved(decision):
            if given.recommendation_id in self._held:
                continue
            self._note(refused, given, self._ask(self._claim(given)))
        for given in decision.withheld:  # takes no unit, but enters a comparison only while the others get one
            if given.reserved and not given.again:
                self._note(refused, given, _lacking(self._claim(given), self._ledger, self._now))
        return refused

    def _claim(self, given: Recommendation) -> Claim:
        action = self._book.actions[given.action]
        return claim_of(given.recommendation_id, action, given.expires_at, self._book, self._now)

    def _note(self, refused: dict[str, Refusal], given: Recommendation, lacking: str | None) -> None:
        if lacking is not None:
            refused[given.action] = used_up_refusal(self._book.actions[given.action], lacking)

    def _ask(self, claim: Claim) -> str | None:
        """Reserve the claim; the exhausted limit, if any."""
        self._holder = self._holder or secrets.token_hex(4)
        lacking = self._ledger.reserve(replace(claim, holder=self._holder), self._now)
        if lacking is None:
            self._held[claim.recommendation_id] = claim.action
        return lacking


class Peek(Reservations):
    """The same for a dry run: checks what is left, and reserves nothing."""

    def _ask(self, claim: Claim) -> str | None:
        return _lacking(claim, self._ledger, self._now)


def _lacking(claim: Claim, ledger: Ledger, now: int) -> str | None:
    total, budget = claim.total, claim.budget
    used = ledger.used(claim.action, total.period if total else "", budget.period if budget else "", now)
    if total is not None and used.total >= total.most:
        return "total"
    if claim.stock is not None and used.stock >= claim.stock:
        return "stock"
    if budget is not None and used.budget + claim.per_contact + claim.per_acceptance > budget.most:
        return "budget"
    return None


def give_back(ledger: Ledger, withdrawn: Collection[Withdrawal]) -> None:
    """The units of withdrawn recommendations are free for others."""
    for gone in withdrawn:
        if gone.reserved:
            ledger.withdraw(gone.action, gone.recommendation_id)


def return_units(ledger: Ledger, undone: Collection[tuple[str, str]], book: Rulebook) -> None:
    """The units of recommendations (action, id) whose acceptance was undone are free for others. Idempotent."""
    for action, recommendation_id in undone:
        if action in book.actions and book.actions[action].limited:
            ledger.release(action, recommendation_id)


def new_reserved(decision: Decision) -> list[Recommendation]:
    """The recommendations that need a unit and have none from an earlier decision."""
    return [given for given in decision.given if given.reserved and not given.again]


def claim_of(recommendation_id: str, action: Action, expires: int, book: Rulebook, now: int) -> Claim:
    """The claim of a recommendation made at `now` (ms); periods follow the shop's calendar."""

    def share(quota: Quota | None) -> Share | None:
        return None if quota is None else Share(quota.most, period_key(now, quota.period, book.shop.zone))

    return Claim(
        recommendation_id=recommendation_id,
        action=action.id,
        holder="",
        expires=expires,
        total=share(action.total),
        stock=action.stock,
        budget=share(action.budget),
        per_contact=action.cost_per_contact,
        per_acceptance=action.cost_per_acceptance,
    )


def used_up_refusal(action: Action, lacking: str) -> Refusal:
    """Why nothing is left, in numbers."""
    if lacking == "stock":
        return refused(StockExhausted(action.stock or 0))
    quota = action.total if lacking == "total" else action.budget
    assert quota is not None
    if lacking == "total":
        return refused(TotalExhausted(quota.most, quota.period))
    return refused(BudgetExhausted(Money(quota.most), quota.period))


# ---- outcomes ----


def before_outcome(ledger: Ledger, said: Recommended, outcome: str, book: Rulebook, now: int) -> bool:
    """Update the ledger before the profile. False: the unit was reassigned meanwhile.

    The ledger comes first: if the process ends in between, a used unit counts, and the sender repeats the outcome.
    """
    action, channel = book.actions.get(said.action), book.channels.get(said.channel)
    if not said.reserved or action is None:
        return True
    claim = claim_of(said.recommendation_id, action, said.expires, book, now)
    if outcome in ACCEPTS:
        return ledger.spend(claim, now)
    if channel is not None and outcome in MAKES_CONTACT[channel.contact]:
        return ledger.contact(claim, now)
    return True
