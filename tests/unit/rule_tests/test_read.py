"""Rule tests are read strictly: one mistake at a time, found at its place."""

from dataclasses import dataclass, replace

import pytest

from authoring.rule_tests import read_tests
from authoring.rule_tests.case import HELD_NOT, Told
from engine.domain.events import Placed
from engine.domain.times import DAY, HOUR, parse_rfc3339
from engine.rulebook.findings import Finding, render
from engine.rulebook.shop import Measurement
from tests.support.rule_tests import AT, read, small, written

MARK = "«"
TESTS = """\
personas:
  mei:
    channel_addresses: [email]
    consents: [email]
    traits: {first_name: Mei, language: zh-Hans}
tests:
  - test: Everything that can be said
    persona: mei
    given: {customer.orders: 3, customer.categories: [kitchen], order.total: 89 EUR}
    history:
      - {type: order_completed, time: -40 days, properties: {order_id: o1, total: "60.00"}}
    done: [call-the-silent]
    contacts:
      - {action: call, channel: web, time: -3 days, outcome: ignore}
      - {action: write, channel: email, time: 2026-02-20T10:00:00+01:00}
    pending:
      - {action: call, channel: web, placement: home.banner, time: -2 hours}
    holdout: yes
    population: {cutoffs: {gold: 200, bronze: 50.5}, mean_order: 40 EUR}
    at: 2026-03-02T10:00:00+01:00
    ask: {event: {type: visited, properties: {surface: web}}}
    placements: [home.banner, {id: account.next, count: 2}]
    context: {cart: {lines: [{sku: K-1, category: kitchen, amount: "49.00"}]}, in_stock_nearby: yes}
    language: zh-Hans
    expect:
      first: call
      rule: call-the-silent
      channel: web
      language: en
      text: Hi
      effect: discount
      products: [K-1, K-3]
      deliver_after: 2026-03-03T07:00:00+01:00
      all: [call, show]
      none: [note]
      rejected: {note: COOLDOWN}
      withdrawn: [write]
  - test: A wait
    at: 2026-03-02T10:00:00+01:00
    ask: {after: delivery_completed, wait: 14 days}
    expect: {first: none}
"""


@dataclass(frozen=True)
class Slip:
    """In the tests above `old` becomes `new`; a finding of `code` must stand at the mark in `new`."""

    code: str
    old: str
    new: str
    hint: str | None = None


