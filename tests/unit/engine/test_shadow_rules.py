"""Shadow rules: what they would have changed is decided, kept and counted, and nothing of it is shown."""

from typing import Any

from engine.compiled.rulebook import Compiled
from engine.domain.decision import Decision, ShadowEffect
from engine.domain.profile import Profile
from engine.scheduling import transitions
from engine.value import counters
from tests.support.books import CUSTOMER, action, actions_of, asked, decision, made, reasons, rule

HERE = asked("home.banner")


def book(*rules: dict[str, Any]) -> Compiled:
    """The actions a (score 1 EUR) and b (2 EUR), a live rule for a, and some rules on trial."""
    actions = [action("a"), action("b", value="20 EUR")]
    return made(actions, [rule("live", "a"), *rules])


def counted(compiled: Compiled, decided: Decision) -> dict[str, int]:
    transition = transitions.decision_transition(Profile(CUSTOMER, tier="gold"), HERE, decided, compiled)
    return {name: by for name, by in transition.counts if name.startswith(counters.RULE)}


def test_a_rule_on_trial_changes_nothing_that_is_shown() -> None:
    decided = decision(book(rule("trial", "b", status="shadow")), HERE)
    assert (actions_of(decided), reasons(decided)) == (["a"], {"b": "NOT_LIVE"})


def test_what_it_would_have_recommended_is_told_with_what_would_have_gone_for_it() -> None:
    decided = decision(book(rule("trial", "b", status="shadow")), HERE)
    assert decided.shadow == (ShadowEffect("trial", "recommend", "b", "web", "home.banner", ("a",)),)


def test_a_recommendation_that_would_have_lost_changes_nothing() -> None:
    decided = decision(book(rule("better", "b"), rule("trial", "a", status="shadow")), HERE)
    assert decided.shadow == ()


def test_what_it_would_have_forbidden_is_told() -> None:
    decided = decision(book(rule("trial", forbid={"action": "a"}, status="shadow")), HERE)
    assert actions_of(decided) == ["a"]
    assert decided.shadow == (ShadowEffect("trial", "forbid", "a", "web", "home.banner"),)


def test_what_it_would_have_boosted_into_the_place_is_told() -> None:
    compiled = book(rule("other", "b"), rule("trial", boost={"action": "a", "by": 3}, status="shadow"))
    decided = decision(compiled, HERE)
    assert actions_of(decided) == ["b"]
    assert decided.shadow == (ShadowEffect("trial", "boost", "a", "web", "home.banner", ("b",)),)


def test_a_rule_on_trial_that_does_not_hold_changes_nothing() -> None:
    decided = decision(book(rule("trial", "b", status="shadow", when={"customer.orders": {"at_least": 3}})), HERE)
    assert decided.shadow == ()


def test_it_is_counted_where_it_held_and_where_it_would_have_changed_something() -> None:
    compiled = book(rule("trial", "b", status="shadow"), rule("loses", "a", status="shadow"))
    assert counted(compiled, decision(compiled, HERE)) == {
        "r:held:trial:gold": 1,
        "r:held:loses:gold": 1,
        "r:would:trial:gold": 1,
    }


def test_live_rules_are_not_counted_as_if_on_trial() -> None:
    compiled = book()
    assert counted(compiled, decision(compiled, HERE)) == {}
