"""The story of a decision in sentences: who, what, why with which score, which rules nearly held, and which facts."""

import json
from dataclasses import replace
from typing import Any

from engine.compiled.rulebook import Compiled
from engine.domain.decision import ShadowEffect
from engine.domain.profile import Profile
from engine.domain.times import DAY
from engine.domain.trigger import Trigger, of_due, of_event
from engine.value.tiers import Snapshot
from explain import Explanation, explain, known_of, tell
from tests.support.books import (
    CUSTOMER,
    NOW,
    action,
    asked,
    days_ago,
    decision,
    event,
    made,
    on,
    order,
    reachable,
    rule,
    says,
    who,
)
from tests.support.policy import one, waiting

HERE = asked("home.banner")
QUIET = {"customer.days_since_last_order": {"at_least": 20}}


def explained(compiled: Compiled, profile: Profile | None = None, trigger: Trigger = HERE, **more: Any) -> Explanation:
    snapshot = more.pop("snapshot", Snapshot())
    return explain(decision(compiled, trigger, profile, snapshot=snapshot), compiled, **more)


def lines(
    compiled: Compiled, profile: Profile | None = None, trigger: Trigger = HERE, language: str = "en"
) -> list[str]:
    return tell(explained(compiled, profile, trigger), language)


def missing(when: object, profile: Profile | None = None) -> list[str]:
    """What is told of a rule with this condition that does not hold."""
    told = tell(explained(one({"when": when}), profile), everything=True)
    start = next(number for number, line in enumerate(told) if line.startswith("  r, "))
    rest = told[start + 1 : told.index("All facts evaluated:")]
    return [line[4:] for line in rest]


# ---- who, when ----


def test_the_explanation_begins_with_who_asked_when_and_with_which_rules_and_figures() -> None:
    compiled = one()
    first, second = lines(compiled)[:2]
    assert first == "mei, request for home.banner: Monday 2 March 2026, 10:00 (Europe/Berlin)"
    assert second == f"  rulebook {compiled.rulebook.revision[:15]}, snapshot 0"


def test_it_says_what_set_the_decision_off() -> None:
    compiled = one({"trigger": ["inactive", "visited", {"after": "delivery_completed", "wait": "14 days"}]})
    visited = of_event(event("v", "visited"))
    heads = [
        lines(compiled, None, trigger)[0].partition(": Monday")[0]
        for trigger in (
            asked(),
            visited,
            of_due(CUSTOMER, "inactive", NOW),
            of_due(CUSTOMER, "after:delivery_completed:14", NOW),
        )
    ]
    assert heads == [
        "mei, request for outbound messages",
        "mei, visited",
        "mei, inactivity timer",
        "mei, 14 days after delivery_completed",
    ]


def test_where_the_customer_stands_is_shown_as_far_as_it_is_known() -> None:
    asks = one({"when": {"customer.tier": {"is_not": "gold"}}})
    assert lines(asks)[1] == "  customer: tier none"
    standing = replace(HERE, standing=True)
    assert lines(one(), None, standing)[1] == "  customer: tier none, churn risk none"


# ---- what was recommended ----


def test_a_recommendation_is_shown_with_its_reason_score_products_text_and_expiry() -> None:
    goes = {"recommend": {"action": "a", "products": {"role": "activation", "count": 2}}}
    offer = action(
        "a",
        value="12 EUR",
        propensity="6 %",
        cost={"per_contact": "0.02 EUR", "per_acceptance": "0 EUR"},
        effect={"type": "discount", "amount": "5 EUR"},
        treatments=says("Pan & more"),
    )
    boost = rule("pans-first", boost={"role": "activation", "by": 1.5})
    compiled = made([offer], [rule("r", when=QUIET, **goes), boost])
    told = lines(compiled, who(order("o1", days_ago(30))))
    assert told[2:10] == [
        "home.banner: a is recommended, via web",
        "  why: The rule r (rule r)",
        "  because customer.days_since_last_order is 30 days",
        '  score 1.06 = 6 % chance x 12.00 EUR value x 1.5 boost by "The rule pans-first" - 0.02 EUR cost',
        "  products: K-1 (activation), K-3 (activation)",
        '  text (en): "Pan & more"',
        "  effect: type discount, amount 5.00, currency EUR",
        "  expires Thursday 12 March 2026, 10:00 (Europe/Berlin) (in 10 days)",
    ]


