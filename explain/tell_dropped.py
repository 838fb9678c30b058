"""What did not make it, told: why, with the numbers, who stood before it, and from when on to look again."""

from collections.abc import Iterator

from engine.reasons import Reason
from explain.details import PLAIN
from explain.pieces import Dropped, Said
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
        said = _said(gone.withdrawal.reason, gone.said, speaker)
        yield INDENT + speaker.say("explanation.withdrawn", action=gone.withdrawal.action, place=where, sentence=said)


def sentence(one: Dropped, speaker: Speaker) -> str:
    """Why a candidate did not make it, with its numbers."""
    if one.reason is Reason.OUTRANKED and one.said.message != PLAIN:
        return speaker.say("refusal.sentence", detail=_outranked(one, speaker))
    return _said(one.reason, one.said, speaker)


def retry_lines(one: Dropped, speaker: Speaker) -> Iterator[str]:
    """From when on it is worth another look, where anybody knows."""
    if one.retry_after is not None:
        yield speaker.at("explanation.retry", one.retry_after)


def _said(reason: Reason, said: Said, speaker: Speaker) -> str:
    """Half a sentence with numbers made whole; a detail of an unknown form after the sentence of its reason."""
    if said.message == PLAIN:
        return speaker.say(
            "explanation.reason-and-detail", reason=speaker.say(f"reason.{reason}"), detail=said.numbers["detail"]
        )
    return speaker.say("refusal.sentence", detail=speaker.refusal(said))


def _outranked(one: Dropped, speaker: Speaker) -> str:
    """Its score, and the scores of those that were chosen in its place."""
    score = number(float(one.said.numbers["score"]))
    rivals = [speaker.say("refusal.rival", action=rival.action, score=number(rival.score)) for rival in one.rivals]
    if not rivals and one.said.numbers["number"] == "0":
        return speaker.say("refusal.outranked", score=score, rivals=speaker.say("refusal.no-room"))
    others = speaker.listed(rivals) or speaker.say("refusal.rivals-unknown", number=one.said.numbers["number"])
    return speaker.say("refusal.outranked", score=score, rivals=others)
