"""What declarations of facts and of counters have in common: `missing:` and `example:`."""

from engine.rulebook.model import Fact, FactType, Missing, Value
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, parsed, wrong_type
from engine.rulebook.source import ListNode, Node, Scalar
from engine.rulebook.values import did_you_mean, parse_value


def missing_of(context: Context, fields: Fields) -> Missing | None:
    node = fields.node("missing")
    if node is None:
        return None
    raw = node.raw if isinstance(node, Scalar) else ""
    if raw in list(Missing):
        return Missing(raw)
    words = [word.value for word in Missing]
    context.report.error(
        "unknown-word", node.place, f"{raw or 'this'} is not possible for missing", did_you_mean(raw, words)
    )
    return None


def with_example(context: Context, fact: Fact, fields: Fields) -> Fact:
    node = fields.node("example")
    example = None if node is None else example_value(context, fact, node)
    return Fact(fact.name, fact.type, fact.missing, fact.sentence, example, fact.unit, fact.values)


def example_value(context: Context, fact: Fact, node: Node) -> Value:
    """A value of the fact as a whole: for a set fact a list of members, else one value."""
    if fact.type is not FactType.SET:
        return parsed(context.report, node, lambda raw: parse_value(raw, fact, context.currency), None)
    if not isinstance(node, ListNode):
        wrong_type(context.report, node, f"a list, because {fact.name} is a set,")
        return frozenset()
    members: list[Value] = [
        parsed(context.report, item, lambda raw: parse_value(raw, fact, context.currency), None) for item in node.items
    ]
    return frozenset(member for member in members if isinstance(member, str))
