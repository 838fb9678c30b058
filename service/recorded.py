"""The way back: a decision out of its record."""

from collections.abc import Mapping
from typing import Any, Final

from engine.compiled import Compiled
from engine.decision import ChosenProduct, Content, Decision, OnTrial, Recommendation, Rejection, Result, Withdrawal
from engine.events import customer_key
from engine.ids import recommendation_id
from engine.reasons import Reason
from engine.refusal import Refusal
from engine.rulebook.model import FactType, Value
from engine.times import parse_rfc3339
from service.records import value_from_json

_KINDS: Final = ("event", "request", "due")
"""What may have set a decision off; a record has its id under this name."""

Json = Mapping[str, Any]


def decision_of(record: Json, compiled: Compiled) -> Decision:
    """The decision as it was made. `compiled`: the rules it was made under; they say of which type its facts are."""
    kind = next(kind for kind in _KINDS if f"{kind}_id" in record)
    return Decision(
        decision_id=record["decision_id"],
        trigger_id=f"{kind}/{record[f'{kind}_id']}",
        trigger=record["trigger"],
        customer=customer_key(**record["customer"]),
        decided_at=parse_rfc3339(record["decided_at"]),
        rulebook=record["rulebook"],
        snapshot=record["snapshot"],
        controls=controls_of(record),
        results=tuple(_result(result) for result in record["results"]),
        rejected=tuple(_rejection(refused) for refused in record["rejected"]),
        matched=tuple(record["matched"]),
        facts={name: value_from_json(v, compiled.types[name]) for name, v in record["facts"].items()},
        standing={name: _standing(value) for name, value in record.get("profile", {}).items()},
        warnings=tuple(record["warnings"]),
        withheld=tuple(_recommendation(one, _place_of(one, record)) for one in record.get("withheld", ())),
        withdrawn=tuple(_withdrawal(one) for one in record.get("withdrawn", ())),
        on_trial=tuple(_on_trial(one) for one in record.get("on_trial", ())),
        degraded=record["degraded"],
    )


def controls_of(record: Json) -> int:
    """The number of the controls that a record names; records of before there were any have none."""
    number: int = record.get("controls", 0)
    return number


def _place_of(withheld: Json, record: Json) -> str | None:
    """Where something withheld would have been: its id was derived from the placement."""
    decision, action, wanted = record["decision_id"], withheld["action"], withheld["recommendation_id"]
    places = (result["placement"] for result in record["results"])
    return next((place for place in places if recommendation_id(decision, action, place) == wanted), None)


def _standing(value: Any) -> Value:
    return value_from_json(value, FactType.TEXT)


def _result(told: Json) -> Result:
    placement = told["placement"]
    return Result(
        placement=placement,
        recommendations=tuple(_recommendation(one, placement) for one in told.get("recommendations", ())),
        fallback=_content(told["fallback"]["content"]) if "fallback" in told else None,
        reason=Reason(told["reason"]) if "reason" in told else None,
    )


def _content(told: Json) -> Content:
    fields = {name: text for name, text in told.items() if name not in ("language", "link")}
    return Content(told["language"], fields, told["link"])


def _recommendation(told: Json, placement: str | None) -> Recommendation:
    return Recommendation(
        recommendation_id=told["recommendation_id"],
        rank=told["rank"],
        action=told["action"],
        kind=told["kind"],
        rule=told["rule"],
        why=told["why"],
        serves=tuple(told["serves"]),
        channel=told["channel"],
        placement=placement,
        effect=told["effect"],
        content=_content(told["content"]),
        products=tuple(ChosenProduct(one["sku"], one["role"]) for one in told["products"]),
        score=told["score"],
        score_parts=told["score_parts"],
        expires_at=parse_rfc3339(told["expires_at"]),
        scope=told["scope"],
        deliver_after=_time(told.get("deliver_after")),
        reserved=told.get("reserved", False),
    )


def _rejection(told: Json) -> Rejection:
    return Rejection(
        action=told["action"],
        rule=told["rule"],
        refusal=Refusal(_reason(told), told["detail"]),
        retry_after=_time(told["retry_after"]),
        placement=told["placement"],
    )


_FORMER: Final = {
    ("pending", "DUPLICATE"): Reason.ALREADY_PENDING,
    ("pending", "FREQUENCY_CAP"): Reason.TOO_MANY_PENDING,
    ("budget", "OUT_OF_STOCK"): Reason.STOCK_EXHAUSTED,
    ("budget", "LIMIT_REACHED"): Reason.TOTAL_EXHAUSTED,
}
"""Reasons that came from two gates, as records of before have them."""


def _reason(told: Json) -> Reason:
    return _FORMER.get((told.get("gate", ""), told["reason"])) or Reason(told["reason"])


def _withdrawal(told: Json) -> Withdrawal:
    return Withdrawal(
        recommendation_id=told["recommendation_id"],
        action=told["action"],
        channel=told["channel"],
        placement=told["placement"],
        reason=Reason(told["reason"]),
        detail=told["detail"],
    )


def _on_trial(told: Json) -> OnTrial:
    return OnTrial(**{**told, "instead_of": tuple(told["instead_of"])})


def _time(text: str | None) -> int | None:
    return None if text is None else parse_rfc3339(text)
