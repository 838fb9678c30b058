"""What tests have seen of a rulebook: rules at work, forbids that kept something back, rows that decided."""

from authoring.rule_tests.coverage import Coverage, coverage, share
from tests.support.rule_tests import run, small

SILENT = (
    "given: {customer.orders: 2, customer.days_since_last_order: 30}\nplacements: [home.banner]\nexpect: {first: call}"
)
CANCELS = "persona: mei\nask: {event: {type: order_cancelled, properties: {order_id: o1}}}\nexpect: {first: write}"
FORBIDDEN = (
    CANCELS.replace("first: write", "rejected: {write: FORBIDDEN_BY_RULE}")
    + "\ngiven: {customer.days_since_last_order: 3}"
)


def covered(*tests: str) -> Coverage:
    outcomes = [run(test) for test in tests]
    assert all(outcome.passed for outcome in outcomes)
    return coverage(outcomes, small())


def never(*tests: str) -> set[str]:
    return {part.name for part in covered(*tests).never}


def test_a_rule_is_seen_where_it_matched() -> None:
    assert "call-the-silent" in never(CANCELS)
    assert "call-the-silent" not in never(CANCELS, SILENT)


def test_a_rule_that_forbids_is_seen_where_it_kept_something_back() -> None:
    assert "leave-who-has-just-bought" in never("given: {customer.days_since_last_order: 3}\nexpect: {first: none}")
    assert "leave-who-has-just-bought" not in never(FORBIDDEN)


def test_a_rule_that_forbids_is_seen_where_it_withdrew_something() -> None:
    gone = """
persona: mei
given: {customer.days_since_last_order: 3, customer.channel_addresses: [email], customer.consents: [email]}
pending: [{action: write, channel: email, time: -1 hour}]
placements: [home.banner]
expect: {withdrawn: [write]}
"""
    assert "leave-who-has-just-bought" not in never(gone)


def test_a_row_is_seen_where_it_decided() -> None:
    rows = {part.name for part in covered(SILENT).parts if part.kind == "rows"}
    assert rows == {"mood, row 1: worried", "mood, otherwise: calm"} | {name for name in rows if "churn" in name}
    assert "churn_risk, row 1: high" not in never(SILENT)


def test_a_row_is_not_seen_where_no_rule_uses_what_it_decides() -> None:
    high = "given: {customer.churn_risk: high}\nask: %s\nexpect: {first: %s}"
    assert "mood, row 1: worried" in never(high % ("rated", "none"))
    assert "mood, row 1: worried" not in never(high % ("checkout_started", "note"))


def test_a_row_is_not_seen_where_what_it_decides_is_given() -> None:
    by_hand = "given: {customer.mood: worried, customer.churn_risk: high}\nask: checkout_started\nexpect: {first: note}"
    assert "mood, row 1: worried" in never(by_hand)


def test_what_a_scenario_lives_through_is_seen() -> None:
    scenario = """
persona: mei
steps:
  - event: {type: order_completed, properties: {total: "60.00"}}
  - {after: 45 days, expect: {first: call}}
"""
    assert never(scenario).isdisjoint({"note-an-order", "call-the-silent"})


def test_a_share_is_only_full_where_nothing_is_missing() -> None:
    assert [share(*of) for of in ((0, 0), (0, 3), (1, 3), (999, 1000), (9999, 10000), (5, 5))] == [
        100.0,
        0.0,
        33.3,
        99.9,
        99.9,
        100.0,
    ]


def test_coverage_as_json_counts_each_kind_and_names_what_was_not_seen() -> None:
    found = covered(SILENT)
    told = found.to_json()
    assert set(told["kinds"]) == {"rules", "forbids", "rows"}
    assert sum(kind["of"] for kind in told["kinds"].values()) == len(found.parts)
    assert {one["kind"] for one in told["never"]} == {"rules", "forbids", "rows"}
    assert told["percent"] == found.percent
