"""Numbers that a test expects: exactly, to as many decimals as are written, or within bounds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authoring.rule_tests.reading import Reading
from engine.rulebook.condition import Op
from engine.rulebook.read.fields import parsed, wrong_type
from engine.rulebook.read.words import OPERATOR_SYNONYMS
from engine.rulebook.reference import compare
from engine.rulebook.source import ListNode, MapNode, Node, Scalar
from engine.rulebook.values import Raw, did_you_mean

BOUNDS: Final[Mapping[str, Op]] = {
    op.value: op for op in (Op.AT_LEAST, Op.MORE_THAN, Op.AT_MOST, Op.LESS_THAN, Op.BETWEEN)
}
Parse = Callable[[Raw], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """Bounds on a number: all must hold. `written`: as in the test.

    `decimals`: a number alone accepts what rounds to it, so 1/3 meets `0.33`; None: exact.
    """

    bounds: tuple[tuple[Op, Any], ...]
    written: str
    decimals: int | None = None

    def holds(self, actual: float) -> bool:
        """Whether a number is as expected."""
        if self.decimals is None:
            return all(compare(op, actual, value) for op, value in self.bounds)
        return all(abs(actual - value) <= 0.5 / 10**self.decimals + 1e-9 for _, value in self.bounds)


def read_figure(reading: Reading, node: Node, parse: Parse, rounded: bool = False) -> Figure | None:
    """A number, or a mapping of bounds such as {at_least: 2}; None after reporting anything else."""
    if isinstance(node, Scalar):
        value = parsed(reading.report, node, parse, None)
        decimals = len(node.raw.partition(".")[2]) if rounded else None
        return None if value is None else Figure(((Op.IS, value),), node.raw, decimals)
    if not isinstance(node, MapNode) or not node.entries:
        wrong_type(reading.report, node, "a number or bounds", "such as {at_least: 2} or {between: [2, 3]}")
        return None
    bounds = []
    for name, entry in node.entries.items():
        op = BOUNDS.get(name)
        if op is None:
            known = OPERATOR_SYNONYMS.get(name)
            hint = f"did you mean {known}?" if known in BOUNDS else did_you_mean(name, BOUNDS)
            message = f"{name[:60]} is not a bound of a number"
            possible = hint or f"possible: {', '.join(BOUNDS)}"
            reading.report.error("unknown-operator", entry.key.place, message, possible)
        elif (value := _bound(reading, op, entry.node, parse)) is not None:
            bounds.append((op, value))
    return Figure(tuple(bounds), _written(node)) if bounds else None


def _bound(reading: Reading, op: Op, node: Node, parse: Parse) -> Any:
    if op is not Op.BETWEEN:
        return parsed(reading.report, node, parse, None)
    if not isinstance(node, ListNode) or len(node.items) != 2:
        wrong_type(reading.report, node, "a list of two numbers", "such as {between: [2, 3]}")
        return None
    low, high = (parsed(reading.report, item, parse, None) for item in node.items)
    if low is None or high is None:
        return None
    if low > high:
        reading.report.error("out-of-range", node.place, "the lower number comes first")
    return low, high


def _written(node: Node) -> str:
    """On one line, as in the file."""
    if isinstance(node, MapNode):
        return ", ".join(f"{name} {_written(entry.node)}" for name, entry in node.entries.items())
    if isinstance(node, ListNode):
        return " to ".join(_written(item) for item in node.items)
    return node.raw
