"""Customers at a moment from which on nothing happens any more, for tests of what their silence leads to."""

from hypothesis import strategies as st

from engine.compiled.rulebook import Compiled
from engine.domain.events import Event
from engine.domain.profile import Contact, Profile, Shown, apply
from engine.domain.times import DAY, HOUR
from engine.value.tiers import CutOff, Snapshot, place, tier_of
from tests.support.books import CUSTOMER, DAYS, event, order

NOW = 20_500 * DAY + 11 * HOUR
SNAPSHOT = Snapshot(number=1, at=NOW, customers=100, mean_value=4_000, cut_offs=(CutOff("platinum", 45.0, 45.0),))
OTHERS = {
    "delivery_completed": {"order_id": "o1"},
    "complaint_opened": {"complaint_id": "k1"},
    "complaint_closed": {"complaint_id": "k1"},
    "wish_expressed": {"category": "kitchen"},
    "visited": {"surface": "web"},
    "product_viewed": {"sku": "K-1", "category": "kitchen"},
    "content_engaged": {"content_id": "c1"},
    "searched": {"query": "q", "results": 0},
}

moments = st.one_of(st.integers(0, 3 * DAY), st.integers(0, 120 * DAY)).map(lambda ago: NOW - ago)


@st.composite
def silent(draw: st.DrawFn, compiled: Compiled, actions: tuple[str, ...] = ()) -> Profile:
    """Orders in some rhythm, other things that happened, and contacts with these actions."""
    at, events = NOW - draw(st.integers(0, 40 * DAY)), list[Event]()
    for number, gap in enumerate(draw(st.lists(st.integers(DAY // 2, 60 * DAY), max_size=10))):
        events.append(order(f"o{number}", at, draw(st.integers(0, 30_000))))
        at -= gap
    for number, (kind, when) in enumerate(
        draw(st.lists(st.tuples(st.sampled_from(sorted(OTHERS)), moments), max_size=5))
    ):
        events.append(event(f"x{number}", kind, when, OTHERS[kind]))
    if draw(st.booleans()):
        events.append(event("r", "rated", draw(moments), {"score": draw(st.integers(1, 5))}))
    if draw(st.booleans()):
        birthday = draw(st.dates()).isoformat()
        events.append(event("b", "identified", NOW - DAY, {"traits": {"birthday": birthday, "zone": "Asia/Kolkata"}}))
    profile = Profile(CUSTOMER)
    for happened in sorted(events, key=lambda one: one.time):
        profile = apply(profile, happened, compiled.counters, DAYS)
    profile = draw(contacted(profile, actions)) if actions else profile
    tiers = compiled.rulebook.tiers
    profile = profile.but(placing=place(profile, tiers, SNAPSHOT))
    return profile.but(tier=tier_of(profile, tiers, SNAPSHOT))


@st.composite
def contacted(draw: st.DrawFn, profile: Profile, actions: tuple[str, ...]) -> Profile:
    """Contacts with some of these actions, not answered yet, ignored, or clicked."""
    contacts, shown = {}, []
    for number, action in enumerate(draw(st.lists(st.sampled_from(actions), unique=True, max_size=3))):
        at, expires = draw(moments), NOW + draw(st.integers(1, 20 * DAY))
        outcome = draw(st.sampled_from(("none", "click", "ignore")))
        contacts[action] = Contact({"email": (at - DAY, at)}, outcome, 0 if outcome == "none" else at)
        if outcome == "none":
            shown.append(Shown(f"r-{number}", action, "email", at, expires))
    return profile.but(contacts=contacts, shown=tuple(sorted(shown, key=lambda one: one.at)))
