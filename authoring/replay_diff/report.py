"""A comparison as JSON: one shape for machines, for the text and for the page. The same bytes for the same inputs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from authoring.replay_diff.compare import (
    GAINED,
    LOST,
    MOVED,
    REWORDED,
    Change,
    Compared,
    Kind,
    busiest_week,
    compared,
    contacts,
)
from authoring.replay_diff.examples import Moment, Story
from authoring.replay_diff.plan import Plan
from authoring.replay_diff.replayer import MICRO, Given, Played
from authoring.replay_diff.run import Result
from authoring.replay_diff.sampling import Candidates
from engine.domain.events import customer_ref
from engine.domain.money import Currency
from engine.domain.times import DAY, format_rfc3339

# ---- What all customers of a log add up to. Whole numbers only, so that the order of adding does not show ----


MOST: Final = 6
"""Customers with so many recommendations in a week, or more, are counted together."""


class Cell(NamedTuple):
    """Where something was given: action, channel, and the customer's tier at that time."""

    action: str
    channel: str
    tier: str


@dataclass(slots=True)
class Side:
    """What one rulebook did with a log. Money in millionths of the currency unit, expected, by action."""

    decisions: int = 0
    strays: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    given: Counter[Cell] = field(default_factory=Counter)
    cost: Counter[str] = field(default_factory=Counter)
    gain: Counter[str] = field(default_factory=Counter)
    tiers: Counter[str] = field(default_factory=Counter)
    contacts: int = 0
    weeks: Counter[int] = field(default_factory=Counter)

    def add_played(self, played: Played) -> None:
        """What is counted of a part as a whole."""
        self.decisions += played.decisions
        self.strays += played.strays
        self.refused.update(played.refused)

    def add_customer(self, given: Iterable[Given], tier: str) -> None:
        """What one customer got, and their tier at the end."""
        theirs = list(given)
        for one in theirs:
            self.given[Cell(one.action, one.channel, one.tier)] += 1
            self.cost[one.action] += one.cost
            self.gain[one.action] += one.gain
        self.contacts += len(contacts(theirs))
        self.weeks[min(busiest_week(theirs), MOST)] += 1
        self.tiers[tier] += 1

    def add(self, other: "Side") -> None:
        """The same of other customers."""
        self.decisions += other.decisions
        self.strays += other.strays
        self.contacts += other.contacts
        for name in ("refused", "given", "cost", "gain", "tiers", "weeks"):
            getattr(self, name).update(getattr(other, name))


@dataclass(slots=True)
class Sums:
    """Everything that is told of a comparison.

    `changes`: (gained, lost, moved or reworded; where) -> how many; gained and reworded in B's tier, the others in A's.
    `kinds`: kind of change -> customers. `moves`: (tier under A, under B) -> customers, at the end of the log.
    """

    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)
    customers: int = 0
    different: int = 0
    changes: Counter[tuple[str, Cell]] = field(default_factory=Counter)
    kinds: Counter[Kind] = field(default_factory=Counter)
    whats: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    candidates: Candidates = field(default_factory=Candidates)

    def add_customer(self, one: Compared) -> None:
        """One customer more."""
        self.customers += 1
        self.before.add_customer(one.before, one.tiers[0])
        self.after.add_customer(one.after, one.tiers[1])
        self.moves[one.tiers] += 1
        kinds = one.kinds
        if not kinds:
            return
        self.different += 1
        self.kinds.update(kinds)
        self.whats.update({kind.what for kind in kinds})
        for change in one.changes:
            told = change.before if change.kind.what in (LOST, MOVED) else change.after
            if told is not None:
                self.changes[change.kind.what, Cell(told.action, told.channel, told.tier)] += 1
        self.candidates.add(one)

    def add(self, other: "Sums") -> None:
        """The same of other customers."""
        self.before.add(other.before)
        self.after.add(other.after)
        self.customers += other.customers
        self.different += other.different
        for name in ("changes", "kinds", "whats", "moves"):
            getattr(self, name).update(getattr(other, name))
        self.candidates.join(other.candidates)


WHATS: Final = (GAINED, LOST, MOVED, REWORDED)


def sums_of(before: Played, after: Played) -> Sums:
    """The customers of a part that was replayed under both rulebooks."""
    sums = Sums()
    sums.before.add_played(before)
    sums.after.add_played(after)
    for customer in sorted({*before.tiers, *after.tiers, *before.given, *after.given}):
        tiers = (before.tiers.get(customer, "none"), after.tiers.get(customer, "none"))
        sums.add_customer(compared(customer, before.given.get(customer, ()), after.given.get(customer, ()), tiers))
    return sums


Json = dict[str, Any]
MONTH = 30


def report(result: Result, plan: Plan, currency: Currency, sent: bool = False) -> Json:
    """All that is told. Money is in units of the currency, expected; `a` and `b` are the two rulebooks.

    `sent`: every message counted as sent. `untold`: customers to whom something happens that happens to none of the
    `telling` and the `others` that these stand for.
    """
    sums = result.sums
    return {
        "currency": currency.code,
        "log": _log(plan),
        "run": {"sent": sent, "in_sequence": bool(plan.in_sequence), "because": list(plan.in_sequence)},
        "different": sums.different,
        "customers": sums.customers,
        "decisions": {"a": sums.before.decisions, "b": sums.after.decisions},
        "strays": {"a": sums.before.strays, "b": sums.after.strays},
        "treated": {what: sums.whats[what] for what in (*WHATS, "tier")},
        "actions": list(_actions(sums)),
        "cells": list(_cells(sums)),
        "tiers": _tiers(sums),
        "money": _money(sums),
        "pressure": _pressure(sums, plan),
        "refused": _refused(sums),
        "telling": [_story(story) for story in result.stories],
        "untold": sums.different - sum(1 + story.others for story in result.stories),
    }


