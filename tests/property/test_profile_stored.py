"""A stored profile comes back as it was, and is small whatever the customer did."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from engine.events import Event
from engine.profile import Contact, Pending, Placing, Profile, apply, decode, encode
from engine.times import DAY
from tests.support.books import NOW
from tests.support.histories import PLANS, decays, histories, without_decay

FEW = settings(max_examples=200, deadline=None)
CONTACTS = {"check-in": Contact(NOW, (20_000, 20_001), "click", NOW + 1), "call": Contact()}
PENDING = (
    Pending("r-00", "check-in", "rule", "web", "home.banner", NOW, NOW + DAY, "o1"),
    Pending("r-01", "call", "rule", "desk", None, NOW, NOW + DAY),
)
PLACING = Placing(-100_000, 120, 5_000, 2, 7_000, -1, True)


def profile_of(events: list[Event]) -> Profile:
    profile = Profile("c/mei")
    for happened in events:
        profile = apply(profile, happened, PLANS)
    return replace(profile, contacts=CONTACTS, pending=PENDING, once={"rule": "1"}, tier="gold", placing=PLACING)


@FEW
@given(histories())
def test_every_profile_comes_back_as_it_was_stored(events: list[Event]) -> None:
    profile = profile_of(events)
    stored = decode(encode(profile))
    assert without_decay(stored) == without_decay(profile)
    assert decays(stored.purchases) == pytest.approx(decays(profile.purchases), rel=1e-6, abs=1e-3)


@FEW
@given(histories())
def test_storing_a_stored_profile_changes_nothing(events: list[Event]) -> None:
    stored = encode(profile_of(events))
    assert encode(decode(stored)) == stored


def test_an_empty_profile_comes_back_as_it_was_stored() -> None:
    assert decode(encode(Profile("a/客户"))) == Profile("a/客户")


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x02" + encode(Profile("c/x"))[1:], b"{}garbage"])
def test_bytes_of_another_format_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="known format"):
        decode(data)
