import json
from itertools import pairwise

import pytest

from engine.domain.facts import NEVER, Value
from engine.rulebook.compiler import MAX_CONJUNCTIONS, MAX_PROPERTIES, Program, RankCodes, WordCodes, compile_rulebook
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, InSegment, NoneOf, Op
from engine.rulebook.findings import Place
from engine.rulebook.predicates import MAX_ALTERNATIVES, alternatives
from tests.support.matching import rule, rulebook


def at_least(bound: int, fact: str = "orders") -> Compare:
    return Compare(fact, Op.AT_LEAST, bound)


def compiled(*conditions: Condition, segments: dict[str, Condition] | None = None) -> Program:
    rules = [rule(f"rule-{number}", condition) for number, condition in enumerate(conditions)]
    return compile_rulebook(rulebook(rules, segments))["requested"]


def asserted(program: Program, facts: dict[str, Value]) -> list[dict[str, object]]:
    codes = program.codes(facts)
    return [json.loads(shard.message(codes)) for shard in program.shards]


def test_number_codes_rise_with_the_numbers_and_differ_at_every_named_one() -> None:
    codes = RankCodes((0.05, 30, 7, 2**53, 2**53 + 1, 7))
    values = (-1, 0.05, 0.050001, 7, 8, 30, 31, 2**53, 2**53 + 1, 2**53 + 2, NEVER)
    found = [codes[value] for value in values]
    assert all(low < high for low, high in pairwise(found))
    assert codes[None] == 0
    assert len(codes.domain) == codes[NEVER] + 1


def test_number_codes_are_the_same_when_a_value_comes_again() -> None:
    codes = RankCodes((5,))
    assert [codes[value] for value in (4, 5, 6, 4, 5, 6)] == [1, 2, 3, 1, 2, 3]


def test_number_codes_remember_a_bounded_number_of_values() -> None:
    codes = RankCodes((50_000,))
    assert {codes[value] for value in range(20_000)} == {1}
    assert len(codes) < 5_000


def test_word_codes_tell_named_values_from_all_others_and_from_unknown() -> None:
    codes = WordCodes(("é", "e\u0301", "a\u0000b", "é"))
    assert len({codes[value] for value in ("é", "e\u0301", "a\u0000b", "other", None)}) == 5
    assert codes["a"] == codes["other"]


def test_the_engine_sees_small_numbers_and_flags_only() -> None:
    program = compiled(
        Compare("name", Op.IS, '"\\ \u0000 梅'),
        Compare("spend", Op.MORE_THAN, 10**15),
        Compare("categories", Op.HAS, "tea"),
    )
    (fact,) = asserted(program, {"name": '"\\ \u0000 梅', "spend": 10**18, "categories": frozenset({"tea"})})
    assert fact.pop("id") and fact.pop("sid")
    assert len(fact) == 3
    assert all(isinstance(value, int) and value < 10 for value in fact.values())


def test_an_unknown_value_is_left_out_of_the_fact() -> None:
    program = compiled(at_least(5), Compare("name", Op.IS, "Mei"), Compare("categories", Op.HAS, "tea"))
    assert asserted(program, {"orders": None, "categories": None}) == [{"id": "x", "sid": "1"}]


def test_a_flag_is_in_the_fact_only_when_it_is_true() -> None:
    program = compiled(Compare("tier", Op.ONE_OF, ("gold", "silver")))
    sizes = [len(asserted(program, {"tier": tier})[0]) for tier in ("gold", "silver", "bronze", None)]
    assert sizes == [3, 3, 2, 2]


def test_facts_that_the_rules_of_the_trigger_do_not_test_are_left_out() -> None:
    program = compiled(at_least(5))
    assert asserted(program, {"orders": 5, "spend": 7}) == asserted(program, {"orders": 5})


def test_a_rule_without_conditions_needs_no_engine() -> None:
    program = compiled(AllOf(()), NoneOf((AnyOf(()),)))
    assert program.always == {"rule-0", "rule-1"}
    assert program.shards == ()


def test_a_rule_that_never_holds_is_not_compiled() -> None:
    assert compiled(AnyOf(())).shards == ()


def test_equal_conditions_from_different_lines_are_evaluated_once() -> None:
    placed = [Compare("categories", Op.HAS, "tea", Place("x.yaml", line, 1)) for line in (1, 2)]
    assert len(compiled(*placed).predicates) == 1


def test_a_segment_is_evaluated_once_for_all_rules() -> None:
    rules = [AllOf((at_least(bound), NoneOf((InSegment("good"),)))) for bound in range(5)]
    assert len(compiled(*rules, InSegment("good"), segments={"good": at_least(9)}).predicates) == 1


@pytest.mark.parametrize("group", [AllOf, NoneOf])
def test_alternatives_are_never_more_than_the_bound(group: type[AllOf] | type[NoneOf]) -> None:
    pair = [AnyOf((at_least(n), at_least(n, "spend"))) for n in range(12)]
    items = pair if group is AllOf else [AllOf(tuple(one.items)) for one in pair]
    found = alternatives(group(tuple(items)))
    assert 1 < len(found) <= MAX_ALTERNATIVES


def test_a_long_list_of_alternatives_becomes_one_condition() -> None:
    assert len(alternatives(AnyOf(tuple(map(at_least, range(MAX_ALTERNATIVES)))))) == MAX_ALTERNATIVES
    assert len(alternatives(AnyOf(tuple(map(at_least, range(MAX_ALTERNATIVES + 1)))))) == 1


def test_a_ruleset_has_a_bounded_number_of_conjunctions() -> None:
    program = compiled(*map(at_least, range(200)))
    sizes = [len(json.loads(shard.ruleset)) - 1 for shard in program.shards]
    assert sum(sizes) == 200
    assert max(sizes) == MAX_CONJUNCTIONS


def test_a_fact_has_a_bounded_number_of_properties() -> None:
    long = [NoneOf(tuple(Compare("name", Op.IS, f"{rule}-{n}") for n in range(60))) for rule in range(20)]
    facts = asserted(compiled(*long), {"name": "Mei"})
    assert len(facts) > 1
    assert max(map(len, facts)) <= MAX_PROPERTIES + 2


def test_a_rule_with_very_many_conditions_is_evaluated_in_python() -> None:
    program = compiled(NoneOf(tuple(Compare("name", Op.IS, f"{n}") for n in range(300))))
    assert len(program.predicates) == 1
    assert len(asserted(program, {"name": "Mei"})[0]) == 3


def test_equal_tests_stand_first_so_that_the_engine_shares_them() -> None:
    gold = Compare("tier", Op.IS, "gold")
    program = compiled(*(AllOf((at_least(bound), gold)) for bound in range(3)))
    definitions = [body["all"][0]["m"] for name, body in json.loads(program.shards[0].ruleset).items() if name != "w"]
    assert len({json.dumps(body["$and"][0]) for body in definitions}) == 1
