"""What the readers of rule tests share: the report, the rulebook, and names that must be known."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from engine.errors import InvalidInput
from engine.rulebook.findings import Report
from engine.rulebook.model import Rulebook
from engine.rulebook.place import Place
from engine.rulebook.source import ListNode, MapNode, Node
from engine.rulebook.values import did_you_mean


@dataclass(frozen=True, slots=True)
class Reading:
    """What is wrong goes into the report; reading goes on, so that all of it is found at once."""

    report: Report
    book: Rulebook

    def known(self, kind: str, name: str, among: Collection[str], place: Place) -> bool:
        """Whether there is such a name; if not, `unknown-<kind>` is reported with the closest one."""
        if name in among or not name:
            return bool(name)
        self.report.error(f"unknown-{kind}", place, f"there is no {kind} {name[:80]}", did_you_mean(name, among))
        return False

    def all_known(self, kind: str, names: Iterable[tuple[str, Place]], among: Collection[str]) -> tuple[str, ...]:
        """The names, after reporting those that are not known."""
        placed = list(names)
        for name, place in placed:
            self.known(kind, name, among, place)
        return tuple(name for name, _ in placed)

    def refuse(self, code: str, node: Node, error: InvalidInput) -> None:
        """Report what a schema of the API found wrong, each at its place in `node`."""
        for problem in error.problems:
            what = problem.pointer.rpartition("/")[2]
            message = f"{what} {problem.message}" if what else problem.message
            self.report.error(code, place_in(node, problem.pointer), message)


def place_in(node: Node, pointer: str) -> Place:
    """Where a JSON pointer leads in a node; as far as it leads when it leads nowhere."""
    for step in pointer.split("/")[1:]:
        if isinstance(node, MapNode) and step in node.entries:
            node = node.entries[step].node
        elif isinstance(node, ListNode) and step.isdigit() and int(step) < len(node.items):
            node = node.items[int(step)]
        else:
            break
    return node.place
