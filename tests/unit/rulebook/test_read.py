"""What the files say arrives in the model."""

from datetime import datetime

import pytest

from authoring.checking import check_texts
from engine.domain.times import DAY
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, InSegment, NoneOf, Op
from engine.rulebook.findings import render
from engine.rulebook.model import Boost, Forbid, ProductChoice, Recommend, Rule, Rulebook, RuleTrigger
from engine.rulebook.read.words import EVENT_PROPERTIES
from engine.schemas.fields import Amount
from engine.schemas.nested import Customer, ListOf, Object
from engine.schemas.properties import PROPERTIES
from tests.support.small_book import BOOK, changed


def book(texts: dict[str, str] = BOOK) -> Rulebook:
    rulebook, findings = check_texts(texts)
    assert rulebook is not None, render(findings)
    return rulebook


def when(text: str) -> Condition:
    """The second rule's `when`, without places."""
    return bare(book(changed("operation.yaml", "when: {}", f"when: {text}")).rules["no-price-cuts"].when)


def bare(condition: Condition) -> Condition:
    match condition:
        case Compare(fact, op, value):
            return Compare(fact, op, value)
        case InSegment(segment):
            return InSegment(segment)
        case AllOf(items) | AnyOf(items) | NoneOf(items):
            return type(condition)(tuple(map(bare, items)))


def second(consequence: str) -> Rule:
    return book(changed("operation.yaml", "forbid: {effect: discount}", consequence)).rules["no-price-cuts"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", ()),
        ("{customer.tier: gold}", (Compare("customer.tier", Op.IS, "gold"),)),
        ("{customer.tier: [gold, none]}", (Compare("customer.tier", Op.ONE_OF, ("gold", "none")),)),
        ("{customer.tier: {is_not: gold}}", (Compare("customer.tier", Op.IS_NOT, "gold"),)),
        ("{customer.tier: {none_of: [gold]}}", (Compare("customer.tier", Op.NONE_OF, ("gold",)),)),
        ("{customer.identified: yes}", (Compare("customer.identified", Op.IS, True),)),
        ("{customer.first_name: {known: no}}", (Compare("customer.first_name", Op.KNOWN, False),)),
        ("{customer.first_name: no}", (Compare("customer.first_name", Op.IS, "no"),)),
        ("{customer.spend: {more_than: 500 EUR}}", (Compare("customer.spend", Op.MORE_THAN, 50_000),)),
        (
            "{customer.days_since_last_order: {between: [1 week, 60]}}",
            (Compare("customer.days_since_last_order", Op.BETWEEN, (7, 60)),),
        ),
        ("{customer.pause_chance: {less_than: 5 %}}", (Compare("customer.pause_chance", Op.LESS_THAN, 0.05),)),
        (
            "{customer.orders: {at_least: 2, at_most: 5}}",
            (Compare("customer.orders", Op.AT_LEAST, 2), Compare("customer.orders", Op.AT_MOST, 5)),
        ),
        ("{customer.categories: {has: a}}", (Compare("customer.categories", Op.HAS, "a"),)),
        ("{customer.categories: {has_any: [a, b]}}", (Compare("customer.categories", Op.HAS_ANY, ("a", "b")),)),
        ("{customer.categories: {has_none: [a]}}", (Compare("customer.categories", Op.HAS_NONE, ("a",)),)),
        ("{segment: quiet}", (InSegment("quiet"),)),
        (
            "{none: [{segment: quiet}, {customer.orders: 0, customer.tier: gold}]}",
            (
                NoneOf(
                    (
                        InSegment("quiet"),
                        AllOf((Compare("customer.orders", Op.IS, 0), Compare("customer.tier", Op.IS, "gold"))),
                    )
                ),
            ),
        ),
        (
            "{any: [{all: [{customer.orders: 0}]}]}",
            (AnyOf((AllOf((Compare("customer.orders", Op.IS, 0),)),)),),
        ),
        (
            "{history.care.last_outcome: {none_of: [click, accept]}}",
            (Compare("history.care.last_outcome", Op.NONE_OF, ("click", "accept")),),
        ),
    ],
)
def test_a_condition_is_read_as_it_is_written(text: str, expected: tuple[Condition, ...]) -> None:
    assert when(text) == AllOf(expected)


def test_a_rule_arrives_whole() -> None:
    rule = book().rules["quiet-check-in"]
    assert rule.trigger == (
        RuleTrigger("inactive"),
        RuleTrigger("visited"),
        RuleTrigger("after", "delivery_completed", 14 * DAY),
    )
    assert (rule.serves, rule.status, rule.once, rule.owner) == (("S41",), "live", "inactivity spell", "crm")
    choice = ProductChoice(2, role="activation", near="customer.categories", exclude=("bought_recently",))
    assert rule.then == Recommend("check-in", choice)
    assert str(rule.place) == "operation.yaml:2:5"