def test_the_factors_that_are_shown_multiply_to_the_score() -> None:
    multipliers = "multipliers: [{tier: gold, by: 2}]\nfactors: [propensity, value, context, multiplier, cost]"
    compiled = made([action("a")], [rule("r", "a", when={"customer.tier": "none"})], arbitration=multipliers)
    (given,) = explained(compiled).places[0].given
    product = 1.0
    for factor in given.factors:
        product *= factor.by
    assert product == given.recommendation.score


def test_a_multiplier_is_named_by_what_it_is_for() -> None:
    compiled = made(
        [action("a")],
        [rule("r", "a", when={"customer.tier": "none"})],
        arbitration="multipliers: [{tier: none, group: group-of-a, by: 2}]",
    )
    assert "  score 2.00 = 10 % chance x 10.00 EUR value x 2 multiplier for none / group-of-a" in lines(compiled)


def test_a_chance_that_was_measured_says_on_how_many_contacts() -> None:
    compiled = made([action("a")], [rule("r", "a")], arbitration="learning: {prior: 50 contacts, half_life: 60 days}")
    snapshot = Snapshot(1, acceptance={"a": (150.0, 15.0)})
    told = tell(explained(compiled, snapshot=snapshot))
    assert "  score 1.00 = 10 % chance (measured on 150 contacts) x 10.00 EUR value" in told


def test_what_is_pending_there_is_returned_again() -> None:
    profile = replace(who(), pending=(waiting("a"),))
    assert "  already pending there, and returned again" in lines(one(), profile)


def test_what_is_held_over_quiet_hours_says_until_when() -> None:
    quiet = 'quiet_hours: [{channels: [email], from: "08:00", until: "12:00", then: hold}]\ndefault_zone: Europe/Berlin'
    compiled = one(on_action={"treatments": [on("email")]}, contact_policy=quiet)
    held = "  held for quiet hours until Monday 2 March 2026, 12:00 (Europe/Berlin) (in 2 hours)"
    assert held in lines(compiled, who(*reachable("email")), asked())


def test_what_a_holdout_keeps_back_is_shown_with_the_place_it_would_have_had() -> None:
    compiled = one(on_action={"holdout": "50 %"}, measurement="salt: s")
    people = (f"c/{number}" for number in range(100))
    decided = next(
        found for name in people if (found := decision(compiled, replace(HERE, customer=name), Profile(name))).withheld
    )
    told = tell(explain(decided, compiled))
    assert "home.banner: nothing. The customer is in the control group." in told
    assert "home.banner: nothing, because of the control group; otherwise a" in told


def test_what_was_withdrawn_is_shown_with_the_rule_that_forbids_it() -> None:
    compiled = made([action("a")], [rule("no", forbid={"action": "a"}, trigger=["visited"])])
    profile = replace(who(), pending=(waiting("a", "home.side"),))
    told = lines(compiled, profile, of_event(event("v", "visited")))
    start = told.index("Pending recommendations withdrawn:")
    assert told[start + 1] == "  a (home.side): rule no forbids it (The rule no)."
    assert told[start + 3] == "  no: The rule no (forbids a)"


def test_shadow_rules_show_what_they_would_have_changed() -> None:
    compiled = one()
    experiment = ShadowEffect("t", "recommend", "b", "web", "home.banner", ("a",))
    decided = replace(decision(compiled, HERE), shadow=(experiment,))
    assert "  t would have recommended b (home.banner) instead of a" in tell(explain(decided, compiled))


def test_without_the_store_it_says_so_and_guesses_at_no_rule() -> None:
    compiled = one({"when": QUIET})
    decided = replace(decision(compiled, HERE), degraded=True)
    assert explain(decided, compiled).rules == ()


# ---- rules that did not hold ----


