"""Example customers: their ids, and the request to post for each once the history is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from examples.diary import Diary
from examples.products import Product, cart_lines, order_line


@dataclass(frozen=True, slots=True)
class ExampleCustomer:
    """`ask` is the request to post at the end of the history: {"path", "body"}."""

    situation: int
    customer: dict[str, str]
    name: str
    sentence: str
    ask: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {
            "situation": self.situation,
            "customer": self.customer,
            "name": self.name,
            "sentence": self.sentence,
            "ask": self.ask,
        }


def happens(diary: Diary, type: str, channel: str | None, decide: str | list[str], **properties: Any) -> dict[str, Any]:
    """A request: this event at the end of the history."""
    event = {
        "id": diary.world.number("live"),
        "type": type,
        "time": diary.world.text(diary.world.end),
        "customer": dict(diary.who),
        "channel": channel,
        "properties": properties,
        "decide": decide,
    }
    return {"path": "/v1/events", "body": {key: value for key, value in event.items() if value is not None}}


def is_here(diary: Diary, *placements: str, context: dict[str, Any] | None = None) -> dict[str, Any]:
    """A request for these placements, or without any for outbound messages."""
    body: dict[str, Any] = {"request_id": diary.world.number("ask"), "customer": dict(diary.who)}
    if placements:
        body["placements"] = [{"id": placement} for placement in placements]
    return {"path": "/v1/decisions", "body": body | ({"context": context} if context else {})}


def cart_of(products: Sequence[Product]) -> dict[str, Any]:
    """A cart with one of each product."""
    return {"lines": cart_lines([order_line(product, 1, i) for i, product in enumerate(products, 1)])}
