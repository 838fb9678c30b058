"""A small rulebook to test rule tests with, and ways to read and run a test that is written in YAML."""

from functools import cache
from textwrap import indent

from authoring.rule_tests import Outcome, RuleTest, read_tests
from authoring.rule_tests.running import run_test
from engine.compiled.rulebook import Compiled
from engine.rulebook.findings import Finding, render
from tests.support.books import VOCABULARY, action, made, on, rule, says

AT = "2026-03-02T10:00:00+01:00"
PERSONAS = """\
personas:
  mei:
    channel_addresses: [email]
    consents: [email]
    traits: {first_name: Mei, language: zh-Hans}
  sam:
    channel_addresses: []
    consents: []
"""
FACTS = """\
  customer.mood: {type: text, missing: none, example: calm, sentence: What the risk means}
  customer.channel_addresses: {type: set, missing: none, example: [email], sentence: Links}
  customer.consents: {type: set, missing: none, example: [email], sentence: Consents}
"""
MOOD_TABLE = """\
table: mood
decides: customer.mood
pick: first
columns: [customer.churn_risk]
rows: [[high, worried]]
otherwise: calm
"""
ACTIONS = (
    action(
        "call",
        value="50 EUR",
        cooldown="14 days",
        limits={"per_customer": "2 in 365 days"},
        effect={"type": "discount", "percent": "10 %"},
        treatments=[on("web"), on("email")],
    ),
    action("show", value="20 EUR", treatments=says("{customer.first_name|You}'s {products}")),
    action("note", kind="internal", treatments=says("Look", channel="desk")),
    action("write", treatments=says("Read this", channel="email"), limits={"total": "5 in 1 month"}, holdout="50 %"),
    action(
        "present",
        kind="transactional",
        stock=3,
        budget="2 EUR in 1 month",
        cost={"per_contact": "0.40 EUR"},
        treatments=says("A present", channel="email"),
    ),
)
POLICY = """\
frequency_caps: [{at_most: 2, in: 7 days, window: rolling, channels: [email]}]
suppression: [{after: 2, outcomes: [reject], within: 90 days, for: 90 days, per: action}]
quiet_hours: [{channels: [email], from: "22:00", until: "07:00", then: hold}]
default_zone: shop
"""
MEASUREMENT = "{salt: small, holdout: {share: 5 %, spare: {kinds: [internal], tiers: [gold]}}}"
SILENT = {"customer.churn_risk": "high"}
BUYERS = {"customer.orders": {"at_least": 1}}
PIECES = {"role": "activation", "count": 2}
RULES = (
    rule("call-the-silent", "call", trigger=["inactive", "requested"], once="per inactivity spell", when=SILENT),
    rule("show-to-buyers", recommend={"action": "show", "products": PIECES}, when=BUYERS),
    rule("note-an-order", "note", trigger=["order_completed"], once="per order"),
    rule("note-the-gold", "note", trigger=["visited"], once="per customer", when={"customer.tier": "gold"}),
    rule("note-a-delivery", "note", trigger=[{"after": "delivery_completed", "wait": "14 days"}], once="per delivery"),
    rule("note-a-complaint", "note", trigger=["complaint_opened"], once="per complaint"),
    rule("note-the-year", "note", trigger=["wish_expressed"], once="per year"),
    rule("note-visits", "note", trigger=["searched"], when={"customer.visits_7d": 2}),
    rule("note-the-worried", "note", trigger=["checkout_started"], when={"customer.mood": "worried"}),
    rule("note-large-orders", "note", trigger=["order_returned"], when={"cart.total": {"at_least": "80 EUR"}}),
    rule("thank-who-tells", "present", trigger=["feedback_given"]),
    rule("write-who-cancels", "write", trigger=["order_cancelled"]),
    rule(
        "leave-who-has-just-bought",
        trigger=["any"],
        when={"customer.days_since_last_order": {"at_most": 3}},
        forbid={"group": "group-of-write"},
    ),
    rule("note-who-was-called", "note", trigger=["rated"], when={"history.group-of-call.times_shown_365d": 1}),
)


@cache
def small() -> Compiled:
    """On the reference matcher."""
    files = {"vocabulary": VOCABULARY.replace("counters:", f"{FACTS}counters:"), "tables/mood": MOOD_TABLE}
    return made(ACTIONS, RULES, contact_policy=POLICY, measurement=MEASUREMENT, **files)


def written(test: str) -> bytes:
    """A file with the personas and one test, called "it", at `AT`. `test`: its further lines."""
    return f"{PERSONAS}tests:\n  - test: it\n    at: {AT}\n{indent(test.strip(), '    ')}\n".encode()


def read(test: str) -> tuple[list[RuleTest], list[Finding]]:
    return read_tests({"tests/a.yaml": written(test)}, small().rulebook)


def run(test: str) -> Outcome:
    """Run one test. AssertionError with the findings when it is not written right."""
    tests, findings = read(test)
    assert not findings, render(findings)
    return run_test(tests[0], small())
