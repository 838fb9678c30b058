"""Rule tests from YAML: strict, with places, all errors at once, like the rules."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from authoring.rule_tests.asking import Asked, read_ask, read_history, read_request
from authoring.rule_tests.case import Persona, RuleTest
from authoring.rule_tests.contacted import read_contacts, read_pending
from authoring.rule_tests.contradictions import check_given
from authoring.rule_tests.expect import read_expect
from authoring.rule_tests.reading import Reading
from authoring.rule_tests.steps import read_steps
from authoring.rule_tests.used import read_used
from authoring.rule_tests.variants import CHANGE, GIVEN, NAME, OF_VARIANTS, USE, Variants
from engine.domain.errors import InvalidInput
from engine.domain.facts import Fact, FactType, Value
from engine.domain.money import Currency
from engine.rulebook.bundle import Bundle, rule_tests_of
from engine.rulebook.findings import Finding, Place, Report, in_order
from engine.rulebook.model import Rulebook
from engine.rulebook.read.fields import Fields, Ids, list_of, parsed
from engine.rulebook.source import MapNode, Node, Scalar, plain, read_yaml
from engine.rulebook.values import parse_money, parse_value
from engine.schemas import load_traits_strictly

REQUIRED = ("test", "at", "expect")
TOLD = ("persona", "given", "history", "done", "contacts", "pending", "population", "holdout", "used")
OPTIONAL = (*TOLD, "ask", "placements", "context", "language", *OF_VARIANTS)
SCENARIO = ("test", "at", "steps")
OF_SCENARIOS = ("persona", "history", "contacts", "population", "holdout", "used", "anonymous", GIVEN, *OF_VARIANTS)
NOTHING_ASKED: Asked = ((), {}, None)
UNKNOWN = "unknown"
"""As a given value: the fact is unknown."""


def read_tests(texts: Mapping[str, bytes], book: Rulebook) -> tuple[list[RuleTest], list[Finding]]:
    """The tests of all files (path -> content), which share personas. Reports findings for every error."""
    report = Report()
    reading = Reading(report, book)
    nodes = [node for name in sorted(texts) if (node := read_yaml(name, texts[name], report)) is not None]
    files = [Fields(report, node, "a test file", (), ("personas", "tests")) for node in nodes]
    personas = _personas(reading, files)
    names = Ids(report, "test")
    tests = []
    written = [node for file in files for node in file.items("tests")]
    variants = Variants(reading, "test", _by_name(written))
    for node in (told for one in written for told in variants.told(one)):
        is_scenario = isinstance(node, MapNode) and "steps" in node.entries
        told = ("a scenario", SCENARIO, OF_SCENARIOS) if is_scenario else ("a test", REQUIRED, OPTIONAL)
        fields = Fields(report, node, *told)
        names.add(fields.text("test"), fields.place_of("test"))
        request = NOTHING_ASKED if is_scenario else read_request(reading, fields, node)
        test = _test(reading, fields, personas, request)
        tests += [test] if test is not None else []
    return tests, in_order(report.findings)


def _by_name(nodes: list[Node]) -> dict[str, Node]:
    """Each by its name; of two with the same, the first."""
    named: dict[str, Node] = {}
    for node in nodes:
        name = node.entries.get(NAME) if isinstance(node, MapNode) else None
        if name is not None and isinstance(name.node, Scalar) and isinstance(name.node.value, str):
            named.setdefault(name.node.value, node)
    return named


def _personas(reading: Reading, files: list[Fields]) -> dict[str, Persona]:
    written = [entry for file in files for entry in file.entries("personas")]
    names = Ids(reading.report, "persona")
    nodes: dict[str, Node] = {}
    for name, entry in written:
        names.add(name, entry.key.place)
        nodes.setdefault(name, entry.node)
    variants = Variants(reading, "persona", nodes)
    return {name: _persona(reading, variants.whole(node) or node) for name, node in nodes.items()}


def _persona(reading: Reading, node: Node) -> Persona:
    fields = Fields(
        reading.report, node, "a persona", (), ("channel_addresses", "consents", "traits", GIVEN, USE, CHANGE)
    )
    traits: dict[str, Any] = {}
    written = fields.node("traits")
    if written is not None:
        try:
            traits = load_traits_strictly(plain(written))
        except InvalidInput as error:
            reading.refuse("bad-traits", written, error)
    channels = reading.book.channels
    return Persona(
        channel_addresses=reading.all_known(
            "channel address", fields.placed_texts("channel_addresses"), _addresses(reading.book)
        ),
        consents=reading.all_known("channel", fields.placed_texts("consents"), channels),
        traits=traits,
        given=dict(_given(reading, fields)),
    )


def _addresses(book: Rulebook) -> tuple[str, ...]:
    return tuple(dict.fromkeys(channel.address for channel in book.channels.values() if channel.address))


def _test(reading: Reading, fields: Fields, personas: Mapping[str, Persona], request: Asked) -> RuleTest | None:
    at = _moment(reading, fields)
    expect = read_expect(reading, fields)
    cut_offs, mean_order = _population(reading, fields)
    given = dict(_given(reading, fields))
    used = read_used(reading, fields)
    done = _done(reading, fields)
    held = _is_held_out(reading, fields)
    persona = fields.text("persona")
    reading.known("persona", persona, personas, fields.place_of("persona"))
    who = personas.get(persona, Persona())
    if "steps" in fields:
        _check_given(reading, fields, who)
    if at is None:  # the events cannot be read without it
        return None
    ask, event = read_ask(reading, fields, at)
    placements, context, language = request
    history = read_history(reading, fields, at)
    given = {**who.given, **given}
    check_given(reading, fields, given, (*history, event))
    return RuleTest(
        name=fields.text("test"),
        place=fields.place,
        at=at,
        expect=expect,
        persona=who,
        given=given,
        history=history,
        done=done,
        contacts=read_contacts(reading, fields, at),
        pending=read_pending(reading, fields, at),
        holdout=held,
        used=used,
        cut_offs=cut_offs,
        mean_order=mean_order,
        ask=ask,
        event=event,
        placements=placements,
        context=context,
        language=language,
        steps=read_steps(reading, fields, at) if "steps" in fields else (),
        anonymous=fields.boolean("anonymous"),
    )


def _check_given(reading: Reading, scenario: Fields, who: Persona) -> None:
    """A scenario computes its facts; values set by hand would be lost at the first step."""
    if GIVEN in scenario or who.given:
        place = scenario.key_place(GIVEN) if GIVEN in scenario else scenario.place_of("persona")
        message = "a scenario computes its facts from its events: none can be given or changed"
        reading.report.error("scenario-facts", place, message, "use events or history instead")


def _moment(reading: Reading, fields: Fields) -> int | None:
    text = fields.text("at")
    return reading.time(text, fields.place_of("at")) if text else None


def _is_held_out(reading: Reading, fields: Fields) -> bool:
    held = fields.boolean("holdout")
    if held and reading.book.measurement.holdout is None:
        message = "measurement.yaml has no holdout that a customer could be in"
        reading.report.error("without-holdout", fields.place_of("holdout"), message)
    return held


def _given(reading: Reading, fields: Fields) -> list[tuple[str, Value]]:
    given: list[tuple[str, Value]] = []
    for name, entry in fields.entries("given"):
        fact = reading.book.vocabulary.get(name)
        if fact is None:
            reading.known("fact", name, reading.book.vocabulary, entry.key.place)
        else:
            given.append((name, _value(reading, fact, entry.node)))
    return given


def _value(reading: Reading, fact: Fact, node: Node) -> Value:
    def read(raw: str | int | float | bool | None) -> Value:
        return parse_value(raw, fact, reading.book.shop.currency)

    if fact.type is FactType.SET:
        words = [parsed(reading.report, item, read, None) for item in list_of(reading.report, node)]
        return frozenset(str(word) for word in words if word is not None)
    return None if plain(node) == UNKNOWN else parsed(reading.report, node, read, None)


def _done(reading: Reading, fields: Fields) -> tuple[str, ...]:
    rules = reading.book.rules
    placed = fields.placed_texts("done")
    for name, place in placed:
        if reading.known("rule", name, rules, place) and rules[name].once is None:
            message = f"{name} has no `once` that could be used up"
            reading.report.error("without-once", place, message)
    return tuple(name for name, _ in placed)


def _population(reading: Reading, fields: Fields) -> tuple[Mapping[str, int] | None, int | None]:
    node = fields.node("population")
    if node is None:
        return None, None
    population = Fields(reading.report, node, "population", (), ("cutoffs", "mean_order"))
    currency = reading.book.shop.currency
    levels = [level.id for level in reading.book.tiers.levels]
    cut_offs: dict[str, int] = {}
    for tier, entry in population.entries("cutoffs"):
        reading.known("tier", tier, levels, entry.key.place)
        cut_offs[tier] = parsed(reading.report, entry.node, partial(_amount, currency), 0)
    _check_fall(reading, [cut_offs[level] for level in levels if level in cut_offs], population.place_of("cutoffs"))
    return cut_offs, population.money("mean_order", currency) or None


def _amount(currency: Currency, raw: str | int | float | bool | None) -> int:
    """A score, in the shop's currency by default."""
    return parse_money(f"{raw} {currency.code}" if isinstance(raw, int | float) else raw, currency)


def _check_fall(reading: Reading, amounts: list[int], place: Place) -> None:
    if amounts != sorted(amounts, reverse=True):
        message = "a better tier begins at a higher customer value score"
        reading.report.error("tier-order", place, message)


# ---- The rule tests of a bundle: those in tests/*.yaml ----


def bundled_tests(files: Bundle, book: Rulebook) -> tuple[list[RuleTest], list[Finding]]:
    """The tests of a rulebook's files, and all their errors."""
    texts: dict[str, bytes] = {}
    unread: list[Finding] = []
    for name, content in rule_tests_of(files).items():
        if name.count("/") == 1 and name.endswith(".yaml"):
            texts[name] = content
        else:
            message, hint = f"{name} is never read", "tests are read from tests/*.yaml"
            unread.append(Finding("unknown-file", message, Place(name, 1, 1), hint=hint))
    tests, findings = read_tests(texts, book)
    return tests, in_order([*unread, *findings])
