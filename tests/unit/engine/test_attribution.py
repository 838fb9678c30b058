"""Which recommendation an order is the conversion of, once, and what is taken back when goods come back."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisioning import attribution, contacts
from engine.decisioning.contacts import Recommended, Transition
from engine.domain.events import Event
from engine.domain.profile import Profile, apply, decode, encode
from engine.domain.profile.codec import FORMAT
from engine.domain.profile.state import CREDITS_KEPT, Contact, Pending, Shown
from engine.domain.times import DAY, HOUR
from tests.support.books import CUSTOMER, DAYS, NOW, action, book, event, order, rule
from tests.support.histories import histories

PRICED = {"cost": {"per_contact": "0.10 EUR", "per_acceptance": "2 EUR"}}
RULES = book(
    [action("a", **PRICED), action("b"), action("c")],
    [rule("r-a", "a"), rule("r-b", "b"), rule("r-c", "c")],
    measurement="attribution: {window: 14 days}",
)


def shown(name: str, at: int = NOW - DAY, answer: str = "", answered: int = 0) -> Shown:
    return Shown(f"r-{name}", name, "web", at, at + 5 * DAY, answer, answered)


def pending(name: str) -> Pending:
    return Pending(f"r-{name}", name, f"rule-{name}", "web", "home.banner", NOW - DAY, NOW + DAY)


def somebody(*ones: Shown, waiting: Sequence[Pending] = ()) -> Profile:
    return Profile(CUSTOMER, shown=ones, pending=tuple(waiting), tier="gold")


def happened(profile: Profile, happening: Event) -> Transition:
    return attribution.credit(profile, apply(profile, happening, {}, DAYS), happening, RULES)


def after(profile: Profile, *events: Event) -> tuple[Profile, dict[str, int]]:
    """The profile after all, and the counters that have moved."""
    counts: dict[str, int] = {}
    for one in events:
        transition = happened(profile, one)
        profile = transition.profile
        for name, change in transition.counts:
            assert change
            counts[name] = counts.get(name, 0) + change
    return profile, counts


def credited(profile: Profile, happening: Event) -> str | None:
    """The action that an order is credited to."""
    return next((one.action for one in happened(profile, happening).profile.credits.values()), None)


def came_back(amount: int, number: int = 1) -> Event:
    return event(f"back-{number}", "order_returned", NOW + number * DAY, {"order_id": "o1", "amount": amount})


CANCELLED = event("off", "order_cancelled", NOW + DAY, {"order_id": "o1"})


def test_an_order_counts_for_what_was_shown_last_before_it() -> None:
    last = [shown("a", NOW - 3 * DAY), shown("b", NOW - 2 * DAY), shown("c", NOW + HOUR)]
    assert credited(somebody(*last), order("o1")) == "b"


def test_what_was_accepted_or_clicked_counts_from_then_on() -> None:
    for answer in ("accept", "click"):
        earlier = shown("a", NOW - 3 * DAY, answer, NOW - DAY)
        assert credited(somebody(earlier, shown("b", NOW - 2 * DAY)), order("o1")) == "a"


def test_an_answer_after_the_order_does_not_take_the_contact_before_it_away() -> None:
    assert credited(somebody(shown("a", answer="accept", answered=NOW + HOUR)), order("o1")) == "a"


def test_when_it_was_found_to_be_ignored_does_not_make_a_contact_younger() -> None:
    ignored = shown("a", NOW - 13 * DAY, "ignore", NOW - HOUR)
    assert credited(somebody(ignored, shown("b", NOW - 2 * DAY)), order("o1")) == "b"
    assert credited(somebody(ignored), order("o1", NOW + 2 * DAY)) is None


@pytest.mark.parametrize("answer", ["reject", "undo"])
def test_what_was_refused_brings_no_order(answer: str) -> None:
    assert credited(somebody(shown("a", answer=answer, answered=NOW - HOUR)), order("o1")) is None


@pytest.mark.parametrize(("ago", "counts"), [(14 * DAY, True), (14 * DAY + 1, False), (0, True), (-1, False)])
def test_an_order_counts_within_the_window_that_the_file_names(ago: int, counts: bool) -> None:
    assert (credited(somebody(shown("a", NOW - ago)), order("o1")) == "a") is counts


def test_of_two_at_one_moment_the_later_contact_counts() -> None:
    assert credited(somebody(shown("a"), shown("b")), order("o1")) == "b"


def test_the_first_named_that_is_known_counts_whatever_was_shown_last() -> None:
    known = somebody(shown("a", NOW - 90 * DAY, "reject", NOW - 80 * DAY), shown("b"), waiting=[pending("c")])
    assert credited(known, order("o1", NOW, 100, recommendation_ids=("r-x", "r-a", "r-c"))) == "a"
    assert credited(known, order("o1", NOW, 100, recommendation_ids=("r-c", "r-a"))) == "c"


def test_an_order_that_names_only_unknown_ones_counts_for_the_last_shown() -> None:
    assert credited(somebody(shown("a")), order("o1", NOW, 100, recommendation_ids=("r-x",))) == "a"


def test_a_conversion_moves_the_counters_of_the_customers_tier() -> None:
    _, counts = after(somebody(shown("a")), order("o1", NOW, 5_000))
    assert counts == {
        "a:converted:a:gold": 1,
        "a:revenue:a:gold": 5_000,
        "a:accepted:a:gold": 1,
        "a:cost:a:gold": 200,
    }


def test_an_acceptance_that_was_told_before_does_not_count_again() -> None:
    told = contacts.accepted(somebody(shown("a")), Recommended("r-a", "a", "", "web", None), RULES)
    _, counts = after(told.profile, order("o1"))
    assert counts == {"a:converted:a:gold": 1, "a:revenue:a:gold": 5_000}


def test_a_conversion_is_the_latest_outcome_but_no_contact() -> None:
    profile, _ = after(somebody(waiting=[pending("a")]), order("o1", NOW, 1, recommendation_ids=("r-a",)))
    assert profile.contacts == {"a": Contact({}, "convert", NOW)}
    assert profile.pending == ()
    profile, _ = after(somebody(shown("a")), order("o1"))
    assert (profile.shown[0].answer, profile.shown[0].answered) == ("accept", NOW)


def test_the_same_order_under_another_event_id_counts_once() -> None:
    again = replace(order("o1", NOW + DAY, 9_000), id="another")
    assert after(somebody(shown("a")), order("o1"), again, order("o1"))[1]["a:converted:a:gold"] == 1


def test_two_orders_are_two_conversions() -> None:
    assert after(somebody(shown("a")), order("o1"), order("o2", NOW + HOUR))[1]["a:converted:a:gold"] == 2


def test_events_about_no_order_change_nothing() -> None:
    profile = somebody(shown("a"))
    visited = event("v", "visited", NOW, {"surface": "web"})
    changed = apply(profile, visited, {}, DAYS)
    assert attribution.credit(profile, changed, visited, RULES) == Transition(changed)


# ---- what comes back ----


def test_returns_take_back_revenue_but_not_the_conversion() -> None:
    _, counts = after(somebody(shown("b")), order("o1", NOW, 5_000), came_back(2_000), came_back(500, 2))
    assert (counts["a:converted:b:gold"], counts["a:revenue:b:gold"]) == (1, 2_500)


def test_no_more_comes_back_than_the_order_brought() -> None:
    profile, counts = after(somebody(shown("b")), order("o1", NOW, 5_000), came_back(4_000), came_back(4_000, 2))
    assert counts["a:revenue:b:gold"] == 0
    assert profile.credits == {}


def test_a_return_that_arrives_before_its_order_is_taken_off_it() -> None:
    _, counts = after(somebody(shown("b")), came_back(2_000), order("o1", NOW, 5_000))
    assert counts["a:revenue:b:gold"] == 3_000


def test_a_cancelled_order_was_no_conversion() -> None:
    profile, counts = after(somebody(shown("b")), order("o1"), came_back(2_000), CANCELLED, came_back(9, 2))
    assert {name: count for name, count in counts.items() if count} == {}
    assert profile.credits == {}


def test_an_order_that_was_cancelled_before_it_arrived_is_no_conversion() -> None:
    assert after(somebody(shown("b")), CANCELLED, order("o1"))[1] == {}


def test_what_is_taken_back_goes_to_the_tier_of_the_order() -> None:
    bought, _ = after(somebody(shown("b")), order("o1", NOW, 5_000))
    transition = happened(bought.but(tier="bronze"), came_back(2_000))
    assert transition.counts == (("a:revenue:b:gold", -2_000),)


# ---- laws ----


def test_no_more_credits_are_kept_than_a_profile_holds() -> None:
    orders = [order(f"o{n}", NOW + n) for n in range(CREDITS_KEPT + 3)]
    profile, counts = after(somebody(shown("b")), *orders)
    keys = [attribution.order_key(one) for one in orders[-CREDITS_KEPT:]]
    assert list(profile.credits) == keys
    assert counts["a:converted:b:gold"] == CREDITS_KEPT + 3


def test_credits_survive_storing() -> None:
    profile, _ = after(somebody(shown("a")), order("o1"))
    stored = decode(encode(profile, FORMAT))
    assert profile.credits
    assert (stored.credits, stored.shown) == (profile.credits, profile.shown)


ORDERS = ("order_completed", "order_completed", "order_returned", "order_cancelled", "visited")


@settings(max_examples=200, deadline=None)
@given(histories(ORDERS, most=24), st.data())
def test_conversions_and_revenue_equal_a_recount_of_the_credits(events: Sequence[Event], data: st.DataObject) -> None:
    ones = [shown(name, min((e.time for e in events), default=NOW) + n) for n, name in enumerate("abc")]
    profile, counts = somebody(*ones), dict[str, int]()
    for one in events:
        profile = profile.but(tier=data.draw(st.sampled_from(("gold", "bronze"))))
        again = data.draw(st.booleans())
        for _ in range(1 + again):
            profile, moved = after(profile, one)
            for name, change in moved.items():
                counts[name] = counts.get(name, 0) + change
    told = {name: n for name, n in counts.items() if n and name.split(":")[1] in ("converted", "revenue")}
    recounted: dict[str, int] = {}
    for credit in profile.credits.values():
        for what, amount in (("converted", 1), ("revenue", credit.amount)):
            name = f"a:{what}:{credit.action}:{credit.tier}"
            recounted[name] = recounted.get(name, 0) + amount
    assert told == {name: n for name, n in recounted.items() if n}
    assert all(credit.amount >= 0 for credit in profile.credits.values())
