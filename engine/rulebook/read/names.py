"""Keys that hold names: a list behind a plural, one name or a list behind a singular."""

from collections.abc import Collection

from engine.rulebook.place import Place
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, text_of, word_of
from engine.rulebook.source import ListNode


def names(context: Context, fields: Fields, kind: str, among: Collection[str]) -> tuple[str, ...]:
    """The list behind the plural of a kind (`channels`), each of which is declared; () when absent."""
    return _known(context, kind, fields.placed_texts(f"{kind}s", at_least=1), among)


def name_or_names(context: Context, fields: Fields, kind: str, among: Collection[str]) -> tuple[str, ...]:
    """`tier: gold` or `tier: [gold, silver]`, each of which is declared; () when absent."""
    node = fields.node(kind)
    if node is None or isinstance(node, ListNode):
        return _known(context, kind, fields.placed_texts(kind, at_least=1), among)
    return _known(context, kind, [(text_of(context.report, node, "a name or a list"), node.place)], among)


def word_or_words(context: Context, fields: Fields, key: str, among: Collection[str]) -> tuple[str, ...]:
    """`not: in_cart` or `not: [in_cart, bought_recently]`: of a closed list; () when absent."""
    node = fields.node(key)
    if node is None or isinstance(node, ListNode):
        return fields.words(key, among, at_least=1)
    return tuple(filter(None, [word_of(context.report, node, among)]))


def _known(context: Context, kind: str, found: list[tuple[str, Place]], among: Collection[str]) -> tuple[str, ...]:
    for name, place in found:
        context.known(kind, name, among, place)
    return tuple(name for name, _ in found)
