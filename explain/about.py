"""What would have to change for one rule to fire, and the result for its candidate then."""

from dataclasses import replace
from functools import partial

from engine.compiled.rulebook import Compiled
from engine.decisioning.decide import decide_on
from engine.decisioning.draft import Candidate
from engine.decisioning.eligibility import forbidden_by, forbids_of, valid_now
from engine.decisioning.placement import rejection
from engine.domain.decision import Decision
from engine.domain.reasons import Stage
from engine.domain.trigger import REQUESTED
from engine.rulebook.model import Recommend, Rule
from explain.changes import fewest_changes
from explain.known import Known
from explain.parts import consequence_of, dropped_of, given_of
from explain.what_if import AboutRule, Change, Would

_OF_THE_ACTION = frozenset(
    (
        *(Stage.PENDING, Stage.FORBIDDEN, Stage.SUPPRESSION, Stage.COOLDOWN, Stage.CUSTOMER_LIMIT, Stage.QUOTA),
        *(Stage.OTHER_PLACEMENT, Stage.PENDING_ROOM, Stage.TREATMENT, Stage.CHANNEL, Stage.CONSENT),
    )
)
"""Stages that refuse an action whichever rule recommends it."""


def about_rule(rule: Rule, decision: Decision, compiled: Compiled, known: Known | None) -> AboutRule:
    """Why the rule fired or not, and the fewest changes with which it would have."""
    book = compiled.rulebook
    facts = known.context.facts if known else decision.facts
    triggers = tuple(dict.fromkeys(trigger.key for trigger in rule.trigger))
    changes = fewest_changes(rule.when, facts, book.segments, book.vocabulary)
    about = AboutRule(
        rule=rule.id,
        title=rule.title,
        status=rule.status,
        then=consequence_of(rule),
        triggers=triggers,
        looks=decision.trigger in triggers,
        changes=changes,
        valid=(rule.valid_from, rule.valid_until),
        in_dates=valid_now(rule, decision.decided_at),
    )
    return replace(about, would=_would(rule, about, decision, compiled, known))


def _would(rule: Rule, about: AboutRule, decision: Decision, compiled: Compiled, known: Known | None) -> Would | None:
    """The result for the candidate; None where there is none, or nothing is known of it."""
    if not isinstance(rule.then, Recommend):
        return None
    if about.looks and rule.id in decision.matched:
        return _found(rule, decision, compiled)
    if about.changes is None:
        return None
    if known is None:
        return _by_record(rule, decision, compiled)
    return _found(rule, _decided_anew(about.changes, about, known), compiled)


def _decided_anew(changes: tuple[Change, ...], about: AboutRule, known: Known) -> Decision:
    """The decision under other facts, and, where the rule was not evaluated, on its first trigger."""
    now = known.context
    trigger = now.trigger
    if not about.looks:
        key = about.triggers[0]
        trigger = replace(trigger, key=key, placements=trigger.placements if key == REQUESTED else ())
    facts = {**now.facts, **{change.fact: change.to for change in changes}}
    context = replace(now, trigger=trigger, facts=facts)
    return known.within(partial(decide_on, known.snapshot, context))


def _found(rule: Rule, decision: Decision, compiled: Compiled) -> Would | None:
    """The decision's result for the rule's candidate."""
    for result in decision.results:
        for one in result.recommendations:
            if one.rule == rule.id:
                return Would(True, given=given_of(one, decision, compiled))
    for one in decision.withheld:
        if one.rule == rule.id:
            return Would(True, given=given_of(one, decision, compiled), withheld=True)
    for refused in decision.rejected:
        if refused.rule == rule.id:
            return Would(True, dropped=dropped_of(refused, decision, compiled.rulebook))
    return None


def _by_record(rule: Rule, decision: Decision, compiled: Compiled) -> Would:
    """The recorded reason for a missing candidate: a rule that forbids it, another rule with its action."""
    assert isinstance(rule.then, Recommend)
    book = compiled.rulebook
    action = book.actions[rule.then.action]
    matched = tuple(book.rules[one] for one in decision.matched if one in book.rules)
    refusal = forbidden_by(action, forbids_of(matched, decision.decided_at))
    if refusal is not None:
        candidate = Candidate(rule, action, None, None)
        return Would(False, dropped=dropped_of(rejection(candidate, refusal), decision, book))
    for refused in decision.rejected:
        if refused.action == action.id and refused.stage in _OF_THE_ACTION:
            return Would(False, dropped=dropped_of(replace(refused, rule=rule.id), decision, book))
    return Would(False)
