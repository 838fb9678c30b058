"""Merging two profiles: what is on purpose not as if all had been told about one, and what is bounded."""

from dataclasses import fields, replace

import pytest

from engine.domain.profile import (
    Contact,
    Credit,
    Experiment,
    Pending,
    Placing,
    Profile,
    Retry,
    Shown,
    Wait,
    apply,
    decode,
    encode,
)
from engine.domain.profile.codec import FORMAT
from engine.domain.profile.merge import merge
from engine.domain.profile.seen import was_seen
from engine.domain.profile.state import (
    ALIASES_KEPT,
    DAYS_KEPT,
    ORDERS_KEPT,
    PENDING_KEPT,
    SEEN_KEPT,
    SHOWN_KEPT,
    TOUCHES_KEPT,
)
from engine.domain.times import DAY
from tests.support.books import CUSTOMER, DAYS, NOW, consent, days_ago, event, order, who

ANONYMOUS = "a/cookie"


def merged(known: Profile, anonymous: Profile) -> Profile:
    return merge(known, anonymous, {}, DAYS)


# ---- consents: the strictest wins ----


def granted(profile: Profile) -> bool:
    return profile.consents["email"]["marketing"][1]


@pytest.mark.parametrize("refused_at", [days_ago(300), days_ago(200), days_ago(100)])
def test_a_refusal_under_either_id_stays_whatever_its_time(refused_at: int) -> None:
    yes, no = who(consent("email", at=days_ago(200))), who(consent("email", False, at=refused_at))
    assert not granted(merged(yes, no))
    assert not granted(merged(no, yes))


def test_a_consent_that_is_given_after_the_merge_counts() -> None:
    both = merged(who(consent("email", at=days_ago(200))), who(consent("email", False, at=days_ago(300))))
    assert granted(apply(both, replace(consent("email", at=days_ago(1)), id="later"), {}, DAYS))


def test_a_consent_that_is_older_than_the_known_one_does_not_lift_a_refusal() -> None:
    both = merged(who(consent("email", at=days_ago(200))), who(consent("email", False, at=days_ago(300))))
    late = replace(consent("email", at=days_ago(250)), id="late")
    assert not granted(apply(both, late, {}, DAYS))


def test_a_consent_under_one_id_alone_stays_as_it_is() -> None:
    assert granted(merged(Profile(CUSTOMER), who(consent("email"))))
    assert merged(who(consent("email")), Profile(ANONYMOUS)).consents == who(consent("email")).consents


def test_purposes_of_both_are_kept() -> None:
    both = merged(who(consent("email", purpose="service")), who(consent("email", False)))
    assert {purpose: yes for purpose, (_, yes) in both.consents["email"].items()} == {
        "service": True,
        "marketing": False,
    }


# ---- purchases ----


def test_a_day_on_which_both_bought_is_one_purchase() -> None:
    both = merged(who(order("o1", NOW - DAY, 1_000)), who(order("o2", NOW - DAY, 2_000), order("o3", NOW, 500)))
    bought = both.purchases
    assert (bought.order_count, bought.days_bought, bought.spend) == (3, 2, 3_500)
    assert (bought.first_time, bought.last_time) == (NOW - DAY, NOW)


def test_an_order_told_about_both_counts_once_with_its_return() -> None:
    back = event("r", "order_returned", NOW, {"order_id": "o1", "amount": 300})
    both = merged(who(order("o1", NOW - DAY, 1_000), back), who(order("o1", NOW - DAY, 1_000), back))
    assert both.purchases == who(order("o1", NOW - DAY, 1_000), back).purchases


def test_an_order_of_one_that_was_cancelled_under_the_other_is_cancelled() -> None:
    cancelled = event("x", "order_cancelled", NOW, {"order_id": "o1"})
    for known, other in (((order("o1"),), (cancelled,)), ((cancelled,), (order("o1"),))):
        bought = merged(who(*known), who(*other)).purchases
        assert (bought.order_count, bought.days_bought, bought.spend) == (0, 0, 0)


def test_what_has_no_purchases_leaves_those_of_the_other_as_they_are() -> None:
    bought = decode(encode(who(order("o1")), FORMAT))
    assert merged(bought, Profile(ANONYMOUS)).purchases is bought.purchases
    assert merged(Profile(CUSTOMER), bought).purchases is bought.purchases


# ---- what was said ----


def test_contacts_add_up_and_the_newest_outcome_counts() -> None:
    mine = Contact({"email": (NOW - 3, NOW - 1), "web": (NOW,)}, "click", NOW - 1, {"ignore": (NOW - 5,)})
    theirs = Contact({"email": (NOW - 2,)}, "reject", NOW - 2, {"ignore": (NOW - 6,), "reject": (NOW - 2,)})
    both = merged(
        Profile(CUSTOMER, contacts={"hello": mine}), Profile(ANONYMOUS, contacts={"hello": theirs, "bye": theirs})
    )
    assert both.contacts == {
        "hello": Contact(
            {"email": (NOW - 3, NOW - 2, NOW - 1), "web": (NOW,)},
            "click",
            NOW - 1,
            {"ignore": (NOW - 6, NOW - 5), "reject": (NOW - 2,)},
        ),
        "bye": theirs,
    }


def test_the_newest_contacts_of_both_are_kept() -> None:
    mine, theirs = tuple(range(1, 60, 2)), tuple(range(2, 61, 2))
    both = merged(
        Profile(CUSTOMER, contacts={"hello": Contact({"email": mine})}),
        Profile(ANONYMOUS, contacts={"hello": Contact({"email": theirs})}),
    )
    assert both.contacts["hello"].touches == {"email": tuple(range(61 - TOUCHES_KEPT, 61))}


