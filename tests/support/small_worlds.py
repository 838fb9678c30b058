"""Small vocabularies whose customers can all be written down, so that laws of the logic are checked by counting.

The constants that conditions may name are few and known; of every fact all values that those can tell apart stand in
`WORLD`, so that `customers()` has one customer of every kind.
"""

from collections.abc import Iterator, Mapping
from itertools import product

from hypothesis import strategies as st

from engine.domain.facts import NEVER, Fact, FactType, Missing, Value
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, InSegment, NoneOf, Op

VOCABULARY: Mapping[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("orders", FactType.COUNT, Missing.ZERO, "Orders"),
        Fact("silent", FactType.DAYS, Missing.NEVER, "Days since the last order", unit="days"),
        Fact("share", FactType.NUMBER, Missing.UNKNOWN, "Share"),
        Fact("tier", FactType.TEXT, Missing.NONE, "Tier", values=("gold", "silver", "none")),
        Fact("name", FactType.TEXT, Missing.UNKNOWN, "Name"),
        Fact("day", FactType.DATE, Missing.UNKNOWN, "Day"),
        Fact("links", FactType.SET, Missing.NONE, "Links"),
    )
}
CONSTANTS: Mapping[str, tuple[object, ...]] = {
    "orders": (0, 1, 2, 4),
    "silent": (0, 3, 4),
    "share": (-0.5, 0.1, 0.100001),
    "tier": ("gold", "silver", "none"),
    "name": ("a", "b"),
    "day": ("2026-12-24", "2026-12-25", "2026-12-31"),
    "links": ("x", "y"),
}
WORLD: Mapping[str, tuple[Value, ...]] = {
    "orders": (0, 1, 2, 3, 4, 5),
    "silent": (0, 1, 3, 4, 5, NEVER),
    "share": (-0.6, -0.5, 0.0, 0.1, 0.100001, 0.2, None),
    "tier": ("gold", "silver", "none"),
    "name": ("a", "b", "c", None),
    "day": ("2026-01-01", "2026-12-24", "2026-12-25", "2026-12-28", "2026-12-31", "2027-01-01", None),
    "links": (frozenset(), frozenset({"x"}), frozenset({"y"}), frozenset({"x", "y"}), frozenset({"z"})),
}
OPS: Mapping[FactType, tuple[Op, ...]] = {
    FactType.TEXT: (Op.IS, Op.IS_NOT, Op.ONE_OF, Op.NONE_OF, Op.KNOWN),
    FactType.SET: (Op.HAS, Op.HAS_ANY, Op.HAS_NONE, Op.KNOWN),
}
NUMERIC_OPS = (
    *(Op.IS, Op.IS_NOT, Op.ONE_OF, Op.NONE_OF, Op.AT_LEAST, Op.MORE_THAN, Op.AT_MOST, Op.LESS_THAN),
    *(Op.BETWEEN, Op.KNOWN),
)
SEGMENT = "some"


def customers(names: tuple[str, ...]) -> Iterator[dict[str, Value]]:
    """One customer of every kind, as far as these facts go."""
    for values in product(*(WORLD[name] for name in names)):
        yield dict(zip(names, values, strict=True))


@st.composite
def comparisons(draw: st.DrawFn, names: tuple[str, ...] = tuple(VOCABULARY)) -> Compare:
    fact = VOCABULARY[draw(st.sampled_from(names))]
    op = draw(st.sampled_from(OPS.get(fact.type, NUMERIC_OPS)))
    constant = st.sampled_from(CONSTANTS[fact.name])
    if op is Op.KNOWN:
        return Compare(fact.name, op, draw(st.booleans()))
    if op is Op.BETWEEN:
        return Compare(fact.name, op, tuple(sorted((draw(constant), draw(constant)))))  # type: ignore[type-var]
    if op in (Op.ONE_OF, Op.NONE_OF, Op.HAS_ANY, Op.HAS_NONE):
        return Compare(fact.name, op, tuple(draw(st.lists(constant, min_size=1, max_size=3))))
    return Compare(fact.name, op, draw(constant))


def conditions(names: tuple[str, ...], segments: bool = True) -> st.SearchStrategy[Condition]:
    leaves = [comparisons(names)] * 4 + ([st.just(InSegment(SEGMENT))] if segments else [])
    return st.recursive(st.one_of(leaves), _groups, max_leaves=8)


def _groups(items: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    some = st.lists(items, max_size=4).map(tuple)
    return st.one_of(some.map(AllOf), some.map(AnyOf), some.map(NoneOf))
