"""One customer's change: begin, think, commit; lost races begin again, a few times."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from engine import contacts
from engine.decision import Decision
from engine.errors import Contended
from engine.ports import Commit, Opened, Store
from engine.profile import Profile, decode, encode
from engine.tallies import Change
from engine.tiers import moves, place, tier_of
from service.live import Live
from service.records import Record, of_decision
from service.views import without

ATTEMPTS = 12
"""How often a lost race is run again. Each loss means that somebody else's commit went through."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What thinking led to: the profile to be, the answer, and whether the answer is to be kept under its id.

    `counts`: the counters of the shop that move with it.
    """

    profile: Profile
    answer: Record
    decision: Decision | None = None
    counts: tuple[Change, ...] = ()


def opened_profile(customer: str, opened: Opened) -> Profile:
    return decode(opened.profile) if opened.profile is not None else Profile(customer)


def settled(before: Profile, after: Profile, live: Live) -> Profile:
    """The profile with its place in the histograms and its tier brought up to date."""
    tiers = live.compiled.rulebook.tiers
    if after.purchases is not before.purchases or after.links is not before.links:
        after = after.but(placing=place(after, tiers, live.snapshot))
    tier = tier_of(after, tiers, live.snapshot)
    return after if tier == after.tier else after.but(tier=tier)


def commit_of(opened: Opened, before: Profile, changed: Changed) -> Commit:
    decision = changed.decision
    return Commit(
        customer=before.customer,
        version=opened.version,
        profile=encode(changed.profile),
        decision_id=decision.decision_id if decision else None,
        record=orjson.dumps(changed.answer) if decision else None,
        deliveries=tuple(_deliveries(changed.answer)) if decision else (),
        histogram=(*moves(before.placing, changed.profile.placing), *changed.counts),
    )


NOT_DELIVERED = ("rank", "serves", "score", "score_parts", "scope")
"""What of a recommendation the sender of it has no use for."""


def _deliveries(answer: Record) -> list[bytes]:
    """Outbound recommendations, as the CRM system collects them."""
    head = {"type": "deliver", "customer": answer["customer"], "decision_id": answer["decision_id"]}
    return [
        orjson.dumps(head | without(given, NOT_DELIVERED))
        for result in answer["results"]
        if result["placement"] is None
        for given in result["recommendations"]
    ]


def run(
    store: Store,
    customer: str,
    decision_id: str | None,
    think: Callable[[Profile], Changed],
) -> Record:
    """Begin, think, commit. An id that was answered before gets its first answer."""
    for _ in range(ATTEMPTS):
        opened = store.begin(customer, decision_id)
        if opened.record is not None:
            first: Record = orjson.loads(opened.record)
            return first
        before = opened_profile(customer, opened)
        changed = think(before)
        if changed.profile is before and changed.decision is None:
            return changed.answer
        if store.commit(commit_of(opened, before, changed)):
            return changed.answer
    raise Contended("this customer is asked about from many sides at once; try again")


def decided(profile: Profile, decision: Decision, live: Live, counts: tuple[Change, ...] = ()) -> Changed:
    """The change that a decision makes: its recommendations wait in the profile, its record is kept."""
    noted = contacts.book(profile, decision, live.compiled.rulebook)
    return Changed(noted.profile, of_decision(decision), decision, (*counts, *noted.counts))