def waits(number: int, decided: int) -> Pending:
    return Pending(f"r-{number}", "hello", "rule", "email", None, decided, NOW + DAY)


def was_shown(number: int, at: int) -> Shown:
    return Shown(f"r-{number}", "hello", "email", at, NOW + DAY)


def test_what_waits_and_what_was_shown_is_that_of_both_the_newest_last() -> None:
    known = Profile(CUSTOMER, pending=(waits(1, 10), waits(3, 30)), shown=(was_shown(1, 10), was_shown(3, 30)))
    both = merged(known, Profile(ANONYMOUS, pending=(waits(2, 20),), shown=(was_shown(2, 20),)))
    assert [p.recommendation_id for p in both.pending] == ["r-1", "r-2", "r-3"]
    assert [s.recommendation_id for s in both.shown] == ["r-1", "r-2", "r-3"]


def test_what_a_rule_has_done_once_is_told_by_the_known_id() -> None:
    both = merged(Profile(CUSTOMER, once={"a": "1"}), Profile(ANONYMOUS, once={"a": "2", "b": "3"}))
    assert both.once == {"a": "1", "b": "3"}


def test_somebody_is_looked_at_again_at_the_earlier_of_two_times() -> None:
    known = Profile(CUSTOMER, retries=(Retry(30, "requested", 90), Retry(40, "visited", 90)))
    both = merged(known, Profile(ANONYMOUS, retries=(Retry(20, "requested", 80),)))
    assert both.retries == (Retry(20, "requested", 80), Retry(40, "visited", 90))


def test_what_is_waited_for_is_that_of_both_the_earliest_first() -> None:
    both = merged(Profile(CUSTOMER, waits=(Wait(9, "a"),)), Profile(ANONYMOUS, waits=(Wait(5, "a"), Wait(9, "a"))))
    assert both.waits == (Wait(5, "a"), Wait(9, "a"))


# ---- who they are ----


def test_tier_place_and_trials_are_those_of_the_known_id() -> None:
    placing = Placing(1, 2, 3, 4, 5, 6)
    known = Profile(CUSTOMER, tier="gold", placing=placing, experiments={"*": Experiment(NOW, True)})
    both = merged(known, Profile(ANONYMOUS, experiments={"*": Experiment(NOW, False), "hello": Experiment(NOW, False)}))
    assert (both.customer, both.tier, both.placing, both.experiments) == (CUSTOMER, "gold", placing, known.experiments)
    assert both.merged_into is None


def test_the_erasure_of_an_anonymous_id_is_not_one_of_the_known_customer() -> None:
    assert merged(Profile(CUSTOMER, erased=5), Profile(ANONYMOUS, erased=7)).erased == 5


def test_the_last_to_be_merged_is_the_newest_alias() -> None:
    known = Profile(CUSTOMER, aliases=tuple(f"a/{n}" for n in range(ALIASES_KEPT)))
    assert merged(known, Profile(ANONYMOUS)).aliases == (*known.aliases[1:], ANONYMOUS)
    assert merged(known, Profile("a/3")).aliases == (*(a for a in known.aliases if a != "a/3"), "a/3")


def test_credits_are_those_of_both_once_per_order() -> None:
    mine, theirs = Credit("r-1", "hello", "gold", 500), Credit("r-2", "bye", "none", 500)
    both = merged(Profile(CUSTOMER, credits={"o1": mine}), Profile(ANONYMOUS, credits={"o1": theirs, "o2": theirs}))
    assert both.credits == {"o1": mine, "o2": theirs}


def test_events_of_both_are_recognised_when_they_are_sent_again() -> None:
    many = [event(f"e{n}", "visited", NOW, {"surface": "web"}) for n in range(2 * SEEN_KEPT)]
    mine, theirs = who(*many[:SEEN_KEPT]), who(*many[SEEN_KEPT:])
    both = merged(mine, theirs)
    assert len(both.seen) == 6 * SEEN_KEPT
    for profile in (mine, theirs):
        newest = profile.seen[-6 * 32 :]
        assert all(was_seen(both, newest[at : at + 6]) for at in range(0, len(newest), 6))


# ---- bounded ----


def everything(customer: str, shift: int) -> Profile:
    """A profile in which everything that is bounded is full."""
    events = [order(f"{customer}-{n}", NOW - (200 - 2 * n + shift) * DAY, 100) for n in range(DAYS_KEPT)]
    return who(*events, customer=customer).but(
        pending=tuple(waits(n, 2 * n + shift) for n in range(PENDING_KEPT)),
        shown=tuple(was_shown(n, 2 * n + shift) for n in range(SHOWN_KEPT)),
        channels={f"{customer}-{n}": NOW - 2 * n - shift for n in range(16)},
        credits={f"{customer}-{n}": Credit("r-1", "hello", "gold", 1) for n in range(16)},
    )


def test_a_merged_profile_is_as_bounded_as_any() -> None:
    known, anonymous = everything(CUSTOMER, 0), everything(ANONYMOUS, 1)
    both = merged(known, anonymous)
    for field in fields(Profile):
        value = getattr(both, field.name)
        if isinstance(value, (dict, tuple, bytes)) and field.name != "aliases":
            assert len(value) == max(len(getattr(known, field.name)), len(getattr(anonymous, field.name))), field.name
    assert (len(both.purchases.orders), len(both.purchases.days)) == (ORDERS_KEPT, DAYS_KEPT)
    assert (both.purchases.order_count, both.purchases.days_bought) == (2 * DAYS_KEPT, 2 * DAYS_KEPT)
    assert min(both.channels.values()) == NOW - 15
