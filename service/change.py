"""One customer's change: begin, think, commit; lost races begin again, a few times."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from engine import due, structure
from engine.decision import Decision, Withdrawal
from engine.errors import Contended, UnreadableState
from engine.events import is_anonymous
from engine.ports import Commit, Opened, Store
from engine.profile import Profile, decode, encode
from engine.quick import quick
from engine.tallies import Change
from engine.tiers import moves
from service import inputs
from service.inputs import Inputs
from service.live import Live
from service.records import Record
from service.reservations import Reservations

ATTEMPTS = 12
"""How often a lost race is run again. Each loss means that somebody else's commit went through."""


@quick
@dataclass(frozen=True, slots=True)
class Changed:
    """What thinking led to: the profile to be, the answer, and whether the answer is to be kept under its id.

    `counts`: the counters of the shop that move with it. `deliveries`: what the CRM system is to collect, as JSON.
    `withdrawn`: what waited and no longer may. `inputs`: what the decision was made from.
    """

    profile: Profile
    answer: Record
    decision: Decision | None = None
    counts: tuple[Change, ...] = ()
    deliveries: tuple[bytes, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()
    inputs: Inputs | None = None


@quick
@dataclass(frozen=True, slots=True)
class Keep:
    """Where profiles are kept, and what one call goes by from its beginning to its end: rulebook, snapshot, time (ms).

    The rules may be swapped meanwhile: then due times and counters must still follow from those that decided. An
    anonymous profile is forgotten after so many days without a change. Records are kept `with_inputs`, so that their
    decisions can be made again, or without.
    """

    store: Store
    anonymous_days: int
    live: Live
    now: int
    with_inputs: bool = True

    def days(self, customer: str) -> int | None:
        """How long the profile of this customer is kept without a change; None: for ever."""
        return self.anonymous_days if is_anonymous(customer) else None


class Moved(Exception):
    """This anonymous profile belongs to a known customer: go on with `frozen.merged_into`."""

    def __init__(self, frozen: Profile) -> None:
        super().__init__(f"{frozen.customer} is {frozen.merged_into}")
        self.frozen = frozen


def opened_profile(customer: str, opened: Opened, store: Store) -> Profile:
    """The profile as it is stored; for who has none a new one, which remembers that they were erased."""
    if opened.profile is not None:
        return decode(opened.profile)
    return Profile(customer, erased=store.erased_at(customer))


def opened_profiles(customers: Sequence[str], many: Sequence[Opened], store: Store) -> list[Profile | None]:
    """`opened_profile` for each, None where it cannot be read; for those who have none one question together."""
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


def read_profile(customer: str, store: Store) -> Profile:
    """The profile as it is stored at this moment."""
    return opened_profile(customer, store.begin(customer, None), store)


def current_profile(customer: str, opened: Opened, store: Store) -> Profile:
    """The same for who wants to go on with it: `Moved` when it belongs to another customer."""
    profile = opened_profile(customer, opened, store)
    if profile.merged_into is not None:
        raise Moved(profile)
    return profile


def commit_of(opened: Opened, before: Profile, changed: Changed, keep: Keep) -> Commit:
    """With the moment at which the customer is to be looked at again, if nothing happens until then."""
    decision, live, now = changed.decision, keep.live, keep.now
    known = before if opened.profile is not None else None
    after = due.rescheduled(known, changed.profile, live.compiled, live.snapshot, now)
    people = structure.changes(before, after, live.compiled.rulebook, now)
    return Commit(
        customer=before.customer,
        version=opened.version,
        profile=encode(after, keep.live.format),
        decision_id=decision.decision_id if decision else None,
        record=_record(changed, keep) if decision else None,
        deliveries=changed.deliveries,
        histogram=(*moves(before.placing, after.placing), *people, *changed.counts),
        due=due.next_due(after),
        keep_days=keep.days(before.customer),
    )


def _record(changed: Changed, keep: Keep) -> bytes:
    if changed.inputs is None or not keep.with_inputs:
        return orjson.dumps(changed.answer)
    return orjson.dumps({**changed.answer, inputs.KEY: inputs.dump(changed.inputs, keep.live.format)})


def run(
    keep: Keep,
    customer: str,
    decision_id: str | None,
    think: Callable[[Profile], Changed],
    held: Reservations | None = None,
) -> Record:
    """Begin, think, commit. An id that was answered before gets its first answer. `Moved`: ask for another customer.

    `held`: what thinking reserves. When the store does not say whether a commit went through, it stays reserved: it
    runs out by itself, and the same request finds it again.
    """
    for _ in range(ATTEMPTS):
        opened = keep.store.begin(customer, decision_id)
        if opened.record is not None:
            first: Record = orjson.loads(opened.record)
            first.pop(inputs.KEY, None)
            if held is not None:
                held.repeated(first)
            return first
        try:
            before = current_profile(customer, opened, keep.store)
        except Moved:
            if held is not None:
                held.keep(())
            raise
        changed = think(before)
        if changed.profile is before and changed.decision is None:
            return changed.answer
        if keep.store.commit(commit_of(opened, before, changed, keep)):
            if held is not None:
                held.committed(changed.decision, changed.withdrawn)
            return changed.answer
    if held is not None:
        held.keep(())
    raise Contended("this customer is asked about from many sides at once; try again")
