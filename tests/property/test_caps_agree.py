"""Frequency caps agree with a plain count over all contacts, whatever the profile keeps of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisioning.frequency_caps import exceeded
from engine.domain.profile import Pending
from engine.domain.refusal import Refusal
from engine.domain.times import HOUR
from engine.rulebook.shop import ContactPolicy
from tests.support.capped import (
    CHANNELS,
    OBEDIENT,
    PLACEMENTS,
    Touch,
    first_counted,
    holds,
    moments,
    policies,
    profile_of,
    small,
    spans,
    standing,
    takes,
    under,
    zones,
)
from tests.support.policy import drafted

MANY = settings(max_examples=200, deadline=None)
NAMES = (*OBEDIENT, "note", "must", "task", "gone")


@dataclass(frozen=True)
class Case:
    """A moment of a customer with contacts before (and after) it."""

    zone: str
    now: int
    touches: tuple[Touch, ...]
    pending: tuple[Pending, ...]
    placements: tuple[str, ...]


@st.composite
def cases(draw: st.DrawFn, waits: int = 3) -> Case:
    zone = draw(zones)
    now = draw(moments(zone))
    found = st.builds(
        lambda before, name, channel: Touch(now - before, name, channel),
        spans | st.integers(-30 * HOUR, 24 * HOUR),
        st.sampled_from(NAMES),
        st.sampled_from(CHANNELS),
    )
    pending = st.builds(
        lambda name, channel, placement, decided, expires: Pending(
            f"r-{name}", name, "r", channel, placement, now - decided, now + expires
        ),
        st.sampled_from(NAMES),
        st.sampled_from(CHANNELS),
        st.sampled_from([*PLACEMENTS, None]),
        spans,
        st.integers(-1, 200).map(lambda hours: hours * HOUR),
    )
    many = draw(st.sampled_from([0, 4, 9, 40]))
    return Case(
        zone=zone,
        now=now,
        touches=tuple(draw(st.lists(found, min_size=many // 3, max_size=many))),
        pending=tuple(draw(st.lists(pending, max_size=waits))),
        placements=tuple(draw(st.lists(st.sampled_from(PLACEMENTS), max_size=2, unique=True))),
    )


def judged(policy: ContactPolicy, case: Case, name: str, channel: str, now: int | None = None) -> Refusal | None:
    compiled = under(policy, small())
    profile = profile_of(case.touches, case.pending, case.zone)
    context = standing(compiled, profile, now or case.now, case.placements)
    return exceeded(compiled.rulebook.actions[name], channel, drafted(context))


def counted(policy: ContactPolicy, case: Case, name: str, channel: str) -> list[bool]:
    """Per cap that holds here: is it full?"""
    full = []
    for cap in policy.caps:
        if holds(cap) and takes(cap, name, channel):
            since = first_counted(cap, case.now, case.zone)
            number = sum(takes(cap, t.action, t.channel) and t.at >= since for t in case.touches)
            number += sum(
                takes(cap, p.action, p.channel)
                and p.expires > case.now
                and not (p.action == name and p.placement in case.placements)
                for p in case.pending
            )
            full.append(number >= cap.at_most)
    return full


candidates = st.sampled_from([(name, channel) for name in OBEDIENT for channel in CHANNELS])


@MANY
@given(policies, cases(), candidates)
def test_refused_is_exactly_who_has_as_many_contacts_as_a_cap_allows(
    policy: ContactPolicy, case: Case, candidate: tuple[str, str]
) -> None:
    assert (judged(policy, case, *candidate) is not None) == any(counted(policy, case, *candidate))


@MANY
@given(policies, cases(), st.sampled_from(["note", "must", "task"]), st.sampled_from(CHANNELS))
def test_no_cap_holds_what_must_be_said(policy: ContactPolicy, case: Case, name: str, channel: str) -> None:
    assert judged(policy, case, name, channel) is None


@MANY
@given(policies, cases(waits=0), candidates)
def test_there_is_room_again_at_the_moment_that_a_refusal_names_and_no_earlier(
    policy: ContactPolicy, case: Case, candidate: tuple[str, str]
) -> None:
    refusal = judged(policy, case, *candidate)
    if refusal is None:
        return
    again = refusal.retry_after
    if again is None:
        assert any(cap.at_most == 0 for cap in policy.caps)
        return
    assert again > case.now
    assert judged(policy, case, *candidate, now=again - 1) is not None
    assert judged(policy, case, *candidate, now=again) is None


@MANY
@given(policies, cases(), candidates)
def test_while_something_waits_there_is_no_room_before_the_moment_that_a_refusal_names(
    policy: ContactPolicy, case: Case, candidate: tuple[str, str]
) -> None:
    refusal = judged(policy, case, *candidate)
    if refusal is not None and refusal.retry_after is not None:
        assert refusal.retry_after > case.now
        assert judged(policy, case, *candidate, now=refusal.retry_after - 1) is not None


@MANY
@given(policies, cases(waits=0), st.lists(candidates, min_size=1, max_size=3), candidates)
def test_what_was_chosen_before_counts_like_a_contact_now(
    policy: ContactPolicy, case: Case, chosen: Sequence[tuple[str, str]], candidate: tuple[str, str]
) -> None:
    compiled = under(policy, small())
    actions, (name, channel) = compiled.rulebook.actions, candidate
    said = [(actions[one], on) for one, on in chosen]
    profile = profile_of(case.touches, (), case.zone)
    found = exceeded(actions[name], channel, drafted(standing(compiled, profile, case.now), said))
    touched = Case(case.zone, case.now, (*case.touches, *(Touch(case.now, *one) for one in chosen)), (), ())
    assert (found is not None) == any(counted(policy, touched, name, channel))
