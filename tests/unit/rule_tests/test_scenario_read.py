"""Stories are read strictly: one mistake at a time, found at its place; and what a step need not say is filled in."""

import pytest

from authoring.rule_tests import RuleTest, read_tests
from engine.domain.events import Placed
from engine.domain.times import DAY, HOUR, parse_rfc3339
from engine.rulebook.findings import Finding, render
from tests.support.rule_tests import AT, read, small
from tests.unit.rule_tests.test_read import MARK, Slip

SCENARIO = """\
personas:
  mei:
    channel_addresses: [email]
    consents: [email]
tests:
  - test: Everything that can be told
    persona: mei
    history:
      - {type: order_completed, time: -40 days, properties: {order_id: o1, total: "60.00"}}
    contacts: [{action: call, channel: web, time: -30 days}]
    population: {cutoffs: {gold: 200}, mean_order: 40 EUR}
    holdout: no
    anonymous: yes
    at: 2026-03-02T10:00:00+01:00
    steps:
      - event: {type: order_completed, channel: store, properties: {total: "10.00"}}
        placements: [home.banner]
        expect: {first: none}
      - event: {type: aliased}
        decide: none
        expect: {withdrawn: []}
      - after: 7 days
        times: 3
        event: {type: order_completed, properties: {total: "20.00"}}
      - at: 2026-04-02T10:00:00+02:00
        placements: [{id: account.next, count: 2}]
        context: {in_stock_nearby: yes}
        language: zh-Hans
        expect: {none: [call]}
      - ask: requested
      - outcome: {call: accept}
      - after: 45 days
        expect: {first: call}
"""
SLIPS = [
    Slip("scenario-facts", "    holdout: no", "    «given: {customer.orders: 3}"),
    Slip("scenario-facts", "    holdout: no", "    «change: {customer.orders: 3}"),
    Slip("unknown-key", "    holdout: no", "    «expect: {first: none}"),
    Slip("wrong-type", "holdout: no", "holdout: «1"),
    Slip("missing-key", "    at: 2026-03-02T10:00:00+01:00\n", ""),
    Slip("wrong-type", "- ask: requested", "- «requested"),
    Slip("unknown-word", "ask: requested", "ask: «inactive"),
    Slip("unknown-key", "- ask: requested", "- «aks: requested\n        after: 1 day", "did you mean ask?"),
    Slip("bad-expect", "- outcome: {call: accept}", "- outcome: {call: accept}\n        expect: «{first: none}"),
    Slip("unknown-key", "        decide: none", "        decide: none\n        «context: {in_stock_nearby: yes}"),
    Slip("unknown-action", "outcome: {call", "outcome: {«cal", "did you mean call?"),
    Slip("unknown-word", "{call: accept}", "{call: «accepted}", "did you mean accept?"),
    Slip("unknown-word", "decide: none", "decide: «no"),
    Slip("bad-unit", "after: 45 days", "after: «45"),
    Slip("out-of-range", "times: 3", "times: «101"),
    Slip("bad-step", "      - after: 7 days\n        times: 3", "      - «times: 3"),
    Slip("bad-step", "- at: 2026-04-02T10:00:00+02:00", "- at: «2026-03-20T10:00:00+01:00"),
    Slip("bad-step", "- at: 2026-04-02T10:00:00+02:00", "- at: 2026-04-02T10:00:00+02:00\n        «after: 1 day"),
    Slip("bad-time", "- at: 2026-04-02T10:00:00+02:00", "- at: «2026-04-02"),
    Slip("bad-step", "- after: 45 days\n        expect", "- «expect", "add event, placements, ask, outcome or after"),
    Slip("bad-step", "decide: none", "decide: none\n        «placements: [home.banner]"),
    Slip("bad-expect", "{withdrawn: []}", "«{first: none}"),
    Slip("unknown-placement", "placements: [home.banner]", "placements: [«home.baner]", "did you mean home.banner?"),
    Slip("unknown-placement", "id: account.next", "id: «account.nex", "did you mean account.next?"),
    Slip("unknown-key", "in_stock_nearby", "«in_stock_nearbye", "did you mean in_stock_nearby?"),
    Slip("bad-event", 'total: "10.00"', 'total: «"ten"'),
    Slip("bad-step", "event: {type: aliased}", "event: «{type: outcome}", "write outcome: {action: accept}"),
    Slip("bad-step", "ask: requested", "event: «{type: aliased}", "a scenario may be anonymous: yes"),
]


def findings_of(text: str) -> list[Finding]:
    return read_tests({"tests/a.yaml": text.encode()}, small().rulebook)[1]


def scenario(*steps: str, more: str = "") -> RuleTest:
    told = "\n".join(f"  - {step}" for step in steps)
    tests, findings = read(f"{more}\nsteps:\n{told}")
    assert not findings, render(findings)
    return tests[0]


