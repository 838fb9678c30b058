"""Random contact policies and histories of contacts, with a count of the plainest kind to compare with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from engine.compiled.contact_policy import plan_policy
from engine.compiled.rulebook import Compiled
from engine.decisioning.evaluation_context import EvaluationContext
from engine.domain.profile import Contact, Pending, Profile
from engine.domain.profile.state import TOUCHES_KEPT
from engine.domain.times import DAY, HOUR
from engine.rulebook.condition import Compare, Op
from engine.rulebook.shop import Cap, ContactPolicy
from tests.support.books import action, asked, made, on, rule
from tests.support.policy import at, everywhere

CHANGES = {
    "Europe/Berlin": ("2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"),
    "America/New_York": ("2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"),
    "Australia/Lord_Howe": ("2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"),
}
"""Zones, and when their clocks change."""
CHANNELS = ("web", "email")
PLACEMENTS = ("home.banner", "home.side", "account.next")
ACTIONS = (
    everywhere("a", group="g", tags=["loud"], expires="30 hours"),
    everywhere("b", group="g", expires="1 day"),
    everywhere("c", tags=["loud"], kind="service", expires="3 days"),
    everywhere("note", group="g", kind="transactional"),
    everywhere("must", group="g", kind="mandatory", cooldown="1 day"),
    action("task", group="g", kind="internal", treatments=[on("desk")]),
)
GROUPS = {"a": "g", "b": "g", "must": "g", "c": "group-of-c"}
"""Of the actions whose contacts count."""
TAGS = {"a": "loud", "c": "loud"}
OBEDIENT = ("a", "b", "c")
FACTS = {"customer.tier": "bronze"}


@cache
def small() -> Compiled:
    return made(ACTIONS, [rule("r", "a")])


def under(policy: ContactPolicy, compiled: Compiled) -> Compiled:
    """The same rulebook with another contact policy."""
    book = replace(compiled.rulebook, contact_policy=policy)
    return replace(compiled, rulebook=book, policy=plan_policy(book))


@dataclass(frozen=True)
class Touch:
    """One contact."""

    at: int
    action: str
    channel: str


def profile_of(touches: Iterable[Touch], pending: Sequence[Pending], zone: str) -> Profile:
    """What the profile keeps of all contacts: the newest ones of each action and channel."""
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for touch in sorted(touches, key=lambda one: one.at):
        channels = found.setdefault(touch.action, {})
        channels[touch.channel] = (*channels.get(touch.channel, ()), touch.at)[-TOUCHES_KEPT:]
    return Profile(
        "c/mei",
        traits={"zone": (1, zone)},
        contacts={name: Contact(channels) for name, channels in found.items()},
        pending=tuple(pending),
    )


def standing(compiled: Compiled, profile: Profile, now: int, placements: Sequence[str] = ()) -> EvaluationContext:
    return EvaluationContext(compiled, profile, asked(*placements), FACTS, now)


# ---- counting plainly ----


def holds(cap: Cap) -> bool:
    return cap.when is None or cap.when == BRONZE


def takes(cap: Cap, name: str, channel: str) -> bool:
    """Whether such a contact counts; "gone" is an action that the rulebook no longer has."""
    if name in ("note", "task"):
        return False
    return (
        (not cap.channels or channel in cap.channels)
        and (not cap.actions or name in cap.actions)
        and (not cap.groups or GROUPS.get(name) in cap.groups)
        and (not cap.tags or TAGS.get(name) in cap.tags)
    )


def first_counted(cap: Cap, now: int, zone: str) -> int:
    """The first moment of the window, by the calendar of Python."""
    if cap.period is None:
        return now - cap.within + 1
    info = ZoneInfo({"customer": zone, "shop": "Europe/Berlin"}.get(cap.zone, cap.zone))
    day = datetime.fromtimestamp(now // 1000, info).replace(hour=0, minute=0, second=0, fold=0)
    if cap.period == "week":
        day -= timedelta(days=day.weekday())
    elif cap.period == "month":
        day = day.replace(day=1)
    return int(day.timestamp()) * 1000


# ---- strategies ----

BRONZE = Compare("customer.tier", Op.IS, "bronze")
GOLD = Compare("customer.tier", Op.IS, "gold")


def some(of: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    chosen = st.lists(st.sampled_from(of), min_size=1, max_size=2, unique=True).map(tuple)
    return st.one_of(st.just(()), st.just(()), chosen)


windows: st.SearchStrategy[Mapping[str, object]] = st.one_of(
    st.builds(dict, within=st.sampled_from([HOUR, 3 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY])),
    st.builds(
        dict,
        period=st.sampled_from(["day", "week", "month"]),
        zone=st.sampled_from(["customer", "shop", "Australia/Lord_Howe"]),
    ),
)
caps = st.builds(
    lambda window, **chosen: Cap(**window, **chosen),
    windows,
    at_most=st.sampled_from([0, 1, 1, 1, 2, 2, 3, 4]),
    channels=some(CHANNELS),
    actions=some(OBEDIENT),
    groups=some(["g", "group-of-c"]),
    tags=some(["loud"]),
    when=st.sampled_from([None, None, BRONZE, GOLD]),
)
policies = st.builds(lambda found: ContactPolicy(caps=tuple(found)), st.lists(caps, min_size=1, max_size=3))
zones = st.sampled_from(sorted(CHANGES))
spans = st.builds(
    lambda hours, by: hours * HOUR + by, st.integers(0, 80) | st.integers(0, 6), st.sampled_from([-1, 0, 0, 1])
)
"""Times between things, in ms: whole hours, and a millisecond before or after."""


def moments(zone: str) -> st.SearchStrategy[int]:
    """Around a change of the clocks there."""
    return st.builds(
        lambda change, hours, by: at(change) + hours * HOUR + by,
        st.sampled_from(CHANGES[zone]),
        st.integers(-60, 60),
        st.sampled_from([-1, 0, 0, 1]),
    )
