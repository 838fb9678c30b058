"""What a rule test tells arrives in the decision, and what comes out otherwise is said in words."""

from dataclasses import replace

import pytest

from authoring.rule_tests import read_tests
from authoring.rule_tests.running import run_test
from tests.support.rule_tests import AT, read, run, small, written

SILENT = "given: {customer.churn_risk: high}"
BUYER = "given: {customer.orders: 1, customer.days_since_last_order: 5}"
ORDER_EVENT = '{event: {type: order_completed, properties: {order_id: o9, total: "89.00"}}}'


def comes_to(first: str, *lines: str) -> bool:
    return run("\n".join((*lines, f"expect: {{first: {first}}}"))).passed


def failures(expect: str, *lines: str) -> tuple[tuple[str, str], ...]:
    return run("\n".join((*lines, f"expect: {{{expect}}}"))).failures


def orders(*days_ago: int, total: str = "60.00") -> str:
    """A history of orders."""
    lines = (
        f'  - {{type: order_completed, time: -{days} days, properties: {{order_id: o{days}, total: "{total}"}}}}'
        for days in days_ago
    )
    return "\n".join(("history:", *lines))


# ---- given ----


def test_facts_are_computed_from_history() -> None:
    assert comes_to("show", orders(5), "placements: [home.banner]")


def test_given_facts_override_history() -> None:
    assert comes_to("call", orders(5), "given: {customer.days_since_last_order: 30}", "placements: [home.banner]")


def test_tables_see_given_facts() -> None:
    assert comes_to(
        "call", "given: {customer.orders: 2, customer.days_since_last_order: 30}", "placements: [home.banner]"
    )
    assert comes_to(
        "show", "given: {customer.orders: 2, customer.days_since_last_order: 29}", "placements: [home.banner]"
    )


def test_what_a_table_decides_can_be_given() -> None:
    assert comes_to("call", SILENT, "placements: [home.banner]")


def test_a_table_sees_what_another_would_decide_when_it_is_given() -> None:
    assert comes_to("note", SILENT, "ask: checkout_started")
    assert comes_to("none", "given: {customer.churn_risk: low}", "ask: checkout_started")


def test_a_given_fact_is_filled_into_texts() -> None:
    given = "given: {customer.orders: 1, customer.days_since_last_order: 5, customer.first_name: Ada}"
    assert failures('text: "Ada\'s"', given, "placements: [home.banner]") == ()


# ---- history, population ----


def test_history_is_shown_relative_to_the_moment_of_the_test() -> None:
    assert comes_to("call", orders(30), "placements: [home.banner]")
    assert comes_to("show", orders(29), "placements: [home.banner]")


def test_counters_count_the_history() -> None:
    visits = "  - {type: visited, time: -2 days, properties: {surface: web}}\n"
    assert comes_to("note", f"history:\n{visits}{visits.replace('-2', '-6')}", "ask: searched")
    assert comes_to("none", f"history:\n{visits}{visits.replace('-2', '-8')}", "ask: searched")


@pytest.mark.parametrize(("gold", "first"), [(50, "note"), (500, "none")])
def test_cut_offs_of_the_population_give_the_tier(gold: int, first: str) -> None:
    population = f"population: {{cutoffs: {{gold: {gold}}}, mean_order: 40 EUR}}"
    assert comes_to(first, orders(40, 20, 5), population, "ask: visited")


def test_without_a_population_nobody_has_a_tier() -> None:
    assert comes_to("none", orders(40, 20, 5), "ask: visited")


def test_the_asking_event_counts_for_the_tier() -> None:
    population = "population: {cutoffs: {gold: 50}, mean_order: 40 EUR}"
    outcome = run(f"{orders(40)}\n{population}\nask: {ORDER_EVENT}\ngiven: {{}}\nexpect: {{first: note}}")
    assert outcome.passed


# ---- who it is about ----


def test_a_persona_brings_links_and_consents() -> None:
    assert failures("first: call, channel: email", SILENT, "persona: mei", "ask: inactive") == ()


def test_a_persona_brings_the_language_and_the_name() -> None:
    expect = 'language: zh-Hans, text: "你好"'
    assert failures(expect, SILENT, "persona: mei", "placements: [home.banner]") == ()
    assert failures('text: "Mei\'s"', BUYER, "persona: mei", "placements: [home.banner]") == ()


