"""Why an action was recommended on an occasion, or why not, out of the record of the decision."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from engine.compiled import Compiled
from engine.rulebook.model import Recommend, Rule, Trigger
from engine.rulebook.reference import MATCHED_STATUSES
from engine.times import in_words
from explain import tell
from explain.speaker import Speaker
from explain.tell_dropped import sentence
from explain.what_if import Change
from service.explanation import explanation_of
from service.records import Record

LANGUAGE: Final = "en"


def story(record: Record, compiled: Compiled) -> list[str]:
    """The whole story of a decision, as `patron explain` tells it."""
    return tell(explanation_of(record, compiled), LANGUAGE)


def reasons(record: Record, actions: Iterable[str], compiled: Compiled) -> list[str]:
    """In short: what was recommended, and why each of these actions was not."""
    given = [one for result in record["results"] for one in result.get("recommendations", ())]
    lines = [_given(one) for one in given] or ["Nothing is recommended."]
    withheld = {one["action"] for one in record.get("withheld", ())}
    for action in actions:
        if action in withheld:
            lines.append(f"{action}: the customer is held out of it.")
        elif action not in {one["action"] for one in given}:
            lines += _missing(action, record, compiled)
    return lines


def not_looked(actions: Iterable[str], compiled: Compiled) -> list[str]:
    """Why there was no decision: no rule looked then. And when those look that recommend these actions."""
    lines = ["No rule looked at the customer then."]
    for action in actions:
        for rule in compiled.rulebook.rules.values():
            if rule.status in MATCHED_STATUSES and _recommends(rule, action):
                when = ", ".join(_when(trigger) for trigger in rule.trigger)
                lines.append(f"{action}: rule {rule.id} looks at: {when}.")
    return lines


def _when(trigger: Trigger) -> str:
    return trigger.name if trigger.after is None else f"{in_words(trigger.wait)} after {trigger.after}"


def _given(one: Mapping[str, Any]) -> str:
    return f"{one['action']} by {one['channel']}: {one['why']} (rule {one['rule']}, score {one['score']:g})."


def _missing(action: str, record: Record, compiled: Compiled) -> Iterator[str]:
    if action not in compiled.rulebook.actions:
        yield f"{action}: there is no such action here."
        return
    if any(one["action"] == action for one in record["rejected"]):
        told = explanation_of(record, compiled)
        speaker = Speaker(LANGUAGE, told)
        for dropped in told.dropped:
            if dropped.action == action:
                yield f"{action} (rule {dropped.rule}) was dropped ({dropped.reason}): {sentence(dropped, speaker)}"
        return
    looking = [rule for rule in compiled.rules.get(record["trigger"], ()) if _recommends(rule, action)]
    if not looking:
        yield f"{action}: no rule that looks at {record['trigger']} recommends it."
    for rule in looking:
        yield f"{action}: rule {rule.id} did not hold: {_unmet(rule, record, compiled)}"


def _recommends(rule: Rule, action: str) -> bool:
    return isinstance(rule.then, Recommend) and rule.then.action == action


def _unmet(rule: Rule, record: Record, compiled: Compiled) -> str:
    """What would have to change for it to hold."""
    told = explanation_of(record, compiled, rule.id)
    changes = told.about.changes if told.about else ()
    if changes is None:
        return "its conditions contradict each other, so that it never does."
    speaker = Speaker(LANGUAGE, told)
    return " ".join(_change(change, speaker) for change in changes) or "why is not known."


def _change(change: Change, speaker: Speaker) -> str:
    """ "customer.orders is 2; it would have to be at least 3." """
    wanted = speaker.wanted(change.fact, change.wanted)
    have = "" if wanted.startswith("to ") else "to be "
    if not change.known:
        return f"{change.fact} is not in the record of the decision; it would have {have}{wanted}."
    return f"{change.fact} is {speaker.value(change.fact, change.actual)}; it would have {have}{wanted}."
