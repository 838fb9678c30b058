"""Quiet hours: by the customer's clock, over midnight, per weekday, on days when the clock changes."""

from dataclasses import replace

import pytest

from engine.decisioning.quiet_hours import held_until
from engine.domain.profile import Profile
from engine.domain.refusal import QuietHours, Refusal, Time, refused
from engine.domain.times import HOUR, MINUTE
from tests.support.books import actions_of, asked, decision, given, on, reachable, reasons, who
from tests.support.policy import at, context, drafted, one

NIGHTS = '{channels: [email], from: "21:00", until: "08:00", then: hold}'
SUNDAYS = '{channels: [email], from: "08:00", until: "24:00", days: [sun], then: drop}'
BERLIN = "Europe/Berlin"


def living(zone: str | None) -> Profile:
    profile = who(*reachable("email"))
    return replace(profile, traits={"zone": (1, zone)}) if zone else profile


def judged(
    now: str, *entries: str, zone: str | None = BERLIN, channel: str = "email", more: str = "", **on_action: object
) -> Refusal | int | None:
    """What these quiet hours say at a moment."""
    policy = f"quiet_hours: [{', '.join(entries)}]\n{more}"
    compiled = one(on_action={"treatments": [on("email")], **on_action}, contact_policy=policy)
    book = compiled.rulebook
    return held_until(book.channels[channel], book.actions["a"], drafted(context(compiled, living(zone), now=at(now))))


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-02T20:59:59.999+01:00", None),
        ("2026-03-02T21:00:00+01:00", "2026-03-03T08:00:00+01:00"),
        ("2026-03-03T00:00:00+01:00", "2026-03-03T08:00:00+01:00"),
        ("2026-03-03T07:59:59.999+01:00", "2026-03-03T08:00:00+01:00"),
        ("2026-03-03T08:00:00+01:00", None),
    ],
)
def test_over_midnight_what_is_said_waits_until_the_morning(now: str, until: str | None) -> None:
    assert judged(now, NIGHTS) == (at(until) if until else None)


def test_quiet_hours_go_by_the_clock_of_the_customer() -> None:
    now = "2026-03-02T21:30:00+01:00"
    assert judged(now, NIGHTS, zone="America/New_York") is None
    assert judged(now, NIGHTS, zone="Asia/Tokyo") == at("2026-03-03T08:00:00+09:00")


def test_on_other_channels_it_is_not_quiet() -> None:
    assert judged("2026-03-02T23:00:00+01:00", NIGHTS, channel="desk") is None


@pytest.mark.parametrize(
    ("now", "quiet"),
    [
        ("2026-03-06T23:00:00+01:00", True),
        ("2026-03-07T07:00:00+01:00", True),
        ("2026-03-07T23:00:00+01:00", False),
        ("2026-03-06T07:00:00+01:00", False),
    ],
)
def test_the_weekday_is_that_of_the_day_on_which_it_begins(now: str, quiet: bool) -> None:
    fridays = NIGHTS.replace("then", "days: [fri], then")
    assert (judged(now, fridays) is not None) == quiet


# ---- hold and drop ----


def test_what_is_dropped_says_when_it_is_over() -> None:
    end = at("2026-03-02T00:00:00+01:00")
    assert judged("2026-03-01T12:00:00+01:00", SUNDAYS) == refused(QuietHours("email", BERLIN, Time(end)), end)


def test_quiet_hours_that_follow_each_other_are_one_silence() -> None:
    evenings = '{channels: [email], from: "22:00", until: "24:00", then: hold}'
    mornings = '{channels: [email], from: "00:00", until: "08:00", then: hold}'
    assert judged("2026-03-02T23:00:00+01:00", evenings, mornings) == at("2026-03-03T08:00:00+01:00")


def test_what_is_held_waits_over_a_time_that_drops_what_begins_within() -> None:
    """Saturday night, Sunday, and the night to Monday."""
    nights = NIGHTS.replace("then", "days: [fri, sat], then")
    sundays = SUNDAYS.replace("24:00", "20:00")
    assert judged("2026-02-28T23:00:00+01:00", nights, sundays) == at("2026-03-01T20:00:00+01:00")


def test_what_is_held_longer_than_it_lives_is_refused() -> None:
    end = at("2026-03-03T08:00:00+01:00")
    refusal = refused(QuietHours("email", BERLIN, Time(end), expires=True), end)
    assert judged("2026-03-02T22:00:00+01:00", NIGHTS, expires="10 hours") == refusal
    assert judged("2026-03-02T22:00:00+01:00", NIGHTS, expires="11 hours") == end


def test_what_is_quiet_at_all_times_is_refused() -> None:
    always = '{channels: [email], from: "00:00", until: "24:00", then: hold}'
    refusal = judged("2026-03-02T22:00:00+01:00", always, expires="99 days")
    assert refusal == refused(QuietHours("email", BERLIN))


def test_a_week_that_is_quiet_but_for_an_hour_has_an_end() -> None:
    days = '{channels: [email], from: "00:00", until: "24:00", days: [mon, tue, wed, thu, fri, sat], then: hold}'
    sunday = '{channels: [email], from: "01:00", until: "24:00", days: [sun], then: hold}'
    now = "2026-03-01T01:00:00+01:00"
    assert judged(now, days, sunday, expires="99 days") == at("2026-03-08T00:00:00+01:00")


