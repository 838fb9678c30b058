"""Contacts in `patron demo`: a frequency cap, quiet hours, a withdrawal, a holdout, and the report on actions."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click
import orjson

from cli.client import Asking, Json
from cli.render.actions import render_actions
from cli.render.decision import render_decision

CAPPED, ASLEEP = 16, 17
"""Situations of the example shop: a customer at a frequency cap, and one in quiet hours."""
INACTIVE: Final = (5, 7, 17)
"""Situations of a win-back."""
WINNING_BACK: Final = "S41"
SHOWN_ON: Final = ("web", "app", "store")
LOOKED_AT: Final = ("home.banner", "account.next")
NOBODY = "With this seed, no recommendation is withheld from a customer of a control group now."
DELIVERED_SECONDS: Final = 5


def render_contacts(service: Asking, events: bytes, example_customers: Sequence[Json]) -> Iterator[str]:
    """Contacts that are refused, held, withdrawn or withheld."""
    yield click.style("Contacts not made", bold=True)
    yield ""
    yield from _asked(service, _example(example_customers, CAPPED))
    yield ""
    yield from _asked(service, _example(example_customers, ASLEEP))
    yield ""
    yield from _withdrawn(service, example_customers)
    yield ""
    yield from _withheld(service, events)


def _example(example_customers: Sequence[Json], situation: int) -> Json:
    return next(example for example in example_customers if example["situation"] == situation)


def _head(name: str, sentence: str) -> str:
    return click.style(name, bold=True) + f"  -  {sentence}"


def _zone(stand: Json) -> str:
    return str(stand["traits"].get("zone", "UTC"))


def _asked(service: Asking, example: Json) -> Iterator[str]:
    yield _head(example["name"], example["sentence"])
    record = service.decided(example["ask"])
    yield from render_decision(record, _zone(service.customer(example["customer"])))


# ---- a withdrawal ----


def _withdrawn(service: Asking, example_customers: Sequence[Json]) -> Iterator[str]:
    """A customer with a pending win-back message orders before it is sent."""
    waiting = (
        (example, given) for example in _those(example_customers, INACTIVE) for given in _given(service, example)
    )
    example, message = next(found for found in waiting if WINNING_BACK in found[1]["serves"])
    yield _head(example["name"], f"The message {message['action']} is pending; an order arrives before it is sent.")
    record = service.decided(_order(example))
    yield from render_decision(record, _zone(service.customer(example["customer"])))
    yield "  deliveries:"
    for item in _collected(service, example["customer"], message["recommendation_id"]):
        why = f"  ({item['reason']})" if item["type"] == "withdraw" else ""
        yield f"    {item['type']:<8}  {item['action']}, by {item['channel']}{why}"


def _those(example_customers: Sequence[Json], situations: Sequence[int]) -> Iterator[Json]:
    for situation in situations:
        yield from (example for example in example_customers if example["situation"] == situation)


def _given(service: Asking, example: Json) -> list[Json]:
    """A customer's recommendations; the same when requested again."""
    results = service.decided(example["ask"])["results"]
    return [given for result in results for given in result.get("recommendations", ())]


def _order(example: Json) -> Json:
    event = {
        "id": f"order-of-{example['ask']['body']['request_id']}",
        "type": "order_completed",
        "time": datetime.now(UTC).isoformat(),
        "customer": example["customer"],
        "channel": "web",
        "properties": {"order_id": f"o-of-{example['ask']['body']['request_id']}", "total": "64.00"},
        "decide": "outbound",
    }
    return {"path": "/v1/events", "body": event}


def _collected(service: Asking, customer: Mapping[str, str], recommendation: str) -> list[Json]:
    """Both deliveries of this recommendation; they are readable a moment after they were written."""
    deadline = time.monotonic() + DELIVERED_SECONDS
    while True:
        items = service.get("/v1/deliveries?limit=1000")["items"]
        found = [item for item in items if item["recommendation_id"] == recommendation]
        if len(found) > 1 or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


# ---- a holdout ----


def _withheld(service: Asking, events: bytes) -> Iterator[str]:
    """The first customer from whom a recommendation is withheld now."""
    for customer, name in _names(events).items():
        ask = {
            "request_id": f"look-{customer}",
            "customer": {"id": customer},
            "placements": [{"id": placement} for placement in LOOKED_AT],
        }
        looked = service.post("/v1/decisions", {**ask, "dry_run": True})
        if any(result.get("reason") == "HOLDOUT" for result in looked["results"]):
            yield _head(name, "In the control group: gets no recommendation, so that uplift can be measured.")
            record = service.decided({"path": "/v1/decisions", "body": ask})
            stand = service.customer({"id": customer})
            yield from render_decision(record, _zone(stand))
            waiting = ", ".join(pending["action"] for pending in stand["pending"])
            yield f"  pending for {name}: {waiting or 'nothing'}"
            return
    yield NOBODY


def _names(events: bytes) -> dict[str, str]:
    """Customer -> first name, where known, in the order of the history."""
    told = (orjson.loads(line) for line in events.splitlines() if b'"identified"' in line)
    found = ((event["customer"].get("id"), event["properties"]["traits"].get("first_name")) for event in told)
    return {customer: name for customer, name in found if customer and name}


# ---- the report ----


def render_report(service: Asking, example_customers: Sequence[Json]) -> Iterator[str]:
    """The action report, after outcomes were sent for the recommendations."""
    outcomes = [one for example in example_customers for one in _outcomes(service, example)]
    service.post("/v1/outcomes", outcomes)
    report = service.get("/v1/reports/actions")
    used = [row for row in report["actions"] if row["recommended"]]
    no_line = {"status": "no holdout"}  # per action; the line of all actions stays
    rows: list[dict[str, Any]] = [{**row, "uplift": {**row["uplift"], **no_line}} for row in used]
    yield from render_actions({**report, "actions": rows})


def _outcomes(service: Asking, example: Json) -> Iterator[Json]:
    """Placements were seen, messages that are not held were sent, and the offered delivery was accepted."""
    waiting = {pending["recommendation_id"] for pending in service.customer(example["customer"])["pending"]}
    for given in _given(service, example):
        one = {"recommendation_id": given["recommendation_id"]}
        if one["recommendation_id"] in waiting and "deliver_after" not in given:
            yield {**one, "outcome": "impression" if given["channel"] in SHOWN_ON else "sent"}
            if given["effect"]["type"] == "delivery_method":
                yield {**one, "outcome": "accept"}
