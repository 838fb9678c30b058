"""What a recommendation becomes: pending, a contact where the channel says so, history."""

from dataclasses import replace

import pytest

from engine.decisioning import contacts as policy
from engine.decisioning.contacts import Recommended, settle
from engine.decisioning.decide import build_facts
from engine.domain.decision import Decision
from engine.domain.events import OUTCOMES
from engine.domain.profile import Profile, decode, encode
from engine.domain.profile.codec import FORMAT
from engine.domain.profile.state import PENDING_KEPT, TOUCHES_KEPT
from engine.domain.times import DAY
from engine.facts import FactsDict
from engine.value.tiers import Snapshot
from tests.support.books import NOW, action, asked, decision, given, made, on, reachable, rule, says, who

ACTIONS = [
    action("banner", group="g", treatments=says("Hi")),
    action("mail", group="g", treatments=[on("email")]),
    action("task", kind="internal", group="tasks", treatments=[on("desk")]),
]
BOOK = made(ACTIONS, [rule(f"r-{a['action']}", a["action"], once="per customer") for a in ACTIONS])
CHANNEL = {"banner": "web", "mail": "email", "task": "desk"}


def recommended(name: str, number: int = 1) -> Recommended:
    return Recommended(f"r-{number}", name, f"r-{name}", CHANNEL[name], "1")


def record(profile: Profile, of: Recommended, outcome: str, at: int) -> Profile:
    return policy.record(profile, of, outcome, at, BOOK.rulebook).profile


def book(profile: Profile, decided: Decision) -> Profile:
    return policy.book(profile, decided, BOOK.rulebook).profile


def told(name: str, *outcomes: str, at: int = NOW) -> Profile:
    profile = who()
    for outcome in outcomes:
        profile = record(profile, recommended(name), outcome, at)
    return profile


def contacts(profile: Profile, name: str) -> int:
    return sum(map(len, profile.contacts[name].touches.values())) if name in profile.contacts else 0


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_on_a_channel_that_shows_a_contact_begins_with_the_impression(outcome: str) -> None:
    seen = outcome in ("impression", "click", "accept", "reject", "convert")
    assert contacts(told("banner", outcome), "banner") == seen


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_on_a_channel_that_sends_a_contact_begins_when_it_was_sent(outcome: str) -> None:
    reached = outcome in ("sent", "impression", "click", "accept", "reject", "convert")
    assert contacts(told("mail", outcome), "mail") == reached


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_on_a_channel_that_counts_decisions_no_outcome_makes_a_contact(outcome: str) -> None:
    assert contacts(told("task", outcome), "task") == 0


def test_one_recommendation_is_one_contact_whatever_comes_of_it() -> None:
    assert contacts(told("mail", "sent", "impression", "click", "accept", "sent"), "mail") == 1


def test_two_recommendations_of_one_action_are_two_contacts() -> None:
    profile = told("banner", "impression")
    assert contacts(record(profile, recommended("banner", 2), "impression", NOW), "banner") == 2


def test_the_same_outcome_again_changes_nothing() -> None:
    profile = told("banner", "impression")
    assert record(profile, recommended("banner"), "impression", NOW + 5) is profile


def test_the_latest_outcome_is_remembered_by_its_time_not_by_its_arrival() -> None:
    profile = told("mail", "accept")
    assert record(profile, recommended("mail"), "sent", NOW - DAY).contacts["mail"].outcome == "accept"
    assert record(profile, recommended("mail"), "undo", NOW + DAY).contacts["mail"].outcome == "undo"


def test_a_contact_that_arrives_late_does_not_move_the_latest_back() -> None:
    profile = told("banner", "impression")
    late = record(profile, recommended("banner", 2), "impression", NOW - 9 * DAY)
    assert late.contacts["banner"].last == NOW
    assert late.contacts["banner"].touches == {"web": (NOW - 9 * DAY, NOW)}


def test_a_shown_recommendation_waits_until_it_is_seen() -> None:
    profile = book(who(), decision(BOOK, asked("home.banner")))
    (waiting,) = profile.pending
    assert (waiting.action, waiting.placement, waiting.scope) == ("banner", "home.banner", "1")
    assert profile.contacts == {}
    seen = Recommended(waiting.recommendation_id, "banner", "r-banner", "web", "1")
    assert record(profile, seen, "impression", NOW + 1).pending == ()
    assert record(profile, seen, "sent", NOW + 1).pending == profile.pending


