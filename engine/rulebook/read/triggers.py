"""`trigger:` of a rule: when it is evaluated. `any` is for forbid and boost: every trigger of any rule."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from engine.domain.events import EVENT_TYPES
from engine.domain.profile.state import WAITS_KEPT
from engine.domain.times import DAY
from engine.domain.trigger import INACTIVE, REQUESTED
from engine.rulebook.findings import Place
from engine.rulebook.model import Boost, Forbid, Recommend, Rule, RuleTrigger, weekly_waits
from engine.rulebook.offers import Action
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, text_of
from engine.rulebook.source import MapNode, Node

AFTER: Final = "after"
ANY: Final = "any"
LONGEST_WAIT_DAYS: Final = 400

_EVERYTHING: Final = (RuleTrigger(ANY),)
_WITHOUT_EVENT: Final = (*EVENT_TYPES, REQUESTED, INACTIVE)
_ACTIVE: Final = ("live", "shadow")


def read_triggers(context: Context, fields: Fields) -> tuple[RuleTrigger, ...]:
    """The triggers as written, `any` among them as a trigger of that name."""
    found = tuple(filter(None, (_trigger(context, item) for item in fields.items("trigger", at_least=1))))
    if ANY in (trigger.name for trigger in found):
        place = fields.place_of("trigger")
        if len(found) > 1:
            context.report.error("wrong-trigger", place, "any must be the only trigger: it includes all others")
        elif "recommend" in fields:
            message = "any is for forbid and boost; a rule that recommends must list its triggers"
            hint = "such as [requested], [order_completed] or [{after: delivery_completed, wait: 14 days}]"
            context.report.error("wrong-trigger", place, message, hint)
    return found


def _trigger(context: Context, node: Node) -> RuleTrigger | None:
    if not isinstance(node, MapNode):
        name = text_of(context.report, node, "an event type, requested, inactive, any or {after: ..., wait: ...}")
        known = name and context.known("event", name, (*_WITHOUT_EVENT, ANY), node.place)
        return RuleTrigger(name) if known else None
    fields = Fields(context.report, node, "a trigger with a wait", (AFTER, "wait"))
    event = fields.text(AFTER)
    context.known("event", event, EVENT_TYPES, fields.place_of(AFTER))
    wait = fields.duration("wait", DAY)
    if wait % DAY or not DAY <= wait <= LONGEST_WAIT_DAYS * DAY:
        message = f"a wait is a whole number of days, from 1 to {LONGEST_WAIT_DAYS}"
        context.report.error("out-of-range", fields.place_of("wait"), message)
    return RuleTrigger(AFTER, event, wait)


_TAKES_BACK: Final = (
    *("order_completed", "order_updated", "order_cancelled", "order_returned"),
    *("delivery_completed", "delivery_failed"),
    *("complaint_opened", "complaint_closed", "rated", "consent_changed"),
)
"""Events that may invalidate pending recommendations, though no rule recommends on them (S42)."""


def with_any(rules: Mapping[str, Rule], actions: Mapping[str, Action]) -> dict[str, Rule]:
    """The rules, with `any` replaced by every trigger at which it can matter."""
    return {
        name: replace(rule, trigger=_where_it_matters(rule, rules, actions)) if rule.trigger == _EVERYTHING else rule
        for name, rule in rules.items()
    }


def _where_it_matters(rule: Rule, rules: Mapping[str, Rule], actions: Mapping[str, Action]) -> tuple[RuleTrigger, ...]:
    """A forbid is evaluated on every trigger of a live or shadow rule, and on events that may withdraw.

    A boost is evaluated where its target is recommended: elsewhere it has no effect, and would only cost time. One
    without a target is evaluated everywhere.
    """
    found: dict[str, RuleTrigger] = {}
    everything: dict[str, RuleTrigger] = {}
    for other in _recommending(rules.values()):
        if isinstance(other.then, Recommend) and not isinstance(rule.then, Recommend):
            triggers = {trigger.key: trigger for trigger in other.trigger}
            everything |= triggers
            if isinstance(rule.then, Boost) and _names(rule.then, other.then, actions.get(other.then.action)):
                found |= triggers
    if isinstance(rule.then, Forbid) and everything:
        everything |= {name: RuleTrigger(name) for name in _TAKES_BACK}
    return tuple((found or everything).values())


def warn_of_missed(context: Context, rules: Mapping[str, Rule], places: Mapping[str, Place]) -> None:
    """Warns if an action is recommended on a trigger on which the rule that forbids or boosts it is not evaluated.

    `places`: the places of each rule's triggers.
    """
    for rule in rules.values():
        then = rule.then
        if isinstance(then, Recommend) or rule.status == "retired" or not rule.trigger:
            continue
        looks = {trigger.key for trigger in rule.trigger}
        missed = [
            (trigger, other)
            for other in _recommending(rules.values())
            if isinstance(other.then, Recommend) and _names(then, other.then, context.actions.get(other.then.action))
            for trigger in other.trigger
            if trigger.key not in looks
        ]
        if missed:
            trigger, other = missed[0]
            more = f", and {len(missed) - 1} more triggers" if len(missed) > 1 else ""
            message = f"it is not evaluated on {_written(trigger)}, on which {other.id} recommends its target{more}"
            hint = "trigger: [any] is evaluated on every trigger"
            context.report.warning("forbid-misses-trigger", places[rule.id], message, hint)


def warn_of_waits(context: Context, rules: Mapping[str, Rule], places: Mapping[str, Place]) -> None:
    """Warns if a weekly buyer would have more open waits than a profile keeps."""
    waits = {t.key: (t.wait, rule.id) for rule in _recommending(rules.values()) for t in rule.trigger if t.after}
    open_waits = weekly_waits(wait for wait, _ in waits.values())
    if open_waits > WAITS_KEPT:
        _, longest = max(waits.values())
        message = f"a weekly buyer has {open_waits} open waits, and {WAITS_KEPT} are kept: the last to end are dropped"
        hint = "shorten the wait, or use the trigger inactive"
        context.report.warning("waits-dropped", places[longest], message, hint)


def _recommending(rules: Iterable[Rule]) -> list[Rule]:
    return [rule for rule in rules if isinstance(rule.then, Recommend) and rule.status in _ACTIVE]


def _names(then: Forbid | Boost, recommend: Recommend, action: Action | None) -> bool:
    """Whether a forbid or boost is about this recommendation."""
    if action is None:
        return False
    if then.action == action.id or then.group == action.group:
        return True
    if isinstance(then, Boost):
        return then.role is not None and recommend.products is not None and then.role == recommend.products.role
    return then.tag in action.tags or then.kind == action.kind or then.effect == action.effect.get("type")


def _written(trigger: RuleTrigger) -> str:
    return trigger.name if trigger.after is None else f"{{after: {trigger.after}, wait: {trigger.wait // DAY} days}}"
