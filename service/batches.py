"""Many events at once: those that are only stored are read and written in two round trips for all their customers."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from engine.errors import PatronError
from engine.events import NONE, Event
from engine.ports import Commit, Store
from service import change, deciding, reservations
from service.change import Changed
from service.live import Live
from service.records import Record

T = TypeVar("T")
Handle = Callable[[Event], Record]
Answers = list[Record | PatronError]


def handle(events: Sequence[Event], store: Store, live: Live, now: int, one: Handle) -> Answers:
    """An answer per event, in their order. What needs more than its customer's profile goes the single way.

    So does what comes after it for the same customer: a decision must not know what came later.
    """
    answers: dict[int, Record | PatronError] = {}
    by_customer: dict[str, list[int]] = {}
    single: set[str] = set()
    for at, event in enumerate(events):
        if _is_single(event):
            single.add(event.customer)
        elif event.customer not in single:
            by_customer.setdefault(event.customer, []).append(at)
    done = _store_all(events, by_customer, store, live, now)
    for at, event in enumerate(events):
        answers[at] = (
            {"event_id": event.id, "stored": True}
            if event.customer in done and at in done[event.customer]
            else tried(one, event)
        )
    return [answers[at] for at in range(len(events))]


def _is_single(event: Event) -> bool:
    """It is decided on, or touches other profiles, or tells of recommendations."""
    return (
        event.decide != NONE or event.type in ("outcome", "aliased") or bool(event.properties.get("recommendation_ids"))
    )


def tried(one: Callable[[T], Record], item: T) -> Record | PatronError:
    """The answer to one of many: a refusal is an answer, too."""
    try:
        return one(item)
    except PatronError as error:
        return error


def _store_all(
    events: Sequence[Event], by_customer: Mapping[str, list[int]], store: Store, live: Live, now: int
) -> Mapping[str, frozenset[int]]:
    """Which events (by position) are stored now; a customer whose race was lost is left to the single way."""
    customers = list(by_customer)
    if not customers:
        return {}
    changes: list[Changed] = []
    commits: list[Commit] = []
    done: dict[str, frozenset[int]] = {}
    for customer, opened in zip(customers, store.begin_many([(c, None) for c in customers]), strict=True):
        before = change.opened_profile(customer, opened)
        changed = deciding.stored_only(before, [events[at] for at in by_customer[customer]], live, now)
        if changed.profile is before:
            done[customer] = frozenset(by_customer[customer])
            continue
        commits.append(change.commit_of(opened, before, changed))
        changes.append(changed)
    for changed, went in zip(changes, store.commit_many(commits), strict=True):
        if went:
            done[changed.profile.customer] = frozenset(by_customer[changed.profile.customer])
            reservations.give_back(store.ledger, changed.withdrawn)
    return done
