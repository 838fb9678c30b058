"""What would have to change for one rule to fire, told."""

from collections.abc import Iterator

from explain.speaker import Speaker, number
from explain.tell_conditions import INDENT
from explain.tell_dropped import retry_lines, sentence
from explain.tree import Explanation
from explain.what_if import AboutRule, Change, Would


def about_lines(about: AboutRule, told: Explanation, speaker: Speaker) -> Iterator[str]:
    """What is in the rule's way, one line each, and what would come of its candidate."""
    yield speaker.say("explanation.about-heading", rule=about.rule, title=about.title)
    lines = [*_obstacles(about, told, speaker), *_conditions(about, told, speaker)]
    if about.fired:
        lines = [speaker.say("explanation.about-fired")]
    if about.would is not None:
        lines += _would(about.would, about, speaker)
    yield from (INDENT + line for line in lines)


def _obstacles(about: AboutRule, told: Explanation, speaker: Speaker) -> Iterator[str]:
    """What is in its way beside facts: when it looks, its status, its dates."""
    if not about.looks:
        triggers = speaker.listed(map(speaker.trigger, about.triggers), "list.or")
        yield speaker.say(
            "explanation.about-triggers", triggers=triggers, trigger=speaker.trigger(told.decision.trigger)
        )
    if about.status != "live":
        yield speaker.say("explanation.about-status", status=speaker.term(about.status))
    begins, ends = about.valid
    if not about.in_dates and begins is not None and told.decision.decided_at < begins:
        yield speaker.at("explanation.about-from", begins)
    elif not about.in_dates and ends is not None:
        yield speaker.at("explanation.about-until", ends)


def _conditions(about: AboutRule, told: Explanation, speaker: Speaker) -> Iterator[str]:
    if about.changes is None:
        yield speaker.say("explanation.about-never")
    elif not about.changes:
        yield speaker.say("explanation.about-holds")
    else:
        yield from (_change(one, told, speaker) for one in about.changes)


def _change(one: Change, told: Explanation, speaker: Speaker) -> str:
    actual = speaker.value(one.fact, one.actual) if one.known else speaker.say("explanation.not-in-record")
    fields = {"fact": one.fact, "actual": actual, "wanted": speaker.wanted(one.fact, one.wanted)}
    sentence = told.vocabulary[one.fact].sentence if one.fact in told.vocabulary else ""
    return speaker.say("explanation.change-with" if sentence else "explanation.change", **fields, sentence=sentence)


def _would(would: Would, about: AboutRule, speaker: Speaker) -> Iterator[str]:
    """What comes, or would come, of the candidate."""
    tense = "is" if about.fired else "would-be"
    action = about.then.target
    if would.dropped is not None:
        name = f"explanation.{tense}-dropped" if would.surely else "explanation.would-be-dropped-by-record"
        yield speaker.say(name, action=action, sentence=sentence(would.dropped, speaker))
        yield from (INDENT + line for line in retry_lines(would.dropped, speaker))
    elif would.given is not None:
        given = would.given.recommendation
        where = given.placement or speaker.term("outbound")
        name = f"explanation.{tense}-withheld" if would.withheld else f"explanation.{tense}-given"
        yield speaker.say(name, action=action, place=where, score=number(given.score))
    else:
        yield speaker.say("explanation.would-unknown", action=action)
