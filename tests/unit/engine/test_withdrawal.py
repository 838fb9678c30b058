"""What waits is withdrawn when it may no longer be said: forbidden since, no consent, no link, no such action."""

import pytest

from engine.decisioning.contacts import book
from engine.domain.decision import Decision, Withdrawal
from engine.domain.events import Event
from engine.domain.profile import Profile, apply
from engine.domain.reasons import Reason
from engine.domain.refusal import ForbiddenByRule, refused
from engine.domain.times import DAY, HOUR
from engine.domain.trigger import of_event
from tests.support.books import (
    DAYS,
    NOW,
    action,
    actions_of,
    asked,
    consent,
    decision,
    event,
    made,
    on,
    order,
    reachable,
    rule,
    who,
)

MAIL = action("mail", group="win-back", treatments=[on("email")], expires="7 days")
SERVICE = action("help", kind="service", treatments=[on("email")], expires="7 days")
TASK = action("task", kind="internal", treatments=[on("desk")], expires="7 days")
RULES = [
    rule("r-mail", "mail", trigger=["inactive", "requested"], when={"customer.orders": {"at_most": 1}}),
    rule("bought", forbid={"group": "win-back"}, trigger=["order_completed"], title="They bought"),
    rule("r-help", "help", trigger=["visited"]),
]
BOOK = made([MAIL, SERVICE, TASK], RULES)
REACHABLE = who(*reachable("email"))


def written() -> Profile:
    """A customer to whom a win-back mail is on its way."""
    decided = decision(BOOK, asked(), REACHABLE)
    assert actions_of(decided) == ["mail"]
    return book(REACHABLE, decided, BOOK.rulebook).profile


def after(happened: Event, profile: Profile, now: int = NOW + HOUR) -> Decision:
    return decision(BOOK, of_event(happened), apply(profile, happened, BOOK.counters, DAYS), now)


def only(decided: Decision) -> Withdrawal:
    (gone,) = decided.withdrawn
    return gone


def test_a_purchase_withdraws_what_was_to_win_the_customer_back() -> None:
    gone = only(after(order("o-1", NOW + HOUR), written()))
    assert (gone.action, gone.channel, gone.reason) == ("mail", "email", Reason.FORBIDDEN_BY_RULE)
    assert gone.refusal == refused(ForbiddenByRule("bought", "They bought"))


def test_what_was_withdrawn_no_longer_waits() -> None:
    profile = written()
    decided = after(order("o-1", NOW + HOUR), profile)
    assert book(profile, decided, BOOK.rulebook).profile.pending == ()


@pytest.mark.parametrize(
    ("happened", "reason"),
    [
        (consent("email", False, NOW + HOUR), Reason.NO_CONSENT),
        (event("gone", "channel_address_removed", NOW + HOUR, {"channel": "email"}), Reason.NO_REACHABLE_CHANNEL),
    ],
    ids=["no consent", "no link"],
)
def test_what_may_no_longer_be_sent_is_withdrawn(happened: Event, reason: Reason) -> None:
    assert only(after(happened, written())).reason == reason


def test_an_event_that_changes_nothing_withdraws_nothing() -> None:
    assert after(event("v", "visited", NOW + HOUR), written()).withdrawn == ()


def test_what_has_expired_is_not_withdrawn() -> None:
    assert after(order("o-1", NOW + 8 * DAY), written(), NOW + 8 * DAY).withdrawn == ()


def test_an_action_that_the_rulebook_no_longer_has_is_withdrawn() -> None:
    smaller = made([SERVICE], [rule("r-help", "help", trigger=["visited"])])
    decided = decision(smaller, asked(), written(), NOW + HOUR)
    assert only(decided).reason == Reason.ACTION_REMOVED


def test_what_was_withdrawn_makes_room_at_once() -> None:
    policy = "frequency_caps: [{at_most: 1, in: 7 days, window: rolling, channels: [email]}]"
    compiled = made(
        [MAIL, SERVICE], [*RULES[:2], rule("r-help", "help", trigger=["order_completed"])], contact_policy=policy
    )
    happened = order("o-1", NOW + HOUR)
    decided = decision(compiled, of_event(happened), apply(written(), happened, compiled.counters, DAYS), NOW + HOUR)
    assert actions_of(decided) == ["help"]
