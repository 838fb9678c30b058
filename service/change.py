"""One customer's change: begin, think, commit; on a version conflict, retry a few times."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from engine.domain import ids
from engine.domain.decision import Decision, Withdrawal
from engine.domain.errors import Contended, UnreadableState
from engine.domain.profile import Profile, Purchases, decode, encode, purchases
from engine.domain.profile.codec import has_older_orders
from engine.domain.profile.orders import OlderOrdersNeeded, pack_older, unpack_older
from engine.domain.quick import quick
from engine.domain.trigger import Trigger
from engine.scheduling import timers
from engine.value import population
from engine.value.counters import Change
from engine.value.tiers import moves
from service import record_bytes, records, repeats
from service.inputs import Inputs
from service.ports import Commit, Opened, Store
from service.replies import Acknowledged, Decided, Recorded, Reply
from service.reservations import Reservations
from service.unit_of_work import UnitOfWork

T = TypeVar("T")
ATTEMPTS = 12
"""Maximum attempts. Each conflict means that another commit succeeded."""
_AT_ONCE = 2
"""Attempts that follow each other without a pause."""


@quick
@dataclass(frozen=True, slots=True)
class Changed:
    """The result of thinking: the new profile, the reply (None: none needed), and the decision to keep under its id.

    `counts`: changes of the shop's counters. `deliveries`: for the CRM system to collect, as JSON.
    `withdrawn`: pending ones no longer allowed. `inputs`: those of the decision.
    """

    profile: Profile
    reply: Reply | Recorded | None
    decision: Decision | None = None
    counts: tuple[Change, ...] = ()
    deliveries: tuple[bytes, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()
    inputs: Inputs | None = None

    def without_effect(self, reason: str) -> "Changed":
        """The same change, whose reply says why its event had no effect."""
        assert isinstance(self.reply, Decided | Acknowledged)
        return replace(self, reply=replace(self.reply, unapplied=reason))


def attempts() -> Iterator[int]:
    """The numbers of the attempts, with a random pause before later ones (up to 2, 4 ... 64 ms).

    Without it, two senders in step with each other lose and win in turns that never change.
    """
    for attempt in range(ATTEMPTS):
        if attempt > _AT_ONCE:
            time.sleep(secrets.randbelow(1_000 * 2 ** min(attempt - _AT_ONCE, 6)) / 1_000_000)
        yield attempt


class Moved(Exception):
    """This anonymous profile belongs to a known customer: continue with `frozen.merged_into`."""

    def __init__(self, frozen: Profile) -> None:
        super().__init__(f"{frozen.customer} is {frozen.merged_into}")
        self.frozen = frozen


def opened_profile(customer: str, opened: Opened, store: Store) -> Profile:
    """The profile as stored; without one, a new profile that remembers an erasure."""
    if opened.profile is not None:
        return decode(opened.profile)
    return Profile(customer, erased=store.erased_at(customer))


def opened_profiles(customers: Sequence[str], many: Sequence[Opened], store: Store) -> list[Profile | None]:
    """`opened_profile` for each, None where it cannot be read; one query covers all without a profile."""
    new = [customer for customer, opened in zip(customers, many, strict=True) if opened.profile is None]
    erased = dict(zip(new, store.erased_at_many(new), strict=True))
    return [
        _readable(opened.profile) if opened.profile is not None else Profile(customer, erased=erased[customer])
        for customer, opened in zip(customers, many, strict=True)
    ]


def _readable(data: bytes) -> Profile | None:
    try:
        return decode(data)
    except UnreadableState:
        return None


def with_all_orders(profile: Profile, store: Store) -> Profile:
    """The profile with the orders that are stored beside it."""
    if not has_older_orders(profile) or profile.purchases.is_complete:
        return profile
    older = unpack_older(store.older_orders(profile.customer))
    return profile.but(purchases=purchases.with_older(profile.purchases, older))


def read_profile(customer: str, store: Store) -> Profile:
    """The profile as currently stored."""
    return opened_profile(customer, store.begin(customer, None), store)


def current_profile(customer: str, opened: Opened, store: Store) -> Profile:
    """The same for a caller that will change it: `Moved` when it belongs to another customer."""
    profile = opened_profile(customer, opened, store)
    if profile.merged_into is not None:
        raise Moved(profile)
    return profile


def commit_of(opened: Opened, before: Profile, changed: Changed, work: UnitOfWork) -> Commit:
    """Adds the customer's next timer, if nothing happens until then."""
    decision, live, now = changed.decision, work.live, work.now
    known = before if opened.profile is not None else None
    after = timers.rescheduled(known, changed.profile, live.compiled, live.snapshot, now)
    structure = population.changes(before, after, live.compiled.rulebook, now)
    return Commit(
        customer=before.customer,
        version=opened.version,
        profile=encode(after, work.live.format),
        decision_id=decision.decision_id if decision else None,
        record=records.encode(decision, changed.inputs if work.with_inputs else None, live) if decision else None,
        deliveries=changed.deliveries,
        histogram=(*moves(before.placing, after.placing), *structure, *changed.counts),
        due=timers.next_due(after),
        keep_days=work.days(before.customer),
        older_orders=_older_orders(before, after),
        has_older_orders=has_older_orders(after),
        brief=decision is not None and live.format >= record_bytes.FORMAT and not (decision.given or decision.withheld),
    )


def _older_orders(before: Profile, after: Profile) -> bytes | None:
    """The orders to store beside the profile; None if they are as before."""
    bought: Purchases | None = after.__dict__.get("purchases")
    if bought is None or bought.beyond is None or bought is before.purchases:
        return None
    return pack_older(bought.beyond)


def thought(think: Callable[[Profile], T], have: Profile, store: Store) -> tuple[Profile, T]:
    """What thinking gives, and the profile that it began with: with all orders where it needs them."""
    try:
        return have, think(have)
    except OlderOrdersNeeded:
        have = with_all_orders(have, store)
        return have, think(have)


def run(
    work: UnitOfWork,
    customer: str,
    on: Trigger | None,
    think: Callable[[Profile], Changed],
    held: Reservations | None = None,
) -> Reply | Recorded | None:
    """Begin, think, commit. `Moved`: retry with another customer.

    `on`: what is decided on; if its id was decided on before, the reply is the first answer. `held`: what thinking
    reserves. If the store does not confirm a commit, it stays reserved: it expires by itself, and the same request
    finds it again.
    """
    decision_id = None if on is None else ids.decision_id(customer, on.id)
    for _ in attempts():
        opened = work.store.begin(customer, decision_id)
        if opened.record is not None and on is not None:
            have = None if opened.profile is None else decode(opened.profile)
            first = repeats.first_answer(records.decode(opened.record), on, have)
            if held is not None:
                held.repeated(first.decision)
            return first
        try:
            before = current_profile(customer, opened, work.store)
        except Moved:
            if held is not None:
                held.keep(())
            raise
        before, changed = thought(think, before, work.store)
        if changed.profile is before and changed.decision is None:
            return changed.reply
        if work.store.commit(commit_of(opened, before, changed, work)):
            if held is not None:
                held.committed(changed.decision, changed.withdrawn)
            return changed.reply
    if held is not None:
        held.keep(())
    raise Contended("too many concurrent changes of this customer; try again")