ONE_ORDER = "write 1 or more, leave the fact out, or delete the event"
SLIPS = [
    # a test
    Slip("unknown-key", "    persona: mei", "    «persone: mei", "did you mean persona?"),
    Slip("missing-key", "  - test: A wait\n    at: 2026-03-02T10:00:00+01:00", "  - «test: A wait"),
    Slip("missing-key", "    expect: {first: none}\n", "", None),
    Slip("duplicate-id", "test: A wait", "test: «Everything that can be said"),
    Slip("unknown-persona", "persona: mei", "persona: «may", "possible: mei"),
    Slip("bad-time", "at: 2026-03-02T10:00:00+01:00\n    ask: {event", "at: «2026-03-02\n    ask: {event"),
    Slip("unknown-fact", "given: {customer.orders: 3", "given: {«customer.order: 3", "did you mean customer.orders?"),
    Slip("bad-value", "customer.orders: 3", "customer.orders: «many"),
    Slip("bad-unit", "89 EUR", "«89", "write it as 89 EUR"),
    Slip("contradictory-facts", "customer.orders: 3", "«customer.orders: 0", ONE_ORDER),
    Slip(
        "contradictory-facts",
        "    ask: {after",
        "    given: {customer.orders: 0, «customer.days_since_last_order: 5}\n    ask: {after",
        "write customer.days_since_last_order: unknown, or customer.orders: 1 or more",
    ),
    Slip("wrong-type", "customer.categories: [kitchen]", "customer.categories: «kitchen"),
    Slip("unknown-rule", "done: [call-the-silent]", "done: [«call-the-silents]", "did you mean call-the-silent?"),
    Slip("without-once", "done: [call-the-silent]", "done: [«show-to-buyers]"),
    Slip("unknown-tier", "gold: 200", "«golden: 200", "did you mean gold?"),
    Slip("bad-unit", "bronze: 50.5", "bronze: «much"),
    Slip("tier-order", "{gold: 200", "«{gold: 20"),
    Slip("bad-unit", "mean_order: 40 EUR", "mean_order: «40"),
    # contacts, what waits
    Slip("missing-key", "channel: web, time: -3 days, outcome: ignore", "channel: web, outcome: ignore"),
    Slip("unknown-key", "outcome: ignore", "«came_to: ignore"),
    Slip("unknown-word", "outcome: ignore", "outcome: «ignored", "did you mean ignore?"),
    Slip("unknown-action", "{action: write, channel", "{action: «right, channel", "did you mean write?"),
    Slip("unknown-channel", "channel: email, time: 2026", "channel: «mail, time: 2026", "did you mean email?"),
    Slip("bad-contact", "channel: email, time: 2026", "channel: «web, time: 2026", "possible: email"),
    Slip("bad-time", "time: -3 days, outcome", "time: «3 days ago, outcome"),
    Slip("bad-time", "time: 2026-02-20T10:00:00+01:00", "time: «2026-02-20T10:00:00"),
    Slip("bad-contact", "time: 2026-02-20T10:00:00+01:00", "time: «2026-03-20T10:00:00+01:00", "such as -3 days"),
    Slip("bad-contact", "time: -2 hours", "time: «-10 days"),
    Slip(
        "unknown-placement", "placement: home.banner, time", "placement: «home.baner, time", "did you mean home.banner?"
    ),
    Slip("unknown-key", "placement: home.banner, time", "«outcome: sent, time"),
    Slip("wrong-type", "holdout: yes", "holdout: «1"),
    # personas
    Slip(
        "unknown-key",
        "    channel_addresses: [email]",
        "    «channel_adresses: [email]",
        "did you mean channel_addresses?",
    ),
    Slip(
        "unknown-channel-address", "channel_addresses: [email]", "channel_addresses: [«e-mail]", "did you mean email?"
    ),
    Slip("unknown-channel", "consents: [email]", "consents: [«emial]", "did you mean email?"),
    Slip("bad-traits", "first_name: Mei", "first_nam: «Mei"),
    Slip("bad-traits", "language: zh-Hans}", "language: «12}"),
    # history and ask
    Slip("missing-key", "- {type: order_completed, time", "- «{time"),
    Slip("unknown-key", "time: -40 days", "«tiem: -40 days", "did you mean time?"),
    Slip("unknown-key", "time: -40 days", "«customer: {id: x}, time: -40 days"),
    Slip("bad-event", "type: order_completed", "type: «order_complete"),
    Slip("bad-event", 'total: "60.00"', 'total: «"sixty"'),
    Slip("bad-event", "order_id: o1", "order_id: o1, order_nr: «o1"),
    Slip("bad-event", "time: -40 days", "time: «yesterday"),
    Slip("bad-event", "time: -40 days", "time: «2026-04-01T10:00:00+01:00", "such as -40 days"),
    Slip("bad-event", "surface: web", "surface: «[web]"),
    Slip("unknown-key", "ask: {event:", "ask: {«wait: 14 days, event:"),
    Slip("unknown-trigger", "ask: {event: {type: visited, properties: {surface: web}}}", "ask: «overdu"),
    Slip("unknown-event", "after: delivery_completed", "after: «delivery_complete", "did you mean delivery_completed?"),
    Slip("missing-key", "{after: delivery_completed, wait: 14 days}", "«{after: delivery_completed}"),
    Slip("unknown-trigger", "wait: 14 days", "wait: «13 days", "rules wait 14 days"),
    # the request
    Slip("unknown-placement", "[home.banner,", "[«home.baner,", "did you mean home.banner?"),
    Slip("unknown-placement", "id: account.next", "id: «account.nex", "did you mean account.next?"),
    Slip("duplicate-id", "{id: account.next, count: 2}", "«home.banner"),
    Slip("out-of-range", "count: 2}", "count: «21}"),
    Slip("unknown-key", "in_stock_nearby: yes", "«in_stock_nearbye: yes", "did you mean in_stock_nearby?"),
    Slip("bad-request", "in_stock_nearby: yes", "in_stock_nearby: «maybe"),
    Slip("bad-request", 'amount: "49.00"', 'amount: «"x"'),
    Slip("bad-request", "{cart: {lines: [", "{cart: {lines: [«{category: x}, "),
    Slip("bad-request", "language: zh-Hans\n    expect", "language: «not a language\n    expect"),
    # expect
    Slip("empty-expect", "expect: {first: none}", "expect: «{}", "first: none"),
    Slip("bad-expect", "{first: none}", "{first: none, channel: «web}", "delete channel, or first: none"),
    Slip("unknown-key", "      first: call", "      «frist: call", "did you mean first?"),
    Slip("unknown-action", "first: call", "first: «cal", "did you mean call?"),
    Slip("unknown-rule", "rule: call-the-silent", "rule: «call-the-silnt", "did you mean call-the-silent?"),
    Slip("unknown-channel", "channel: web", "channel: «wep", "did you mean web?"),
    Slip("unknown-language", "language: en", "language: «fr"),
    Slip("unknown-word", "effect: discount", "effect: «discont", "did you mean discount?"),
    Slip("wrong-type", "text: Hi", "text: «12", 'put it in quotes: "12"'),
    Slip("unknown-product", "[K-1, K-3]", "[K-1, «K-33]", "did you mean K-3?"),
    Slip("wrong-type", "products: [K-1, K-3]", "products: «K-1"),
    Slip("bad-time", "deliver_after: 2026-03-03T07:00:00+01:00", "deliver_after: «in the morning"),
    Slip("unknown-action", "withdrawn: [write]", "withdrawn: [«wright]", "did you mean write?"),
    Slip("wrong-type", "withdrawn: [write]", "withdrawn: «write"),
    Slip("wrong-type", "all: [call, show]", "all: «call"),
    Slip("unknown-action", "all: [call, show]", "all: [call, «shows]", "did you mean show?"),
    Slip("unknown-action", "none: [note]", "none: [«notes]", "did you mean note?"),
    Slip("unknown-action", "rejected: {note", "rejected: {«not", "did you mean note?"),
    Slip("unknown-reason", "note: COOLDOWN", "note: «COOLDOWNS", "did you mean COOLDOWN?"),
    Slip("unknown-reason", "note: COOLDOWN", "note: «cooldown", "did you mean COOLDOWN?"),
]


