"""What would have to change for one rule to fire, and what would come of its candidate then."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.compiled.rulebook import Compiled
from engine.domain.profile import Profile
from engine.domain.trigger import Trigger, of_due
from engine.value.tiers import Snapshot
from explain import Explanation, explain, known_of, tell
from explain.what_if import AboutRule
from tests.support.books import CUSTOMER, NOW, action, asked, days_ago, decision, made, on, order, rule, who
from tests.support.policy import one, waiting

HERE = asked("home.banner")
GOLD = {"customer.tier": "gold"}
SEGMENTS = "segments: {valued: {customer.tier: gold}, big: {cart.total: {at_least: 50 EUR}}}"


def explained(
    compiled: Compiled, profile: Profile | None = None, trigger: Trigger = HERE, name: str = "r", known: bool = True
) -> Explanation:
    """`known`: with the situation at hand, as in a dry run; else from the decision alone, as from its record."""
    decided = decision(compiled, trigger, profile)
    found = known_of(compiled, Snapshot(), profile or Profile(CUSTOMER), trigger, NOW) if known else None
    return explain(decided, compiled, rule=name, known=found)


def about(*arguments: Any, **more: Any) -> AboutRule:
    told = explained(*arguments, **more).about
    assert told is not None
    return told


def lines(*arguments: Any, language: str = "en", **more: Any) -> list[str]:
    """What is told of the rule, without its heading."""
    told = tell(explained(*arguments, **more), language)
    start = next(number for number, line in enumerate(told) if line.startswith(("Changes needed", "规则")))
    rest = told[start + 1 :]
    end = next((number for number, line in enumerate(rest) if not line.startswith(" ")), len(rest))
    return [line[2:] for line in rest[:end]]


# ---- facts ----


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (
            {"customer.days_since_last_order": {"at_least": 20}},
            ["customer.days_since_last_order: 12 days -> at least 20 days (Days of silence)"],
        ),
        (
            {"customer.days_since_last_order": {"between": [20, 60]}},
            ["customer.days_since_last_order: 12 days -> between 20 days and 60 days (Days of silence)"],
        ),
        (
            {"customer.days_since_last_order": {"at_least": 20, "at_most": 60}},
            ["customer.days_since_last_order: 12 days -> at least 20 days and at most 60 days (Days of silence)"],
        ),
        (
            {"none": [{"customer.days_since_last_order": {"between": [5, 15]}}]},
            ["customer.days_since_last_order: 12 days -> less than 5 days or more than 15 days (Days of silence)"],
        ),
        ({"customer.first_name": {"known": True}}, ["customer.first_name: unknown -> to be known (First name)"]),
        (
            {"cart.categories": {"has": "kitchen"}},
            ["cart.categories: nothing -> to include kitchen (Categories in the cart)"],
        ),
    ],
)
def test_a_change_says_what_a_fact_is_and_what_it_would_have_to_be(when: Mapping[str, Any], told: list[str]) -> None:
    assert lines(one({"when": when}), who(order("o1", days_ago(12))))[:-1] == told


def test_of_alternatives_the_one_with_the_fewest_changes_is_shown() -> None:
    both = {"all": [{"customer.orders": {"at_least": 3}}, GOLD]}
    when = {"any": [both, {"cart.total": {"more_than": "10 EUR"}}]}
    (change,) = about(one({"when": when})).changes or ()
    assert (change.fact, change.actual, change.to) == ("cart.total", 0, 1001)


def test_changes_reach_through_segments() -> None:
    when = {"any": [{"segment": "valued"}, {"all": [{"segment": "big"}, {"customer.orders": 1}]}]}
    (change,) = about(one({"when": when}, segments=SEGMENTS)).changes or ()
    assert (change.fact, change.to) == ("customer.tier", "gold")


def test_where_no_facts_help_it_says_so() -> None:
    never = one({"when": {"customer.orders": {"at_least": 3, "at_most": 2}}})
    assert about(never).changes is None
    assert lines(never) == ["No facts satisfy its conditions: they contradict each other."]


def test_the_facts_that_would_have_to_change_are_among_those_that_mattered() -> None:
    told = explained(one({"when": GOLD}))
    assert [one.fact.name for one in told.facts if one.mattered] == ["customer.tier"]


# ---- what else is in the way ----


def test_a_rule_that_fired_needs_nothing() -> None:
    assert about(one()).fired
    assert lines(one()) == ["None: it fired.", "a was recommended (home.banner), with a score of 1.00."]


def test_a_rule_with_another_trigger_shows_its_own() -> None:
    compiled = made([action("a", treatments=[on("desk")])], [rule("r", "a", trigger=["inactive", "visited"])])
    assert lines(compiled) == [
        "It is evaluated only on inactivity or visited; the trigger was a request.",
        "Its conditions already hold.",
        "Then a would be recommended (outbound), with a score of 1.00.",
    ]


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_a_rule_that_is_not_live_says_its_status(status: str) -> None:
    told = lines(one({"status": status}))
    assert told[0] == f"Its status is {status}; only live rules take effect."


def test_a_rule_outside_its_dates_says_when_they_begin_or_ended() -> None:
    later, over = one({"valid": {"from": "2027-01-01"}}), one({"valid": {"until": "2026-01-01"}})
    assert lines(later)[0] == "It is valid from Friday 1 January 2027, 00:00 (Europe/Berlin) (in 304 days)."
    assert lines(over)[0] == "It was valid until Friday 2 January 2026, 00:00 (Europe/Berlin) (59 days ago)."


def test_a_rule_that_forbids_has_no_candidate() -> None:
    compiled = made([action("a")], [rule("r", forbid={"action": "a"}, when=GOLD)])
    assert lines(compiled) == ["customer.tier: none -> gold (Tier)"]


def test_of_an_unknown_rule_nothing_can_be_said() -> None:
    with pytest.raises(ValueError, match="no such rule: nothing"):
        explained(one(), name="nothing")


# ---- the gates behind it ----


def test_with_the_changes_the_candidate_is_taken_through_its_gates() -> None:
    once = one({"when": GOLD, "once": "per customer"})
    fresh, done = who(), replace(who(), once={"r": "1"})
    assert lines(once, fresh)[-1] == "Then a would be recommended (home.banner), with a score of 1.00."
    refused = "it is recommended once per customer, and already was for this customer."
    assert lines(once, done)[-1] == f"Even then a would not be recommended: {refused}"


def test_a_better_candidate_is_named_with_both_scores() -> None:
    actions = [action("a"), action("b", value="20 EUR")]
    compiled = made(actions, [rule("r", "a", when=GOLD), rule("s", "b")])
    assert lines(compiled)[-1] == "Even then a would not be recommended: its score is 1.00, and b has 2.00."


def test_a_gate_that_opens_again_says_when() -> None:
    profile = replace(who(), pending=(waiting("a", "home.side"),))
    told = lines(one({"when": GOLD}), profile)
    assert told[-1] == "  retry after Tuesday 3 March 2026, 10:00 (Europe/Berlin) (in 24 hours)"


def test_a_holdout_would_keep_it_back() -> None:
    compiled = one({"when": GOLD}, {"holdout": "50 %"}, measurement="salt: s")
    told = {lines(compiled, Profile(f"c/{n}"), replace(HERE, customer=f"c/{n}"))[-1] for n in range(30)}
    assert "Then a would be chosen and withheld: the customer is in its control group." in told


def test_the_decision_that_was_made_is_not_changed_by_asking() -> None:
    compiled = one({"when": GOLD})
    told = explained(compiled)
    assert told.decision == decision(compiled, HERE)
    assert told.places[0].given == ()


# ---- from a record alone ----


def test_from_a_record_alone_it_says_that_the_gates_are_not_known() -> None:
    told = lines(one({"when": GOLD}), known=False)
    assert told[-1] == "The record does not show whether consent, caps and cooldowns would allow a."


def test_from_a_record_alone_a_rule_that_forbids_is_known() -> None:
    compiled = made([action("a")], [rule("r", "a", when=GOLD), rule("no", forbid={"action": "a"})])
    said = "According to the record, a would not be recommended even then: rule no forbids it (The rule no)."
    assert lines(compiled, known=False)[-1] == said


def test_from_a_record_alone_it_is_known_what_stopped_another_rule_with_the_same_action() -> None:
    compiled = made([action("a", cooldown="14 days")], [rule("r", "a", when=GOLD), rule("s", "a")])
    profile = replace(who(), pending=(waiting("a", "home.side"),))
    assert "it is already pending for the customer (home.side)" in lines(compiled, profile, known=False)[-2]


def test_from_a_record_alone_a_fact_that_it_does_not_have_is_said_to_be_missing_there() -> None:
    compiled = made([action("a")], [rule("r", "a", when=GOLD, trigger=["inactive"]), rule("s", "a")])
    told = lines(compiled, known=False)
    assert "customer.tier: not in the record -> gold (Tier)" in told


def test_a_rule_that_held_and_whose_candidate_was_dropped_says_why() -> None:
    compiled = made([action("a")], [rule("r", "a"), rule("no", forbid={"action": "a"})])
    assert lines(compiled, known=False) == [
        "None: it fired.",
        "a was not recommended: rule no forbids it (The rule no).",
    ]


# ---- Chinese and JSON ----


def test_it_is_shown_in_chinese() -> None:
    compiled = one({"when": {"customer.days_since_last_order": {"at_least": 20}}, "trigger": ["inactive"]})
    assert lines(compiled, who(order("o1", days_ago(12))), language="zh-Hans") == [
        "触发条件：长期未购买；本次触发：收到请求。",
        "customer.days_since_last_order：12 天 → 至少 20 天（Days of silence）",
        "即便如此，a 仍不会被推荐：没有适用于该位置的投放形式（主动触达）。",
    ]


def test_in_json_it_says_which_facts_to_change_and_to_what() -> None:
    tree = explained(one({"when": {"customer.orders": {"at_least": 3}}})).to_json()["rule"]
    (change,) = tree["changes"]
    assert change == {
        "fact": "customer.orders",
        "known": True,
        "actual": 0,
        "wanted": [{"op": "at_least", "value": 3}],
        "to": 3,
    }
    assert (tree["fired"], tree["evaluated"], tree["in_dates"]) == (False, True, True)
    assert (tree["would"]["surely"], tree["would"]["given"]["action"]) == (True, "a")


def test_inactivity_is_asked_about_like_a_request() -> None:
    compiled = made([action("a", treatments=[on("desk")])], [rule("r", "a", when=GOLD, trigger=["inactive"])])
    told = lines(compiled, None, of_due(CUSTOMER, "inactive", NOW))
    assert told == [
        "customer.tier: none -> gold (Tier)",
        "Then a would be recommended (outbound), with a score of 1.00.",
    ]
