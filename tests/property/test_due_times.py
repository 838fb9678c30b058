"""The law of due times: an inactive rule that begins to have something to recommend was due, within a day."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiled.rulebook import Compiled
from engine.decisioning import contacts
from engine.domain.profile import Profile, decode, encode
from engine.domain.profile.codec import FORMAT
from engine.domain.times import DAY, HOUR
from engine.domain.trigger import INACTIVE, Trigger
from engine.facts import Given
from engine.rulebook.model import Forbid, Recommend
from engine.rulebook.reference import ReferenceMatcher
from engine.scheduling.timers import SOON, next_due, scheduled
from tests.support.books import shipped
from tests.support.silent import NOW, SNAPSHOT, silent

FEW = settings(max_examples=25, deadline=None)
STEP = 3 * HOUR
AHEAD = 140 * DAY
LAG = 25 * HOUR
WIN_BACK = ("quiet-check-in", "light-reminder", "comeback-offer", "personal-call")


def effective(profile: Profile, compiled: Compiled, moment: int) -> set[str]:
    """The overdue rules that match and whose action nothing forbids, by the matcher that takes rules as written."""
    settled = contacts.settle(profile, moment, compiled.rulebook)
    facts = compiled.plans[INACTIVE].build(
        Given(settled, Trigger(INACTIVE, "", profile.customer), compiled.rulebook, SNAPSHOT, moment)
    )
    matched = [compiled.rulebook.rules[name] for name in ReferenceMatcher(compiled.rulebook).match(INACTIVE, facts)]
    forbids = [rule.then for rule in matched if isinstance(rule.then, Forbid) and rule.status == "live"]
    actions = compiled.rulebook.actions
    return {
        rule.id
        for rule in matched
        if isinstance(rule.then, Recommend)
        and not any(forbid.covers(actions[rule.then.action]) for forbid in forbids)
        and profile.once.get(rule.id) is None
    }


def hours() -> Iterator[int]:
    yield from range(NOW, NOW + AHEAD, STEP)


@FEW
@given(data=st.data())
def test_whenever_an_overdue_rule_begins_there_was_a_due_time(data: st.DataObject) -> None:
    compiled = shipped()
    profile: Profile = scheduled(data.draw(silent(compiled, WIN_BACK)), compiled, SNAPSHOT, NOW)
    evaluated: set[str] = set()
    waiting: dict[str, int] = {}
    for moment in hours():
        while (due := next_due(profile)) is not None and due <= moment:
            profile = scheduled(profile.but(inactive_at=0), compiled, SNAPSHOT, due, evaluated=True)
            evaluated |= effective(profile, compiled, due)
            assert (later := next_due(profile)) is None or later >= due + SOON
        now = effective(profile, compiled, moment)
        evaluated &= now
        waiting = {name: waiting.get(name, moment) for name in now - evaluated}
        assert all(moment - since < LAG for since in waiting.values()), (waiting, profile)


@FEW
@given(data=st.data())
def test_what_is_scheduled_again_stays_as_it_is_and_is_stored(data: st.DataObject) -> None:
    compiled = shipped()
    profile: Profile = scheduled(data.draw(silent(compiled, WIN_BACK)), compiled, SNAPSHOT, NOW)
    assert scheduled(profile, compiled, SNAPSHOT, NOW) is profile
    stored = decode(encode(profile, FORMAT))
    assert (stored.inactive_at, stored.evaluated, stored.waits) == (
        profile.inactive_at,
        profile.evaluated,
        profile.waits,
    )