def findings_of(text: str) -> list[Finding]:
    return read_tests({"tests/a.yaml": text.encode()}, small().rulebook)[1]


def test_a_file_without_a_slip_has_no_findings() -> None:
    assert findings_of(TESTS) == []


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip.code} {slip.new.strip()[:40]}")
def test_a_slip_is_found_at_its_place_and_alone(slip: Slip) -> None:
    assert TESTS.count(slip.old) >= 1
    marked = TESTS.replace(slip.old, slip.new, 1)
    findings = findings_of(marked.replace(MARK, ""))
    assert [finding.code for finding in findings] == [slip.code], render(findings)
    if MARK in marked:
        before = marked[: marked.index(MARK)]
        place = f"tests/a.yaml:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        assert str(findings[0].place) == place, render(findings)
    if slip.hint:
        assert findings[0].hint == slip.hint


def test_the_event_to_decide_on_counts_as_an_order_too() -> None:
    visit = "{event: {type: visited, properties: {surface: web}}}"
    order = '{event: {type: order_completed, properties: {order_id: o2, total: "9.00"}}}'
    text = TESTS.replace(visit, order).replace("customer.orders: 3", "customer.orders: 1")
    assert [f.message for f in findings_of(text)] == ["customer.orders is 1, but the test has 2 order_completed"]


