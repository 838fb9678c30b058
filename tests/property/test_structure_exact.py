"""Whatever customers do, in any order: the counters of links, consents and sources are what one would count."""

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.errors import NotFound
from engine.domain.profile import Profile
from engine.domain.profile.consents import has_consent
from engine.domain.times import DAY
from engine.value import population
from tests.support.books import NOW, event, order
from tests.support.services import Shop, small

WHO = ("c/a", "c/b", "a/visitor")
CHANNELS = ("email", "web", "session-9", None)
BOOK = small()

steps = st.lists(
    st.tuples(
        st.sampled_from(("order", "cancel", "link", "unlink", "grant", "withdraw", "alias", "erase", "visit")),
        st.sampled_from(WHO),
        st.sampled_from(CHANNELS),
        st.integers(0, 300),
    ),
    max_size=25,
)


@given(steps)
@settings(max_examples=150, deadline=None)
def test_links_consents_and_sources_are_counted_exactly(history: list[tuple[str, str, str | None, int]]) -> None:
    shop = Shop(BOOK)
    shop.now = NOW + 301 * DAY
    for number, (what, who, channel, day) in enumerate(history):
        _step(shop, number, what, who, channel, NOW + day * DAY)
    histogram = shop.store.histogram()
    profiles = [shop.profile(who) for who in ("c/a", "c/b")]
    there = [profile for profile in profiles if profile is not None]
    assert population.reachable(histogram) == _links(there)
    assert population.consented(histogram, "marketing") == sum(map(_has_consent, there))
    assert population.by_source(histogram) == _sources(there)
    assert all(count >= 0 for name, count in histogram.items() if name.startswith(("l:", "c:", "g:")))


def _step(shop: Shop, number: int, what: str, who: str, channel: str | None, at: int) -> None:
    if what == "erase":
        try:
            shop.service.erase(who)
        except NotFound:
            return
    elif what == "order":
        shop.service.handle_event(replace(order(f"o{number}", at, 1_000), customer=who, channel=channel))
    else:
        type_, properties = _said(what, channel, number)
        to = "c/a" if what == "alias" else who
        said = replace(event(f"e{number}", type_, at, properties), customer=to, channel=channel)
        shop.service.handle_event(said)


def _said(what: str, channel: str | None, number: int) -> tuple[str, dict[str, Any]]:
    return {
        "cancel": ("order_cancelled", {"order_id": f"o{number - 1}"}),
        "link": ("channel_address_added", {"channel": channel or "email"}),
        "unlink": ("channel_address_removed", {"channel": channel or "email"}),
        "grant": ("consent_changed", _consent(channel, granted=True)),
        "withdraw": ("consent_changed", _consent(channel, granted=False)),
        "alias": ("aliased", {"anonymous_id": "visitor"}),
        "visit": ("visited", {}),
    }[what]


def _consent(channel: str | None, granted: bool) -> dict[str, Any]:
    known = channel if channel in ("email", "web") else "email"
    return {"channel": known, "purposes": ("marketing",), "granted": granted}


def _has_consent(profile: Profile) -> bool:
    return any(has_consent(profile, channel, "marketing") for channel in ("email", "web"))


def _links(profiles: list[Profile]) -> dict[str, int]:
    declared = {channel.address for channel in BOOK.rulebook.channels.values()}
    linked = [{name for name, (_, is_linked) in profile.channel_addresses.items() if is_linked} for profile in profiles]
    found = Counter(name for names in linked for name in names if name in declared)
    return dict(found) | ({population.ANY: n} if (n := sum(map(bool, linked))) else {})


def _sources(profiles: list[Profile]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for profile in profiles:
        if profile.placing is not None:
            channel = profile.source[1] or population.UNKNOWN
            name = channel if channel in (*BOOK.rulebook.channels, population.UNKNOWN) else population.OTHER
            customers, value = found.get(name, (0, 0))
            found[name] = (customers + 1, value + profile.placing.value)
    return found
