import gc
import random
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from authoring.probe import probe
from engine.domain.facts import NEVER, Value
from engine.rulebook import matcher
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, InSegment, NoneOf, Op
from engine.rulebook.matcher import DurableMatcher, MatcherFault, available
from engine.rulebook.model import Rulebook
from engine.rulebook.reference import ReferenceMatcher
from runtime.matchers import build_matcher
from tests.support.matching import rule, rulebook

pytestmark = pytest.mark.skipif(not available(), reason="durable_rules is not importable here")


def at_least(bound: int, fact: str = "orders") -> Compare:
    return Compare(fact, Op.AT_LEAST, bound)


@contextmanager
def durable(*conditions: Condition, segments: dict[str, Condition] | None = None) -> Iterator[DurableMatcher]:
    book = rulebook([rule(f"rule-{number}", condition) for number, condition in enumerate(conditions)], segments)
    built = DurableMatcher(book, threading.Lock, remembered=0)
    yield built
    built.close()


def large_rulebook(count: int) -> Rulebook:
    """Rules of three to five conditions over the whole vocabulary."""
    rnd = random.Random(7)
    choices = [
        lambda: Compare("tier", Op.IS, rnd.choice(("gold", "silver", "bronze", "none"))),
        lambda: Compare("name", Op.NONE_OF, tuple(rnd.sample("abcdefgh", 2))),
        lambda: Compare("member", Op.IS, rnd.random() < 0.5),
        lambda: Compare("orders", rnd.choice((Op.AT_LEAST, Op.LESS_THAN)), rnd.randint(0, 40)),
        lambda: Compare("spend", rnd.choice((Op.MORE_THAN, Op.AT_MOST)), rnd.randint(0, 100_000)),
        lambda: Compare("silent_days", Op.BETWEEN, (rnd.randint(0, 50), rnd.randint(50, 400))),
        lambda: Compare("momentum", Op.AT_MOST, round(rnd.random() * 2, 3)),
        lambda: Compare("categories", Op.HAS_ANY, tuple(rnd.sample("abcdef", 2))),
        lambda: NoneOf((Compare("rating", Op.AT_MOST, 2), InSegment("unhappy"))),
        lambda: AnyOf((Compare("rating", Op.IS, 5), Compare("share", Op.LESS_THAN, 0.5))),
    ]
    rules = [
        rule(f"rule-{number}", AllOf(tuple(make() for make in rnd.sample(choices, rnd.randint(3, 5)))))
        for number in range(count)
    ]
    return rulebook(rules, {"unhappy": AllOf((Compare("rating", Op.AT_MOST, 2), Compare("member", Op.IS, True)))})


def large_facts(rnd: random.Random) -> dict[str, Value]:
    return {
        "tier": rnd.choice(("gold", "silver", "bronze", "none")),
        "name": rnd.choice([*"abcdefgh", None]),
        "member": rnd.random() < 0.5,
        "orders": rnd.randint(0, 40),
        "spend": rnd.randint(0, 100_000),
        "silent_days": rnd.choice((rnd.randint(0, 400), NEVER)),
        "momentum": rnd.choice((round(rnd.random() * 2, 3), None)),
        "categories": frozenset(rnd.sample("abcdef", rnd.randint(0, 4))),
        "rating": rnd.choice((1, 2, 3, 4, 5, None)),
        "share": rnd.choice((0.3, 0.7, None)),
    }


def resident_kilobytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


def test_a_thousand_rules_match_as_they_are_written() -> None:
    book = large_rulebook(1_000)
    reference, built = ReferenceMatcher(book), DurableMatcher(book, threading.Lock, remembered=0)
    rnd = random.Random(11)
    matched = 0
    for _ in range(200):
        facts = large_facts(rnd)
        expected = reference.match("requested", facts)
        assert built.match("requested", facts) == expected
        matched += len(expected)
    built.close()
    assert matched > 1_000


