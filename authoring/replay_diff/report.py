"""A comparison as JSON: one shape for machines, text and page. The same inputs give the same bytes."""

from collections.abc import Iterator, Mapping
from typing import Any

from authoring.replay_diff.compare import Change, Compared, Kind
from authoring.replay_diff.examples import Example, SideDecision
from authoring.replay_diff.plan import Plan
from authoring.replay_diff.replayer import MICRO, Given
from authoring.replay_diff.run import Result
from authoring.replay_diff.sums import MOST, WHATS, Cell, Side, Sums
from engine.domain.events import customer_ref
from engine.domain.money import Currency
from engine.domain.times import DAY, format_rfc3339

Json = dict[str, Any]
MONTH = 30


def report(result: Result, plan: Plan, currency: Currency, sent: bool = False) -> Json:
    """The complete report. Money is in units of the currency, expected; `a` and `b` are the rulebooks.

    `sent`: every message counted as sent. `untold`: changed customers that neither the
    `telling` examples nor their `others` cover.
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
        "examples": [_example(example) for example in result.examples],
        "customers_without_example": sums.different - sum(1 + example.others for example in result.examples),
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
    """Per action, channel and tier: both totals, and the changes, where there are any."""
    changed = {cell for _, cell in sums.changes}
    for cell in sorted({*sums.before.given, *sums.after.given, *changed}):
        if cell in changed or sums.before.given[cell] != sums.after.given[cell]:
            yield {**cell._asdict(), **_of_cells(sums, [cell])}


def _actions(sums: Sums) -> Iterator[Json]:
    """Per action and channel, over all tiers; everything either recommended."""
    cells = sorted({*sums.before.given, *sums.after.given})
    for action, channel in sorted({(cell.action, cell.channel) for cell in cells}):
        theirs = [cell for cell in cells if (cell.action, cell.channel) == (action, channel)]
        customers = {what: sums.kinds[Kind(what, action, channel)] for what in WHATS}
        yield {"action": action, "channel": channel, **_of_cells(sums, theirs), "customers": customers}


def _of_cells(sums: Sums, cells: list[Cell]) -> Json:
    given = {side: sum(of.given[cell] for cell in cells) for side, of in (("a", sums.before), ("b", sums.after))}
    return {**given, **{what: sum(sums.changes[what, cell] for cell in cells) for what in WHATS}}


def _tiers(sums: Sums) -> Json:
    """At the end of the log. `moves`: customers in another tier under B."""
    names = sorted({*sums.before.tiers, *sums.after.tiers})
    return {
        "customers": [{"tier": tier, "a": sums.before.tiers[tier], "b": sums.after.tiers[tier]} for tier in names],
        "moves": [
            {"a": a, "b": b, "customers": number} for (a, b), number in sorted(sums.moves.items()) if a != b and number
        ],
    }


def _money(sums: Sums) -> Json:
    """Expected cost and gain, in total and by action."""

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
    """Recommendations customers see: all but tasks for staff."""
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


def _example(example: Example) -> Json:
    one = example.of
    told: Json = {
        "customer": customer_ref(one.customer),
        "tier": {"a": one.tiers[0], "b": one.tiers[1]},
        "recommendations": {"a": len(one.before), "b": len(one.after)},
        "at_stake": one.weight / MICRO,
        "others": example.others,
        "changes": list(_changes(one)),
    }
    if example.at is not None:
        told["moment"] = {
            "at": format_rfc3339(example.at),
            "trigger": example.trigger,
            "a": _side_decision(example.before),
            "b": _side_decision(example.after),
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


def _side_decision(moment: SideDecision | None) -> Json | None:
    return (
        None
        if moment is None
        else {"decided": moment.decided, "why": list(moment.why), "explanation": list(moment.explanation)}
    )
