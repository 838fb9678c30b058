"""A call goes by one rulebook from its beginning to its end, whatever is swapped meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.compiled.rulebook import Compiled
from engine.domain.events import Event, Outcome
from engine.domain.profile import Profile
from engine.domain.times import DAY
from engine.value.tiers import Snapshot
from service.live import Live
from service.replies import Recorded
from tests.support.books import CUSTOMER, DAYS, NOW, action, event, made, on, order, reachable, rule
from tests.support.bound_service import BoundService as Service
from tests.support.services import Shop, recommendations, request


def versioned(version: int) -> Compiled:
    """Rule, action and what is overdue all tell the version."""
    mail = action(f"mail-{version}", treatments=[on("email")], kind="service")
    asked = rule(f"r-{version}", f"mail-{version}", trigger=["requested", "order_completed"])
    silent = {"customer.days_since_last_order": {"at_least": 10 * version}}
    return made([mail], [asked, rule(f"q-{version}", f"mail-{version}", trigger=["inactive"], when=silent)])


class Swapping:
    """Gives another rulebook each time it is asked."""

    def __init__(self) -> None:
        self.lives = [Live(versioned(version), Snapshot()) for version in (1, 2)]
        self.asked = 0

    def __call__(self) -> Live:
        self.asked += 1
        return self.lives[self.asked % 2]


def aliased() -> Event:
    return event("al", "aliased", NOW, {"anonymous_id": "a-1"})


CALLS: dict[str, Callable[[Service], Any]] = {
    "event": lambda service: service.handle_event(order("o9", NOW)),
    "events": lambda service: service.handle_events([order("o8", NOW), event("v", "visited", NOW, {"surface": "web"})]),
    "aliased": lambda service: service.handle_event(aliased()),
    "request": lambda service: service.handle_request(request()),
    "dry run": lambda service: service.handle_request(request(dry_run=True)),
    "due": lambda service: service.handle_due(CUSTOMER),
    "reschedule": lambda service: service.reschedule(CUSTOMER),
    "outcomes": lambda service: service.record_outcomes([Outcome("r-x", "click")] * 3),
    "customer": lambda service: service.customer(CUSTOMER),
    "export": lambda service: service.export(CUSTOMER),
    "erase": lambda service: service.erase(CUSTOMER),
    "snapshot": lambda service: service.take_snapshot(),
    "status": lambda service: service.status(),
}


@pytest.mark.parametrize("call", CALLS)
def test_each_call_takes_the_rulebook_once(call: str) -> None:
    shop, swapping = Shop(versioned(1)), Swapping()
    shop.service.handle_events([*reachable("email"), order("o1", NOW - 30 * DAY)])
    CALLS[call](Service(shop.store, swapping, lambda: NOW))
    assert swapping.asked == 1


def test_who_gives_the_rulebook_is_answered_by_that_one() -> None:
    shop, swapping = Shop(versioned(1)), Swapping()
    service = Service(shop.store, swapping, lambda: NOW)
    for version, live in enumerate(swapping.lives, 1):
        shop.service.handle_events([e.of(f"c/{version}") for e in reachable("email")])
        answer = service.handle_request(request(customer=f"c/{version}"), live)
        assert answer.decision.rulebook == live.compiled.rulebook.revision
        assert {one.action for one in recommendations(answer)} == {f"mail-{version}"}
        assert {one["rule"] for one in service.explained(answer.decision, live=live)["rules"]} == {f"r-{version}"}


@pytest.mark.parametrize("version", [1, 2])
def test_the_due_time_that_is_stored_follows_from_the_rulebook_that_decided(version: int) -> None:
    shop, swapping = Shop(versioned(1)), Swapping()
    service = Service(shop.store, swapping, lambda: NOW)
    for event_ in [*reachable("email"), order("o1", NOW)]:
        service.handle_event(event_, swapping.lives[version - 1])
    profile = shop.profile()
    assert isinstance(profile, Profile)
    assert profile.inactive_at == DAYS.start(DAYS.of(NOW) + 10 * version)


def test_what_waits_of_an_action_that_is_gone_is_not_shown_again_and_its_outcome_is_taken() -> None:
    first, second = Swapping().lives
    shop = Shop(first.compiled)
    shop.service.handle_events(reachable("email"))
    before = shop.service.handle_request(request(id="1"))
    shop.live = second
    after = shop.service.handle_request(request(id="2"))
    assert {one.action for one in recommendations(after)} == {"mail-2"}
    (given,) = recommendations(before)
    (told,) = shop.service.record_outcomes([Outcome(given.recommendation_id, "click")])
    assert told == Recorded(given.recommendation_id, "click")