def test_a_cancelled_order_contradicts_no_fact() -> None:
    cancelled = "      - {type: order_cancelled, time: -39 days, properties: {order_id: o1}}\n    done:"
    text = TESTS.replace("    done:", cancelled, 1).replace("customer.orders: 3", "customer.orders: 0")
    assert findings_of(text) == []


def test_the_facts_of_a_persona_may_contradict_the_events_of_a_test() -> None:
    persona = TESTS.replace("    consents: [email]\n", "    consents: [email]\n    given: {customer.orders: 0}\n")
    text = persona.replace("given: {customer.orders: 3, ", "given: {")
    assert [f.code for f in findings_of(text)] == ["contradictory-facts"]


def test_all_slips_are_found_at_once() -> None:
    text = TESTS.replace("persona: mei", "persona: may").replace("first: call", "first: cal").replace("89 EUR", "89")
    assert [f.code for f in findings_of(text)] == ["unknown-persona", "bad-unit", "unknown-action"]


def test_a_persona_stands_once_in_all_files() -> None:
    one = b"personas: {mei: {channel_addresses: [email]}}"
    _, findings = read_tests({"tests/a.yaml": one, "tests/b.yaml": one}, small().rulebook)
    assert [(str(f.place), f.code) for f in findings] == [("tests/b.yaml:1:12", "duplicate-id")]


def test_personas_of_one_file_serve_the_tests_of_another() -> None:
    test = f"tests: [{{test: it, persona: mei, at: '{AT}', expect: {{first: none}}}}]".encode()
    personas = b"personas: {mei: {channel_addresses: [email]}}"
    tests, findings = read_tests({"tests/a.yaml": test, "tests/b.yaml": personas}, small().rulebook)
    assert findings == []
    assert tests[0].persona.channel_addresses == ("email",)


def test_any_bytes_in_a_file_are_answered_with_findings() -> None:
    for text in (
        b"",
        b"\xff",
        b"tests: x",
        b"tests: [x]",
        b"[]",
        b"personas: [a]",
        b"personas: {a: b}",
        b"tests: [{}]",
    ):
        assert read_tests({"tests/a.yaml": text}, small().rulebook)[1], text


@pytest.mark.parametrize(
    "key",
    [
        *("given", "history", "done", "contacts", "pending", "holdout"),
        *("population", "ask", "placements", "context", "expect"),
    ],
)
@pytest.mark.parametrize("value", ["", "x", "1", "[]", "[[]]", "{}", "{a: [1]}", "[{a: b}]", "true", "{cart: [1]}"])
def test_whatever_stands_behind_a_key_is_read_or_answered_with_findings(key: str, value: str) -> None:
    expect = "" if key == "expect" else "expect: {first: none}\n"
    tests, findings = read(f"{key}: {value}\n{expect}")
    assert len(tests) == 1 or findings


# ---- what is read ----


def test_a_test_is_shown_when_it_happens() -> None:
    tests, _ = read("expect: {first: none}")
    assert tests[0].at == parse_rfc3339(AT)


def test_history_may_say_how_long_ago_or_when() -> None:
    tests, _ = read(
        "history:\n"
        "  - {type: visited, time: -40 days, properties: {surface: web}}\n"
        "  - {type: visited, time: -1 day, properties: {surface: web}}\n"
        "  - {type: visited, time: -3 hours, properties: {surface: web}}\n"
        "  - {type: visited, time: 2026-03-01T10:00:00+01:00, properties: {surface: web}}\n"
        "  - {type: visited, properties: {surface: web}}\n"
        "expect: {first: none}"
    )
    at = tests[0].at
    assert [at - event.time for event in tests[0].history] == [40 * DAY, DAY, 3 * HOUR, DAY, 0]


