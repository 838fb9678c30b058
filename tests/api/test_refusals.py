"""What a caller reads of a refusal: stage, reason, parameters and a sentence, as /openapi.json describes them."""

from dataclasses import fields
from typing import Any, get_args, get_type_hints

import jsonschema
import pytest

from api.settings import ApiSettings
from engine.domain.money import Currency
from engine.domain.reasons import Reason
from engine.domain.refusal import PARAMS, Money, Outranked, Params, Span, Time, params_shown, refused
from engine.domain.times import DAY
from explain.refusals import sentence
from explain.speaker import Speaker, setting_of
from tests.support.books import NOW, action, made, rule, says
from tests.support.description import describe
from tests.support.publishing import app_of
from tests.support.requests import request
from tests.support.services import Shop

SCHEMAS = describe()["components"]["schemas"]
EXAMPLES = {
    Time: NOW,
    Span: 14 * DAY,
    Money: 200_000,
    tuple[str, ...]: ("a", "b"),
    bool: True,
    int: 3,
    float: 1.5,
    str: "a",
}
SHOWN = {Time: "2026-03-02T09:00:00Z", Span: "14 days", Money: "2000.00", tuple[str, ...]: ["a", "b"]}
"""The same as a caller reads them, where that is another value."""


def kind(of: type[Params], name: str) -> Any:
    """The type of a parameter; of "this or None" this."""
    hint = get_type_hints(of)[name]
    return next(one for one in (hint, *get_args(hint)) if one in EXAMPLES)


def filled(of: type[Params]) -> Params:
    """With something in every parameter."""
    return of(**{field.name: EXAMPLES[kind(of, field.name)] for field in fields(of)})  # type: ignore[arg-type]


def check(schema: dict[str, Any], value: Any) -> None:
    jsonschema.Draft202012Validator({**schema, "components": {"schemas": SCHEMAS}}).validate(value)


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that takes no property that it does not name."""
    return {**schema, "additionalProperties": False}


@pytest.mark.parametrize("reason", PARAMS)
def test_the_parameters_of_every_reason_are_as_described(reason: Reason) -> None:
    of = PARAMS[reason]
    shown = params_shown(filled(of), Currency("EUR"))
    assert shown == {
        field.name: SHOWN.get(kind(of, field.name), EXAMPLES[kind(of, field.name)])
        for field in fields(of)  # type: ignore[arg-type]
    }
    check(closed(SCHEMAS["RefusalParams"]), shown)
    named = {name for name, said in SCHEMAS["RefusalParams"]["properties"].items() if reason in words(said)}
    assert named == shown.keys()


def words(schema: dict[str, Any]) -> list[str]:
    return schema["description"].removeprefix("Of ").split(", ")


REJECTED = SCHEMAS["Decision"]["properties"]["rejected"]["items"]


def test_a_rejection_is_answered_with_all_that_is_described_and_nothing_else() -> None:
    """Stage, reason, parameters, sentence, placement, retry time, and the same of each attempt."""
    other = action("other", treatments=says("Hi"), cooldown="14 days")
    best = action("best", value="90 EUR", treatments=says("Best"))
    shop = Shop(made([other, best], [rule("r-other", "other"), rule("r-best", "best")]))
    client = app_of(shop.service, ApiSettings(clock=lambda: shop.now)).test_client()
    (rejected,) = client.post("/v1/decisions", json=request(include=["rejected"])).json["rejected"]
    speaker = Speaker("en", setting_of(shop.live.compiled.rulebook, shop.now))
    refusal = {
        "stage": "room",
        "reason": "OUTRANKED",
        "params": {"score": 1.0, "ahead": 1},
        "detail": sentence(refused(Outranked(1.0, 1)), speaker),
    }
    assert rejected == {
        "action": "other",
        "rule": "r-other",
        **refusal,
        "placement": "home.banner",
        "retry_after": None,
        "attempts": [{"placement": "home.banner", "channel": "web", **refusal}],
    }
    check(closed(REJECTED), rejected)
    check(closed(REJECTED["properties"]["attempts"]["items"]), rejected["attempts"][0])


def test_a_refusal_says_it_in_the_language_of_the_request() -> None:
    shop = Shop(made([action("a")], [rule("r", "a", valid={"from": "2027-01-01"})]))
    client = app_of(shop.service, ApiSettings(clock=lambda: shop.now)).test_client()
    sentences = set()
    for language in ("en", "zh-Hans"):
        asked = request(include=["rejected"], language=language, request_id=language)
        (rejected,) = client.post("/v1/decisions", json=asked).json["rejected"]
        assert rejected["params"] == {"valid_from": "2026-12-31T23:00:00Z"}
        sentences.add(rejected["detail"])
    assert len(sentences) == 2
