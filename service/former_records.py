"""Records of formats 1 and 2: one JSON object, with refusals as sentences.

Read for ever; written only while a store names such a format, because older workers may still read it.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from engine.domain.decision import (
    ChosenProduct,
    Content,
    Decision,
    Recommendation,
    Rejection,
    Result,
    ShadowEffect,
    Withdrawal,
)
from engine.domain.events import customer_key
from engine.domain.facts import NEVER, Value
from engine.domain.former_words import FACTORS, FACTS, former_trigger_key, trigger_key
from engine.domain.ids import recommendation_id
from engine.domain.profile import codec as profiles
from engine.domain.reasons import Reason, Stage
from engine.domain.refusal import Refusal
from engine.domain.times import parse_rfc3339
from engine.rulebook.model import Rulebook
from explain.refusals import sentence
from explain.speaker import Speaker, setting_of
from service.decision_json import full
from service.inputs import Inputs, trigger_of

_KINDS: Final = ("event", "request", "due")
"""The possible triggers of a decision; a record has the trigger's id under this name."""

Json = Mapping[str, Any]


def decision_of(record: Json) -> Decision:
    """The decision as it was made. A text fact "never" is read as never."""
    kind = next(kind for kind in _KINDS if f"{kind}_id" in record)
    return Decision(
        decision_id=record["decision_id"],
        trigger_id=f"{kind}/{record[f'{kind}_id']}",
        trigger=trigger_key(record["trigger"]),
        customer=customer_key(**record["customer"]),
        decided_at=parse_rfc3339(record["decided_at"]),
        rulebook=record["rulebook"],
        snapshot=record["snapshot"],
        controls=record.get("controls", 0),
        results=tuple(_result(result) for result in record["results"]),
        rejected=tuple(_rejection(refused) for refused in record["rejected"]),
        matched=tuple(record["matched"]),
        facts={FACTS.get(name, name): _value(value) for name, value in record["facts"].items()},
        standing={name: _value(value) for name, value in record.get("profile", {}).items()},
        warnings=tuple(record["warnings"]),
        withheld=tuple(_recommendation(one, _place_of(one, record)) for one in record.get("withheld", ())),
        withdrawn=tuple(_withdrawal(one) for one in record.get("withdrawn", ())),
        shadow=tuple(_shadow(one) for one in record.get("on_trial", ())),
        degraded=record["degraded"],
    )


def _place_of(withheld: Json, record: Json) -> str | None:
    """The placement of a withheld one: its id was derived from the placement."""
    decision, action, wanted = record["decision_id"], withheld["action"], withheld["recommendation_id"]
    places = (result["placement"] for result in record["results"])
    return next((place for place in places if recommendation_id(decision, action, place) == wanted), None)


def _value(value: Any) -> Value:
    if value == "never":
        return NEVER
    known: Value = frozenset(value) if isinstance(value, list) else value
    return known


def _result(data: Json) -> Result:
    placement = data["placement"]
    return Result(
        placement=placement,
        recommendations=tuple(_recommendation(one, placement) for one in data.get("recommendations", ())),
        fallback=_content(data["fallback"]["content"]) if "fallback" in data else None,
        reason=Reason(data["reason"]) if "reason" in data else None,
    )


def _content(data: Json) -> Content:
    fields = {name: text for name, text in data.items() if name not in ("language", "link")}
    return Content(data["language"], fields, data["link"])


def _recommendation(data: Json, placement: str | None) -> Recommendation:
    return Recommendation(
        recommendation_id=data["recommendation_id"],
        rank=data["rank"],
        action=data["action"],
        kind=data["kind"],
        rule=data["rule"],
        why=data["why"],
        serves=tuple(data["serves"]),
        channel=data["channel"],
        placement=placement,
        effect=data["effect"],
        content=_content(data["content"]),
        products=tuple(ChosenProduct(one["sku"], one["role"]) for one in data["products"]),
        score=data["score"],
        score_parts={FACTORS.get(name, name): part for name, part in data["score_parts"].items()},
        expires_at=parse_rfc3339(data["expires_at"]),
        scope=data["scope"],
        deliver_after=_time(data.get("deliver_after")),
        reserved=data.get("reserved", False),
    )


def _rejection(data: Json) -> Rejection:
    return Rejection(
        action=data["action"],
        rule=data["rule"],
        refusal=Refusal(_reason(data), retry_after=_time(data["retry_after"]), legacy_text=data["detail"]),
        retry_after=_time(data["retry_after"]),
        placement=data["placement"],
    )


_FORMER: Final = {
    ("pending", "DUPLICATE"): Reason.ALREADY_PENDING,
    ("pending", "FREQUENCY_CAP"): Reason.TOO_MANY_PENDING,
    ("budget", "OUT_OF_STOCK"): Reason.STOCK_EXHAUSTED,
    ("budget", "LIMIT_REACHED"): Reason.TOTAL_EXHAUSTED,
}
"""Reasons that came from two gates, as in former records."""


