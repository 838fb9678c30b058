"""`expect:` of a rule test, read strictly: the rulebook must know every name in it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from html import unescape
from typing import Any, Final

from authoring.rule_tests.case import HELD_NOT, Expect, Wording
from authoring.rule_tests.figure import Figure, read_figure
from authoring.rule_tests.outcome import Decided, Difference, read_wordings
from authoring.rule_tests.reading import Reading
from authoring.rule_tests.used import read_expected_used
from engine.domain.decision import Recommendation
from engine.domain.reasons import Reason
from engine.rulebook.condition import AllOf
from engine.rulebook.model import Rulebook
from engine.rulebook.read.actions import read_effect
from engine.rulebook.read.conditions import read_conditions
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, text_of, word_of
from engine.rulebook.read.words import EFFECTS
from engine.rulebook.source import ListNode, MapNode, Node
from engine.rulebook.values import Raw, parse_decimal

NOTHING: Final = "none"
SCORE_PARTS: Final = ("propensity", "evidence", "value", "context", "multiplier", "cost")
TEXTS: Final = ("text", "texts")
OF_THE_FIRST: Final = (
    "rule",
    "channel",
    "language",
    *TEXTS,
    "effect",
    "products",
    "score",
    "score_parts",
    "deliver_after",
)
KEYS: Final = ("first", *OF_THE_FIRST, "all", "none", "rejected", "withdrawn", "deliveries", "used", "facts")


def read_expect(reading: Reading, test: Fields) -> Expect:
    if "expect" not in test:
        return Expect()
    expect, book = test.sub("expect", "expect", (), KEYS), reading.book
    if not expect.keys:
        reading.report.error("empty-expect", test.place_of("expect"), "a test needs an expectation", "first: none")
    _check_first(reading, expect)
    return Expect(
        first=_named(reading, expect, "first", "action", (*book.actions, NOTHING)),
        rule=_named(reading, expect, "rule", "rule", book.rules),
        channel=_named(reading, expect, "channel", "channel", book.channels),
        language=_named(reading, expect, "language", "language", book.shop.languages),
        wordings=read_wordings(reading, expect),
        effect=_effect(reading, expect),
        products=_listed(reading, expect, "products", "product", book.products),
        score=_score(reading, expect),
        score_parts=_score_parts(reading, expect),
        deliver_after=_held_until(reading, expect),
        all=_listed(reading, expect, "all", "action", book.actions),
        none=_listed(reading, expect, "none", "action", book.actions) or (),
        rejected=_rejected(reading, expect),
        withdrawn=_withdrawn(reading, expect),
        deliveries=_deliveries(reading, expect),
        used=read_expected_used(reading, expect),
        facts=_facts(reading, expect),
    )


def _check_first(reading: Reading, expect: Fields) -> None:
    """Expectations about the first recommendation cannot hold where none is expected."""
    said = [key for key in OF_THE_FIRST if key in expect]
    if said and "first" in expect and expect.text("first") == NOTHING:
        message = f"{said[0]} is not possible where no recommendation is expected"
        reading.report.error("bad-expect", expect.place_of(said[0]), message, f"delete {said[0]}, or first: none")


def _named(reading: Reading, expect: Fields, key: str, kind: str, among: Collection[str]) -> str | None:
    name = expect.text(key)
    reading.known(kind, name, among, expect.place_of(key))
    return name or None


def _listed(reading: Reading, expect: Fields, key: str, kind: str, among: Collection[str]) -> tuple[str, ...] | None:
    node = expect.node(key)
    if node is None:
        return None
    if not isinstance(node, ListNode):
        reading.report.error("wrong-type", node.place, f"`{key}` is a list of {kind}s, such as [a, b]")
        return ()
    return reading.all_known(kind, expect.placed_texts(key), among)


def _held_until(reading: Reading, expect: Fields) -> int | None:
    text = expect.text("deliver_after")
    if text == NOTHING:
        return HELD_NOT
    return reading.time(text, expect.place_of("deliver_after")) if text else None


def _rejected(reading: Reading, expect: Fields) -> Mapping[str, str]:
    return dict(_reasons(reading, expect, "rejected"))


def _reasons(reading: Reading, expect: Fields, key: str) -> list[tuple[str, str]]:
    """Action and reason, both known."""
    found = []
    for action, entry in expect.entries(key):
        reading.known("action", action, reading.book.actions, entry.key.place)
        found.append((action, word_of(reading.report, entry.node, Reason.__members__, "unknown-reason")))
    return found


def _withdrawn(reading: Reading, expect: Fields) -> Mapping[str, str | None] | None:
    """A list of actions, or a mapping of each to its reason."""
    if isinstance(expect.node("withdrawn"), MapNode):
        return dict(_reasons(reading, expect, "withdrawn"))
    actions = _listed(reading, expect, "withdrawn", "action", reading.book.actions)
    return None if actions is None else dict.fromkeys(actions)


def _deliveries(reading: Reading, expect: Fields) -> Mapping[str, str | None] | None:
    """A list of actions, or a mapping of each to its channel."""
    if not isinstance(expect.node("deliveries"), MapNode):
        actions = _listed(reading, expect, "deliveries", "action", reading.book.actions)
        return None if actions is None else dict.fromkeys(actions)
    found: dict[str, str | None] = {}
    for action, entry in expect.entries("deliveries"):
        reading.known("action", action, reading.book.actions, entry.key.place)
        channel = text_of(reading.report, entry.node, "a channel")
        reading.known("channel", channel, reading.book.channels, entry.node.place)
        found[action] = channel
    return found


def _effect(reading: Reading, expect: Fields) -> Mapping[str, Any] | None:
    """Its type alone, or its required keys, written as in an action."""
    node = expect.node("effect")
    if isinstance(node, MapNode):
        return read_effect(Context(reading.report, shop=reading.book.shop), node)
    type_ = expect.word("effect", EFFECTS)
    return {"type": type_} if type_ else None


def _score(reading: Reading, expect: Fields) -> Figure | None:
    node = expect.node("score")
    return None if node is None else _figure(reading, node)


def _score_parts(reading: Reading, expect: Fields) -> Mapping[str, Figure]:
    parts = expect.sub("score_parts", "score_parts", (), SCORE_PARTS)
    nodes = {name: node for name in SCORE_PARTS if (node := parts.node(name)) is not None}
    figures = {name: _figure(reading, node) for name, node in nodes.items()}
    return {name: figure for name, figure in figures.items() if figure is not None}


def _figure(reading: Reading, node: Node) -> Figure | None:
    return read_figure(reading, node, _number, rounded=True)


def _number(raw: Raw) -> float:
    return float(parse_decimal(raw, "a score is a number, in units of the shop's currency"))


def _facts(reading: Reading, expect: Fields) -> AllOf | None:
    """Conditions on the facts, written like `when` in a rule."""
    node, book = expect.node("facts"), reading.book
    if node is None:
        return None
    context = Context(reading.report, shop=book.shop, facts=dict(book.vocabulary), segments=book.segments)
    return read_conditions(context, node)


# Where the first recommendation lacks an expected text, in the customer's language or in others.


SHOWN = 80
"""Characters of a text repeated in a failure."""


def text_differences(wordings: Sequence[Wording], decided: Sequence[Decided], book: Rulebook) -> Iterator[Difference]:
    """Each wording not found."""
    of = next((one for one in decided if one.given), None)
    for wanted in wordings:
        first = _said(of, wanted.language) if of else None
        spoken = first.content.language if first else wanted.language
        if wanted.language and spoken != wanted.language:
            yield _named_text(wanted), f"{_key(wanted)}: it has no text in {wanted.language}, only in {spoken}"
            continue
        fields = _as_read(first, book) if first else {}
        if not _found(wanted, fields):
            shown = {wanted.field: fields[wanted.field]} if wanted.field in fields else fields
            got = ", ".join(f"{name} {text[:SHOWN]!r}" for name, text in shown.items())
            yield _named_text(wanted), f"{_key(wanted)}: {got or 'nothing is recommended'}"


def _said(of: Decided, language: str | None) -> Recommendation | None:
    first = of.given[0]
    if language in (None, first.content.language):
        return first
    again = (one for one in of.in_language(str(language)) if (one.action, one.channel) == (first.action, first.channel))
    return next(again, None)


def _found(wanted: Wording, fields: dict[str, str]) -> bool:
    texts = [fields.get(wanted.field, "")] if wanted.field else list(fields.values())
    return any(text == wanted.text if wanted.exactly else wanted.text in text for text in texts)


def _named_text(wanted: Wording) -> str:
    return f"{_key(wanted)}: {'is ' if wanted.exactly else ''}{wanted.text}"


def _key(wanted: Wording) -> str:
    return " ".join(filter(None, ("text", wanted.language, wanted.field)))


def _as_read(first: Recommendation, book: Rulebook) -> dict[str, str]:
    """The fields as people see them, without the channel's escaping."""
    is_html = book.channels[first.channel].escape == "html"
    return {name: unescape(text) if is_html else text for name, text in first.content.fields.items()}
