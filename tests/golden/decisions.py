"""Decisions as text: a block for each, a line for each thing that came of it. Sentences are told apart from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.domain.decision import Decision, Recommendation, Rejection, Withdrawal
from engine.domain.times import format_rfc3339
from engine.rulebook.model import Rulebook
from explain.catalogue import LANGUAGES
from explain.refusals import sentence
from explain.speaker import Speaker, setting_of

_TODAY: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, and when the customer's next timer fires after it (ms), where that is another moment than before."""

    decision: Decision
    timer: int | None = None


def block(name: str, decided: Decided, words: Mapping[str, str] = _TODAY) -> str:
    """The whole decision but for its texts and sentences; a single line where nothing is said and nothing was held.

    `words`: how some triggers are called.
    """
    decision = decided.decision
    trigger = words.get(decision.trigger, decision.trigger)
    lines = [f"== {name} {_time(decision.decided_at)} {decision.customer} {trigger}"]
    lines += _nothing(decision)
    given = [one for result in decision.results for one in result.recommendations]
    lines += [f"  {one.placement or 'outbound'}: {_given(one)}" for one in given]
    lines += [f"  rejected {_rejection(one)}" for one in decision.rejected]
    lines += [f"  withheld {_given(one)}" for one in decision.withheld]
    lines += [f"  withdrawn {_withdrawal(one)}" for one in decision.withdrawn]
    lines += [f"  shadow {one.rule} {one.what} {one.action} {one.instead_of}" for one in decision.shadow]
    if decided.timer is not None:
        lines.append(f"  timer {_time(decided.timer)}")
    return f"{lines[0]}  {lines[1].strip()}\n" if len(lines) == 2 else "\n".join(lines) + "\n"


def sentences(decided: Decided, book: Rulebook) -> Iterator[str]:
    """The sentence of each refusal in both languages, after its reason."""
    decision = decided.decision
    refusals = [*(one.refusal for one in decision.rejected), *(one.refusal for one in decision.withdrawn)]
    for language in LANGUAGES:
        speaker = Speaker(language, setting_of(book, decision.decided_at))
        for refusal in refusals:
            yield f"{refusal.reason}  {sentence(refusal, speaker)}"


def _nothing(decision: Decision) -> Iterator[str]:
    """The placements that get nothing, by the reason for it."""
    places: dict[str, list[str]] = {}
    for result in decision.results:
        if result.reason is not None:
            places.setdefault(result.reason, []).append(result.placement or "outbound")
    for reason, empty in places.items():
        yield f"  {reason}: {' '.join(empty)}"


def _given(one: Recommendation) -> str:
    products = ",".join(f"{product.sku}/{product.role or '-'}" for product in one.products)
    told = f"{one.rank} {one.action} by {one.rule} on {one.channel} score {one.score:g}"
    parts = [told, f"[{products}]" if products else "", f"until {_time(one.expires_at)}"]
    if one.deliver_after is not None:
        parts.append(f"held until {_time(one.deliver_after)}")
    return " ".join(part for part in parts if part)


def _rejection(one: Rejection) -> str:
    where = f" in {one.placement}" if one.placement else ""
    retry = f" retry {_time(one.retry_after)}" if one.retry_after is not None else ""
    return f"{one.action} by {one.rule}: {one.stage} {one.reason}{where}{retry}"


def _withdrawal(one: Withdrawal) -> str:
    return f"{one.action} on {one.placement or one.channel}: {one.reason}"


def _time(at: int) -> str:
    return format_rfc3339(at)