@pytest.mark.parametrize("count", [60, 61, 65, 128, 513, 1_000])
def test_all_of_many_rules_that_match_at_once_come_back(count: int) -> None:
    with durable(*map(at_least, range(count))) as built:
        for orders in (count - 1, count // 2, 0, count):
            assert len(built.match("requested", {"orders": orders})) == min(orders + 1, count)


@pytest.mark.parametrize("count", [256, 513])
def test_many_rules_with_the_same_condition_all_match(count: int) -> None:
    with durable(*(Compare("tier", Op.IS, "gold") for _ in range(count))) as built:
        assert len(built.match("requested", {"tier": "gold"})) == count
        assert built.match("requested", {"tier": "silver"}) == frozenset()


def test_a_rule_that_holds_for_two_reasons_comes_back_once() -> None:
    with durable(AnyOf((at_least(1), at_least(2), at_least(1, "spend")))) as built:
        assert built.match("requested", {"orders": 5, "spend": 5}) == {"rule-0"}


def test_nothing_remains_of_an_evaluation_for_the_next() -> None:
    with durable(Compare("orders", Op.IS, 1), Compare("spend", Op.IS, 1)) as built:
        for _ in range(1_000):
            assert built.match("requested", {"orders": 1}) == {"rule-0"}
            assert built.match("requested", {"spend": 1}) == {"rule-1"}
            assert built.match("requested", {}) == frozenset()


def test_a_rulebook_without_rules_matches_nothing() -> None:
    with durable() as built:
        assert built.match("requested", {"orders": 1}) == frozenset()


def test_eight_threads_on_one_matcher_get_their_own_answers() -> None:
    book = large_rulebook(100)
    reference, built = ReferenceMatcher(book), DurableMatcher(book, threading.Lock, remembered=0)
    wrong: list[object] = []

    def work(seed: int) -> None:
        rnd = random.Random(seed)
        for _ in range(300):
            facts = large_facts(rnd)
            if built.match("requested", facts) != reference.match("requested", facts):
                wrong.append(facts)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    built.close()
    assert wrong == []


def test_rulebooks_live_side_by_side() -> None:
    with durable(at_least(1)) as first, durable(at_least(5)) as second:
        assert first.match("requested", {"orders": 3}) == {"rule-0"}
        assert second.match("requested", {"orders": 3}) == frozenset()
        second.close()
        assert first.match("requested", {"orders": 3}) == {"rule-0"}


def test_a_closed_matcher_says_so() -> None:
    with durable(at_least(1)) as built:
        built.close()
        built.close()
        with pytest.raises(MatcherFault, match="closed"):
            built.match("requested", {"orders": 3})


def test_what_is_remembered_is_forgotten_when_a_matcher_is_closed() -> None:
    built = DurableMatcher(rulebook([rule("rule-0", at_least(3))]), threading.Lock)
    assert [built.match("requested", {"orders": orders}) for orders in (3, 3, 4)] == [{"rule-0"}] * 3
    built.close()
    with pytest.raises(MatcherFault, match="closed"):
        built.match("requested", {"orders": 3})


def test_rulebooks_that_are_built_and_closed_leave_no_memory_behind() -> None:
    book = large_rulebook(20)

    def build(count: int) -> None:
        for number in range(count):
            built = DurableMatcher(book, threading.Lock)
            built.match("requested", {"orders": number})
            built.close()

    build(50)
    before = resident_kilobytes()
    build(300)
    assert resident_kilobytes() - before < 20_000


def test_a_matcher_that_nobody_holds_gives_its_memory_back() -> None:
    book = large_rulebook(20)
    for _ in range(50):
        DurableMatcher(book, threading.Lock)
    gc.collect()
    before = resident_kilobytes()
    for _ in range(300):
        DurableMatcher(book, threading.Lock)
    gc.collect()
    assert resident_kilobytes() - before < 20_000


def test_the_probe_finds_nothing_wrong_with_a_sound_rulebook() -> None:
    assert probe(large_rulebook(50)) == []


def test_the_probe_names_the_rule_that_the_engine_got_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DurableMatcher, "match", lambda *_: frozenset())
    found = probe(rulebook([rule("lost", at_least(7))]))
    assert found == ["requested, values of lost: lost"]


def test_where_the_extension_is_missing_the_plain_matcher_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    book = rulebook([rule("one", at_least(7))])
    assert build_matcher(book).name == "durable_rules"
    monkeypatch.setattr(matcher, "_engine", None)
    assert not available()
    assert build_matcher(book).name == "reference"
    with pytest.raises(ImportError, match="not installed"):
        DurableMatcher(book, threading.Lock)