# ---- zones ----


def test_without_a_zone_nothing_is_sent() -> None:
    now = "2026-03-02T12:00:00+01:00"
    for zone in (None, "Mars/Olympus"):
        assert judged(now, NIGHTS, zone=zone) == refused(QuietHours("email"))


@pytest.mark.parametrize("default", ["shop", "Europe/Berlin"])
def test_without_a_zone_the_default_counts(default: str) -> None:
    found = judged("2026-03-02T22:00:00+01:00", NIGHTS, zone=None, more=f"default_zone: {default}")
    assert found == at("2026-03-03T08:00:00+01:00")


# ---- kinds ----


@pytest.mark.parametrize(
    ("kind", "held"), [("marketing", "drop"), ("service", "drop"), ("mandatory", "hold"), ("transactional", "")]
)
def test_what_must_be_said_is_held_where_other_things_are_dropped(kind: str, held: str) -> None:
    found = judged("2026-03-01T12:00:00+01:00", SUNDAYS, kind=kind, cooldown="1 day")
    assert {int: "hold", Refusal: "drop", type(None): ""}[type(found)] == held


# ---- days when the clock changes ----


@pytest.mark.parametrize(
    ("zone", "now", "until"),
    [
        (BERLIN, "2026-03-28T23:00:00+01:00", "2026-03-29T08:00:00+02:00"),
        (BERLIN, "2026-10-24T23:00:00+02:00", "2026-10-25T08:00:00+01:00"),
        ("America/New_York", "2026-03-07T23:00:00-05:00", "2026-03-08T08:00:00-04:00"),
        ("America/New_York", "2026-10-31T23:00:00-04:00", "2026-11-01T08:00:00-05:00"),
        ("Australia/Lord_Howe", "2026-10-03T23:00:00+10:30", "2026-10-04T08:00:00+11:00"),
        ("Australia/Lord_Howe", "2026-04-04T23:00:00+11:00", "2026-04-05T08:00:00+10:30"),
    ],
)
def test_a_night_in_which_the_clock_changes_ends_by_the_new_clock(zone: str, now: str, until: str) -> None:
    assert judged(now, NIGHTS, zone=zone) == at(until)


def test_quiet_hours_that_end_at_a_time_that_is_skipped_end_with_the_change() -> None:
    early = NIGHTS.replace("08:00", "02:30")
    assert judged("2026-03-29T01:00:00+01:00", early) == at("2026-03-29T03:00:00+02:00")


def test_quiet_hours_within_a_skipped_hour_are_nowhere() -> None:
    skipped = '{channels: [email], from: "02:00", until: "03:00", then: hold}'
    for minutes in range(-90, 90):
        assert judged_at(at("2026-03-29T02:00:00+01:00") + minutes * MINUTE, skipped) is None


def test_an_hour_that_comes_twice_is_quiet_twice() -> None:
    twice = '{channels: [email], from: "02:00", until: "02:30", then: hold}'
    first = at("2026-10-25T02:00:00+02:00")
    assert judged_at(first, twice) == first + HOUR // 2
    assert judged_at(first + HOUR // 2, twice) is None
    assert judged_at(first + HOUR, twice) == first + HOUR + HOUR // 2
    assert judged_at(first + HOUR + HOUR // 2, twice) is None


def judged_at(now: int, *entries: str) -> Refusal | int | None:
    compiled = one(on_action={"treatments": [on("email")]}, contact_policy=f"quiet_hours: [{', '.join(entries)}]")
    book = compiled.rulebook
    return held_until(book.channels["email"], book.actions["a"], drafted(context(compiled, living(BERLIN), now=now)))


# ---- in a decision ----


def test_a_held_recommendation_says_when_it_may_go_out() -> None:
    compiled = one(on_action={"treatments": [on("email")]}, contact_policy=f"quiet_hours: [{NIGHTS}]")
    (held,) = given(decision(compiled, asked(), living(BERLIN), now=at("2026-03-02T22:00:00+01:00")))
    assert held.deliver_after == at("2026-03-03T08:00:00+01:00")
    (free,) = given(decision(compiled, asked(), living(BERLIN), now=at("2026-03-02T12:00:00+01:00")))
    assert free.deliver_after is None


def test_what_is_dropped_is_rejected() -> None:
    compiled = one(on_action={"treatments": [on("email")]}, contact_policy=f"quiet_hours: [{SUNDAYS}]")
    decided = decision(compiled, asked(), living(BERLIN), now=at("2026-03-01T12:00:00+01:00"))
    assert (actions_of(decided), reasons(decided)) == ([], {"a": "QUIET_HOURS"})


def test_who_is_here_is_shown_something_at_any_hour() -> None:
    compiled = one(on_action={"treatments": [on("web"), on("email")]}, contact_policy=f"quiet_hours: [{NIGHTS}]")
    (shown,) = given(decision(compiled, asked("home.banner"), living(BERLIN), now=at("2026-03-02T22:00:00+01:00")))
    assert (shown.channel, shown.deliver_after) == ("web", None)
