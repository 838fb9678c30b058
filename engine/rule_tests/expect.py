"""`expect:` of a rule test, read strictly: every name in it must be one that the rulebook knows."""

from collections.abc import Collection, Mapping

from engine.reasons import Reason
from engine.rule_tests.case import HELD_NOT, Expect
from engine.rule_tests.reading import Reading
from engine.rulebook.read.fields import Fields, word_of
from engine.rulebook.read.words import EFFECTS
from engine.rulebook.source import ListNode

NOTHING = "none"
OF_THE_FIRST = ("rule", "channel", "language", "text", "effect", "products", "deliver_after")
KEYS = ("first", *OF_THE_FIRST, "all", "none", "rejected", "withdrawn")


def read_expect(reading: Reading, test: Fields) -> Expect:
    if "expect" not in test:
        return Expect()
    expect, book = test.sub("expect", "expect", (), KEYS), reading.book
    if not expect.keys:
        reading.report.error("empty-expect", test.place_of("expect"), "a test expects something", "first: none")
    _check_first(reading, expect)
    return Expect(
        first=_named(reading, expect, "first", "action", (*book.actions, NOTHING)),
        rule=_named(reading, expect, "rule", "rule", book.rules),
        channel=_named(reading, expect, "channel", "channel", book.channels),
        language=_named(reading, expect, "language", "language", book.shop.languages),
        text=expect.text("text") or None,
        effect=expect.word("effect", EFFECTS) or None,
        products=_listed(reading, expect, "products", "product", book.products),
        deliver_after=_held_until(reading, expect),
        all=_listed(reading, expect, "all", "action", book.actions),
        none=_listed(reading, expect, "none", "action", book.actions) or (),
        rejected=_rejected(reading, expect),
        withdrawn=_listed(reading, expect, "withdrawn", "action", book.actions),
    )


def _check_first(reading: Reading, expect: Fields) -> None:
    """What is said of the first recommendation cannot come true where none is expected."""
    said = [key for key in OF_THE_FIRST if key in expect]
    if said and "first" in expect and expect.text("first") == NOTHING:
        message = f"there is no {said[0]} where no recommendation is expected"
        reading.report.error("bad-expect", expect.place_of(said[0]), message, f"take {said[0]} out, or first: none")


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
    rejected = {}
    for action, entry in expect.entries("rejected"):
        reading.known("action", action, reading.book.actions, entry.key.place)
        rejected[action] = word_of(reading.report, entry.node, Reason.__members__, "unknown-reason")
    return rejected
