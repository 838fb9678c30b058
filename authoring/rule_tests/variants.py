"""`use`, `change` and `cases`: tests and personas that inherit what they do not define.

All of it is resolved on the source, before anything is read: readers get complete tests.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from authoring.rule_tests.reading import Reading
from engine.rulebook.read.fields import list_of, text_of, wrong_type
from engine.rulebook.source import Entry, ListNode, MapNode, Node, Scalar, plain

USE, CHANGE, CASES, CASE, GIVEN, NAME = "use", "change", "cases", "case", "given", "test"
OF_VARIANTS: Final = (USE, CHANGE, CASES)
MOST_USES: Final = 10
"""Maximum length of a chain of tests that use one another."""
MOST_CASES: Final = 200
MOST_VALUES: Final = 500_000
"""Maximum size of all expanded tests with `use` or `cases`: keeps a small file from becoming a huge one."""
_LONGEST: Final = 80


class Variants:
    """Mappings that may use one another by name. `named`: as written."""

    def __init__(self, reading: Reading, kind: str, named: Mapping[str, Node]) -> None:
        self._reading = reading
        self._kind = kind
        self._named = named
        self._sizes: dict[int, tuple[int, Node]] = {}  # keeps the node, so that no other one gets its id
        self._left = MOST_VALUES

    def whole(self, node: Node) -> Node | None:
        """The mapping with what it uses; None where that is wrong, to avoid follow-up errors."""
        chain = self._chain(node)
        if chain is None:
            return None
        whole = chain[-1]
        for one in reversed(chain[:-1]):
            whole = self._over(whole, one)
        return self._changed(whole, node) if len(chain) == 1 else whole

    def told(self, node: Node) -> Iterator[Node]:
        """The complete test, or each of its cases."""
        whole = self.whole(node)
        if whole is None:
            return
        if not isinstance(node, MapNode) or CASES not in node.entries or not isinstance(whole, MapNode):
            yield whole
            return
        base = MapNode(*whole[:3], {key: entry for key, entry in whole.entries.items() if key != CASES})
        for number, case in enumerate(self._cases(node.entries[CASES].node), 1):
            if isinstance(case, MapNode):
                yield self._case(base, case, number)
            else:
                wrong_type(self._reading.report, case, "a case (a mapping)")

    def _cases(self, node: Node) -> Sequence[Node]:
        cases = list_of(self._reading.report, node, "a list of cases")
        if isinstance(node, ListNode) and not cases:
            self._reading.report.error("empty-list", node.place, "cases needs at least 1 in its list")
        if len(cases) > MOST_CASES:
            message = f"{len(cases):,} cases; a test has at most {MOST_CASES}"
            self._reading.report.error("tests-too-large", node.place, message)
        return cases[:MOST_CASES]

    def _case(self, base: MapNode, case: MapNode, number: int) -> Node:
        for key in (NAME, USE, CASES):
            if key in case.entries:
                place = case.entries[key].key.place
                self._reading.report.error("unknown-key", place, f"a case has no key {key}", "its name is `case`")
        own = {key: entry for key, entry in case.entries.items() if key not in (NAME, USE, CASES)}
        name = f"{_name_of(base)}: {self._named_case(case, number)}"
        scalar = Scalar(case.file, case.line, case.column, name, name)
        whole = self._over(base, MapNode(*case[:3], own))
        assert isinstance(whole, MapNode)
        return MapNode(*case[:3], {**whole.entries, NAME: Entry(scalar, scalar)})

    def _named_case(self, case: MapNode, number: int) -> str:
        """Its name, or else its changes."""
        if CASE in case.entries:
            return text_of(self._reading.report, case.entries[CASE].node)
        change = case.entries[CHANGE].node if CHANGE in case.entries else None
        facts = change.entries.items() if isinstance(change, MapNode) else ()
        return ", ".join(f"{fact} {_shown(entry.node)}" for fact, entry in facts)[:_LONGEST] or f"case {number}"

    def _chain(self, node: Node) -> list[Node] | None:
        """The mapping, the one it uses, and so on; None where the chain is broken."""
        chain, names = [node], list[str]()
        while isinstance(node, MapNode) and USE in node.entries:
            use = node.entries[USE].node
            name = text_of(self._reading.report, use, f"the name of a {self._kind}")
            if not self._reading.known(self._kind, name, self._named, use.place):
                return None
            if name in names or len(names) == MOST_USES:
                why = f"{name} uses itself" if name in names else f"more than {MOST_USES} in a chain"
                self._reading.report.error("use-cycle", use.place, f"this {self._kind} cannot be resolved: {why}")
                return None
            names.append(name)
            node = self._named[name]
            chain.append(node)
        return chain

    def _over(self, base: Node, own: Node) -> Node:
        """`own`, completed from `base`."""
        if not isinstance(base, MapNode) or not isinstance(own, MapNode):
            return own
        taken = {key: entry for key, entry in base.entries.items() if key not in (NAME, CASES)}
        written = {key: entry for key, entry in own.entries.items() if key not in (USE, CHANGE, CASE)}
        whole = MapNode(*own[:3], {**taken, **written})
        self._left -= self._size(whole)
        if self._left < 0:
            message = f"the tests with `use` and `cases` add up to more than {MOST_VALUES:,} values"
            self._reading.report.error("tests-too-large", own.place, message)
            return own
        return self._changed(whole, own)

    def _changed(self, whole: Node, own: Node) -> Node:
        """With the given facts that `own` changes."""
        if not isinstance(own, MapNode) or not isinstance(whole, MapNode) or CHANGE not in own.entries:
            return whole
        change = own.entries[CHANGE]
        if not isinstance(change.node, MapNode):
            wrong_type(self._reading.report, change.node, "a mapping of facts")
            return whole
        given = whole.entries[GIVEN].node if GIVEN in whole.entries else None
        before = given.entries if isinstance(given, MapNode) else {}
        facts = MapNode(*change.node[:3], {**before, **change.node.entries})
        rest = {key: entry for key, entry in whole.entries.items() if key not in (USE, CHANGE)}
        return MapNode(*whole[:3], {**rest, GIVEN: Entry(change.key, facts)})

    def _size(self, node: Node) -> int:
        """The number of values in a node; counts a shared part once."""
        if isinstance(node, Scalar):
            return 1
        if id(node) not in self._sizes:
            parts = [e.node for e in node.entries.values()] if isinstance(node, MapNode) else node.items
            self._sizes[id(node)] = 1 + sum(self._size(part) for part in parts), node
        return self._sizes[id(node)][0]


def _name_of(test: MapNode) -> str:
    node = test.entries[NAME].node if NAME in test.entries else None
    return str(node.value) if isinstance(node, Scalar) else ""


def _shown(node: Node) -> str:
    value = plain(node)
    return "[" + ", ".join(map(str, value)) + "]" if isinstance(value, list) else str(value)