def test_the_language_of_the_request_comes_before_that_of_the_persona() -> None:
    assert failures("language: en", SILENT, "persona: mei", "language: en", "placements: [home.banner]") == ()


def test_without_a_link_nobody_is_reached() -> None:
    assert failures("rejected: {call: NO_REACHABLE_CHANNEL}", SILENT, "persona: sam", "ask: inactive") == ()


def test_links_given_as_facts_are_links() -> None:
    given = "given: {customer.churn_risk: high, customer.channel_addresses: [email]}"
    assert failures("rejected: {call: NO_CONSENT}", given, "ask: inactive") == ()


def test_consents_given_as_facts_are_consents() -> None:
    given = "given: {customer.churn_risk: high, customer.channel_addresses: [email], customer.consents: [email]}"
    assert failures("first: call, channel: email", given, "ask: inactive") == ()


# ---- contacts ----


@pytest.mark.parametrize(("days", "first"), [(13, "none"), (14, "call")])
def test_a_contact_given_as_a_fact_counts_for_the_cooldown(days: int, first: str) -> None:
    given = f"given: {{customer.churn_risk: high, history.call.days_since_shown: {days}}}"
    assert comes_to(first, given, "placements: [home.banner]")


def test_contacts_given_as_a_number_count_for_the_limit() -> None:
    shown = "history.call.days_since_shown: 30, history.call.times_shown_365d"
    for times, reason in ((2, "LIMIT_REACHED"), (1, "recommended")):
        given = f"given: {{customer.churn_risk: high, {shown}: {times}}}"
        got = failures("rejected: {call: HOLDOUT}", given, "placements: [home.banner]")
        assert got == (("rejected: call: HOLDOUT", f"call: {reason}"),)


def test_a_contact_given_as_a_fact_is_the_history_of_its_group() -> None:
    assert comes_to("note", "given: {history.call.days_since_shown: 3}", "ask: rated")
    assert comes_to("none", "ask: rated")


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        ("call-the-silent", (SILENT, "placements: [home.banner]")),
        ("call-the-silent", (orders(40), "placements: [home.banner]")),
        ("note-an-order", (f"ask: {ORDER_EVENT}",)),
        ("note-an-order", ("ask: order_completed",)),
        ("note-the-gold", ("given: {customer.tier: gold}", "ask: visited")),
        ("note-a-delivery", ("ask: {after: delivery_completed, wait: 14 days}",)),
        ("note-a-complaint", ("ask: complaint_opened",)),
        (
            "note-a-complaint",
            ("ask: {event: {type: complaint_opened, properties: {complaint_id: c1}}}",),
        ),
        ("note-the-year", ("ask: wish_expressed",)),
    ],
)
def test_a_rule_that_is_done_was_had_already(rule: str, lines: tuple[str, ...]) -> None:
    action = "call" if rule == "call-the-silent" else "note"
    assert comes_to(action, *lines)
    assert failures(f"rejected: {{{action}: ONCE_ALREADY}}", *lines, f"done: [{rule}]") == ()


def test_a_rule_that_is_done_leaves_others_alone() -> None:
    assert comes_to("note", "given: {customer.tier: gold}", "ask: visited", "done: [note-an-order]")


CANCELLED = ("given: {customer.channel_addresses: [email], customer.consents: [email]}", "ask: order_cancelled")


@pytest.mark.parametrize(("days", "reason"), [(6, "FREQUENCY_CAP"), (7, "recommended")])
def test_contacts_count_for_caps_to_the_moment(days: int, reason: str) -> None:
    one = "{action: call, channel: email, time: -%s days}"
    contacts = f"contacts: [{one % 1}, {one % days}]"
    assert failures("rejected: {write: DUPLICATE}", *CANCELLED, contacts)[0][1] == f"write: {reason}"


@pytest.mark.parametrize(("outcome", "first"), [("reject", "none"), ("ignore", "write")])
def test_the_outcomes_of_contacts_count_for_suppression(outcome: str, first: str) -> None:
    one = f"{{action: write, channel: email, time: -%s days, outcome: {outcome}}}"
    assert comes_to(first, *CANCELLED, f"contacts: [{one % 40}, {one % 20}]")


