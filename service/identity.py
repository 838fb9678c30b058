"""Identity: merging an anonymous id or another known customer into a known customer, and erasing all of them.

`aliased` and `merged` touch two profiles in two partitions, so it takes three commits, and may be interrupted after
each:

1. freeze: the other profile leaves the shop's counters and gets `merged_into`. It accepts no more additions; its
   contents stay.
2. merge: its contents are added to the known customer, together with its key in `aliases`, in one commit.
3. shrink: the other profile becomes a bare pointer.

Any call that meets a frozen profile with contents continues from there. Nothing is added twice, because the known
customer's profile is read before the frozen one: if that is not yet among its aliases and still has contents
afterwards, it was not merged before, and a merge since then makes the commit lose its race. For that a key leaves the
16 `aliases` only when its pointer is bare; such a pointer answers for another `anonymous_days`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog

from engine.decisioning import attribution, experiments
from engine.decisioning.contacts import Transition
from engine.domain.errors import Contended, InvalidInput, NotFound, Problem, UnreadableState
from engine.domain.events import Event, customer_key
from engine.domain.ids import partition
from engine.domain.profile import Pending, Profile, encode
from engine.domain.profile.apply import is_erased
from engine.domain.profile.codec import has_older_orders
from engine.domain.profile.merge import merge
from engine.domain.profile.state import ALIASES_KEPT
from engine.scheduling import transitions
from engine.value import population
from engine.value.tiers import moves
from service import change
from service.change import Changed, Moved
from service.ports import Commit, Opened
from service.unit_of_work import UnitOfWork

log = structlog.get_logger()

T = TypeVar("T")

JOIN: Final = "to join both customers, send `merged` or POST /v1/customers:merge"
"""Ends the messages about an id that `aliased` cannot take over."""
CLAIMED: Final = "aliased"
"""Under this name `newest` of a frozen profile has the time of the event that froze it."""


@dataclass(frozen=True, slots=True)
class _Parting:
    """What goes with an erased profile: its share of the counters, its aliases, and its reservations in the ledger.

    Empty for an unreadable profile: its share stays in the counters, reservations expire by themselves, and
    anonymous profiles merged into it are left to expire.
    """

    counters: Sequence[tuple[str, int]] = ()
    aliases: Sequence[str] = ()
    reserved: Sequence[Pending] = ()


class Identity:
    """Finds, joins and erases customers, within one call of the service."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self._store = work.store

    def follow(self, customer: str, do: Callable[[str], T]) -> T:
        """Run it for this customer, or for their present identity. Completes an interrupted merge first."""
        for _ in change.attempts():
            try:
                return do(customer)
            except Moved as moved:
                customer = self.finish(moved.frozen)
        raise _contended()

    def owner(self, customer: str) -> str:
        """The key of the identity: the known customer for a merged anonymous id, else the same."""
        return self._read(customer)[0].merged_into or customer

    def known(self, customer: str) -> Profile:
        """The profile of the identity. NotFound when nothing is stored."""
        return self.follow(customer, self._stored)

    def _stored(self, customer: str) -> Profile:
        opened = self._store.begin(customer, None)
        if opened.profile is None:
            raise NotFound("no such customer")
        return change.current_profile(customer, opened, self._store)

    def is_same(self, one: str, other: str) -> bool:
        """Whether two keys mean one customer."""
        return one == other or self.owner(one) == self.owner(other)

    # ---- another id belongs to a known customer ----

    def claim(self, event: Event) -> None:
        """The first step of an event that joins. InvalidInput when the other id is taken, or nobody has it."""
        key = joined_key(event)
        for _ in change.attempts():
            known, known_opened = self._read(event.customer)
            other, opened = self._read(key)
            if is_erased(known, event) or other.merged_into == known.customer:
                return
            self._refuse_taken(event, other, opened)
            if key in known.aliases:
                # Its pointer was erased or has expired, and somebody is anonymous under this id again.
                aliases = tuple(alias for alias in known.aliases if alias != key)
                self._change(known_opened, known, Transition(known.but(aliases=aliases)))
            elif self._freeze(other, event, opened):
                return
        raise _contended()

    def _refuse_taken(self, event: Event, other: Profile, opened: Opened) -> None:
        """InvalidInput for an id that belongs to another customer, or that cannot be what the event takes it for."""
        if event.type == "merged":
            if other.merged_into is not None:
                raise _taken("/properties/merged", "was merged into another customer already; merge that one instead")
            if opened.profile is None:
                raise InvalidInput((Problem("/properties/merged", "unknown", "is no known customer"),))
            return
        if other.merged_into is not None:
            raise _taken("/properties/anonymous_id", f"belongs to another customer; {JOIN}")
        known = customer_key(id=event.properties["anonymous_id"])
        if opened.profile is None and self._store.begin(known, None).profile is not None:
            raise _taken("/properties/anonymous_id", f"is the id of a known customer; {JOIN}")

    def joined(self, known: Profile, key: str) -> Transition:
        """The second step: `known`, read just before, with what is stored under the other key.

        Skips what is older than the erasure of the known customer.
        """
        other, _ = self._read(key)
        if other.merged_into != known.customer or key in known.aliases:
            return Transition(known)
        if len(known.aliases) >= ALIASES_KEPT:
            self._shrink(known.aliases[0], known.customer, self.work.days(known.aliases[0]))
        compiled = self.work.live.compiled
        more = _to_add(change.with_all_orders(other, self._store), known)
        both = merge(known, more, compiled.counters, compiled.rulebook.shop.days)
        merged = Transition(both, attribution.credited_twice(known, more))
        return merged.then(experiments.recount(known, merged.profile, compiled.rulebook))

    def complete(self, key: str) -> None:
        """The last step: the merged profile shrinks to a pointer. Idempotent."""
        profile, _ = self._read(key)
        if profile.merged_into is not None:
            self.finish(profile)

    def finish(self, frozen: Profile) -> str:
        """Completes an interrupted merge; returns the key to continue with.

        If the known customer was erased since, the anonymous one is a stranger again, with nothing stored.
        """
        key, owner = frozen.customer, frozen.merged_into or frozen.customer
        if is_bare(frozen):
            return owner
        for _ in change.attempts():
            known, opened = self._read(owner)
            if key in known.aliases:
                self._shrink(key, owner, None)
                return owner
            if known.erased and frozen.newest[CLAIMED] <= known.erased:
                self._erase_alias(key, owner, known.erased)
                return key
            known = change.with_all_orders(known, self._store)
            transition = self.joined(known, key)
            if transition.profile is known:
                return key  # changed meanwhile: retry
            self._change(opened, known, transition)
        raise _contended()

    # ---- erasure ----

    def erase(self, customer: str) -> None:
        """Erase all data of a customer and of their anonymous ids. NotFound when there is none.

        After an interruption, repeat the call: the id that it names goes last.
        """
        try:
            owner = self.follow(customer, lambda who: self._erase(who, customer))
        except NotFound:
            owner = self.owner(customer)
            if owner == customer:
                raise
        if owner != customer:
            self._erase_alias(customer, owner, self.work.now)

    def _erase(self, customer: str, named: str) -> str:
        for _ in change.attempts():
            opened, now = self._store.begin(customer, None), self.work.now
            if opened.profile is None:
                raise NotFound("no such customer")
            try:
                parting = self._parting(change.current_profile(customer, opened, self._store), now)
            except UnreadableState as error:
                log.warning("erasing-unreadable", partition=partition(customer), why=str(error))
                parting = _Parting()
            for alias in parting.aliases:
                if alias != named:
                    self._erase_alias(alias, customer, now, parting.aliases)
            if self._store.erase(customer, parting.counters, opened.version, now):
                for waiting in parting.reserved:
                    self._store.ledger.withdraw(waiting.action, waiting.recommendation_id)
                return customer
        raise _contended()

    def _parting(self, profile: Profile, now: int) -> "_Parting":
        """What goes with a profile."""
        gone = population.changes(profile, None, self.work.book, now)
        return _Parting(
            counters=(*moves(profile.placing, None), *gone, *experiments.removed(profile)),
            aliases=profile.aliases,
            reserved=tuple(waiting for waiting in profile.pending if waiting.reserved),
        )

    def _erase_alias(self, key: str, owner: str, at: int, others: Sequence[str] = ()) -> None:
        """Erases an id of the owner, or of one of `others` who were merged into the owner themselves.

        An unreadable alias goes too: its present owner is unknown, and it is of no use to them.
        """
        for _ in change.attempts():
            opened = self._store.begin(key, None)
            try:
                merged_into = change.opened_profile(key, opened, self._store).merged_into
            except UnreadableState:
                merged_into = owner
            is_theirs = opened.profile is None or merged_into in (owner, *others)
            if not is_theirs or self._store.erase(key, (), opened.version, at):
                return
        raise _contended()

    # ---- the store ----

    def _read(self, customer: str) -> tuple[Profile, Opened]:
        opened = self._store.begin(customer, None)
        return change.opened_profile(customer, opened, self._store), opened

    def _change(self, opened: Opened, before: Profile, transition: Transition) -> bool:
        live = self.work.live
        settled = transitions.settled(before, transition.profile, live.compiled, live.snapshot)
        changed = Changed(settled, None, counts=transition.counts)
        return self._store.commit(change.commit_of(opened, before, changed, self.work))

    def _freeze(self, profile: Profile, event: Event, opened: Opened) -> bool:
        """It is not bare, even if there was nothing: so the known customer is sure to be updated."""
        frozen = profile.but(
            merged_into=event.customer,
            newest={**profile.newest, CLAIMED: event.time},
            placing=None,
            experiments={},
        )
        days = self.work.days(profile.customer)
        return self._store.commit(
            Commit(
                profile.customer,
                opened.version,
                encode(frozen, self.work.live.format),
                keep_days=days,
                histogram=tuple(self._parting(profile, self.work.now).counters),
                has_older_orders=has_older_orders(profile),
            )
        )

    def _shrink(self, key: str, owner: str, days: int | None) -> None:
        for _ in change.attempts():
            profile, opened = self._read(key)
            if profile.merged_into != owner or (days is None and is_bare(profile)):
                return
            bare = encode(pointer(profile), self.work.live.format)
            older = b"" if has_older_orders(profile) else None
            if self._store.commit(Commit(key, opened.version, bare, keep_days=days, older_orders=older)):
                return
        raise _contended()


def joined_key(event: Event) -> str:
    """The key of the other customer that an event joins with its own."""
    if event.type == "merged":
        return str(event.properties["merged"])
    return customer_key(anonymous_id=event.properties["anonymous_id"])


def _taken(pointer: str, message: str) -> InvalidInput:
    return InvalidInput((Problem(pointer, "id-taken", message),))


def pointer(frozen: Profile) -> Profile:
    """The rest of a merged anonymous profile: where to continue, and what not to merge."""
    return Profile(frozen.customer, merged_into=frozen.merged_into, erased=frozen.erased)


def is_bare(frozen: Profile) -> bool:
    """Whether only the pointer is left."""
    return frozen == pointer(frozen)


def _to_add(frozen: Profile, known: Profile) -> Profile:
    """The contribution of a frozen profile: nothing where the known customer was erased after its last event."""
    if known.erased and (frozen.last_seen or 0) <= known.erased:
        return pointer(frozen)
    return frozen.but(newest={name: at for name, at in frozen.newest.items() if name != CLAIMED})


def keys_of(profile: Profile) -> Sequence[str]:
    """All keys that may hold data of this customer."""
    return (profile.customer, *profile.aliases)


def _contended() -> Contended:
    return Contended("too many concurrent changes of this customer; try again")
