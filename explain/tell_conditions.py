"""Conditions that are not met, told: what the customer is, and what would be needed."""

from collections.abc import Iterator

from engine.rulebook.condition import Op
from engine.rulebook.reference import Trace
from explain.nearness import leading
from explain.speaker import Speaker
from explain.what_if import Wanted

INDENT = "  "


def unmet_lines(node: Trace, speaker: Speaker, wanted: bool = True) -> Iterator[str]:
    """Lines about everything below that is not as `wanted`; what belongs together is indented below its heading."""
    if node.holds is wanted:
        return
    if node.kind == "compare":
        yield _comparison(node, speaker, wanted)
        return
    needs_all, each = leading(node.kind, wanted)
    below = [line for child in node.children for line in unmet_lines(child, speaker, each)]
    if node.kind == "segment":
        yield speaker.say("explanation.in-segment" if wanted else "explanation.not-in-segment", segment=node.segment)
    elif needs_all or len(node.children) == 1:
        yield from below
        return
    else:
        yield speaker.say("explanation.one-of-these" if each else "explanation.not-together")
    yield from (INDENT + line for line in below)


def _comparison(node: Trace, speaker: Speaker, wanted: bool) -> str:
    fact = node.fact or ""
    needs = speaker.wanted(fact, (Wanted(node.op or Op.IS, node.expected, wanted),))
    return speaker.say("explanation.condition", fact=fact, actual=speaker.value(fact, node.actual), wanted=needs)


def carrying(node: Trace, wanted: bool = True) -> Iterator[Trace]:
    """The comparisons that made a condition come out as it did; under `none` those that rightly do not hold."""
    if node.kind == "compare":
        if node.holds is wanted:
            yield node
        return
    needs_all, each = leading(node.kind, wanted)
    for child in node.children:
        if needs_all or child.holds is each:
            yield from carrying(child, each)
            if not needs_all:
                return