def _log(plan: Plan) -> Json:
    counted = plan.counted
    return {
        "items": counted.items,
        "decided": counted.decided,
        "from": None if counted.first is None else format_rfc3339(counted.first),
        "until": None if counted.last is None else format_rfc3339(counted.last),
    }


def _cells(sums: Sums) -> Iterator[Json]:
    """Per action, channel and tier: what each gave, and what changed, where anything did."""
    changed = {cell for _, cell in sums.changes}
    for cell in sorted({*sums.before.given, *sums.after.given, *changed}):
        if cell in changed or sums.before.given[cell] != sums.after.given[cell]:
            yield {**cell._asdict(), **_of_cells(sums, [cell])}


def _actions(sums: Sums) -> Iterator[Json]:
    """Per action and channel, whatever the tier; all that either gave."""
    cells = sorted({*sums.before.given, *sums.after.given})
    for action, channel in sorted({(cell.action, cell.channel) for cell in cells}):
        theirs = [cell for cell in cells if (cell.action, cell.channel) == (action, channel)]
        customers = {what: sums.kinds[Kind(what, action, channel)] for what in WHATS}
        yield {"action": action, "channel": channel, **_of_cells(sums, theirs), "customers": customers}


def _of_cells(sums: Sums, cells: list[Cell]) -> Json:
    given = {side: sum(of.given[cell] for cell in cells) for side, of in (("a", sums.before), ("b", sums.after))}
    return {**given, **{what: sum(sums.changes[what, cell] for cell in cells) for what in WHATS}}


def _tiers(sums: Sums) -> Json:
    """At the end of the log. `moves`: customers who are in another tier under B."""
    names = sorted({*sums.before.tiers, *sums.after.tiers})
    return {
        "customers": [{"tier": tier, "a": sums.before.tiers[tier], "b": sums.after.tiers[tier]} for tier in names],
        "moves": [
            {"a": a, "b": b, "customers": number} for (a, b), number in sorted(sums.moves.items()) if a != b and number
        ],
    }


def _money(sums: Sums) -> Json:
    """Expected cost and gain, all together and by action."""

    def of(names: list[str]) -> Json:
        return {
            what: {
                side: sum(counts[name] for name in names) / MICRO
                for side, counts in (("a", getattr(sums.before, what)), ("b", getattr(sums.after, what)))
            }
            for what in ("cost", "gain")
        }

    names = sorted({*sums.before.cost, *sums.after.cost})
    return {**of(names), "actions": [{"action": name, **of([name])} for name in names]}


def _pressure(sums: Sums, plan: Plan) -> Json:
    """Recommendations that customers hear of: all but tasks for staff."""
    days = max(1.0, ((plan.counted.last or 0) - (plan.counted.first or 0)) / DAY)
    months = days / MONTH * max(1, sums.customers)

    def of(side: Side) -> Json:
        weeks = [{"most": most, "customers": side.weeks[most]} for most in range(MOST + 1)]
        return {
            "contacts": side.contacts,
            "per_customer_and_30_days": round(side.contacts / months, 6),
            "busiest_week": weeks,
        }

    return {"a": of(sums.before), "b": of(sums.after)}


def _refused(sums: Sums) -> list[Json]:
    reasons = sorted({*sums.before.refused, *sums.after.refused})
    return [{"reason": name, "a": sums.before.refused[name], "b": sums.after.refused[name]} for name in reasons]


# ---- customers ----


def _story(story: Story) -> Json:
    one = story.of
    told: Json = {
        "customer": customer_ref(one.customer),
        "tier": {"a": one.tiers[0], "b": one.tiers[1]},
        "recommendations": {"a": len(one.before), "b": len(one.after)},
        "at_stake": one.weight / MICRO,
        "others": story.others,
        "changes": list(_changes(one)),
    }
    if story.at is not None:
        told["moment"] = {
            "at": format_rfc3339(story.at),
            "trigger": story.trigger,
            "a": _moment(story.before),
            "b": _moment(story.after),
        }
    return told


def _changes(one: Compared) -> Iterator[Json]:
    for change in one.changes:
        yield {**change.kind._asdict(), **_sides(change)}


def _sides(change: Change) -> Mapping[str, Any]:
    return {side: _given(given) for side, given in (("a", change.before), ("b", change.after)) if given is not None}


def _given(given: Given) -> Json:
    return {
        "at": format_rfc3339(given.at),
        "trigger": given.trigger,
        "rule": given.rule,
        "placement": given.placement,
        "tier": given.tier,
        "recommendation_id": given.recommendation_id,
    }


def _moment(moment: Moment | None) -> Json | None:
    return None if moment is None else {"decided": moment.decided, "why": list(moment.why), "story": list(moment.story)}
