import json

import pytest

from engine.domain.facts import NEVER, Value
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, InSegment, NoneOf, Op
from engine.rulebook.findings import Place
from engine.rulebook.model import RuleTrigger
from engine.rulebook.reference import ReferenceMatcher, holds, trace
from tests.support.matching import rule, rulebook

UNKNOWN = None


def at_least(bound: int, fact: str = "orders") -> Compare:
    return Compare(fact, Op.AT_LEAST, bound)


@pytest.mark.parametrize(
    ("op", "expected", "true_of", "false_of"),
    [
        (Op.IS, 5, (5,), (4, 6, NEVER)),
        (Op.IS, "gold", ("gold",), ("Gold", "")),
        (Op.IS, True, (True,), (False,)),
        (Op.IS_NOT, 5, (4, NEVER), (5,)),
        (Op.ONE_OF, (1, 2), (1, 2), (3, NEVER)),
        (Op.NONE_OF, (1, 2), (3, NEVER), (1, 2)),
        (Op.AT_LEAST, 5, (5, 6, NEVER), (4,)),
        (Op.MORE_THAN, 5, (6, NEVER), (4, 5)),
        (Op.AT_MOST, 5, (4, 5), (6, NEVER)),
        (Op.LESS_THAN, 5, (4,), (5, NEVER)),
        (Op.BETWEEN, (2, 5), (2, 3, 5), (1, 6, NEVER)),
        (Op.KNOWN, True, (0, False, "", frozenset()), (NEVER, UNKNOWN)),
        (Op.KNOWN, False, (NEVER, UNKNOWN), (0, "none")),
        (Op.HAS, "a", (frozenset("ab"),), (frozenset("b"), frozenset())),
        (Op.HAS_ANY, ("a", "c"), (frozenset("ab"),), (frozenset("b"), frozenset())),
        (Op.HAS_NONE, ("a", "c"), (frozenset("b"), frozenset()), (frozenset("ab"),)),
    ],
)
def test_an_operator_holds_for_these_values_and_not_for_those(
    op: Op, expected: object, true_of: tuple[Value, ...], false_of: tuple[Value, ...]
) -> None:
    condition = Compare("fact", op, expected)
    assert [value for value in (*true_of, *false_of) if holds(condition, {"fact": value}, {})] == [*true_of]


@pytest.mark.parametrize("op", [op for op in Op if op is not Op.KNOWN])
def test_no_comparison_with_an_unknown_value_holds(op: Op) -> None:
    expected = {Op.BETWEEN: (1, 2), Op.ONE_OF: (1,), Op.NONE_OF: (1,), Op.HAS_ANY: ("a",), Op.HAS_NONE: ("a",)}
    condition = Compare("fact", op, expected.get(op, 1))
    assert not holds(condition, {"fact": UNKNOWN}, {})
    assert not holds(condition, {}, {})


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (AllOf(()), True),
        (AnyOf(()), False),
        (NoneOf(()), True),
        (AllOf((at_least(1), at_least(3))), False),
        (AnyOf((at_least(1), at_least(3))), True),
        (NoneOf((at_least(1), at_least(3))), False),
        (NoneOf((at_least(3), at_least(1, "absent"))), True),
        (NoneOf((AllOf((at_least(1), at_least(3))),)), True),
    ],
)
def test_groups_of_conditions(group: Condition, expected: bool) -> None:
    assert holds(group, {"orders": 2}, {}) is expected


def test_a_segment_is_its_condition() -> None:
    segments: dict[str, Condition] = {"good": at_least(2), "best": AllOf((InSegment("good"), at_least(5)))}
    assert [holds(InSegment("best"), {"orders": orders}, segments) for orders in (1, 4, 5)] == [False, False, True]


def test_only_live_and_shadow_rules_of_the_trigger_take_part() -> None:
    after = RuleTrigger("after", "delivery_completed", 14 * 86_400_000)
    always = AllOf(())
    matcher = ReferenceMatcher(
        rulebook(
            [
                *(rule(status, always, status=status) for status in ("draft", "shadow", "live", "retired")),
                rule("later", always, [after]),
                rule("both", always, [after, RuleTrigger("requested")]),
            ]
        )
    )
    assert matcher.match("requested", {}) == {"shadow", "live", "both"}
    assert matcher.match("after:delivery_completed:14", {}) == {"later", "both"}
    assert matcher.match("inactive", {}) == frozenset()


def test_a_trace_shows_every_condition_with_its_actual_value() -> None:
    condition = AllOf(
        (
            Compare("silent_days", Op.BETWEEN, (7, 60), Place("x.yaml", 1, 1)),
            AnyOf((Compare("categories", Op.HAS, "tea"), Compare("rating", Op.AT_LEAST, 4))),
            NoneOf((InSegment("new"),)),
        )
    )
    facts: dict[str, Value] = {"silent_days": NEVER, "categories": frozenset({"tea", "cups"})}
    traced = trace(condition, facts, {"new": Compare("orders", Op.IS, 0)})
    assert json.loads(json.dumps(traced.to_json())) == {
        "kind": "all",
        "holds": False,
        "children": [
            {
                "kind": "compare",
                "holds": False,
                "fact": "silent_days",
                "op": "between",
                "expected": [7, 60],
                "actual": "never",
            },
            {
                "kind": "any",
                "holds": True,
                "children": [
                    {
                        "kind": "compare",
                        "holds": True,
                        "fact": "categories",
                        "op": "has",
                        "expected": "tea",
                        "actual": ["cups", "tea"],
                    },
                    {
                        "kind": "compare",
                        "holds": False,
                        "fact": "rating",
                        "op": "at_least",
                        "expected": 4,
                        "actual": None,
                    },
                ],
            },
            {
                "kind": "none",
                "holds": True,
                "children": [
                    {
                        "kind": "segment",
                        "holds": False,
                        "segment": "new",
                        "children": [
                            {
                                "kind": "compare",
                                "holds": False,
                                "fact": "orders",
                                "op": "is",
                                "expected": 0,
                                "actual": None,
                            }
                        ],
                    }
                ],
            },
        ],
    }


def test_a_trace_comes_out_as_the_condition_does() -> None:
    for orders in (0, 1, 5, UNKNOWN):
        condition = NoneOf((AllOf((at_least(1), NoneOf((at_least(5),)))),))
        assert trace(condition, {"orders": orders}, {}).holds is holds(condition, {"orders": orders}, {})
