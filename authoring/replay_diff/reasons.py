"""Why an action was recommended, or not, taken from the decision."""

from collections.abc import Iterable, Iterator
from typing import Final

from engine.compiled.rulebook import Compiled
from engine.domain.decision import Decision, Recommendation
from engine.domain.times import in_words
from engine.rulebook.model import Recommend, Rule, RuleTrigger
from engine.rulebook.reference import MATCHED_STATUSES
from explain import tell
from explain.render import sentence
from explain.speaker import Speaker
from explain.what_if import Change
from service.explanation import explanation_of

LANGUAGE: Final = "en"


def whole_explanation(decision: Decision, compiled: Compiled) -> list[str]:
    """The full explanation of a decision, as `patron explain` prints it."""
    return tell(explanation_of(decision, compiled), LANGUAGE)


def reasons(decision: Decision, actions: Iterable[str], compiled: Compiled) -> list[str]:
    """A summary: what was recommended, and why each of these actions was not."""
    lines = [_given(one) for one in decision.given] or ["Nothing is recommended."]
    withheld = {one.action for one in decision.withheld}
    for action in actions:
        if action in withheld:
            lines.append(f"{action}: the customer is in its control group.")
        elif action not in {one.action for one in decision.given}:
            lines += _missing(action, decision, compiled)
    return lines


def not_looked(actions: Iterable[str], compiled: Compiled) -> list[str]:
    """Why there was no decision: no rule was evaluated. Adds the triggers of rules recommending these actions."""
    lines = ["No rule was evaluated."]
    for action in actions:
        for rule in compiled.rulebook.rules.values():
            if rule.status in MATCHED_STATUSES and _recommends(rule, action):
                when = ", ".join(_when(trigger) for trigger in rule.trigger)
                lines.append(f"{action}: rule {rule.id} has the triggers {when}.")
    return lines


def _when(trigger: RuleTrigger) -> str:
    return trigger.name if trigger.after is None else f"{in_words(trigger.wait)} after {trigger.after}"


def _given(one: Recommendation) -> str:
    return f"{one.action} via {one.channel}: {one.why} (rule {one.rule}, score {one.score:g})."


def _missing(action: str, decision: Decision, compiled: Compiled) -> Iterator[str]:
    if action not in compiled.rulebook.actions:
        yield f"{action}: these rules have no such action."
        return
    if any(one.action == action for one in decision.rejected):
        told = explanation_of(decision, compiled)
        speaker = Speaker(LANGUAGE, told.setting)
        for dropped in told.dropped:
            if dropped.action == action:
                yield f"{action} (rule {dropped.rule}) was dropped ({dropped.reason}): {sentence(dropped, speaker)}"
        return
    looking = [rule for rule in compiled.rules.get(decision.trigger, ()) if _recommends(rule, action)]
    if not looking:
        yield f"{action}: no rule with the trigger {decision.trigger} recommends it."
    for rule in looking:
        yield f"{action}: rule {rule.id} did not match: {_unmet(rule, decision, compiled)}"


def _recommends(rule: Rule, action: str) -> bool:
    return isinstance(rule.then, Recommend) and rule.then.action == action


def _unmet(rule: Rule, decision: Decision, compiled: Compiled) -> str:
    """What would have to change for the rule to match."""
    told = explanation_of(decision, compiled, rule.id)
    changes = told.about.changes if told.about else ()
    if changes is None:
        return "its conditions contradict each other."
    speaker = Speaker(LANGUAGE, told.setting)
    return " ".join(_change(change, speaker) for change in changes) or "the reason is unknown."


def _change(change: Change, speaker: Speaker) -> str:
    """ "customer.orders is 2; it would have to be at least 3." """
    wanted = speaker.wanted(change.fact, change.wanted)
    have = "" if wanted.startswith("to ") else "to be "
    if not change.known:
        return f"{change.fact} is not in the record of the decision; it would have {have}{wanted}."
    return f"{change.fact} is {speaker.value(change.fact, change.actual)}; it would have {have}{wanted}."
