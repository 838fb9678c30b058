"""`tell`: an explanation as plain sentences, in English or Simplified Chinese."""

from collections.abc import Iterator

from explain.catalogue import catalogue
from explain.pieces import Place
from explain.speaker import Speaker
from explain.tell_conditions import INDENT, unmet_lines
from explain.tell_dropped import dropped_lines
from explain.tell_given import given_lines
from explain.tell_rule import about_lines
from explain.tree import Explanation, Looked


def tell(explanation: Explanation, language: str = "en", everything: bool = False) -> list[str]:
    """The story in sentences, a line each; what belongs to a line is indented below it.

    `language`: one of `LANGUAGES`. Without `everything` the near misses are told of the rules that did not hold, and of
    the facts those that mattered.
    """
    speaker = Speaker(language, explanation.setting)
    return [
        *_head(explanation, speaker),
        *(line for place in explanation.places for line in _place(place, explanation, speaker)),
        *_withheld(explanation, speaker),
        *dropped_lines(explanation, speaker),
        *_held(explanation, speaker),
        *_on_trial(explanation, speaker),
        *_unmet(explanation, speaker, everything),
        *(about_lines(explanation.about, explanation, speaker) if explanation.about else ()),
        *_facts(explanation, speaker, everything),
    ]


def tell_other_rules(was: str, now: str, language: str = "en") -> str:
    """That a decision was made under other rules than those at hand (revisions), so that it is not explained."""
    return catalogue(language).text("explanation.other-rules", was=was, now=now)


def _head(told: Explanation, speaker: Speaker) -> Iterator[str]:
    """Who, when, set off by what, and what it was decided with."""
    decided = told.decision
    fields = {"customer": decided.customer.partition("/")[2], "moment": speaker.moment(decided.decided_at)}
    places = [one.placement for one in told.places if one.placement]
    if decided.trigger == "asked":
        name = "explanation.of-asked" if places else "explanation.of-asked-outbound"
        yield speaker.say(name, **fields, places=speaker.joined(places))
    elif decided.trigger == "overdue":
        yield speaker.say("explanation.of-overdue", **fields)
    elif decided.trigger.startswith("after:"):
        _, event, days = decided.trigger.split(":")
        yield speaker.say("explanation.of-after", **fields, event=event, wait=speaker.counted(int(days), "day"))
    else:
        yield speaker.say("explanation.of-event", **fields, event=decided.trigger)
    standing = [
        speaker.say("explanation.standing-part", name=speaker.term(name), value=speaker.value("", value))
        for name, value in told.standing.items()
        if value is not None
    ]
    if standing:
        yield INDENT + speaker.say("explanation.standing", standing=speaker.joined(standing))
    yield INDENT + speaker.say("explanation.made-with", rulebook=decided.rulebook[:15], snapshot=decided.snapshot)


def _place(place: Place, told: Explanation, speaker: Speaker) -> Iterator[str]:
    where = place.placement or speaker.term("outbound")
    if not place.given and place.reason is not None:
        yield speaker.say("explanation.nothing", place=where, reason=speaker.say(f"reason.{place.reason}"))
    for one in place.given:
        given = one.recommendation
        yield speaker.say("explanation.recommended", place=where, action=given.action, channel=given.channel)
        yield from (INDENT + line for line in given_lines(one, told, speaker))


def _withheld(told: Explanation, speaker: Speaker) -> Iterator[str]:
    for one in told.withheld:
        where = one.recommendation.placement or speaker.term("outbound")
        yield speaker.say("explanation.withheld", place=where, action=one.recommendation.action)
        yield from (INDENT + line for line in given_lines(one, told, speaker))


def _held(told: Explanation, speaker: Speaker) -> Iterator[str]:
    """Rules that held and recommend nothing themselves: they forbid or boost."""
    found = [one for one in told.rules if one.held and one.then.does != "recommend"]
    if found:
        yield speaker.say("explanation.held-heading")
    for one in found:
        yield INDENT + speaker.say("explanation.held", rule=one.rule, title=one.title, then=_then(one, speaker))


def _then(one: Looked, speaker: Speaker) -> str:
    then = one.then
    target = then.target
    if then.kind != "action":
        target = speaker.say("explanation.target", kind=speaker.term(then.kind), target=target)
    return speaker.say(f"explanation.then-{then.does}", target=target, by=f"{then.by:g}")


def _on_trial(told: Explanation, speaker: Speaker) -> Iterator[str]:
    """What rules on trial would have changed."""
    if told.decision.on_trial:
        yield speaker.say("explanation.trial-heading")
    for one in told.decision.on_trial:
        place = one.placement or speaker.term("outbound")
        instead = ""
        if one.instead_of:
            instead = speaker.say("explanation.trial-instead", actions=speaker.listed(one.instead_of))
        yield INDENT + speaker.say(
            f"explanation.trial-{one.what}", rule=one.rule, action=one.action, place=place, instead=instead
        )


def _unmet(told: Explanation, speaker: Speaker, everything: bool) -> Iterator[str]:
    """The rules that did not hold, each with what it lacks."""
    shown = told.shown(everything)
    further = len(told.rules) - len(shown)
    missed = [one for one in shown if not one.held]
    if missed:
        yield speaker.say("explanation.unmet-heading")
    for one in missed:
        named = {"rule": one.rule, "title": one.title}
        if one.unmet == 1:
            yield INDENT + speaker.say("explanation.unmet-one", **named)
        else:
            yield INDENT + speaker.plural("explanation.unmet", one.unmet, **named)
        yield from (2 * INDENT + line for line in unmet_lines(one.when, speaker))
    indent = INDENT * bool(missed)
    if further == 1:
        yield indent + speaker.say("explanation.further-one")
    elif further:
        yield indent + speaker.plural("explanation.further", further)


def _facts(told: Explanation, speaker: Speaker, everything: bool) -> Iterator[str]:
    """What was looked at, in the words of the vocabulary."""
    shown = [one for one in told.facts if everything or one.mattered]
    if shown:
        yield speaker.say("explanation.facts-heading-all" if everything else "explanation.facts-heading")
    for one in shown:
        fact = one.fact
        yield INDENT + speaker.say(
            "explanation.fact", fact=fact.name, value=speaker.value(fact.name, one.value), sentence=fact.sentence
        )