def test_contacts_are_the_history_of_the_customer() -> None:
    assert comes_to("note", "contacts: [{action: call, channel: web, time: -3 days}]", "ask: rated")


def test_contacts_may_be_told_in_whatever_order() -> None:
    one = "{action: call, channel: email, time: -%s days}"
    contacts = f"contacts: [{one % 1}, {one % 2}, {one % 8}]"
    assert failures("rejected: {write: FREQUENCY_CAP}", *CANCELLED, contacts) == ()


def test_what_waits_counts_for_caps() -> None:
    pending = "pending: [{action: call, channel: email, time: -1 day}, {action: call, channel: email, time: -2 days}]"
    assert failures("rejected: {write: FREQUENCY_CAP}", *CANCELLED, pending) == ()


def test_what_waits_elsewhere_is_not_said_twice() -> None:
    pending = "pending: [{action: call, channel: web, placement: account.next, time: -1 day}]"
    assert failures("rejected: {call: ALREADY_PENDING}", SILENT, pending, "placements: [home.banner]") == ()


# ---- withdrawals, holds, holdouts ----

WAITS = "pending: [{action: write, channel: email, time: -1 day}]"
LINKED = "given: {customer.channel_addresses: [email], customer.consents: [email], customer.days_since_last_order: %s}"


@pytest.mark.parametrize(("silent", "withdrawn"), [(3, "[write]"), (4, "[]")])
def test_what_a_rule_forbids_is_withdrawn(silent: int, withdrawn: str) -> None:
    assert failures(f"withdrawn: {withdrawn}", LINKED % silent, WAITS, "placements: [home.banner]") == ()


@pytest.mark.parametrize(("silent", "expected", "got"), [(3, "[]", "write"), (4, "[write]", "none")])
def test_a_failure_says_what_was_withdrawn(silent: int, expected: str, got: str) -> None:
    found = failures(f"withdrawn: {expected}", LINKED % silent, WAITS, "placements: [home.banner]")
    assert [words for _, words in found] == [f"withdrawn: {got}"]


@pytest.mark.parametrize(
    ("now", "until"),
    [("2026-03-02T23:30:00+01:00", "2026-03-03T07:00:00+01:00"), ("2026-03-02T12:00:00+01:00", "none")],
)
def test_until_when_a_message_is_held_can_be_expected(now: str, until: str) -> None:
    for expected in (until, "2026-03-03T08:00:00+01:00"):
        test = written(f"{CANCELLED[0]}\n{CANCELLED[1]}\nexpect: {{deliver_after: {expected}}}")
        tests, findings = read_tests({"tests/a.yaml": test.replace(AT.encode(), now.encode())}, small().rulebook)
        assert findings == []
        told = ((f"deliver_after: {expected}", f"deliver_after: {until}"),)
        assert run_test(tests[0], small()).failures == (() if expected == until else told)


def test_nobody_is_in_the_control_group_unless_the_test_says_so() -> None:
    everybody = replace(small().rulebook.measurement.holdout, share=0.5)
    measurement = replace(small().rulebook.measurement, holdout=everybody)
    for number in range(20):
        drawn = replace(small().rulebook, measurement=replace(measurement, salt=str(number)))
        test = read(f"{CANCELLED[0]}\n{CANCELLED[1]}\nexpect: {{first: write}}")[0][0]
        assert run_test(test, replace(small(), rulebook=drawn)).passed


def test_who_is_held_out_gets_nothing_and_the_reason_is_holdout() -> None:
    assert failures("first: none, rejected: {write: HOLDOUT}", *CANCELLED, "holdout: yes") == ()
    assert failures("first: write", *CANCELLED, "holdout: yes") == (("first: write", "first: none (write: HOLDOUT)"),)


def test_a_kind_and_a_tier_that_are_spared_are_not_held_out() -> None:
    assert comes_to("note", "ask: order_completed", "holdout: yes")
    gold = "given: {customer.channel_addresses: [email], customer.consents: [email], customer.tier: gold}"
    assert comes_to("write", gold, "ask: order_cancelled", "holdout: yes")


# ---- asking ----


def test_an_event_that_asks_is_part_of_the_scenario() -> None:
    ask = "ask: {event: {type: searched, properties: {query: x, results: 0}}}"
    visit = "{type: visited, properties: {surface: web}}"
    assert comes_to("note", f"history: [{visit}, {visit}]", ask)


