"""Shared by the readers of rule tests: the report, the rulebook, and checks of names."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from engine.domain.errors import InvalidInput
from engine.domain.times import DAY, HOUR, format_rfc3339, parse_rfc3339
from engine.rulebook.findings import Place, Report
from engine.rulebook.model import Rulebook
from engine.rulebook.source import ListNode, MapNode, Node
from engine.rulebook.values import did_you_mean

_AGO: Final = re.compile(r"-([0-9]{1,5}) (day|hour)s?")
_UNITS: Final = {"day": DAY, "hour": HOUR}


@dataclass(frozen=True, slots=True)
class Reading:
    """Errors go into the report; reading continues, to find all at once."""

    report: Report
    book: Rulebook

    def known(self, kind: str, name: str, among: Collection[str], place: Place) -> bool:
        """Whether this name exists; if not, `unknown-<kind>` is reported with the closest one."""
        if name in among or not name:
            return bool(name)
        self.report.error(
            f"unknown-{kind.replace(' ', '-')}", place, f"there is no {kind} {name[:80]}", did_you_mean(name, among)
        )
        return False

    def all_known(self, kind: str, names: Iterable[tuple[str, Place]], among: Collection[str]) -> tuple[str, ...]:
        """The names, after reporting the unknown ones."""
        placed = list(names)
        for name, place in placed:
            self.known(kind, name, among, place)
        return tuple(name for name, _ in placed)

    def time(self, text: str, place: Place) -> int | None:
        """A time with its offset, in ms; None after reporting anything else."""
        try:
            return parse_rfc3339(text)
        except ValueError:
            hint = "such as 2026-03-02T10:00:00+01:00"
            self.report.error("bad-time", place, "a time needs its offset", hint)
            return None

    def refuse(self, code: str, node: Node, error: InvalidInput) -> None:
        """Report the errors of an API schema, each at its place in `node`."""
        for problem in error.problems:
            what = problem.pointer.rpartition("/")[2]
            message = f"{what} {problem.message}" if what else problem.message
            self.report.error(code, place_in(node, problem.pointer), message)


def place_in(node: Node, pointer: str) -> Place:
    """The node at a JSON pointer; the deepest one that exists if it does not resolve."""
    for step in pointer.split("/")[1:]:
        if isinstance(node, MapNode) and step in node.entries:
            node = node.entries[step].node
        elif isinstance(node, ListNode) and step.isdigit() and int(step) < len(node.items):
            node = node.items[int(step)]
        else:
            break
    return node.place


def told_time(written: object, at: int) -> object:
    """A time as the API takes it: default now, `-40 days` before now; anything else unchanged."""
    if written is None:
        return format_rfc3339(at)
    ago = _AGO.fullmatch(written) if isinstance(written, str) else None
    return format_rfc3339(at - int(ago[1]) * _UNITS[ago[2]]) if ago else written
