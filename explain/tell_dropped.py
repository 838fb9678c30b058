"""What did not make it, told: why, with the numbers, who stood before it, and from when on to look again."""

from collections.abc import Iterator

from engine.domain.refusal import Outranked
from explain import refusals
from explain.pieces import Dropped
from explain.speaker import Speaker, number
from explain.tell_conditions import INDENT
from explain.tree import Explanation


def dropped_lines(told: Explanation, speaker: Speaker) -> Iterator[str]:
    """The candidates that did not make it, and what was withdrawn."""
    if told.dropped:
        yield speaker.say("explanation.dropped-heading")
    for one in told.dropped:
        yield INDENT + speaker.say(
            "explanation.dropped", action=one.action, rule=one.rule, sentence=sentence(one, speaker)
        )
        yield from (2 * INDENT + line for line in retry_lines(one, speaker))
    if told.withdrawn:
        yield speaker.say("explanation.withdrawn-heading")
    for gone in told.withdrawn:
        where = gone.withdrawal.placement or gone.withdrawal.channel
        said = refusals.sentence(gone.withdrawal.refusal, speaker)
        yield INDENT + speaker.say("explanation.withdrawn", action=gone.withdrawal.action, place=where, sentence=said)


def sentence(one: Dropped, speaker: Speaker) -> str:
    """Why a candidate was refused, with its numbers; of an outranked one, who came first."""
    if one.rivals and isinstance(one.refusal.params, Outranked):
        rivals = [speaker.say("refusal.rival", action=rival.action, score=number(rival.score)) for rival in one.rivals]
        score = number(one.refusal.params.score)
        detail = speaker.say("refusal.outranked", score=score, rivals=speaker.listed(rivals))
        return speaker.say("refusal.sentence", detail=detail)
    return refusals.sentence(one.refusal, speaker)


def retry_lines(one: Dropped, speaker: Speaker) -> Iterator[str]:
    """When to retry, where it is known."""
    if one.retry_after is not None:
        yield speaker.at("explanation.retry", one.retry_after)