def test_a_wait_asks_with_its_own_trigger() -> None:
    assert comes_to("note", "ask: {after: delivery_completed, wait: 2 weeks}")


def test_inactive_asks_outbound() -> None:
    outcome = run(f"{SILENT}\npersona: mei\nask: inactive\nexpect: {{first: call}}")
    assert [result.placement for result in outcome.decisions[0].results] == [None]


def test_the_context_is_part_of_the_situation() -> None:
    cart = '{cart: {lines: [{sku: K-1, amount: "49.00"}, {sku: K-3, amount: "31.00"}]}}'
    assert comes_to("note", f"context: {cart}", "ask: order_returned")
    assert comes_to("none", "ask: order_returned")


# ---- what is expected, and the words of failures ----

BANNER = (BUYER, "persona: mei", "placements: [home.banner]")
TWO = ("given: {customer.orders: 2, customer.churn_risk: high}", "placements: [{id: account.next, count: 2}]")


@pytest.mark.parametrize(
    "expect",
    [
        "first: show",
        "rule: show-to-buyers",
        "channel: web",
        "language: en",
        'text: "Mei\'s Pan"',
        "effect: none",
        "products: [K-1, K-3]",
        "all: [show]",
        "none: [call, note]",
        "rejected: {call: NOT_ELIGIBLE}",
    ],
)
def test_what_comes_out_as_expected_is_no_failure(expect: str) -> None:
    assert failures(expect, *BANNER) == ()


@pytest.mark.parametrize(
    ("expect", "got"),
    [
        ("first: call", "first: show (call: NOT_ELIGIBLE, no rule with it matched)"),
        ("first: none", "first: show"),
        ("rule: call-the-silent", "rule: show-to-buyers"),
        ("channel: email", "channel: web"),
        ("language: zh-Hans", "language: en"),
        ("text: Ada", 'text: title "Mei\'s Pan, Board"'),
        ("effect: discount", "effect: none"),
        ("products: [K-3, K-1]", "products: K-1, K-3"),
        ("products: []", "products: K-1, K-3"),
        ("all: [call, show]", "all: show"),
        ("all: []", "all: show"),
        ("none: [show]", "recommended: show"),
        ("rejected: {show: COOLDOWN}", "show: recommended"),
        ("rejected: {call: COOLDOWN}", "call: NOT_ELIGIBLE"),
    ],
)
def test_a_failure_says_what_was_got(expect: str, got: str) -> None:
    found = failures(expect, *BANNER)
    assert [words for _, words in found] == [got]


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ("first: call", "first: call"),
        ("all: [call, show]", "all: call, show"),
        ("all: []", "all: none"),
        ("products: []", "products: none"),
        ("text: Ada", "text: Ada"),
        ("rejected: {call: COOLDOWN}", "rejected: call: COOLDOWN"),
    ],
)
def test_a_failure_says_what_was_expected(expect: str, words: str) -> None:
    assert [expected for expected, _ in failures(expect, *BANNER)] == [words]


@pytest.mark.parametrize(
    "expect",
    ["rule: show-to-buyers", "channel: web", "language: en", "text: x", "effect: none", "products: [K-1]"],
)
def test_where_nothing_comes_a_failure_says_so(expect: str) -> None:
    key = expect.partition(":")[0]
    found = failures(expect, "given: {customer.orders: 0}", "placements: [home.banner]")
    assert [words for _, words in found] == [f"{key}: nothing is recommended"]


def test_why_an_expected_action_did_not_come_first_is_said() -> None:
    given = "given: {customer.churn_risk: high, history.call.days_since_shown: 3}"
    assert failures("first: call", given, "placements: [home.banner]") == (
        ("first: call", "first: none (call: COOLDOWN)"),
    )


def test_the_first_is_the_best_of_the_first_placement() -> None:
    assert failures("first: call, all: [call, show], effect: discount", *TWO) == ()


def test_each_thing_that_is_otherwise_is_a_failure_of_its_own() -> None:
    assert len(failures("first: call, channel: email, none: [show]", *BANNER)) == 3


def test_products_that_are_not_asked_for_are_none() -> None:
    assert failures("first: call, products: []", SILENT, "placements: [home.banner]") == ()
