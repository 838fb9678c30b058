"""The distance of a rule: the fewest comparisons, by their results, that keep its conditions from holding."""

from engine.rulebook.reference import Trace


def unmet(trace: Trace, wanted: bool = True) -> int:
    """How many comparisons would have to come out differently for the condition to hold (or, `wanted` false, not)."""
    if trace.holds is wanted:
        return 0
    if trace.kind == "compare":
        return 1
    needs_all, each = leading(trace.kind, wanted)
    counts = [unmet(child, each) for child in trace.children]
    return sum(counts) if needs_all else min(counts, default=1)


def leading(kind: str, wanted: bool) -> tuple[bool, bool]:
    """Of a group or segment required to hold (or not): must all its parts agree, or one; and must they hold."""
    if kind == "any":
        return (False, True) if wanted else (True, False)
    if kind == "none":
        return (True, False) if wanted else (False, True)
    return (True, True) if wanted else (False, False)