def test_events_get_ids_of_their_own_and_one_customer() -> None:
    tests, _ = read(
        "history: [{type: visited, properties: {surface: web}}, {type: visited, properties: {surface: web}}]\n"
        "ask: {event: {type: visited, properties: {surface: web}}}\nexpect: {first: none}"
    )
    events = [*tests[0].history, tests[0].event]
    assert len({event.id for event in events if event}) == 3
    assert len({event.customer for event in events if event}) == 1


@pytest.mark.parametrize(
    ("ask", "key"),
    [
        ("requested", "requested"),
        ("inactive", "inactive"),
        ("visited", "visited"),
        ("{event: {type: rated, properties: {score: 5}}}", "rated"),
        ("{after: delivery_completed, wait: 2 weeks}", "after:delivery_completed:14"),
    ],
)
def test_what_asks_is_a_word_an_event_or_a_wait(ask: str, key: str) -> None:
    tests, findings = read(f"ask: {ask}\nexpect: {{first: none}}")
    assert findings == []
    assert tests[0].ask == key


def test_without_ask_somebody_asks() -> None:
    assert read("expect: {first: none}")[0][0].ask == "requested"


def test_the_context_is_read_as_in_a_request() -> None:
    tests, _ = read(
        'context: {cart: {lines: [{sku: K-1, amount: "49.00"}]}, in_stock_nearby: yes}\nexpect: {first: none}'
    )
    context = tests[0].context
    assert (context["cart"]["lines"][0]["amount"], context["in_stock_nearby"]) == (4_900, True)


def test_a_placement_may_say_how_many() -> None:
    tests, _ = read("placements: [home.banner, {id: account.next, count: 2}]\nexpect: {first: none}")
    assert tests[0].placements == (Placed("home.banner"), Placed("account.next", 2))


def test_cut_offs_without_a_unit_are_in_the_shops_currency() -> None:
    tests, _ = read("population: {cutoffs: {gold: 200}, mean_order: 40 EUR}\nexpect: {first: none}")
    assert (tests[0].cut_offs, tests[0].mean_order) == ({"gold": 20_000}, 4_000)


def test_a_fact_can_be_given_as_unknown() -> None:
    tests, _ = read("given: {order.total: unknown}\nexpect: {first: none}")
    assert tests[0].given == {"order.total": None}


def test_a_contact_says_how_long_ago_or_when_and_came_to_what_makes_a_contact_on_its_channel() -> None:
    tests, _ = read(
        "contacts:\n"
        "  - {action: call, channel: web, time: -3 days}\n"
        "  - {action: call, channel: email, time: 2026-03-01T10:00:00+01:00}\n"
        "  - {action: note, channel: desk, time: -1 hour}\n"
        "  - {action: call, channel: email, time: -5 days, outcome: reject}\n"
        "expect: {first: none}"
    )
    at = tests[0].at
    assert tests[0].contacts == (
        Told("call", "web", at - 3 * DAY, "impression"),
        Told("call", "email", at - DAY, "sent"),
        Told("note", "desk", at - HOUR, "none"),
        Told("call", "email", at - 5 * DAY, "reject"),
    )


def test_what_waits_expires_as_its_action_says() -> None:
    tests, _ = read("pending: [{action: write, channel: email, time: -2 days}]\nexpect: {first: none}")
    (pending,) = tests[0].pending
    assert (pending.decided, pending.expires) == (tests[0].at - 2 * DAY, tests[0].at + 8 * DAY)
    assert (pending.placement, pending.reserved) == (None, True)


def test_nobody_is_in_the_control_group_of_a_rulebook_without_a_holdout() -> None:
    book = replace(small().rulebook, measurement=Measurement())
    _, findings = read_tests({"tests/a.yaml": written("holdout: yes\nexpect: {first: none}")}, book)
    assert [finding.code for finding in findings] == ["without-holdout"]


def test_not_to_be_held_can_be_expected() -> None:
    assert read("expect: {first: call, deliver_after: none}")[0][0].expect.deliver_after == HELD_NOT
