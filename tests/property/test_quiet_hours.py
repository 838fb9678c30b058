"""Nothing is sent in a quiet minute of the customer's clock, whatever is quiet and whenever clocks change."""

from dataclasses import replace
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisioning.quiet_hours import held_until
from engine.domain.refusal import Refusal
from engine.domain.times import DAY, MINUTE
from engine.rulebook.shop import ContactPolicy, QuietHours
from tests.support.books import action, made, on, rule
from tests.support.capped import CHANGES, moments, profile_of, standing, under
from tests.support.policy import drafted

MANY = settings(max_examples=200, deadline=None)
BOOK = made([action("a", expires="30 days", treatments=[on("email")])], [rule("r", "a")])
QUARTERS = 24 * 4

minutes = st.integers(0, QUARTERS).map(lambda quarters: quarters * 15)
days = st.frozensets(st.integers(0, 6), min_size=1) | st.just(frozenset(range(7)))
hours = st.builds(
    QuietHours, st.just(("email",)), minutes.map(lambda start: start % (24 * 60)), minutes, days, st.booleans()
)
entries = st.lists(hours, min_size=1, max_size=3).map(tuple)
nights = st.builds(
    QuietHours, st.just(("email",)), st.sampled_from([22 * 60, 90]), st.sampled_from([150, 480]), days, st.just(True)
).map(lambda night: (night,))


@st.composite
def nows(draw: st.DrawFn) -> tuple[str, int]:
    """A zone and a moment near a change of its clocks."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    return zone, draw(moments(zone)) + draw(st.integers(0, 59)) * MINUTE


def is_quiet(quiet: tuple[QuietHours, ...], at: int, zone: str) -> bool:
    """Whether the clock shows a quiet time, counted in minutes of a week that is written out."""
    clock = datetime.fromtimestamp(at // 1000, ZoneInfo(zone))
    minute = clock.weekday() * 1440 + clock.hour * 60 + clock.minute
    for one in quiet:
        lasts = one.end - one.start if one.end > one.start else one.end + 1440 - one.start
        if any((minute - (day * 1440 + one.start)) % (7 * 1440) < lasts for day in one.days):
            return True
    return False


def judged(quiet: tuple[QuietHours, ...], now: int, zone: str) -> Refusal | int | None:
    compiled = under(ContactPolicy(quiet_hours=quiet), BOOK)
    book = compiled.rulebook
    context = standing(compiled, profile_of((), (), zone), now)
    return held_until(book.channels["email"], book.actions["a"], drafted(context))


@MANY
@given(entries | nights, nows())
def test_what_may_go_now_or_later_goes_in_no_quiet_minute(
    quiet: tuple[QuietHours, ...], moment: tuple[str, int]
) -> None:
    zone, now = moment
    found = judged(quiet, now, zone)
    assert (found is None) == (not is_quiet(quiet, now, zone))
    sent = found.retry_after if isinstance(found, Refusal) else found
    if sent is not None:
        assert sent > now
        assert not is_quiet(quiet, sent, zone)
        assert is_quiet(quiet, sent - 1, zone)


@MANY
@given(entries | nights, nows())
def test_while_the_clock_runs_on_it_is_held_until_the_first_minute_that_is_not_quiet(
    quiet: tuple[QuietHours, ...], moment: tuple[str, int]
) -> None:
    zone, now = moment
    held = judged(tuple(replace(one, hold=True) for one in quiet), now, zone)
    if isinstance(held, int) and _same_offset(now, held, zone):
        step = 15 * MINUTE
        assert held == next(at for at in count(now - now % step + step, step) if not is_quiet(quiet, at, zone))


def _same_offset(now: int, then: int, zone: str) -> bool:
    first, last = (datetime.fromtimestamp(at // 1000, ZoneInfo(zone)) for at in (now, then))
    return first.utcoffset() == last.utcoffset()


@MANY
@given(entries, nows())
def test_what_is_never_sent_is_quiet_for_more_than_a_week(
    quiet: tuple[QuietHours, ...], moment: tuple[str, int]
) -> None:
    zone, now = moment
    found = judged(quiet, now, zone)
    if isinstance(found, Refusal) and found.retry_after is None:
        assert all(is_quiet(quiet, at, zone) for at in range(now, now + 7 * DAY, 15 * MINUTE))
