"""What of a file is a rule, an action, a test, a condition: told by its keys, so that a file may lie anywhere."""

from collections.abc import Iterator, Sequence
from typing import Final

from engine.rulebook.layout.tree import Items, Keys, Part
from engine.rulebook.read.rules import KEY_ORDER

ACTION_ORDER: Final = (
    *("action", "title", "kind", "group", "tags", "effect", "value", "cost", "propensity", "priority", "cooldown"),
    *("limits", "budget", "stock", "holdout", "expires", "treatments"),
)
TEST_ORDER: Final = (
    *("test", "use", "persona", "anonymous", "given", "change", "history", "done", "contacts", "pending", "population"),
    *("holdout", "used", "at", "ask", "placements", "context", "language", "steps", "expect", "cases"),
)
LISTS: Final = {"rules": KEY_ORDER, "actions": ACTION_ORDER, "tests": TEST_ORDER}
"""Lists at the top of a file, and the order in which the keys of their items stand."""


def ordered_mappings(root: Part) -> Iterator[tuple[Keys, Sequence[str]]]:
    """The rules, actions and tests of a file, with the order of their keys."""
    if not isinstance(root, Keys):
        return
    if root.get("action") is not None:
        yield root, ACTION_ORDER
    for name, order in LISTS.items():
        for item in items_of(root, name):
            if isinstance(item, Keys):
                yield item, order


def conditions(root: Part) -> Iterator[Keys]:
    """The mappings of conditions: `when` of rules and frequency caps, each segment, `facts` that a test expects."""
    if not isinstance(root, Keys):
        return
    for name in ("rules", "frequency_caps"):
        yield from _behind("when", items_of(root, name))
    segments = root.get("segments")
    if isinstance(segments, Keys):
        yield from (segment for _, segment in segments.entries if isinstance(segment, Keys))
    tests = items_of(root, "tests")
    steps = [step for test in tests if isinstance(test, Keys) for step in items_of(test, "steps")]
    yield from _behind("facts", list(_behind("expect", [*tests, *steps])))


def _behind(name: str, parts: Sequence[Part]) -> Iterator[Keys]:
    """The mappings behind a key of some mappings."""
    found = (part.get(name) for part in parts if isinstance(part, Keys))
    return (part for part in found if isinstance(part, Keys))


def items_of(root: Keys, name: str) -> Sequence[Part]:
    found = root.get(name)
    return found.items if isinstance(found, Items) else ()
