"""Of several attempts that were refused a rejection shows the one that came furthest, and the soonest retry of all."""

from itertools import permutations

import pytest

from engine.decisioning.draft import Candidate
from engine.decisioning.placement import rejection_of
from engine.domain.decision import RefusedAttempt
from engine.domain.refusal import (
    FrequencyCap,
    NoConsent,
    NoReachableChannel,
    NoTreatment,
    Outranked,
    QuietHours,
    Refusal,
    Span,
    Time,
    refused,
)
from engine.domain.times import DAY
from tests.support.books import CHANNELS, NOW, asked, consent, days_ago, decision, event, on, who
from tests.support.policy import one, only_rejection

PHONE = f"""\
{CHANNELS.rstrip()}
  - channel: phone
    contact: sent
    consent: yes
    address: phone
    outbound: yes
    escape: text
    fields: {{title: {{max: 40}}}}
"""
BOOK = one().rulebook
CANDIDATE = Candidate(BOOK.rules["r"], BOOK.actions["a"], None, None)

NOWHERE = refused(NoTreatment("home.banner"))
DENIED = refused(NoConsent("email", "marketing"))
FULL = refused(FrequencyCap(most=1, count=1, within=Span(7 * DAY)), NOW + DAY)
QUIET = refused(QuietHours("email", "Europe/Berlin", Time(NOW + 5 * DAY)), NOW + 5 * DAY)
LONG_QUIET = refused(QuietHours("phone", "Europe/Berlin", Time(NOW + 9 * DAY)), NOW + 9 * DAY)
LAST = refused(Outranked(1.0, 1))


def attempt(refusal: Refusal, number: int = 0) -> RefusedAttempt:
    return RefusedAttempt(f"place-{number}", "email", refusal)


@pytest.mark.parametrize("order", list(permutations((DENIED, FULL, QUIET))))
def test_the_attempt_that_came_furthest_is_shown_with_the_soonest_retry_of_all(order: tuple[Refusal, ...]) -> None:
    attempts = tuple(attempt(refusal, number) for number, refusal in enumerate(order))
    rejection = rejection_of(CANDIDATE, attempts)
    assert (rejection.refusal, rejection.retry_after) == (QUIET, NOW + DAY)
    assert rejection.placement == f"place-{order.index(QUIET)}"
    assert rejection.attempts == attempts


@pytest.mark.parametrize("order", list(permutations((QUIET, LONG_QUIET))))
def test_of_attempts_at_one_stage_the_one_that_may_pass_soonest_is_shown(order: tuple[Refusal, ...]) -> None:
    assert rejection_of(CANDIDATE, [attempt(refusal) for refusal in order]).refusal == QUIET


def test_without_any_retry_time_a_rejection_has_none() -> None:
    rejection = rejection_of(CANDIDATE, [attempt(DENIED), attempt(LAST)])
    assert (rejection.refusal, rejection.retry_after) == (LAST, None)


def test_a_treatment_that_is_not_for_this_place_counts_as_an_attempt_only_where_there_is_no_other() -> None:
    assert rejection_of(CANDIDATE, [attempt(NOWHERE), attempt(DENIED)]).attempts == (attempt(DENIED),)
    assert rejection_of(CANDIDATE, [attempt(NOWHERE, 1), attempt(NOWHERE, 2)]).attempts == (attempt(NOWHERE, 1),)


def test_a_decision_tries_every_treatment_and_keeps_why_each_was_refused() -> None:
    compiled = one(
        on_action={"treatments": [on("web"), on("email"), on("phone")]},
        channels=PHONE,
        contact_policy="consent: {marketing: marketing}",
    )
    profile = who(event("l", "channel_address_added", days_ago(9), {"channel": "phone"}), consent("email"))
    rejection = only_rejection(decision(compiled, asked(), profile))
    assert rejection.refusal == refused(NoConsent("phone", "marketing"))
    assert [(tried.channel, tried.refusal) for tried in rejection.attempts] == [
        ("email", refused(NoReachableChannel("email", "email"))),
        ("phone", rejection.refusal),
    ]


def test_what_was_refused_before_it_came_to_a_place_has_no_attempts() -> None:
    rejection = only_rejection(decision(one({"status": "shadow"}), asked("home.banner")))
    assert (rejection.placement, rejection.attempts) == (None, ())