def _reason(data: Json) -> Reason:
    return _FORMER.get((data.get("gate", ""), data["reason"])) or Reason(data["reason"])


def _withdrawal(data: Json) -> Withdrawal:
    return Withdrawal(
        recommendation_id=data["recommendation_id"],
        action=data["action"],
        channel=data["channel"],
        placement=data["placement"],
        refusal=Refusal(Reason(data["reason"]), legacy_text=data["detail"]),
    )


def _shadow(data: Json) -> ShadowEffect:
    return ShadowEffect(**{**data, "instead_of": tuple(data["instead_of"])})


def _time(text: str | None) -> int | None:
    return None if text is None else parse_rfc3339(text)


# ---- inputs ----


def inputs_of(body: Json) -> Inputs:
    """The inputs of the decision."""
    used_up = {
        action: Refusal(_reason(data), retry_after=data["retry_after"], legacy_text=data["detail"])
        for action, data in body["used_up"].items()
    }
    return Inputs(profiles.decode(b64decode(body["profile"])), trigger_of(body["occasion"]), body["now"], used_up)


# ---- writing ----

_GATES: Final[Mapping[Stage, str]] = {
    Stage.PAUSED: "status",
    Stage.ROLLOUT: "status",
    Stage.FORBIDDEN: "forbid",
    Stage.CUSTOMER_LIMIT: "limit",
    Stage.QUOTA: "budget",
    Stage.ONE_RULE_PER_ACTION: "duplicate",
    Stage.OTHER_PLACEMENT: "pending",
    Stage.PENDING_ROOM: "pending",
    Stage.TREATMENT: "channel",
    Stage.FREQUENCY_CAP: "frequency",
    Stage.QUIET_HOURS: "quiet-hours",
    Stage.ROOM: "arbitration",
    Stage.CHOSEN_GROUP: "cooldown",
}
"""Former names of stages; the others had today's."""
_REASONS: Final[Mapping[Reason, Reason]] = {
    Reason.ACTION_REMOVED: Reason.NOT_LIVE,
    Reason.PAUSED: Reason.NOT_LIVE,
    Reason.NOT_IN_ROLLOUT: Reason.NOT_LIVE,
    Reason.ALREADY_PENDING: Reason.DUPLICATE,
    Reason.PENDING_ELSEWHERE: Reason.DUPLICATE,
    Reason.TOO_MANY_PENDING: Reason.FREQUENCY_CAP,
    Reason.PENDING: Reason.OUTRANKED,
    Reason.TOTAL_EXHAUSTED: Reason.LIMIT_REACHED,
    Reason.STOCK_EXHAUSTED: Reason.OUT_OF_STOCK,
    Reason.NO_TREATMENT: Reason.NO_REACHABLE_CHANNEL,
    Reason.GROUP_ALREADY_CHOSEN: Reason.COOLDOWN,
}


def encode(decision: Decision, made: Inputs | None, book: Rulebook) -> bytes:
    """A record that former code can read: its gates, its reasons, and sentences."""
    speaker = Speaker("en", setting_of(book, decision.decided_at))
    body = full(decision, book.shop.currency)
    rejected = zip(body["rejected"], decision.rejected, strict=True)
    body["rejected"] = [
        {**_kept(json, "action", "rule"), **_said(one.refusal, speaker), **_kept(json, "placement", "retry_after")}
        for json, one in rejected
    ]
    if decision.withdrawn:
        withdrawn = zip(body["withdrawn"], decision.withdrawn, strict=True)
        names = ("recommendation_id", "action", "channel", "placement")
        body["withdrawn"] = [{**_kept(json, *names), **_said(one.refusal, speaker)} for json, one in withdrawn]
    body["trigger"] = former_trigger_key(decision.trigger)
    if "shadow" in body:
        body["on_trial"] = body.pop("shadow")
    given = (one for result in body["results"] for one in result["recommendations"])
    for one in (*given, *body.get("withheld", ())):
        one["score_parts"] = {_FORMER_FACTORS.get(name, name): part for name, part in one["score_parts"].items()}
    if made is not None:
        body["inputs"] = {
            "profile": b64encode(profiles.encode(made.have, WRITTEN_BEFORE)).decode(),
            "occasion": replace(made.on, key=former_trigger_key(made.on.key)),
            "now": made.now,
            "used_up": {
                action: {**_said(refusal, speaker), "retry_after": refusal.retry_after}
                for action, refusal in made.used_up.items()
            },
        }
    return orjson.dumps(body)


_FORMER_FACTORS: Final = {now: former for former, now in FACTORS.items()}
WRITTEN_BEFORE: Final = 2
"""The profile format that belongs to these records."""


def _kept(body: Json, *names: str) -> dict[str, Any]:
    return {name: body[name] for name in names}


def _said(refusal: Refusal, speaker: Speaker) -> dict[str, Any]:
    gate = _GATES.get(refusal.stage, refusal.stage.value)
    reason = _REASONS.get(refusal.reason, refusal.reason)
    return {"gate": gate, "reason": reason, "detail": sentence(refusal, speaker)}