@pytest.mark.parametrize("outcome", ["accept", "reject", "ignore", "convert", "undo"])
def test_an_answer_ends_the_waiting(outcome: str) -> None:
    profile = book(who(), decision(BOOK, asked("home.banner")))
    waiting = Recommended(profile.pending[0].recommendation_id, "banner", "r-banner", "web", "1")
    assert record(profile, waiting, outcome, NOW).pending == ()


def test_once_counts_from_the_contact_not_from_the_decision() -> None:
    profile = book(who(), decision(BOOK, asked("home.banner")))
    assert profile.once == {}
    assert told("banner", "ignore").once == {}
    assert told("banner", "impression").once == {"r-banner": "1"}


def test_a_task_is_a_contact_as_soon_as_it_is_decided() -> None:
    decided = decision(BOOK, asked())
    assert [g.action for g in given(decided)] == ["task"]
    profile = book(who(), decided)
    assert (profile.pending, contacts(profile, "task"), profile.once) == ((), 1, {"r-task": "1"})


def test_what_has_expired_no_longer_waits() -> None:
    profile = book(who(), decision(BOOK, asked("home.banner")))
    assert settle(profile, NOW + 10 * DAY, BOOK.rulebook).pending == ()


def test_no_more_recommendations_wait_than_a_profile_holds() -> None:
    profile = who(*reachable("email"))
    for n in range(PENDING_KEPT + 5):
        decided = decision(BOOK, asked("home.banner", id=f"request/{n}"), who())
        profile = book(profile, decided)
    assert len(profile.pending) == PENDING_KEPT


def test_no_more_contacts_are_kept_than_a_profile_holds() -> None:
    profile = who()
    for n in range(TOUCHES_KEPT + 5):
        profile = record(profile, recommended("banner", n), "impression", NOW + n * DAY)
    assert profile.contacts["banner"].touches["web"][-1] == NOW + (TOUCHES_KEPT + 4) * DAY
    assert contacts(profile, "banner") == TOUCHES_KEPT


def test_an_outcome_on_a_channel_that_is_gone_is_remembered_without_a_contact() -> None:
    gone = replace(recommended("banner"), channel="carrier-pigeon")
    profile = record(who(), gone, "accept", NOW)
    assert (profile.contacts["banner"].outcome, contacts(profile, "banner")) == ("accept", 0)


def test_what_waits_and_what_was_said_survive_storing() -> None:
    profile = book(told("mail", "sent", "click"), decision(BOOK, asked("home.banner")))
    assert decode(encode(profile, FORMAT)) == profile


# ---- history facts ----


def history(profile: Profile, now: int = NOW) -> FactsDict:
    """The history facts, but for those of the actions and groups that have none."""
    facts = build_facts(BOOK, Snapshot(), profile, asked(), now)
    return {
        name: value
        for name, value in facts.items()
        if name.startswith("history.") and value != BOOK.rulebook.vocabulary[name].default
    }


def test_history_says_when_how_often_and_what_came_of_it() -> None:
    profile = told("mail", "sent", at=NOW - 3 * DAY)
    facts = history(profile)
    assert facts == {
        f"history.{name}.{what}": value
        for name in ("mail", "g")
        for what, value in (("days_since_shown", 3), ("times_shown_365d", 1), ("last_outcome", "sent"))
    }


def test_an_outcome_without_a_contact_was_never_shown() -> None:
    facts = history(told("banner", "ignore"))
    assert facts == {"history.banner.last_outcome": "ignore", "history.g.last_outcome": "ignore"}


def test_contacts_of_more_than_a_year_ago_are_not_counted() -> None:
    profile = told("mail", "sent", at=NOW - 365 * DAY)
    assert "history.mail.times_shown_365d" not in history(profile)
    assert history(profile, NOW - DAY)["history.mail.times_shown_365d"] == 1


def test_a_groups_history_is_that_of_all_its_actions() -> None:
    profile = record(told("mail", "sent", at=NOW - 9 * DAY), recommended("banner", 2), "click", NOW - DAY)
    facts = history(profile)
    assert facts["history.g.days_since_shown"] == 1
    assert (facts["history.g.times_shown_365d"], facts["history.g.last_outcome"]) == (2, "click")
