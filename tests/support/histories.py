"""Random histories of one customer for property tests: events of all types, within what a profile remembers."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from engine.domain.events import EVENT_TYPES, Event
from engine.domain.facts import Counter
from engine.domain.profile import Profile, Purchases
from engine.domain.profile.counters import Buckets, Plans, plan, totals
from engine.domain.profile.state import HALF_LIVES, VALUE_HALF_LIFE
from engine.domain.times import DAY, HOUR
from engine.value.purchase_timing import decayed
from tests.support.books import CUSTOMER, DAYS

START = 19_000 * DAY
END = START + 500 * DAY
COUNTERS = {
    c.name: c
    for c in (
        Counter("visits_7d", "visited", 7 * DAY),
        Counter("spend_90d", "order_completed", 90 * DAY, "total"),
        Counter("spend_365d", "order_completed", 365 * DAY, "total"),
        Counter("orders_100d", "order_completed", 100 * DAY),
        Counter("empty_searches_14d", "searched", 14 * DAY, None, {"results": 0}),
    )
}
PLANS: Plans = plan(COUNTERS)

times = st.builds(
    lambda day, ms: START + day * DAY + ms,
    st.one_of(st.integers(0, 3), st.integers(0, 499)),
    st.one_of(st.sampled_from((0, HOUR, DAY - 1)), st.integers(0, DAY - 1)),
)
amounts = st.one_of(st.integers(0, 50_000), st.sampled_from((0, 1, 2**31, 10**13)))
names = st.sampled_from(("kitchen", "lighting", "textiles", "卧室", "a\"b'c"))
lines: st.SearchStrategy[tuple[dict[str, Any], ...]] = st.lists(
    st.fixed_dictionaries(
        {"line_id": st.just("l"), "quantity": st.integers(1, 5), "amount": amounts},
        optional={"sku": names, "category": names, "cost": amounts},
    ),
    max_size=3,
).map(tuple)
orders = st.fixed_dictionaries({"total": amounts, "lines": lines, "time": times})
"""What an order id stands for; the same however often it is sent."""

PROPERTIES = {
    "order_returned": st.one_of(
        st.fixed_dictionaries({"amount": amounts}),
        lines.filter(lambda said: len(said) > 0).map(
            lambda said: {"lines": said, "amount": sum(line["amount"] for line in said)}
        ),
    ),
    "order_cancelled": st.just({}),
    "delivery_completed": st.just({}),
    "delivery_failed": st.just({}),
    "visited": st.fixed_dictionaries({"surface": names}),
    "product_viewed": st.fixed_dictionaries({"sku": names, "category": names}),
    "searched": st.fixed_dictionaries({"query": names, "results": st.integers(0, 2)}),
    "cart_updated": st.just({"lines": ()}),
    "checkout_started": st.just({"lines": ()}),
    "content_engaged": st.fixed_dictionaries({"content_id": names}),
    "community_joined": st.fixed_dictionaries({"community": names}),
    "community_contributed": st.just({"kind": "write"}),
    "identified": st.fixed_dictionaries(
        {
            "traits": st.dictionaries(st.sampled_from(("first_name", "language", "birthday")), names, max_size=3)
            | st.fixed_dictionaries({"interests": st.lists(names, max_size=3).map(tuple)})
        }
    ),
    "aliased": st.fixed_dictionaries({"anonymous_id": names}),
    "merged": st.just({"merged": "c/other"}),
    "channel_address_added": st.fixed_dictionaries({"channel": names}),
    "channel_address_removed": st.fixed_dictionaries({"channel": names}),
    "consent_changed": st.fixed_dictionaries(
        {"channel": names, "purposes": st.lists(names, min_size=1, max_size=3).map(tuple), "granted": st.booleans()}
    ),
    "complaint_opened": st.fixed_dictionaries({"complaint_id": names}),
    "complaint_closed": st.fixed_dictionaries({"complaint_id": names}),
    "rated": st.fixed_dictionaries({"score": st.integers(1, 5)}),
    "feedback_given": st.fixed_dictionaries({"topic": names}),
    "wish_expressed": st.fixed_dictionaries({"category": names}),
    "referral_made": st.fixed_dictionaries({"referred": names}),
    "referral_converted": st.fixed_dictionaries({"referred": names}),
    "referral_reversed": st.fixed_dictionaries({"referred": names}),
    "outcome": st.just({"recommendation_id": "r-00", "outcome": "click"}),
}
ABOUT_ORDERS = ("order_returned", "order_cancelled", "delivery_completed", "delivery_failed")


@st.composite
def histories(draw: st.DrawFn, types: tuple[str, ...] = EVENT_TYPES, most: int = 16) -> list[Event]:
    """Events with ids of their own, in no order. Some are about the same order, some of the same moment."""
    known = draw(st.dictionaries(st.sampled_from([f"o{n}" for n in range(7)]), orders, min_size=1))
    kinds = draw(st.lists(st.sampled_from(types), max_size=most))
    events = []
    for number, kind in enumerate(kinds):
        order_id = draw(st.sampled_from(sorted(known)))
        if kind in ("order_completed", "order_updated"):
            said = {"order_id": order_id, **(known[order_id] if kind == "order_completed" else draw(orders))}
            time = said.pop("time")
        else:
            said, time = dict(draw(PROPERTIES[kind])), draw(times)
            if kind in ABOUT_ORDERS:
                said["order_id"] = order_id
        channel = draw(st.sampled_from((None, "web", "store")))
        events.append(Event(f"e{number}", kind, time, CUSTOMER, channel, said, "none"))
    return events


def without_decay(profile: Profile) -> Profile:
    """The profile with what is exact: no decayed figures, and nothing that stands in the order of arrival."""
    bought = profile.purchases
    exact = Purchases(
        orders={key: replace(order, returns=tuple(sorted(order.returns))) for key, order in bought.all_orders.items()},
        days=bought.days,
        order_count=bought.order_count,
        days_bought=bought.days_bought,
        spend=bought.spend,
        margin=bought.margin,
        margin_orders=bought.margin_orders,
        returns=bought.returns,
        returned=bought.returned,
        first_time=bought.first_time,
        last_time=bought.last_time,
    )
    seen = b"".join(sorted(profile.seen[at : at + 6] for at in range(0, len(profile.seen), 6)))
    return replace(profile, purchases=exact, seen=seen)


def decays(bought: Purchases) -> list[float]:
    """The decayed figures at the end of all histories."""
    left = 2.0 ** (-(END - bought.updated) / DAY / VALUE_HALF_LIFE)
    return [*(decayed(bought, half_life, END) for half_life in HALF_LIVES), bought.spend_decayed * left]


def totals_of(buckets: Buckets, plans: Plans, now: int) -> dict[str, int]:
    """What all counters count at a moment."""
    return totals(buckets, [counter for counting in plans.values() for counter in counting], DAYS.of(now))
