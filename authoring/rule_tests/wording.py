"""`text:` and `texts:` of an expectation: what the first recommendation says, as it is or in several languages."""

from authoring.rule_tests.case import Wording
from authoring.rule_tests.reading import Reading
from engine.rulebook.read.fields import Fields, text_of
from engine.rulebook.source import MapNode, Node


def read_wordings(reading: Reading, expect: Fields) -> tuple[Wording, ...]:
    """`text` is about the recommendation as it is, `texts` about what it would say in each language."""
    node = expect.node("text")
    found = [] if node is None else _in_language(reading, node, None)
    for language, entry in expect.entries("texts"):
        reading.known("language", language, reading.book.shop.languages, entry.key.place)
        found += _in_language(reading, entry.node, language)
    return tuple(found)


def _in_language(reading: Reading, node: Node, language: str | None) -> list[Wording]:
    """A text that stands in one of the fields, or what each field says."""
    if not isinstance(node, MapNode):
        return [Wording(text_of(reading.report, node), language)]
    known = {field.name for channel in reading.book.channels.values() for field in channel.fields}
    found = []
    for name, entry in node.entries.items():
        reading.known("field", name, known, entry.key.place)
        found += _of_field(reading, entry.node, name, language)
    return found


def _of_field(reading: Reading, node: Node, field: str, language: str | None) -> list[Wording]:
    if not isinstance(node, MapNode):
        return [Wording(text_of(reading.report, node), language, field)]
    fields = Fields(reading.report, node, "what is expected of a text", (), ("is", "has"))
    return [Wording(fields.text(key), language, field, key == "is") for key in ("is", "has") if fields.text(key)]
