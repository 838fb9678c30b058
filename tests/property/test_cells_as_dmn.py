"""A cell means what the unary tests of DMN mean, for every type of fact.

The other side of the comparison is written from the definition alone: `-` is satisfied by anything; a list by a value
that satisfies one of its tests; `not(...)` by a value that satisfies none; an interval by what lies between its ends,
an end that is open left out; a comparison as in arithmetic; a value by its equal, of a set by the sets that hold it. A
value that is not known satisfies `-` and `null`, nothing else: here, unlike in DMN, `not("a")` either.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.facts import NEVER, Value
from engine.rulebook.read.tables import parse_cell
from engine.rulebook.reference import holds
from tests.support.unary_tests import EUR, KINDS, NULL, Bound, Cell, Interval, Same, Test, cells


def satisfied(cell: Cell, value: Value) -> bool:
    """By the definition above."""
    if cell.tests is None:
        return True
    some = any(passes(test, value) for test in cell.tests)
    if value is None:
        return some and not cell.negated
    return some is not cell.negated


def passes(test: Test, value: Any) -> bool:
    if test == NULL:
        return value is None or value == NEVER
    if value is None:
        return False
    match test:
        case Same(same):
            return bool(same in value if isinstance(value, frozenset) else same == value)
        case Bound(sign, than):
            return bool({"<": value < than, "<=": value <= than, ">": value > than, ">=": value >= than}[sign])
        case Interval(open_low, low, high, open_high):
            return bool((low < value if open_low else low <= value) and (value < high if open_high else value <= high))
    raise TypeError(test)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_cell_holds_for_the_values_that_satisfy_its_unary_tests(data: st.DataObject) -> None:
    kind = KINDS[data.draw(st.sampled_from(sorted(KINDS)))]
    cell, written = data.draw(cells(kind))
    condition = parse_cell(written, kind.fact, EUR)
    for value in kind.values:
        said = condition is None or holds(condition, {kind.fact.name: value}, {})
        assert said is satisfied(cell, value), (written, value, condition)
