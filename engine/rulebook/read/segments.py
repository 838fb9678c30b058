"""segments.yaml: named conditions."""

from collections.abc import Mapping

from engine.rulebook.condition import AllOf, AnyOf, Condition, InSegment, NoneOf
from engine.rulebook.place import Place
from engine.rulebook.read.conditions import read_conditions
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, id_of
from engine.rulebook.read.order import in_order_of_use
from engine.rulebook.source import Node


def read_segments(context: Context, node: Node) -> dict[str, Condition]:
    """The segments, each after those that it names. Fills `context.segments`, as they may name each other, and their
    places."""
    top = Fields(context.report, node, "segments.yaml", ("segments",))
    entries = dict(top.entries("segments"))
    context.segments = dict.fromkeys(entries, AllOf(()))
    found: dict[str, Condition] = {}
    for name, entry in entries.items():
        id_of(context.report, entry.key, underscores=True)
        found[name] = read_conditions(context, entry.node)
    context.segment_places = {name: entry.key.place for name, entry in entries.items()}
    context.segments = _ordered(context, found, context.segment_places)
    return dict(context.segments)


def _ordered(context: Context, found: dict[str, Condition], places: Mapping[str, Place]) -> dict[str, Condition]:
    order, circle = in_order_of_use({name: segments_in(condition) for name, condition in found.items()})
    if circle:
        names = " -> ".join(circle)
        message = f"segments name each other in a circle: {names}"
        context.report.error("segment-cycle", places[circle[0]], message, "write one of them out where it is named")
    return {name: found[name] for name in order}


def segments_in(condition: Condition) -> set[str]:
    """The segments that a condition names directly."""
    match condition:
        case InSegment(segment):
            return {segment}
        case AllOf(items) | AnyOf(items) | NoneOf(items):
            return set().union(*map(segments_in, items))
        case _:
            return set()
