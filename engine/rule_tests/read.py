"""Rule tests from YAML: strict, with places, all errors at once, like the rules themselves."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from engine.errors import InvalidInput
from engine.events import EVENT_TYPES, Event, Placed
from engine.money import Currency
from engine.reasons import Reason
from engine.rulebook.findings import Finding, Report, in_order
from engine.rulebook.model import Fact, FactType, Rulebook, Value
from engine.rulebook.place import Place
from engine.rulebook.read.fields import Fields, list_of, parsed, text_of
from engine.rulebook.source import ListNode, MapNode, Node, plain, read_yaml
from engine.rulebook.values import did_you_mean, parse_money, parse_value
from engine.schemas import load_event
from engine.times import DAY, HOUR, format_rfc3339, parse_rfc3339

CUSTOMER = "test-customer"
TEST_KEYS = ("persona", "given", "history", "population", "ask", "placements", "context", "language")
EXPECT_KEYS = ("first", "rule", "all", "none", "rejected")
_AGO = re.compile(r"-(\d{1,5}) (day|days|hour|hours)")


@dataclass(frozen=True, slots=True)
class Persona:
    links: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    traits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expect:
    """`first`: an action or "none". `all`: the actions in their order. `none`: actions that must not be there."""

    first: str | None = None
    rule: str | None = None
    all: tuple[str, ...] | None = None
    none: tuple[str, ...] = ()
    rejected: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test. `at` in ms; `cut_offs`: tier -> score in minor units; `ask`: a trigger key, or the event that asks."""

    name: str
    place: Place
    at: int
    expect: Expect
    persona: Persona = field(default_factory=Persona)
    given: Mapping[str, Value] = field(default_factory=dict)
    history: tuple[Event, ...] = ()
    cut_offs: Mapping[str, int] | None = None
    mean_order: int | None = None
    ask: str = "asked"
    event: Event | None = None
    placements: tuple[Placed, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None


def read_tests(texts: Mapping[str, bytes], book: Rulebook) -> tuple[list[RuleTest], list[Finding]]:
    """The tests of all files (path -> content); personas are shared among them. Findings where something is wrong."""
    report = Report()
    nodes = [node for name in sorted(texts) if (node := read_yaml(name, texts[name], report)) is not None]
    files = [Fields(report, node, "a test file", (), ("personas", "tests")) for node in nodes]
    personas = {name: _persona(report, node) for file in files for name, node in _entries(file, "personas")}
    reader = _Reader(report, book, personas)
    tests = [test for file in files for node in file.items("tests") if (test := reader.test(node)) is not None]
    return tests, in_order(report.findings)


def _entries(fields: Fields, key: str) -> list[tuple[str, Node]]:
    return [(name, entry.node) for name, entry in fields.entries(key)]


def _persona(report: Report, node: Node) -> Persona:
    fields = Fields(report, node, "a persona", (), ("links", "consents", "traits"))
    traits = fields.node("traits")
    return Persona(fields.texts("links"), fields.texts("consents"), plain(traits) if traits else {})


class _Reader:
    """Reads one test after another; what is wrong goes into the report."""

    def __init__(self, report: Report, book: Rulebook, personas: Mapping[str, Persona]) -> None:
        self._report = report
        self._book = book
        self._personas = personas

    def test(self, node: Node) -> RuleTest | None:
        fields = Fields(self._report, node, "a test", ("test", "at", "expect"), TEST_KEYS)
        at = self._moment(fields)
        if at is None:
            return None
        ask, event = self._ask(fields, at)
        cut_offs, mean = self._population(fields)
        return RuleTest(
            name=fields.text("test"),
            place=fields.place,
            at=at,
            expect=self._expect(fields),
            persona=self._named_persona(fields),
            given=dict(self._given(fields)),
            history=tuple(self._history(fields, at)),
            cut_offs=cut_offs,
            mean_order=mean,
            ask=ask,
            event=event,
            placements=tuple(self._placed(node) for node in fields.items("placements")),
            context=self._context(fields),
            language=fields.text("language") or None,
        )

    def _moment(self, fields: Fields) -> int | None:
        if "at" not in fields:
            return None
        try:
            return parse_rfc3339(fields.text("at"))
        except ValueError:
            hint = "such as 2026-03-02T10:00:00+01:00"
            self._report.error("bad-time", fields.place_of("at"), "`at` is a time with its offset", hint)
            return None

    def _named_persona(self, fields: Fields) -> Persona:
        name = fields.text("persona")
        if name and name not in self._personas:
            hint = did_you_mean(name, list(self._personas))
            self._report.error("unknown-persona", fields.place_of("persona"), f"there is no persona {name}", hint)
        return self._personas.get(name, Persona())

    def _given(self, fields: Fields) -> list[tuple[str, Value]]:
        given: list[tuple[str, Value]] = []
        for name, entry in fields.entries("given"):
            fact = self._book.vocabulary.get(name)
            if fact is None:
                hint = did_you_mean(name, list(self._book.vocabulary))
                self._report.error("unknown-fact", entry.key.place, f"there is no fact {name}", hint)
            elif fact.type is FactType.SET:
                items = list_of(self._report, entry.node)
                words = [parsed(self._report, item, partial(self._value, fact), None) for item in items]
                given.append((name, frozenset(str(word) for word in words if word is not None)))
            elif plain(entry.node) == "unknown":
                given.append((name, None))
            else:
                given.append((name, parsed(self._report, entry.node, partial(self._value, fact), None)))
        return given

    def _value(self, fact: Fact, raw: Any) -> Value:
        return parse_value(raw, fact, self._book.shop.currency)

    def _history(self, fields: Fields, at: int) -> list[Event]:
        events = []
        for number, node in enumerate(fields.items("history")):
            event = self._event(node, at, f"history-{number}")
            if event is not None:
                events.append(event)
        return events

    def _event(self, node: Node, at: int, event_id: str) -> Event | None:
        """An event as in the API, but for id and customer, which are filled in, and `time`, which may be -40 days."""
        raw = plain(node)
        if not isinstance(raw, dict):
            self._report.error("wrong-type", node.place, "an event is a mapping with a type")
            return None
        raw = {"id": event_id, "customer": {"id": CUSTOMER}, "decide": "none", **raw}
        raw["time"] = self._time(raw.get("time"), at)
        try:
            return load_event(raw, self._book.shop, None)
        except InvalidInput as error:
            for problem in error.problems:
                self._report.error("bad-event", node.place, f"{problem.pointer or 'event'}: {problem.message}")
            return None

    def _time(self, written: object, at: int) -> str:
        if written is None:
            return format_rfc3339(at)
        found = _AGO.fullmatch(str(written))
        if not found:
            return str(written)
        return format_rfc3339(at - int(found[1]) * (DAY if found[2].startswith("day") else HOUR))

    def _ask(self, fields: Fields, at: int) -> tuple[str, Event | None]:
        node = fields.node("ask")
        if node is None:
            return "asked", None
        raw = plain(node)
        if isinstance(raw, str):
            return self._asked_by_word(raw, node, at)
        sub = Fields(self._report, node, "ask", (), ("event", "after", "wait"))
        if "event" in sub:
            event = self._event(sub.node("event") or node, at, "ask")
            return (event.type if event else "asked"), event
        return f"after:{sub.text('after')}:{sub.duration('wait') // DAY}", None

    def _asked_by_word(self, word: str, node: Node, at: int) -> tuple[str, Event | None]:
        if word in ("asked", "overdue"):
            return word, None
        if word not in EVENT_TYPES:
            hint = did_you_mean(word, (*EVENT_TYPES, "asked", "overdue"))
            self._report.error("unknown-trigger", node.place, f"{word} is no event type, asked or overdue", hint)
        return word, None

    def _placed(self, node: Node) -> Placed:
        """A placement id, or {id, count} as in a request."""
        fields = Fields(self._report, node, "a placement", ("id",), ("count",)) if isinstance(node, MapNode) else None
        name = fields.text("id") if fields else text_of(self._report, node)
        self._known([(name, node.place)], "placement", self._book.placements)
        return Placed(name, fields.whole("count", 1, 20, 1) if fields else 1)

    def _population(self, fields: Fields) -> tuple[Mapping[str, int] | None, int | None]:
        node = fields.node("population")
        if node is None:
            return None, None
        population = Fields(self._report, node, "population", (), ("cutoffs", "mean_order"))
        currency = self._book.shop.currency
        levels = [level.id for level in self._book.tiers.levels]
        cut_offs = {}
        for tier, entry in population.entries("cutoffs"):
            if tier not in levels:
                hint = did_you_mean(tier, levels)
                self._report.error("unknown-tier", entry.key.place, f"there is no tier {tier}", hint)
            raw = plain(entry.node)
            money = f"{raw} {currency.code}" if isinstance(raw, int) else raw
            cut_offs[tier] = parsed(self._report, entry.node, partial(_money, money, currency), 0)
        return cut_offs, population.money("mean_order", currency) or None

    def _context(self, fields: Fields) -> Mapping[str, Any]:
        """As in a request: yes and no are read as such, amounts of cart lines as money."""
        node = fields.node("context")
        if node is None:
            return {}
        context: dict[str, Any] = plain(node)
        if context.get("in_stock_nearby") in ("yes", "no"):
            context["in_stock_nearby"] = context["in_stock_nearby"] == "yes"
        for line in (context.get("cart") or {}).get("lines", []):
            if "amount" in line:
                line["amount"] = self._book.shop.currency.parse(line["amount"])
        return context

    def _expect(self, fields: Fields) -> Expect:
        expect = fields.sub("expect", "expect", (), EXPECT_KEYS)
        if not expect.keys:
            self._report.error("empty-expect", fields.place_of("expect"), "a test expects something", "first: none")
        first = expect.text("first")
        if first and first != "none":
            self._known([(first, expect.place_of("first"))], "action", self._book.actions)
        rule = expect.text("rule")
        if rule:
            self._known([(rule, expect.place_of("rule"))], "rule", self._book.rules)
        return Expect(
            first=first or None,
            rule=rule or None,
            all=self._listed(expect, "all"),
            none=self._listed(expect, "none") or (),
            rejected=self._rejected(expect),
        )

    def _listed(self, expect: Fields, key: str) -> tuple[str, ...] | None:
        node = expect.node(key)
        if node is None:
            return None
        if not isinstance(node, ListNode):
            self._report.error("wrong-type", node.place, f"`{key}` is a list of actions, such as [a, b]")
            return ()
        return tuple(self._known(expect.placed_texts(key), "action", self._book.actions))

    def _rejected(self, expect: Fields) -> Mapping[str, str]:
        rejected = {}
        for action, entry in expect.entries("rejected"):
            self._known([(action, entry.key.place)], "action", self._book.actions)
            reason = str(plain(entry.node))
            if reason not in Reason.__members__:
                hint = did_you_mean(reason, list(Reason.__members__))
                self._report.error("unknown-reason", entry.node.place, f"{reason} is no reason", hint)
            rejected[action] = reason
        return rejected

    def _known(self, names: Sequence[tuple[str, Place]], what: str, among: Mapping[str, Any]) -> list[str]:
        for name, place in names:
            if name not in among:
                hint = did_you_mean(name, list(among))
                self._report.error(f"unknown-{what}", place, f"there is no {what} {name}", hint)
        return [name for name, _ in names]


def _money(written: Any, currency: Currency, _: Any) -> int:
    return parse_money(written, currency)