def test_an_unmet_condition_is_shown_with_the_customers_value_and_what_it_needs() -> None:
    twelve = who(order("o1", days_ago(12)))
    assert missing(QUIET, twelve) == ["customer.days_since_last_order is 12 days, needs at least 20 days"]


def test_values_are_shown_with_their_units_and_unknown_and_never_as_words() -> None:
    when = {
        "customer.spend": {"more_than": "1200.50 EUR"},
        "customer.days_since_last_order": {"at_most": "1 day"},
        "customer.first_name": {"known": True},
        "customer.categories": {"has_any": ["kitchen", "garden"]},
        "customer.tier": ["gold", "silver"],
    }
    assert missing(when) == [
        "customer.spend is 0.00 EUR, needs more than 1,200.50 EUR",
        "customer.days_since_last_order is never, needs at most 1 day",
        "customer.first_name is unknown, needs to be known",
        "customer.categories is nothing, needs to include kitchen or garden",
        "customer.tier is none, needs gold or silver",
    ]


def test_of_a_group_any_one_is_needed() -> None:
    when = {"any": [{"customer.orders": {"at_least": 3}}, {"cart.total": {"more_than": "10 EUR"}}]}
    assert missing(when) == [
        "one of these is required:",
        "  customer.orders is 0, needs at least 3",
        "  cart.total is 0.00 EUR, needs more than 10.00 EUR",
    ]


def test_of_a_group_none_only_what_holds_is_in_the_way() -> None:
    when = {"none": [{"customer.orders": {"at_most": 3}}, {"customer.tier": "gold"}]}
    assert missing(when) == ["customer.orders is 0, needs more than 3"]


def test_what_must_not_hold_all_at_once_is_shown_as_alternatives() -> None:
    when = {"none": [{"all": [{"customer.orders": 0}, {"customer.tier": {"is_not": "gold"}}]}]}
    assert missing(when) == [
        "all of these hold, which is not allowed; one of these is required:",
        "  customer.orders is 0, needs anything but 0",
        "  customer.tier is none, needs gold",
    ]


def test_a_segment_is_named_with_what_it_lacks() -> None:
    compiled = one({"when": {"segment": "valued"}}, segments="segments: {valued: {customer.tier: gold}}")
    told = lines(compiled)
    start = told.index("    the customer is not in the segment valued:")
    assert told[start + 1] == "      customer.tier is none, needs gold"


def test_a_segment_that_the_customer_must_not_be_in_is_named_too() -> None:
    segments = "segments: {new: {customer.orders: {less_than: 2}}}"
    told = lines(one({"when": {"none": [{"segment": "new"}]}}, segments=segments))
    start = told.index("    the customer is in the segment new, which is excluded:")
    assert told[start + 1] == "      customer.orders is 0, needs at least 2"


def test_rules_are_shown_by_how_many_conditions_they_are_short_and_far_ones_are_counted() -> None:
    facts = [{"customer.orders": 9}, {"customer.tier": "gold"}, {"cart.total": {"more_than": "1 EUR"}}]
    rules = [rule(f"short-{n}", "a", when={"all": facts[:n]}) for n in (3, 2, 1)]
    compiled = made([action("a")], rules)
    told = explained(compiled)
    assert [(one.rule, one.unmet) for one in told.rules] == [("short-1", 1), ("short-2", 2), ("short-3", 3)]
    short = tell(told)
    assert "  short-1, one condition not met: The rule short-1" in short
    assert "  short-2, 2 conditions not met: The rule short-2" in short
    assert "  One more rule was evaluated and is further from matching." in short
    assert "  short-3, 3 conditions not met: The rule short-3" in tell(told, everything=True)


def test_with_the_same_distance_what_recommends_comes_before_what_forbids() -> None:
    never = {"customer.orders": 9}
    rules = [rule("no", forbid={"action": "a"}, when=never), rule("yes", "a", when=never)]
    assert [one.rule for one in explained(made([action("a")], rules)).rules] == ["yes", "no"]


