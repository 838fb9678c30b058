"""Notices never lose a place to advertisements, and what is pending keeps its place unless something better comes."""

from dataclasses import replace
from typing import Any

import pytest

from engine.compiled.rulebook import Compiled
from engine.decisioning import control_group
from engine.decisioning.contacts import book
from engine.domain.decision import Decision
from engine.domain.profile import Pending, Profile
from engine.domain.profile.state import PENDING_KEPT
from engine.domain.refusal import KeptByPending, Outranked, Time, TooManyPending
from engine.domain.times import DAY
from engine.domain.trigger import of_event
from tests.support.books import (
    NOW,
    action,
    actions_of,
    asked,
    decision,
    given,
    made,
    on,
    order,
    reachable,
    reasons,
    rule,
    who,
)

OLD, BETTER = "old", "better"
YEARLY: dict[str, dict[str, Any]] = {"mandatory": {"cooldown": "365 days"}}


def shop(*kinds: str, **files: str) -> Compiled:
    """An advertisement of great value and an action of each of these kinds, of small value."""
    small = [action(kind, kind=kind, value="1 EUR", **YEARLY.get(kind, {})) for kind in kinds]
    return made([action("ad", value="90 EUR"), *small], [rule(f"r-{n}", n) for n in ("ad", *kinds)], **files)


def two(better: str, old_kind: str = "marketing", better_kind: str = "marketing", **files: str) -> Compiled:
    """An action worth 10 EUR, and, once the customer has an order, another one of this value."""
    actions = [action(OLD, kind=old_kind), action(BETTER, value=better, kind=better_kind)]
    return made(actions, [rule("r-old", OLD), rule("r-better", BETTER, when={"customer.orders": 1})], **files)


def with_old_pending(compiled: Compiled) -> Profile:
    """The customer for whom the old action is pending on the home page, and who has bought since."""
    first = decision(compiled, asked("home.banner"))
    assert actions_of(first) == [OLD]
    return book(who(order("o1", NOW)), first, compiled.rulebook).profile


def again(compiled: Compiled, profile: Profile | None = None) -> Decision:
    return decision(compiled, asked("home.banner", id="request/2"), profile or with_old_pending(compiled), NOW + DAY)


# ---- kinds ----


@pytest.mark.parametrize("kind", ["transactional", "service", "mandatory"])
def test_a_notice_takes_the_only_place_whatever_the_advertisement_is_worth(kind: str) -> None:
    decided = decision(shop(kind), asked("home.banner"))
    assert (actions_of(decided), reasons(decided)) == ([kind], {"ad": "OUTRANKED"})


def test_a_mandatory_notice_comes_before_other_notices() -> None:
    assert actions_of(decision(shop("service", "mandatory"), asked("account.next", count=3))) == [
        "mandatory",
        "service",
        "ad",
    ]


def test_an_order_notice_is_sent_and_not_the_advertisement() -> None:
    by_email: dict[str, Any] = {"treatments": [on("email")]}
    notice = action("notice", kind="transactional", value="0 EUR", **by_email)
    actions = [action("ad", value="90 EUR", **by_email), notice]
    rules = [rule(f"r-{name}", name, trigger=["order_completed"]) for name in ("ad", "notice")]
    bought = order("o1", NOW, decide="outbound")
    profile = who(*reachable("email"), bought)
    assert actions_of(decision(made(actions, rules), of_event(bought), profile)) == ["notice"]


def test_a_notice_takes_the_place_of_a_pending_advertisement() -> None:
    decided = again(two("1 EUR", better_kind="service"))
    assert actions_of(decided) == [BETTER]
    assert [gone.action for gone in decided.withdrawn] == [OLD]


def test_an_advertisement_never_takes_the_place_of_a_pending_notice() -> None:
    decided = again(two("90 EUR", old_kind="service"))
    assert (actions_of(decided), reasons(decided)) == ([OLD], {BETTER: "OUTRANKED"})


def test_a_notice_finds_room_among_as_many_pending_advertisements_as_a_profile_keeps() -> None:
    compiled = shop("service")
    waiting = tuple(
        Pending(f"r-{n}", "ad", "r-ad", "web", "home.side", NOW - DAY + n, NOW + DAY, None) for n in range(PENDING_KEPT)
    )
    decided = decision(compiled, asked("home.banner"), who().but(pending=waiting))
    assert actions_of(decided) == ["service"]
    (gone,) = decided.withdrawn
    assert (gone.recommendation_id, gone.refusal.params) == ("r-0", TooManyPending(PENDING_KEPT))


