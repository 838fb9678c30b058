"""The plan for timers, compiled once per rulebook: `inactive` rules over time, and the events that start waits."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, NamedTuple

from engine.domain.ids import digest6
from engine.domain.profile.counters import CounterPlan
from engine.domain.profile.state import WAITS_KEPT, Profile
from engine.domain.trigger import INACTIVE
from engine.facts.moment import properties_of
from engine.rulebook.condition import NoneOf
from engine.rulebook.model import Forbid, Recommend, Rule, Rulebook, weekly_waits
from engine.rulebook.predicates import without_places
from engine.scheduling.projection.conditions import Part, Projector, Prospect, every, some
from engine.scheduling.projection.facts import fields_of
from engine.scheduling.projection.steps import NOT_EVER, NOW, Steps, View

FEW_WAITS: Final = 8
"""The waits that every profile may keep."""


@dataclass(frozen=True, slots=True)
class InactivityRule:
    """An `inactive` rule that recommends. `mark` replaces its id in profiles."""

    rule: Rule
    mark: str


class Awaited(NamedTuple):
    """A trigger key that waits for an event, how long (ms), and the properties of the event that its rules read."""

    key: str
    wait: int
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DuePlan:
    """`prospect`: by number in `inactivity_rules`, when rules may recommend something: `when` holds, they are valid,
    nothing forbids their action. `awaited`: event type -> the waits that it starts. `waits_kept`: the most per profile.

    `inputs`: the profile fields that the `inactive` rules depend on. `digest`: of these rules.
    """

    inactivity_rules: tuple[InactivityRule, ...]
    prospect: Prospect
    awaited: Mapping[str, tuple[Awaited, ...]]
    waits_kept: int
    inputs: Callable[[Profile], Any]
    digest: str


def plan_due(
    book: Rulebook,
    rules: Mapping[str, tuple[Rule, ...]],
    counters: Iterable[CounterPlan],
    groups: Mapping[str, tuple[str, ...]],
    facts: Mapping[str, Collection[str]],
) -> DuePlan:
    """`rules`: the live and shadow rules by trigger key; `groups`: groups of actions by name.

    `facts`: those that decisions read, by trigger key.
    """
    looking = rules.get(INACTIVE, ())
    forbids = [rule for rule in looking if isinstance(rule.then, Forbid) and rule.status == "live"]
    projector = Projector(book, counters, groups)
    recommending = [rule for rule in looking if isinstance(rule.then, Recommend)]
    prospect = Prospect([_effective(rule, forbids, book, projector) for rule in recommending])
    awaited: dict[str, dict[str, Awaited]] = {}
    for rule in (rule for of_key in rules.values() for rule in of_key):
        for trigger in rule.trigger:
            if trigger.after is not None and isinstance(rule.then, Recommend):
                reads = properties_of(facts.get(trigger.key, ()))
                awaited.setdefault(trigger.after, {})[trigger.key] = Awaited(trigger.key, trigger.wait, reads)
    waits = [one.wait for of in awaited.values() for one in of.values()]
    return DuePlan(
        inactivity_rules=tuple(InactivityRule(rule, digest6(rule.id).hex()[:6]) for rule in recommending),
        prospect=prospect,
        awaited={event: tuple(sorted(of.values())) for event, of in awaited.items()},
        waits_kept=min(WAITS_KEPT, max(FEW_WAITS, weekly_waits(waits))),
        inputs=attrgetter(*fields_of(projector.facts)),
        digest=_digest(looking, book),
    )


def _effective(rule: Rule, forbids: Iterable[Rule], book: Rulebook, projector: Projector) -> Part:
    """The rule's condition, its dates, and the negation of forbids on its action."""
    assert isinstance(rule.then, Recommend)
    action = book.actions[rule.then.action]
    parts = [projector.part(rule.when), *_dates(rule)]
    for other in forbids:
        if isinstance(other.then, Forbid) and other.then.covers(action):
            allowed = projector.part(NoneOf((other.when,)))
            parts.append(some([allowed, *_outside_dates(other)]))
    return every(parts)


def _dates(rule: Rule) -> list[Part]:
    if rule.valid_from is None and rule.valid_until is None:
        return []
    return [Part(lambda view: _valid(rule, view))]


def _outside_dates(rule: Rule) -> list[Part]:
    if rule.valid_from is None and rule.valid_until is None:
        return []
    return [Part(lambda view: _opposite(_valid(rule, view)))]


def _valid(rule: Rule, view: View) -> Steps:
    now, end = view.given.now, rule.valid_until
    if end is not None and end <= now:
        return NOT_EVER
    begin = NOW if rule.valid_from is None or rule.valid_from <= now else rule.valid_from
    return (begin,) if end is None else (begin, end)


def _opposite(steps: Steps) -> Steps:
    return steps[1:] if steps and steps[0] == NOW else (NOW, *steps)


def _digest(looking: Iterable[Rule], book: Rulebook) -> str:
    """Of the `inactive` rules and all inputs of their conditions; not of titles, texts, or other rules."""
    rules = [(r.id, r.then, r.status, without_places(r.when), r.once, r.valid_from, r.valid_until) for r in looking]
    segments = [(name, without_places(condition)) for name, condition in book.segments.items()]
    tables = [
        (
            t.decides,
            t.pick,
            [([c and without_places(c) for c in row.cells], row.output) for row in t.in_order],
            t.otherwise,
        )
        for t in book.tables
    ]
    counters = [(c.name, c.event, c.within, c.sums, sorted(c.where.items())) for c in book.counters.values()]
    groups = sorted((action.id, action.group) for action in book.actions.values())
    text = repr((rules, segments, tables, counters, groups, book.churn, book.shop.zone))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
