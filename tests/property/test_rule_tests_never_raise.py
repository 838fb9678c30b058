"""Whatever stands in a file of rule tests: it is read, or what is wrong with it is said at a place. Nothing raises."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from authoring.rule_tests import read_tests
from authoring.rule_tests.running import run_test
from tests.support.rule_tests import small

AT = "2026-03-02T10:00:00+01:00"
WHOLE = f"""\
personas:
  mei: {{channel_addresses: [email], consents: [email], traits: {{first_name: Mei, language: zh-Hans}}}}
  sam: {{use: mei, consents: [], given: {{customer.orders: 1}}, change: {{customer.days_since_last_order: 9}}}}
tests:
  - test: One
    persona: sam
    at: {AT}
    given: {{customer.orders: 2, customer.days_since_last_order: 30, customer.first_name: unknown}}
    history: [{{type: order_completed, time: -40 days, properties: {{order_id: o1, total: "60.00"}}}}]
    contacts: [{{action: call, channel: web, time: -3 days, outcome: ignore}}]
    used: {{write: {{total: 4}}, present: {{stock: 2, budget: 1 EUR}}}}
    placements: [home.banner, {{id: account.next, count: 2}}]
    expect:
      first: call
      score: {{between: [1, 9]}}
      score_parts: {{value: 50, context: {{at_least: 1}}}}
      text: {{title: {{has: a}}}}
      texts: {{en: Call, zh-Hans: {{title: {{is: x}}}}}}
      effect: {{type: discount, percent: 10 %}}
      deliveries: {{call: email}}
      withdrawn: {{write: NO_CONSENT}}
      used: {{present: {{stock: {{at_most: 3}}, budget: 1 EUR}}}}
      facts: {{customer.orders: {{at_least: 1}}, any: [{{customer.tier: gold}}, {{customer.churn_risk: high}}]}}
    cases:
      - {{change: {{customer.days_since_last_order: 29}}, expect: {{first: show}}}}
      - {{case: other, language: en}}
  - {{test: Two, use: One, change: {{customer.orders: 3}}, expect: {{none: [call]}}}}
  - test: Scenario
    persona: mei
    at: {AT}
    steps:
      - event: {{type: order_completed, properties: {{total: "60.00"}}}}
      - {{after: 2 days, times: 3, ask: requested}}
      - {{after: 45 days, used: {{write: {{total: 1}}}}, expect: {{first: call, rejected: {{note: COOLDOWN}}}}}}
      - {{outcome: {{call: sent}}, expect: {{used: {{write: {{total: 1}}}}}}}}
"""
WORDS = re.findall(r"[\w.%-]+|[\[\]{}:,\"\n]", WHOLE)
SPARE = (
    "",
    "[]",
    "{}",
    "null",
    "yes",
    "-1",
    "1e999",
    "NaN",
    "unknown",
    "'",
    '"',
    "9" * 30,
    "0.1.2",
    "One",
    "\U0001f600",
)


def edited(places: list[tuple[int, str]]) -> str:
    """The file with some of its words written over."""
    marks = list(re.finditer(r"[\w.%-]+|[\[\]{}:,\"]", WHOLE))
    text = WHOLE
    for place, word in sorted(places, reverse=True):
        mark = marks[place % len(marks)]
        text = text[: mark.start()] + word + text[mark.end() :]
    return text


WORD = st.sampled_from(SPARE) | st.sampled_from(sorted(set(WORDS)))
EDITS = st.lists(st.tuples(st.integers(0, 400), WORD), max_size=3, unique_by=lambda edit: edit[0])


def test_the_file_is_right_as_it_stands() -> None:
    assert read_tests({"tests/a.yaml": WHOLE.encode()}, small().rulebook)[1] == []


@settings(deadline=None)
@given(EDITS)
def test_an_edited_file_is_run_or_refused_with_places(places: list[tuple[int, str]]) -> None:
    text = edited(places)
    tests, findings = read_tests({"tests/a.yaml": text.encode()}, small().rulebook)
    lines = text.count("\n") + 2
    assert all(1 <= finding.place.line <= lines and finding.message for finding in findings)
    if not findings:
        assert all(run_test(test, small()) for test in tests)