# ---- pending ----


def test_what_is_pending_keeps_its_place_against_a_slightly_better_one() -> None:
    decided = again(two("14 EUR"))
    assert actions_of(decided) == [OLD]
    (rejection,) = decided.rejected
    assert rejection.refusal.params == KeptByPending(1.4, OLD, Time(NOW + 10 * DAY))
    assert rejection.retry_after == NOW + 10 * DAY
    assert decided.withdrawn == ()


def test_what_is_better_by_the_stated_factor_takes_the_place_of_what_is_pending() -> None:
    compiled = two("16 EUR")
    decided = again(compiled)
    assert actions_of(decided) == [BETTER]
    (gone,) = decided.withdrawn
    assert (gone.action, gone.refusal.params) == (OLD, Outranked(1.0, 1))
    after = book(with_old_pending(compiled), decided, compiled.rulebook).profile
    assert [pending.action for pending in after.pending] == [BETTER]


def test_the_factor_is_the_rulebooks() -> None:
    eager = two("11 EUR", arbitration="{pending: {displaced_above: 1}}")
    assert actions_of(again(eager)) == [BETTER]
    patient = two("16 EUR", arbitration="{pending: {displaced_above: 2}}")
    assert actions_of(again(patient)) == [OLD]


def test_a_lower_score_is_outranked_also_by_what_is_pending() -> None:
    assert reasons(again(two("9 EUR"))) == {BETTER: "OUTRANKED"}


def test_what_is_pending_and_finds_room_beside_the_better_one_stays() -> None:
    compiled = two("90 EUR")
    first = decision(compiled, asked("account.next", count=2))
    profile = book(who(order("o1", NOW)), first, compiled.rulebook).profile
    decided = decision(compiled, asked("account.next", id="request/2", count=2), profile, NOW + DAY)
    assert (actions_of(decided), decided.withdrawn) == ([BETTER, OLD], ())
    assert given(decided)[1].recommendation_id == given(first)[0].recommendation_id


def test_a_request_for_fewer_withdraws_nothing_that_the_placement_has_room_for() -> None:
    compiled = made([action(name) for name in "abc"], [rule(f"r-{name}", name) for name in "abc"])
    three = book(who(), decision(compiled, asked("account.next", count=3)), compiled.rulebook).profile
    one = decision(compiled, asked("account.next", id="request/2", count=1), three, NOW + DAY)
    assert (actions_of(one), reasons(one), one.withdrawn) == (["a"], {"b": "OUTRANKED", "c": "OUTRANKED"}, ())


def test_a_new_one_displaces_as_many_as_the_placement_has_no_room_for_and_those_are_the_worst() -> None:
    cheap = [action(name, value=f"{value} EUR") for name, value in (("a", 4), ("b", 3), ("c", 2))]
    rules = [*(rule(f"r-{name}", name) for name in "abc"), rule("r-new", "new", when={"customer.orders": 1})]
    compiled = made([*cheap, action("new", value="90 EUR")], rules)
    three = book(who(order("o1", NOW)), decision(compiled, asked("account.next", count=3)), compiled.rulebook).profile
    decided = decision(compiled, asked("account.next", id="request/2", count=1), three, NOW + DAY)
    assert (actions_of(decided), [gone.action for gone in decided.withdrawn]) == (["new"], ["c"])


def test_what_is_withheld_from_the_control_group_displaces_nothing() -> None:
    compiled = two("90 EUR", measurement="{salt: s, holdout: {share: 50 %}}")
    held = next(f"c/{n}" for n in range(99) if control_group.in_global(f"c/{n}", compiled.rulebook))
    waiting = Pending("r-1", OLD, "r-old", "web", "home.banner", NOW, NOW + 10 * DAY, None)
    profile = replace(who(order("o1", NOW)), customer=held).but(pending=(waiting,))
    on = replace(asked("home.banner", id="request/2"), customer=held)
    decided = decision(compiled, on, profile, NOW + DAY)
    assert ([one.action for one in decided.withheld], decided.withdrawn) == ([BETTER], ())


def test_what_is_pending_in_another_placement_stays() -> None:
    compiled = two("90 EUR")
    decided = decision(compiled, asked("home.side", id="request/2"), with_old_pending(compiled), NOW + DAY)
    assert (actions_of(decided), decided.withdrawn) == ([BETTER], ())