def test_a_rule_is_valid_from_the_first_midnight_to_the_one_after_the_last_day() -> None:
    rule = book().rules["quiet-check-in"]
    assert rule.valid_from == datetime.fromisoformat("2026-01-01T00:00:00+01:00").timestamp() * 1000
    assert rule.valid_until == datetime.fromisoformat("2027-01-01T00:00:00+01:00").timestamp() * 1000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("forbid: {effect: discount}", Forbid(effect="discount")),
        ("forbid: {kind: marketing}", Forbid(kind="marketing")),
        ("forbid: {tag: friendly}", Forbid(tag="friendly")),
        ("forbid: {group: care}", Forbid(group="care")),
        ("forbid: {action: check-in}", Forbid(action="check-in")),
        ("boost: {group: care, by: 2.5}", Boost(2.5, group="care")),
        ("boost: {role: anti_churn, by: 2}", Boost(2, role="anti_churn")),
        ("recommend: {action: check-in}", Recommend("check-in")),
        (
            "recommend: {action: check-in, products: {scene: missing, not: [in_cart, bought_recently]}}",
            Recommend("check-in", ProductChoice(1, scene="missing", exclude=("in_cart", "bought_recently"))),
        ),
    ],
)
def test_a_consequence_is_read(text: str, expected: Recommend | Forbid | Boost) -> None:
    assert second(text).then == expected


def test_an_action_arrives_in_minor_units_shares_and_milliseconds() -> None:
    action = book().actions["check-in"]
    assert (action.value, action.cost_per_contact, action.cost_per_acceptance) == (1200, 2, 0)
    assert (action.propensity, action.priority) == (0.06, 100)
    assert (action.expires, action.cooldown) == (10 * DAY, 14 * DAY)
    assert action.per_customer is not None
    assert (action.per_customer.count, action.per_customer.within) == (2, 365 * DAY)


def test_a_file_can_hold_one_action_at_its_top() -> None:
    text = BOOK["actions/care.yaml"].removeprefix("actions:\n").replace("  - action", "    action")
    assert list(book({**BOOK, "actions/care.yaml": text}).actions) == ["check-in"]


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("{type: none}", {"type": "none"}),
        ("{type: discount, percent: 10 %}", {"type": "discount", "percent": 10.0}),
        ("{type: discount, amount: 5 EUR}", {"type": "discount", "amount": "5.00", "currency": "EUR"}),
        ("{type: delivery_method, method: hour}", {"type": "delivery_method", "method": "hour"}),
        ("{type: points, points: 100}", {"type": "points", "points": 100}),
        ("{type: task, queue: desk, due: 2 days}", {"type": "task", "queue": "desk", "due_hours": 48}),
    ],
)
def test_an_effect_becomes_json_with_its_units_said(text: str, effect: dict[str, object]) -> None:
    assert (
        book(changed("actions/care.yaml", "effect: {type: none}", f"effect: {text}")).actions["check-in"].effect
        == effect
    )


def _with_effect(effect: str, cost: str) -> dict[str, str]:
    files = changed("actions/care.yaml", "effect: {type: none}", f"effect: {effect}")
    text, old = files["actions/care.yaml"], "cost: {per_contact: 0.02 EUR}"
    assert old in text
    return {**files, "actions/care.yaml": text.replace(old, cost)}


@pytest.mark.parametrize(
    ("effect", "cost", "expected"),
    [
        ("{type: discount, amount: 5 EUR}", "cost: {per_contact: 0.02 EUR}", 500),
        ("{type: discount, amount: 5 EUR}", "priority: 50", 500),
        ("{type: discount, amount: 5 EUR}", "cost: {per_acceptance: 0 EUR}", 0),
        ("{type: delivery_method, method: hour, amount: 5 EUR}", "cost: {per_contact: 0.02 EUR}", 0),
    ],
)
def test_a_discount_in_money_costs_its_amount_unless_another_cost_is_stated(
    effect: str, cost: str, expected: int
) -> None:
    assert book(_with_effect(effect, cost)).actions["check-in"].cost_per_acceptance == expected


@pytest.mark.parametrize(
    "effect",
    [
        "{type: discount, percent: 10 %}",
        "{type: free_delivery}",
        "{type: gift, gift: planter}",
        "{type: points, points: 100}",
    ],
)
def test_a_stated_cost_of_zero_accepts_a_benefit_without_warning(effect: str) -> None:
    _, findings = check_texts(_with_effect(effect, "cost: {per_acceptance: 0 EUR}"))
    assert "effect-without-cost" not in {finding.code for finding in findings}


