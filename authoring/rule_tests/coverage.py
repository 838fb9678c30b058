"""Coverage: rules and table rows that no test has exercised.

A rule that recommends or boosts is covered where it matched; one that forbids only where it refused something. A row
is covered where it decided its table, on a trigger at which rules use its output.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from authoring.logic.witness import value_words
from authoring.rule_tests.outcome import Decided, Outcome
from engine.compiled.rulebook import Compiled
from engine.domain.decision import Decision
from engine.domain.facts import Facts
from engine.domain.refusal import ForbiddenByRule
from engine.rulebook.findings import Place
from engine.rulebook.model import Boost, Forbid, Rulebook, Table
from engine.rulebook.reference import MATCHED_STATUSES, holds

KINDS: Final = ("rules", "forbids", "boosts", "rows")
_TOGETHER: Final = frozenset(("all", "any"))
"""Values of `pick` with which several rows decide together."""
Seen = tuple[str, str, int]
"""One of KINDS, the rule or table, and the number of the row from 1 (0: `otherwise`, and for rules)."""


@dataclass(frozen=True, slots=True)
class Part:
    """An item that a test can cover. `name`: a rule, or a table and its row with the row's output."""

    kind: str
    name: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """All items of a rulebook, and the uncovered ones. Excludes drafts and retired rules."""

    parts: tuple[Part, ...]
    never: tuple[Part, ...]

    @property
    def percent(self) -> float:
        """The coverage, 0 to 100; 100 where there is nothing to cover."""
        return share(len(self.parts) - len(self.never), len(self.parts))

    def counts(self) -> Iterator[tuple[str, int, int]]:
        """Per kind present: covered, and total."""
        for kind in KINDS:
            of = sum(part.kind == kind for part in self.parts)
            if of:
                yield kind, of - sum(part.kind == kind for part in self.never), of

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        kinds = {kind: {"seen": seen, "of": of, "percent": share(seen, of)} for kind, seen, of in self.counts()}
        never = [{"kind": one.kind, "name": one.name, "place": str(one.place)} for one in self.never]
        return {"percent": self.percent, "kinds": kinds, "never": never}


def share(seen: int, of: int) -> float:
    """In percent, rounded down: 100 means all of it."""
    return 100.0 if seen == of else int(1000 * seen / of) / 10


def coverage(outcomes: Iterable[Outcome], compiled: Compiled) -> Coverage:
    """The items covered by these outcomes, all run on this rulebook."""
    book = compiled.rulebook
    seen = {key for outcome in outcomes for one in outcome.lived for key in _seen_in(one, outcome, book)}
    parts = dict(_parts(book))
    return Coverage(tuple(parts.values()), tuple(part for key, part in parts.items() if key not in seen))


def _parts(book: Rulebook) -> Iterator[tuple[Seen, Part]]:
    for rule in book.rules.values():
        if rule.status in MATCHED_STATUSES:
            kind = {Forbid: "forbids", Boost: "boosts"}.get(type(rule.then), "rules")
            yield (kind, rule.id, 0), Part(kind, rule.id, rule.place)
    for table in book.tables:
        fact, currency = book.vocabulary[table.decides], book.shop.currency
        for number, row in enumerate(table.rows, 1):
            name = f"{table.id}, row {number}: {value_words(row.output, fact, currency)}"
            yield ("rows", table.id, number), Part("rows", name, row.place)
        if table.otherwise is not None:
            name = f"{table.id}, otherwise: {value_words(table.otherwise, fact, currency)}"
            yield ("rows", table.id, 0), Part("rows", name, table.place)


def _seen_in(one: Decided, outcome: Outcome, book: Rulebook) -> Iterator[Seen]:
    decision, on = one.decision, one.context
    for name in decision.matched:
        then = book.rules[name].then if name in book.rules else None
        if not isinstance(then, Forbid):
            yield ("boosts" if isinstance(then, Boost) else "rules", name, 0)
    yield from (("forbids", name, 0) for name in _forbidding(decision))
    plan = on.compiled.plans.get(on.trigger.key)
    looked_at = {table.decides for table in plan.tables} if plan else set[str]()
    by_hand = outcome.test.given
    for table in book.tables:
        if table.decides in looked_at and table.decides not in by_hand:
            yield from (("rows", table.id, number) for number in _rows(table, on.facts, book.segments))


def _forbidding(decision: Decision) -> Collection[str]:
    """The rules that refused something in a decision."""
    found = [one.refusal.params for one in decision.rejected]
    found += [one.refusal.params for one in decision.withdrawn]
    return {params.rule for params in found if isinstance(params, ForbiddenByRule)}


def _rows(table: Table, facts: Facts, segments: Mapping[str, Any]) -> list[int]:
    """The rows that decided a table, from 1; 0 is `otherwise`."""
    numbers = {id(row): number for number, row in enumerate(table.rows, 1)}
    held = (
        numbers[id(row)]
        for row in table.in_order
        if all(cell is None or holds(cell, facts, segments) for cell in row.cells)
    )
    found = list(held if table.pick in _TOGETHER else islice(held, 1))
    return found or [0]
