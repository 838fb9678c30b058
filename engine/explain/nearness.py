"""How near a rule came: the fewest comparisons that stand between its conditions, as they came out, and holding."""

from engine.rulebook.reference import Trace


def unmet(trace: Trace, wanted: bool = True) -> int:
    """How many comparisons would have to come out differently for the condition to hold (or, `wanted` false, not)."""
    if trace.holds is wanted:
        return 0
    if trace.kind == "compare":
        return 1
    for_all, each = _parts(trace.kind, wanted)
    counts = [unmet(child, each) for child in trace.children]
    return sum(counts) if for_all else min(counts, default=1)


def _parts(kind: str, wanted: bool) -> tuple[bool, bool]:
    """Whether every child must come out in a certain way for a group to be as wanted, or one; and which way."""
    if kind == "any":
        return (False, True) if wanted else (True, False)
    if kind == "none":
        return (True, False) if wanted else (False, True)
    return (True, True) if wanted else (False, False)


def leading(trace: Trace, wanted: bool = True) -> tuple[bool, bool]:
    """`_parts` of a group or segment, for those who tell it."""
    return _parts(trace.kind, wanted)