def test_a_scenario_without_a_slip_has_no_findings() -> None:
    assert findings_of(SCENARIO) == []


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip.code} {slip.new.strip()[:40]}")
def test_a_slip_is_found_at_its_place_and_alone(slip: Slip) -> None:
    assert SCENARIO.count(slip.old) >= 1
    marked = SCENARIO.replace(slip.old, slip.new, 1)
    findings = findings_of(marked.replace(MARK, ""))
    assert [finding.code for finding in findings] == [slip.code], render(findings)
    if MARK in marked:
        before = marked[: marked.index(MARK)]
        place = f"tests/a.yaml:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        assert str(findings[0].place) == place, render(findings)
    if slip.hint:
        assert findings[0].hint == slip.hint


def test_a_scenario_expects_something() -> None:
    _, findings = read("steps: [{ask: requested}]")
    assert [finding.code for finding in findings] == ["empty-expect"]


def test_a_scenario_has_steps() -> None:
    _, findings = read("steps: []")
    assert [finding.code for finding in findings] == ["empty-list"]


@pytest.mark.parametrize("key", ["at", "after", "times", "event", "decide", "ask", "placements", "outcome", "expect"])
@pytest.mark.parametrize("value", ["", "x", "1", "[]", "[[]]", "{}", "{a: [1]}", "[{a: b}]", "true", "{type: [1]}"])
def test_whatever_stands_in_a_step_is_read_or_answered_with_findings(key: str, value: str) -> None:
    tests, findings = read(f"steps:\n  - {key}: {value}\n  - {{after: 1 day, expect: {{first: none}}}}")
    assert len(tests) == 1 or findings


def test_steps_say_when_or_how_long_after_the_one_before_or_follow_at_once() -> None:
    told = scenario(
        "ask: requested", "{after: 2 days, ask: requested}", "ask: requested", "{after: 3 hours, expect: {first: none}}"
    )
    assert [step.at - told.at for step in told.steps] == [0, 2 * DAY, 2 * DAY, 2 * DAY + 3 * HOUR]
    at = scenario("{at: 2026-03-05T10:00:00+01:00, expect: {first: none}}").steps[0].at
    assert at == parse_rfc3339("2026-03-05T10:00:00+01:00")


def test_a_step_that_is_shown_several_times_comes_as_often_with_ids_of_its_own() -> None:
    order = '{after: 7 days, times: 3, event: {type: order_completed, properties: {total: "5.00"}}}'
    told = scenario(order, "{after: 1 day, expect: {first: none}}")
    events = [step.event for step in told.steps if step.event]
    assert [event.time - told.at for event in events] == [7 * DAY, 14 * DAY, 21 * DAY]
    assert len({event.id for event in events} | {event.properties["order_id"] for event in events}) == 3
    assert [(step.number, step.turn) for step in told.steps] == [(1, 0), (1, 1), (1, 2), (2, 0)]


def test_a_parcel_and_a_return_are_those_of_the_latest_order_unless_it_is_named() -> None:
    told = scenario(
        'event: {type: order_completed, properties: {order_id: o-1, total: "5.00"}}',
        'event: {type: order_completed, properties: {total: "5.00"}}',
        "event: {type: delivery_completed}",
        'event: {type: order_returned, properties: {order_id: o-1, amount: "5.00"}}',
        "{after: 1 day, expect: {first: none}}",
    )
    names = [step.event.properties["order_id"] for step in told.steps if step.event]
    assert names == ["o-1", "step-2-0", "step-2-0", "o-1"]


def test_a_parcel_without_any_order_has_to_name_its_own() -> None:
    _, findings = read("steps: [{event: {type: delivery_completed}, expect: {first: none}}]")
    assert [finding.code for finding in findings] == ["bad-event"]


@pytest.mark.parametrize(
    ("lines", "placements"),
    [("", ()), (", placements: [home.banner]", (Placed("home.banner"),))],
)
def test_an_event_is_decided_on_outbound_or_for_placements(lines: str, placements: tuple[Placed, ...]) -> None:
    told = scenario(f"{{event: {{type: visited, properties: {{surface: web}}}}{lines}, expect: {{first: none}}}}")
    trigger = told.steps[0].trigger
    assert trigger is not None
    assert (trigger.key, trigger.placements) == ("visited", placements)


def test_an_event_may_be_only_stored() -> None:
    told = scenario(
        "{event: {type: visited, properties: {surface: web}}, decide: none}", "{ask: requested, expect: {all: []}}"
    )
    assert told.steps[0].event is not None
    assert told.steps[0].trigger is None


def test_an_event_may_arrive_late() -> None:
    told = scenario("{event: {type: visited, time: -3 days, properties: {surface: web}}, expect: {first: none}}")
    assert told.steps[0].event is not None
    assert told.at - told.steps[0].event.time == 3 * DAY


def test_a_scenario_begins_when_it_says() -> None:
    assert scenario("{ask: requested, expect: {first: none}}").at == parse_rfc3339(AT)
