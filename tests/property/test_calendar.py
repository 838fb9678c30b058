"""Calendar periods follow each other without gap or overlap, in every zone and on the days when clocks change."""

from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.domain.calendar import bounds, days_of, period_key, wall
from engine.domain.times import DAY, HOUR, MINUTE, parse_rfc3339

ZONES = (
    *("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"),
    *("America/Sao_Paulo", "America/St_Johns", "America/Havana", "Pacific/Apia", "Asia/Beirut", "America/Toronto"),
)
"""Clocks put forward at midnight (Sao Paulo), back over it (St Johns), by half an hour (Lord Howe), by a day (Apia)."""
FROM, UNTIL = parse_rfc3339("1912-01-01T00:00:00Z"), parse_rfc3339("2060-01-01T00:00:00Z")
MANY = settings(max_examples=400, deadline=None)

zones = st.sampled_from(ZONES)
periods = st.sampled_from(("day", "week", "month", "year"))
moments = st.integers(FROM, UNTIL)
changes = st.sampled_from(
    [
        parse_rfc3339(at)
        for at in (
            *("2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"),
            *("2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z", "2018-11-04T03:00:00Z", "2018-02-18T02:00:00Z"),
            *("2010-03-14T03:31:00Z", "2010-11-07T02:31:00Z", "2011-12-30T10:00:00Z", "1919-03-31T04:30:00Z"),
            *("2026-03-28T22:00:00Z", "2026-10-24T21:00:00Z", "2026-03-08T05:00:00Z", "2026-11-01T05:00:00Z"),
        )
    ]
)
near_changes = st.builds(lambda at, by: at + by, changes, st.integers(-26 * HOUR, 26 * HOUR))
times = moments | near_changes


@MANY
@given(times, periods, zones)
def test_a_moment_is_within_its_period(at: int, period: str, zone: str) -> None:
    start, end = bounds(at, period, zone)
    assert start <= at < end
    assert bounds(start, period, zone) == bounds(end - 1, period, zone) == (start, end)


@MANY
@given(times, periods, zones)
def test_the_next_period_begins_where_one_ends(at: int, period: str, zone: str) -> None:
    _, end = bounds(at, period, zone)
    assert bounds(end, period, zone)[0] == end


@MANY
@given(times, st.integers(-40 * DAY, 40 * DAY), periods, zones)
def test_keys_are_equal_exactly_where_the_bounds_are(at: int, by: int, period: str, zone: str) -> None:
    other = at + by
    same = period_key(at, period, zone) == period_key(other, period, zone)
    assert same == (bounds(at, period, zone) == bounds(other, period, zone))


@MANY
@given(times, zones)
def test_larger_periods_are_made_of_whole_smaller_ones(at: int, zone: str) -> None:
    start, end = bounds(at, "day", zone)
    for period in ("week", "month", "year"):
        first, last = bounds(at, period, zone)
        assert first <= start < end <= last


@MANY
@given(times, zones)
def test_a_day_begins_when_the_clock_first_reaches_midnight(at: int, zone: str) -> None:
    start, _ = bounds(at, "day", zone)
    day = datetime.fromisoformat(period_key(at, "day", zone))
    assert wall(start, zone) >= day > wall(start - 1, zone)
    for minutes in range(1, 180):
        assert wall(start - minutes * MINUTE, zone) < day


@MANY
@given(times, periods)
@example(parse_rfc3339("2027-01-01T00:00:00Z"), "week")
def test_in_utc_the_key_is_what_the_date_says(at: int, period: str) -> None:
    form = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}[period]
    assert period_key(at, period, "UTC") == datetime.fromtimestamp(at // 1000, UTC).strftime(form)


@MANY
@given(times, zones)
def test_a_numbered_day_is_the_calendars(at: int, zone: str) -> None:
    days = days_of(zone)
    day = days.of(at)
    assert (days.start(day), days.start(day + 1)) == bounds(at, "day", zone)


@MANY
@given(times, st.integers(0, 40 * DAY), zones)
def test_days_never_run_backwards(at: int, later: int, zone: str) -> None:
    assert 0 <= days_of(zone).of(at + later) - days_of(zone).of(at) <= later // (22 * HOUR) + 2


@given(st.sampled_from((-(10**15), -1, 0, 10**15)), zones)
def test_moments_before_and_after_all_dates_have_a_day(at: int, zone: str) -> None:
    days = days_of(zone)
    assert days.start(days.of(at)) <= at < days.start(days.of(at) + 1)
