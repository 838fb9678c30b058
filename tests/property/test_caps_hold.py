"""No window ever holds more contacts than a cap allows, whatever is asked and however late it is seen.

Decisions, outcomes and time run through a customer's life; then every window of it is counted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiled.rulebook import Compiled
from engine.decisioning import contacts
from engine.decisioning.contacts import Recommended
from engine.decisioning.decide import decide
from engine.domain.times import DAY, HOUR
from engine.rulebook.offers import Limit
from engine.rulebook.shop import Cap, ContactPolicy
from engine.value.tiers import Snapshot
from tests.support.books import NOW, asked, made, reachable, rule, who
from tests.support.capped import ACTIONS, PLACEMENTS, Touch, caps, moments, takes, under, zones

FEW = settings(max_examples=150, deadline=None)
RULES = (
    *(rule(f"r-{name}", name, trigger=["requested"]) for name in ("a", "b", "c", "note", "task")),
    *(rule(f"s-{name}", name, trigger=["visited"]) for name in ("b", "c", "a")),
    *(rule(f"t-{name}", name, trigger=["inactive"]) for name in ("c", "note")),
)
BOOKS = {
    word: made(ACTIONS, RULES, arbitration=f"outbound: {{at_most: 2}}\nduplicates: {word}") for word in ("no", "yes")
}
DUPLICATES = pytest.mark.parametrize("duplicates", BOOKS)
KEYS = ("requested", "visited", "inactive")


STEPS = 60


def lived(compiled: Compiled, zone: str, start: int, dice: Random) -> list[Touch]:
    """All contacts of a customer who asks, sees what waits, or does nothing, for some weeks."""
    now, seen = start, []
    profile = replace(who(*reachable("email")), traits={"zone": (1, zone)})
    for number in range(STEPS):
        now += dice.choice((0, 1, HOUR - 1, HOUR, 5 * HOUR, 12 * HOUR, DAY, DAY + 1))
        profile = contacts.settle(profile, now, compiled.rulebook)
        if dice.random() < 0.6:
            placements = dice.sample(PLACEMENTS, dice.randrange(3))
            trigger = replace(asked(*placements, id=f"request/{number}", count=2), key=dice.choice(KEYS))
            decision = decide(compiled, Snapshot(), profile, trigger, now)
            profile = contacts.book(profile, decision, compiled.rulebook).profile
        for pending in dice.sample(profile.pending, min(dice.randrange(3), len(profile.pending))):
            of = Recommended(pending.recommendation_id, pending.action, pending.rule, pending.channel, None)
            outcome = "sent" if pending.channel == "email" else "impression"
            profile = contacts.record(profile, of, outcome, now, compiled.rulebook).profile
            seen.append(Touch(now, pending.action, pending.channel))
    return seen


def period_of(cap: Cap, at: int, zone: str) -> tuple[int, ...]:
    info = ZoneInfo({"customer": zone, "shop": "Europe/Berlin"}.get(cap.zone, cap.zone))
    local = datetime.fromtimestamp(at // 1000, info)
    names = {"day": (local.year, local.month, local.day), "month": (local.year, local.month)}
    return names.get(str(cap.period), tuple(local.isocalendar())[:2])


def most(cap: Cap, seen: Sequence[Touch], zone: str) -> int:
    """The fullest of all windows."""
    times = [touch.at for touch in seen if takes(cap, touch.action, touch.channel)]
    if cap.period is None:
        return max((sum(end - cap.within < at <= end for at in times) for end in times), default=0)
    return max(Counter(period_of(cap, at, zone) for at in times).values(), default=0)


@DUPLICATES
@FEW
@given(st.data(), st.lists(caps, min_size=1, max_size=3), zones, st.integers(0, 10**9).map(Random))
def test_no_window_holds_more_than_its_cap(
    duplicates: str, data: st.DataObject, found: Sequence[Cap], zone: str, dice: Random
) -> None:
    found = [replace(cap, when=None) for cap in found]
    seen = lived(under(ContactPolicy(caps=tuple(found)), BOOKS[duplicates]), zone, data.draw(moments(zone)), dice)
    for cap in found:
        assert most(cap, seen, zone) <= cap.at_most


waits = st.sampled_from([HOUR, 12 * HOUR, DAY, 3 * DAY])


@DUPLICATES
@FEW
@given(waits, waits, st.integers(1, 3), waits, st.integers(0, 10**9).map(Random))
def test_contacts_keep_their_cooldowns_and_limits(
    duplicates: str, own: int, group: int, count: int, within: int, dice: Random
) -> None:
    base = BOOKS[duplicates]
    book = base.rulebook
    limited = replace(book.actions["c"], per_customer=Limit(count, within))
    policy = ContactPolicy(cooldown_actions={"b": own}, cooldown_groups={"g": group})
    actions = {**book.actions, "c": limited}
    compiled = under(policy, replace(base, rulebook=replace(book, actions=actions)))
    seen = lived(compiled, "Europe/Berlin", NOW, dice)
    times = {name: [touch.at for touch in seen if touch.action in name] for name in ("ab", "b", "c")}
    assert all(later - earlier >= group for earlier, later in pairwise(times["ab"]))
    assert all(later - earlier >= own for earlier, later in pairwise(times["b"]))
    assert all(sum(end - within < at <= end for at in times["c"]) <= count for end in times["c"])
