"""Decision records as bytes: kept to repeat an answer, find a recommendation, explain it.

A record has three sections, each decoded when it is used:

- the answer: the recommendations, so that a repeat gets the first answer and an outcome finds its recommendation;
- the reasons: what was rejected, withheld, withdrawn, and by which rules;
- the inputs: those of the decision, to reproduce it. Facts follow from them and are not kept.

`service.former_records` reads former formats.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Final

import orjson

from engine.domain import former_words
from engine.domain.decision import (
    ChosenProduct,
    Content,
    Decision,
    Recommendation,
    RefusedAttempt,
    Rejection,
    Result,
    ShadowEffect,
    Withdrawal,
)
from engine.domain.errors import UnreadableState
from engine.domain.facts import NEVER, Value
from engine.domain.former_words import FACTORS, trigger_key
from engine.domain.reasons import Reason
from engine.domain.refusal import refusal_of_json, refusal_to_json
from service import former_records, inputs, record_bytes
from service.inputs import Inputs
from service.live import Live

Json = dict[str, Any]
ANSWER: Final = 1
REASONS: Final = 2
INPUTS: Final = 3
FACTS: Final = 4
"""Only in a record without inputs."""


@dataclass(frozen=True)
class DecisionRecord:
    """A record as read: the decision, and its inputs where they were kept."""

    sections: Mapping[int, bytes]
    former: Json | None = field(default=None, repr=False)

    @cached_property
    def answer(self) -> Decision:
        """The decision as answered: without its reasons."""
        if self.former is not None:
            return former_records.decision_of(self.former)
        return _answer_of(orjson.loads(self.sections[ANSWER]))

    @cached_property
    def decision(self) -> Decision:
        """The whole decision; its facts only where it has no inputs, from which they follow."""
        if self.former is not None:
            return former_records.decision_of(self.former)
        decision = _with_reasons(self.answer, orjson.loads(self.sections[REASONS]))
        if FACTS not in self.sections:
            return decision
        facts = orjson.loads(self.sections[FACTS])
        return replace(
            decision, facts={former_words.FACTS.get(name, name): value_of_json(value) for name, value in facts.items()}
        )

    @cached_property
    def inputs(self) -> Inputs | None:
        """Its inputs; None where the record was kept without."""
        if self.former is not None:
            made = self.former.get("inputs")
            return None if made is None else former_records.inputs_of(made)
        kept = self.sections.get(INPUTS)
        return None if kept is None else inputs.load(kept)

    @property
    def is_former(self) -> bool:
        """Whether it has a former format, whose refusals are sentences."""
        return self.former is not None


def encode(decision: Decision, made: Inputs | None, live: Live) -> bytes:
    """The record of a decision, in the format that the store names.

    Without `made` it cannot be reproduced. Only replays keep such records, in memory, so they are not compressed.
    """
    if live.format < record_bytes.FORMAT:
        return former_records.encode(decision, made, live.compiled.rulebook)
    sections = {ANSWER: orjson.dumps(_answer(decision)), REASONS: orjson.dumps(_reasons(decision))}
    if made is None:
        sections[FACTS] = orjson.dumps({name: value_to_json(value) for name, value in decision.facts.items()})
        return record_bytes.pack(sections, record_bytes.PLAIN)
    sections[INPUTS] = inputs.dump(made)
    return record_bytes.pack(sections)


def decode(data: bytes) -> DecisionRecord:
    """UnreadableState when the bytes are no record of a format that this version reads."""
    if data[:1] == b"{":
        try:
            return DecisionRecord({}, orjson.loads(data))
        except orjson.JSONDecodeError:
            raise UnreadableState("a stored record of an earlier version is damaged") from None
    return DecisionRecord(record_bytes.unpack(data))


def same_bytes(decision: Decision) -> bytes:
    """The comparable part of two equal decisions: all but the facts."""
    return orjson.dumps([_answer(decision), _reasons(decision)])


# ---- the answer ----


def _answer(decision: Decision) -> list[Any]:
    return [
        decision.decision_id,
        decision.trigger_id,
        decision.trigger,
        decision.customer,
        decision.decided_at,
        decision.rulebook,
        decision.snapshot,
        decision.controls,
        decision.degraded,
        decision.warnings,
        [_result(result) for result in decision.results],
        {name: value_to_json(value) for name, value in decision.standing.items()},
    ]


def _answer_of(body: list[Any]) -> Decision:
    id_, trigger_id, trigger, customer, at, rulebook, snapshot, controls, *rest = body
    degraded, warnings, results, standing = rest
    return Decision(
        decision_id=id_,
        trigger_id=trigger_id,
        trigger=trigger_key(trigger),
        customer=customer,
        decided_at=at,
        rulebook=rulebook,
        snapshot=snapshot,
        controls=controls,
        results=tuple(_result_of(one) for one in results),
        standing={name: value_of_json(value) for name, value in standing.items()},
        warnings=tuple(warnings),
        degraded=degraded,
    )


def _result(result: Result) -> list[Any]:
    fallback = None if result.fallback is None else _content(result.fallback)
    return [result.placement, [_recommendation(one) for one in result.recommendations], fallback, result.reason]


def _result_of(body: list[Any]) -> Result:
    placement, given, fallback, reason = body
    return Result(
        placement=placement,
        recommendations=tuple(_recommendation_of(one) for one in given),
        fallback=None if fallback is None else _content_of(fallback),
        reason=None if reason is None else Reason(reason),
    )


def _content(content: Content) -> list[Any]:
    return [content.language, content.fields, content.link]


def _content_of(body: list[Any]) -> Content:
    return Content(*body)


_RECOMMENDATION: Final = tuple(one.name for one in fields(Recommendation))


def _recommendation(one: Recommendation) -> list[Any]:
    """Its fields in order; orjson writes the values."""
    return [
        *(one.recommendation_id, one.rank, one.action, one.kind, one.rule, one.why, one.serves, one.channel),
        *(one.placement, one.effect, _content(one.content), [(p.sku, p.role) for p in one.products], one.score),
        *(one.score_parts, one.expires_at, one.scope, one.deliver_after, one.reserved, one.again),
    ]


def _recommendation_of(body: list[Any]) -> Recommendation:
    said = dict(zip(_RECOMMENDATION, body, strict=True))
    said["serves"] = tuple(said["serves"])
    said["content"] = _content_of(said["content"])
    said["products"] = tuple(ChosenProduct(*product) for product in said["products"])
    said["score_parts"] = {FACTORS.get(name, name): part for name, part in said["score_parts"].items()}
    return Recommendation(**said)


# ---- the reasons ----


def _reasons(decision: Decision) -> list[Any]:
    return [
        decision.matched,
        [_rejection(one) for one in decision.rejected],
        [_recommendation(one) for one in decision.withheld],
        [_withdrawal(one) for one in decision.withdrawn],
        [asdict(one) for one in decision.shadow],
    ]


def _with_reasons(decision: Decision, body: list[Any]) -> Decision:
    matched, rejected, withheld, withdrawn, shadow = body
    return replace(
        decision,
        matched=tuple(matched),
        rejected=tuple(_rejection_of(one) for one in rejected),
        withheld=tuple(_recommendation_of(one) for one in withheld),
        withdrawn=tuple(_withdrawal_of(one) for one in withdrawn),
        shadow=tuple(ShadowEffect(**{**one, "instead_of": tuple(one["instead_of"])}) for one in shadow),
    )


def _rejection(one: Rejection) -> list[Any]:
    """The refusal shown is one of the attempts, where there are any: kept by its index among them."""
    attempts = [[attempt.placement, attempt.channel, refusal_to_json(attempt.refusal)] for attempt in one.attempts]
    shown: Any = next(
        (
            at
            for at, attempt in enumerate(one.attempts)
            if attempt.refusal is one.refusal and attempt.placement == one.placement
        ),
        None,
    )
    if shown is None:
        shown = [refusal_to_json(one.refusal), one.placement]
    return [one.action, one.rule, shown, one.retry_after, attempts]


def _rejection_of(body: list[Any]) -> Rejection:
    action, rule, shown, retry_after, kept = body
    attempts = tuple(RefusedAttempt(placement, channel, refusal_of_json(said)) for placement, channel, said in kept)
    if isinstance(shown, int):
        refusal, placement = attempts[shown].refusal, attempts[shown].placement
    else:
        refusal, placement = refusal_of_json(shown[0]), shown[1]
    return Rejection(action, rule, refusal, retry_after, placement, attempts)


def _withdrawal(one: Withdrawal) -> list[Any]:
    refusal = refusal_to_json(one.refusal)
    return [one.recommendation_id, one.action, one.channel, one.placement, refusal, one.reserved]


def _withdrawal_of(body: list[Any]) -> Withdrawal:
    recommendation, action, channel, placement, refusal, reserved = body
    return Withdrawal(recommendation, action, channel, placement, refusal_of_json(refusal), reserved)


# ---- values of facts ----


def value_to_json(value: Value) -> bool | int | float | str | list[str] | Json | None:
    """A fact's stored value: {} for never, null for unknown, a sorted list for a set."""
    if value == NEVER:
        return {}
    return sorted(value) if isinstance(value, frozenset) else value


def value_of_json(value: Any) -> Value:
    """The inverse."""
    if value == {}:
        return NEVER
    known: Value = frozenset(value) if isinstance(value, list) else value
    return known