def test_a_budget_on_a_discount_in_money_needs_no_stated_cost() -> None:
    files = _with_effect("{type: discount, amount: 5 EUR}", "budget: 100 EUR in 1 month")
    assert book(files).actions["check-in"].budget is not None


def test_history_facts_exist_for_every_action_and_group() -> None:
    names = {name for name in book().vocabulary if name.startswith("history.")}
    endings = ("days_since_shown", "times_shown_365d", "last_outcome")
    assert names == {f"history.{name}.{ending}" for name in ("check-in", "care") for ending in endings}


def test_counters_are_counts_and_sums_of_money_are_money() -> None:
    rulebook = book()
    assert (rulebook.vocabulary["customer.visits_7d"].type, rulebook.counters["customer.visits_7d"].within) == (
        "count",
        7 * DAY,
    )
    assert (rulebook.vocabulary["customer.spend_90d"].type, rulebook.counters["customer.spend_90d"].sums) == (
        "money",
        "total",
    )


@pytest.mark.parametrize(
    ("event", "written", "where"),
    [
        ("searched", "results: 0", {"results": 0}),
        ("consent_changed", "granted: yes", {"granted": True}),
        ("visited", "surface: store", {"surface": "store"}),
    ],
)
def test_where_is_read_in_the_type_in_which_events_say_it(event: str, written: str, where: dict[str, object]) -> None:
    texts = changed("vocabulary.yaml", "{count: visited,", f"{{count: {event}, where: {{{written}}},")
    assert book(texts).counters["customer.visits_7d"].where == where


def test_a_counter_can_test_every_single_property_that_events_have() -> None:
    amounts = {"total", "currency", "shop_total"}
    for event, schema in PROPERTIES.items():
        fields = schema._declared_fields.items()
        single = {name for name, field in fields if not isinstance(field, ListOf | Object | Customer | Amount)}
        assert set(EVENT_PROPERTIES.get(event, ())) == single - amounts, event


def test_segments_come_after_those_that_they_name() -> None:
    text = "segments:\n  a: {segment: b}\n  b: {segment: c}\n  c: {customer.orders: 1}\n  quiet: {}\n"
    assert list(book({**BOOK, "segments.yaml": text}).segments).index("a") > 1
    order = list(book({**BOOK, "segments.yaml": text}).segments)
    assert order.index("c") < order.index("b") < order.index("a")


def test_without_optional_files_the_defaults_of_the_model_hold() -> None:
    needed = ("shop.yaml", "vocabulary.yaml", "channels.yaml", "tiers.yaml", "tables/churn_risk.yaml")
    rulebook = book({name: BOOK[name] for name in needed})
    assert (rulebook.churn.lapse_theta, rulebook.arbitration.outbound_at_most) == (1.1, 1)
    assert rulebook.contact_policy.consent_purpose == {"marketing": "marketing"}
    assert (rulebook.rules, rulebook.actions, rulebook.segments) == ({}, {}, {})


def test_a_table_that_picks_all_gathers_a_set() -> None:
    texts = changed(
        "vocabulary.yaml",
        "counters:",
        "  customer.moods: {type: set, missing: none, example: [a], sentence: M}\ncounters:",
    )
    texts["tables/moods.yaml"] = (
        "table: moods\ndecides: customer.moods\npick: all\ncolumns: [customer.orders]\n"
        'rows: [[">= 1", buyer], [">= 5", fan]]\n'
    )
    table = next(table for table in book(texts).tables if table.id == "moods")
    assert ([row.output for row in table.rows], table.otherwise) == (["buyer", "fan"], frozenset())


def test_an_output_can_leave_a_fact_unknown() -> None:
    texts = changed(
        "vocabulary.yaml",
        "counters:",
        "  customer.mood: {type: text, missing: unknown, example: a, sentence: M}\ncounters:",
    )
    texts["tables/mood.yaml"] = (
        "table: mood\ndecides: customer.mood\npick: first\ncolumns: [customer.orders]\n"
        'rows: [[">= 1", buyer]]\notherwise: unknown\n'
    )
    table = next(table for table in book(texts).tables if table.id == "mood")
    assert table.otherwise is None


def test_placements_know_their_channel_and_their_fallback() -> None:
    placement = book().placements["home.banner"]
    assert (placement.channel, placement.at_most) == ("web", 1)
    assert placement.fallback == {"en": {"title": "Hello"}, "de": {"title": "Hallo"}}


def test_a_channel_without_a_link_needs_none() -> None:
    channels = book().channels
    assert (channels["web"].address, channels["email"].address) == (None, "email")
    assert [(field.name, field.max_length, field.required) for field in channels["web"].fields] == [
        ("title", 30, True),
        ("body", 60, False),
    ]
