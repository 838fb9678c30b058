"""Calendar periods by example: ISO weeks, and days on which the clocks change."""

import pytest

from engine.domain.calendar import bounds, is_zone, moment, period_key, wall
from engine.domain.times import DAY, HOUR, parse_rfc3339


def at(text: str) -> int:
    return parse_rfc3339(text)


@pytest.mark.parametrize(
    ("period", "key"),
    [("day", "2026-11-21"), ("week", "2026-W47"), ("month", "2026-11"), ("year", "2026"), (None, "")],
)
def test_a_period_is_named_by_its_iso_form(period: str | None, key: str) -> None:
    assert period_key(at("2026-11-21T12:00:00Z"), period, "Europe/Berlin") == key


def test_a_week_belongs_to_the_year_of_its_thursday() -> None:
    assert period_key(at("2027-01-03T12:00:00Z"), "week", "Europe/Berlin") == "2026-W53"


def test_a_period_begins_at_midnight_of_its_zone() -> None:
    moment = at("2026-11-20T23:30:00Z")
    assert [period_key(moment, "day", zone) for zone in ("Europe/Berlin", "America/New_York")] == [
        "2026-11-21",
        "2026-11-20",
    ]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29T10:00:00Z", 23),
        ("Europe/Berlin", "2026-10-25T10:00:00Z", 25),
        ("America/New_York", "2026-03-08T15:00:00Z", 23),
        ("America/New_York", "2026-11-01T15:00:00Z", 25),
        ("Australia/Lord_Howe", "2026-10-04T03:00:00Z", 23.5),
        ("Australia/Lord_Howe", "2026-04-05T03:00:00Z", 24.5),
    ],
)
def test_a_day_on_which_the_clock_changes_is_shorter_or_longer(zone: str, day: str, hours: float) -> None:
    start, end = bounds(at(day), "day", zone)
    assert end - start == hours * HOUR


def test_where_midnight_does_not_exist_the_day_begins_with_the_first_moment_after_it() -> None:
    start, _ = bounds(at("2018-11-04T12:00:00Z"), "day", "America/Sao_Paulo")
    assert (start, str(wall(start, "America/Sao_Paulo"))) == (at("2018-11-04T03:00:00Z"), "2018-11-04 01:00:00")


def test_where_the_clock_is_put_back_over_midnight_the_day_has_begun_once() -> None:
    """St Johns went from 00:01 back to 23:01."""
    begun = at("2010-11-07T02:30:30Z")
    again = at("2010-11-07T03:00:00Z")
    assert str(wall(again, "America/St_Johns")) == "2010-11-06 23:30:00"
    assert period_key(begun, "day", "America/St_Johns") == period_key(again, "day", "America/St_Johns") == "2010-11-07"


def test_a_month_has_its_own_length() -> None:
    start, end = bounds(at("2026-02-10T00:00:00Z"), "month", "UTC")
    assert end - start == 28 * DAY


def test_a_repeated_hour_comes_first_or_after_a_moment_within_it() -> None:
    first, second = at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")
    clock = wall(first, "Europe/Berlin")
    assert clock == wall(second, "Europe/Berlin")
    assert moment(clock, "Europe/Berlin") == first
    assert moment(clock, "Europe/Berlin", first + HOUR // 2) == second


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "Europe", "../etc/passwd", "a\0b"])
def test_what_is_no_zone_is_none(name: str) -> None:
    assert is_zone("Europe/Berlin")
    assert not is_zone(name)