def test_rules_that_held_and_forbid_or_boost_are_shown_with_what_they_do() -> None:
    rules = [
        rule("no", forbid={"group": "group-of-a"}),
        rule("more", boost={"role": "profit", "by": 1.5}),
        rule("r", "a"),
    ]
    told = lines(made([action("a")], rules))
    assert "  no: The rule no (forbids group group-of-a)" in told
    assert "  more: The rule more (multiplies role profit by 1.5)" in told


# ---- facts ----


def test_facts_are_shown_in_the_words_of_the_vocabulary() -> None:
    told = lines(one({"when": {"customer.spend": {"at_most": "60 EUR"}}}))
    assert told[-2:] == ["Facts tested by matched rules:", "  customer.spend: 0.00 EUR (Spend)"]


def test_all_evaluated_facts_are_shown_on_request() -> None:
    compiled = made([action("a")], [rule("r", "a"), rule("q", "a", when={"customer.orders": 9})])
    assert not any("Facts" in line for line in tell(explained(compiled)))
    assert tell(explained(compiled), everything=True)[-2:] == [
        "All facts evaluated:",
        "  customer.orders: 0 (Orders)",
    ]


# ---- Chinese ----


def test_the_explanation_in_chinese() -> None:
    quiet = rule("q", "a", when=QUIET)
    compiled = made([action("a")], [rule("r", "a", when={"customer.orders": {"at_least": 1}}), quiet])
    first, _rulebook, *rest = lines(compiled, who(order("o1", days_ago(12))), HERE, "zh-Hans")
    assert [first, *rest] == [
        "mei：2026 年 3 月 2 日（星期一）10:00（Europe/Berlin），请求 home.banner 的推荐",
        "home.banner：推荐 a，渠道 web",
        "  原因：The rule r（规则 r）",
        "  命中条件：customer.orders 为 1",
        "  得分 1.00 = 接受概率 10 % × 价值 10.00 EUR",
        "  文案（en）：“a”",
        "  有效期至 2026 年 3 月 12 日（星期四）10:00（Europe/Berlin）（10 天后）",
        "未命中的规则（按接近程度排序）：",
        "  q，差 1 个条件：The rule q",
        "    customer.days_since_last_order 为 12 天，要求 至少 20 天",
        "命中规则所用的事实：",
        "  customer.orders：1（Orders）",
    ]


# ---- JSON ----


def test_the_tree_in_json_says_what_the_sentences_say() -> None:
    compiled = made(
        [action("a"), action("b", value="1 EUR")],
        [rule("r", "a"), rule("s", "b"), rule("q", "a", when={"customer.orders": 9})],
    )
    told = explained(compiled)
    tree = json.loads(json.dumps(told.to_json()))
    (place,) = tree["results"]
    assert [given["action"] for given in place["given"]] == ["a"]
    assert [(one["action"], one["reason"], one["outranked_by"]) for one in tree["rejected"]] == [
        ("b", "OUTRANKED", [{"action": "a", "score": 1.0}])
    ]
    assert [(one["rule"], one["matched"], one["unmet"]) for one in tree["rules"]] == [
        ("r", True, 0),
        ("s", True, 0),
        ("q", False, 1),
    ]
    assert (tree["customer"], tree["at"], tree["rule"]) == ({"id": "mei"}, "2026-03-02T09:00:00Z", None)


def test_json_leaves_out_what_is_far_and_counts_it() -> None:
    far = {"all": [{"customer.orders": 9}, {"customer.tier": "gold"}, {"cart.total": {"more_than": "1 EUR"}}]}
    told = explained(made([action("a")], [rule("r", "a"), rule("far", "a", when=far)]))
    short, whole = told.to_json(), told.to_json(True)
    assert ([one["rule"] for one in short["rules"]], short["further_rules"]) == (["r"], 1)
    assert ([one["rule"] for one in whole["rules"]], whole["further_rules"]) == (["r", "far"], 0)


def test_an_explanation_of_the_same_decision_is_the_same() -> None:
    compiled = one({"when": QUIET})
    known = known_of(compiled, Snapshot(), who(), HERE, NOW + DAY)
    assert explained(compiled, rule="r", known=known) == explained(compiled, rule="r", known=known)
