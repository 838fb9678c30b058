"""Facts about what ties a customer to the shop: where they came from, promises, friends, our own pressure, outlook."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from analytics.models.buying import Buying, History
from authoring.checking import check_texts
from engine.decisioning.decide import build_facts
from engine.decisioning.referral import MEASURED_FROM, chance, value_of
from engine.domain.events import Event
from engine.domain.profile import Contact, Profile, apply, decode, encode
from engine.domain.profile.codec import FORMAT
from engine.domain.profile.merge import merge
from engine.domain.times import DAY
from engine.domain.trigger import of_event
from engine.facts import FactsDict
from engine.rulebook.shop import Churn
from engine.scheduling.transitions import event_transition
from engine.value import purchase_timing
from engine.value.counters import REFERRALS_CONVERTED, REFERRALS_MADE
from engine.value.tiers import Snapshot, make_snapshot
from examples.products import RULES
from service.snapshots import dump, load
from tests.support.books import CUSTOMER, DAYS, NOW, asked, days_ago, event, order, shipped, who

FITTED = Churn(0.525, 6.183, 1.1, leave_a=0.891, leave_b=1.614)


def facts_of(profile: Profile, happened: Event | None = None, snapshot: Snapshot | None = None) -> FactsDict:
    on = asked() if happened is None else of_event(happened)
    return build_facts(shipped(), snapshot or Snapshot(), profile, on, NOW)


def friend(kind: str, ago: float, name: str = "c/ben") -> Event:
    return event(f"{kind}-{ago}-{name}", f"referral_{kind}", days_ago(ago), {"referred": name})


def told(*happened: Event, profile: Profile | None = None) -> Profile:
    profile = profile or Profile(CUSTOMER)
    for one in happened:
        profile = apply(profile, one, shipped().counters, DAYS)
    return profile


def standing_of(happened: Event, *others: Event) -> Any:
    return facts_of(told(*others, happened), happened)["event.friend"]


# ---- where they came from ----


def test_the_source_is_the_channel_of_the_earliest_event_in_whatever_order_they_arrive() -> None:
    visits = [event(f"v{n}", "visited", days_ago(n), {"surface": "x"}, channel=f"channel-{n}") for n in (3, 9, 1)]
    visits.append(event("no", "visited", days_ago(30), {"surface": "x"}))
    for arrival in permutations(visits):
        assert facts_of(told(*arrival))["customer.source_channel"] == "channel-9"


def test_who_came_as_a_stranger_came_over_the_strangers_channel() -> None:
    stranger = told(event("a", "visited", days_ago(9), {"surface": "app"}, channel="app"), profile=Profile("a/x"))
    known = told(event("b", "visited", days_ago(2), {"surface": "web"}, channel="web"))
    assert merge(known, stranger, shipped().counters, DAYS).source == (days_ago(9), "app")
    assert merge(told(), stranger, shipped().counters, DAYS).source == (days_ago(9), "app")


# ---- promises ----


def test_promises_kept_are_the_deliveries_that_arrived_at_the_first_try() -> None:
    happened = [event(f"d{n}", "delivery_completed", days_ago(n), {"order_id": f"o{n}"}) for n in range(1, 4)]
    facts = facts_of(told(*happened, event("f", "delivery_failed", days_ago(2), {"order_id": "o2"})))
    assert (facts["customer.promises_kept"], facts["customer.days_since_failed_delivery"]) == (0.75, 2)
    assert facts_of(told())["customer.promises_kept"] is None


# ---- friends ----


def test_a_friend_counts_once_however_often_they_are_told_of() -> None:
    happened = [friend("made", 9), friend("made", 5), friend("converted", 4), friend("converted", 1)]
    for arrival in permutations(happened):
        profile = decode(encode(told(*arrival), FORMAT))
        facts = facts_of(profile)
        assert (facts["customer.referrals"], facts["customer.referrals_converted"]) == (1, 1)
        standing = [facts_of(profile, one)["event.friend"] for one in happened]
        assert standing == ["first", "again", "first", "again"]


@pytest.mark.parametrize("kind", ["made", "converted", "reversed"])
def test_nobody_is_their_own_friend(kind: str) -> None:
    oneself = friend(kind, 1, CUSTOMER)
    facts = facts_of(told(oneself), oneself)
    assert (facts["event.friend"], facts["customer.referrals"], facts["customer.referrals_converted"]) == ("self", 0, 0)


def test_an_id_that_was_merged_into_the_customer_is_the_customer() -> None:
    known = replace(Profile(CUSTOMER), aliases=("a/phone",))
    happened = friend("converted", 1, "a/phone")
    assert facts_of(told(happened, profile=known), happened)["event.friend"] == "self"


def test_a_friend_whose_first_order_came_back_has_not_bought_in_whatever_order_it_arrives() -> None:
    for arrival in permutations([friend("converted", 4), friend("reversed", 2)]):
        assert facts_of(told(*arrival))["customer.referrals_converted"] == 0
    assert standing_of(friend("reversed", 2), friend("converted", 4)) == "first"
    assert standing_of(friend("converted", 4), friend("reversed", 2)) == "again"


def test_nothing_is_taken_back_of_a_friend_who_never_bought() -> None:
    assert standing_of(friend("reversed", 2)) == "again"


def test_a_friend_told_of_under_two_ids_of_the_customer_counts_once() -> None:
    known = told(friend("made", 9), friend("converted", 7), friend("made", 6, "c/eva"))
    stranger = told(friend("made", 8), friend("reversed", 1), profile=Profile("a/x"))
    facts = facts_of(merge(known, stranger, shipped().counters, DAYS))
    assert (facts["customer.referrals"], facts["customer.referrals_converted"]) == (2, 0)


def test_the_shop_counts_friends_who_were_told_and_who_bought_and_kept_it() -> None:
    happened = [friend("made", 9), friend("made", 8), friend("converted", 7), friend("made", 6, "c/eva")]
    assert counted(*happened) == {REFERRALS_MADE: 2, REFERRALS_CONVERTED: 1}
    assert counted(*happened, friend("reversed", 1)) == {REFERRALS_MADE: 2, REFERRALS_CONVERTED: 0}


def counted(*happened: Event) -> dict[str, int]:
    profile, counts = Profile(CUSTOMER), {REFERRALS_MADE: 0, REFERRALS_CONVERTED: 0}
    for one in happened:
        transition = event_transition(profile, one, shipped(), NOW)
        profile = transition.profile
        for name, change in transition.counts:
            if name in counts:
                counts[name] += change
    return counts


def test_of_25_friends_who_were_told_one_buys_until_thirty_were_counted() -> None:
    def measured(made: int, bought: int) -> float:
        histogram = {REFERRALS_MADE: made, REFERRALS_CONVERTED: bought}
        snapshot = make_snapshot(histogram, shipped().rulebook.tiers, NOW)
        assert load(7, dump(snapshot)).friends_told == made
        return chance(snapshot)

    assert measured(MEASURED_FROM - 1, 20) == 1 / 25
    assert measured(MEASURED_FROM, 6) == 0.2
    assert measured(100, 0) == 0.0
    assert measured(40, 50) == 1.0


def test_the_value_of_an_invitation_is_that_of_a_friend_times_the_chance_that_one_buys() -> None:
    action = shipped().rulebook.actions["bring-a-friend"]
    assert action.per_friend
    assert value_of(action, Snapshot()) == action.value / 25
    assert value_of(action, Snapshot(friends_told=50, friends_bought=10)) == action.value / 5
    assert value_of(replace(action, per_friend=False), Snapshot()) == action.value


def test_a_mistake_in_the_value_of_a_friend_is_named_with_its_place() -> None:
    texts = {path.relative_to(RULES).as_posix(): path.read_text() for path in RULES.rglob("*.yaml")}
    shipped_file = texts["actions/community.yaml"]
    texts["actions/community.yaml"] = shipped_file.replace("{per_friend: 350 EUR}", "{per_freind: 350 EUR}")
    texts = {name: text for name, text in texts.items() if not name.startswith("tests/")}
    codes = [(finding.code, finding.hint) for finding in check_texts(texts)[1]]
    assert ("unknown-key", "did you mean per_friend?") in codes


# ---- what they give, what they hear ----


def test_what_kinds_of_things_were_given_is_known() -> None:
    given = [
        event(f"c{n}", "community_contributed", days_ago(n), {"kind": kind})
        for n, kind in enumerate(["test", "write", "test"])
    ]
    facts = facts_of(told(*given))
    assert (facts["customer.contribution_kinds"], facts["customer.contributions"]) == (frozenset({"test", "write"}), 3)


def heard(**contacts: Contact) -> FactsDict:
    return facts_of(replace(who(), contacts={name.replace("_", "-"): contact for name, contact in contacts.items()}))


def test_letters_and_calls_of_thirty_days_are_counted_and_pages_and_tasks_are_not() -> None:
    facts = heard(
        light_reminder=Contact({"email": (days_ago(40), days_ago(20)), "push": (days_ago(3),)}),
        early_look=Contact({"web": (days_ago(2),), "email": (days_ago(1),)}),
        look_into_it=Contact({"desk": (days_ago(1),)}),
    )
    assert facts["customer.contacts_30d"] == 3


def test_the_ignored_share_is_that_of_all_that_was_shown_or_sent_in_ninety_days() -> None:
    times = tuple(days_ago(n) for n in (100, 50, 9, 3))
    facts = heard(light_reminder=Contact({"email": times[1:]}, "ignore", NOW, {"ignore": times[:3]}))
    assert facts["customer.ignored_share_90d"] == pytest.approx(2 / 3, abs=1e-6)
    assert heard()["customer.ignored_share_90d"] is None


# ---- orders and outlook ----


def test_an_order_is_compared_with_what_a_purchase_brings_in_this_shop() -> None:
    bought = order("o1", NOW, 9_000)
    facts = facts_of(told(bought), bought, Snapshot(1, NOW, 10, mean_value=1_000.0, margin_share=0.25))
    assert facts["order.against_mean"] == 2.25
    assert facts_of(told(bought), bought)["order.against_mean"] is None


def buyers() -> Iterator[tuple[int, float, float]]:
    yield from ((0, 0.0, 1.0), (0, 0.0, 52.0), (3, 20.0, 21.0), (12, 40.0, 60.0), (50, 52.0, 52.0))


@pytest.mark.parametrize(("repeats", "last", "watched"), list(buyers()))
def test_the_outlook_is_the_models_chance_of_no_purchase(repeats: int, last: float, watched: float) -> None:
    model = Buying(
        FITTED.interpurchase_r, FITTED.interpurchase_alpha_weeks, FITTED.leave_a, FITTED.leave_b, modified=True
    )
    expected = model.inactive(History.of(*(np.array([n]) for n in (float(repeats), last, watched))), 90 / 7)[0]
    bought = replace(
        who(order("o", NOW)).purchases,
        first_time=NOW,
        days=(NOW // DAY, NOW // DAY + round(last * 7)) if last else (NOW // DAY,),
        days_bought=repeats + 1,
    )
    chance_of_none = purchase_timing.lapse_chance(bought, NOW + round(watched * 7) * DAY, DAYS, 90, FITTED)
    assert chance_of_none == pytest.approx(expected, rel=1e-9)


def test_before_the_first_purchase_there_is_no_outlook() -> None:
    assert facts_of(who())["customer.lapse_chance_90d"] is None


def test_the_outlook_is_worse_the_longer_a_weekly_buyer_is_silent() -> None:
    weekly = [order(f"o{n}", days_ago(300 - 7 * n)) for n in range(30)]
    last = days_ago(300 - 7 * 29)
    chances = [
        purchase_timing.lapse_chance(who(*weekly).purchases, last + days * DAY, DAYS, 90, FITTED) or 0.0
        for days in (0, 20, 60)
    ]
    assert chances == sorted(chances)
    assert chances[0] < 0.1 < 0.9 < chances[2]
