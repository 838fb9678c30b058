"""What `patron demo` tells of contact: a cap, a hold, a withdrawal, a holdout, and what came of the actions."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click
import orjson

from cli.client import Asking, Json
from cli.render.actions import tell_actions
from cli.render.decision import tell_decision

CAPPED, ASLEEP = 16, 17
"""Situations of the example shop: who has had enough letters, who is asleep."""
SILENT: Final = (5, 7, 17)
"""Those in which somebody is won back."""
WINNING_BACK: Final = "S41"
SHOWN_ON: Final = ("web", "app", "store")
LOOKED_AT: Final = ("home.banner", "account.next")
NOBODY = "With this seed nobody of the shop is held out of anything that could be said now."
DELIVERED_SECONDS: Final = 5


def tell_rationed(service: Asking, events: bytes, tellers: Sequence[Json]) -> Iterator[str]:
    """What is not said, not yet, not any more, and to some never."""
    yield click.style("What is not said", bold=True)
    yield ""
    yield from _asked(service, _teller(tellers, CAPPED))
    yield ""
    yield from _asked(service, _teller(tellers, ASLEEP))
    yield ""
    yield from _withdrawn(service, tellers)
    yield ""
    yield from _held_out(service, events)


def _teller(tellers: Sequence[Json], situation: int) -> Json:
    return next(teller for teller in tellers if teller["situation"] == situation)


def _head(name: str, sentence: str) -> str:
    return click.style(name, bold=True) + f"  -  {sentence}"


def _zone(stand: Json) -> str:
    return str(stand["traits"].get("zone", "UTC"))


def _asked(service: Asking, teller: Json) -> Iterator[str]:
    yield _head(teller["name"], teller["sentence"])
    record = service.decided(teller["ask"])
    yield from tell_decision(record, _zone(service.customer(teller["customer"])))


# ---- a withdrawal ----


def _withdrawn(service: Asking, tellers: Sequence[Json]) -> Iterator[str]:
    """Somebody who is being won back orders before the letter has been sent."""
    waiting = ((teller, given) for teller in _those(tellers, SILENT) for given in _given(service, teller))
    teller, letter = next(found for found in waiting if WINNING_BACK in found[1]["serves"])
    yield _head(teller["name"], f"Is to get the {letter['action']}; before it is sent, the order comes.")
    record = service.decided(_order(teller))
    yield from tell_decision(record, _zone(service.customer(teller["customer"])))
    yield "  what the sender of letters collects:"
    for item in _collected(service, teller["customer"], letter["recommendation_id"]):
        why = f"  ({item['reason']})" if item["type"] == "withdraw" else ""
        yield f"    {item['type']:<8}  {item['action']}, by {item['channel']}{why}"


def _those(tellers: Sequence[Json], situations: Sequence[int]) -> Iterator[Json]:
    for situation in situations:
        yield from (teller for teller in tellers if teller["situation"] == situation)


def _given(service: Asking, teller: Json) -> list[Json]:
    """What is recommended to somebody; the same when it is asked again."""
    results = service.decided(teller["ask"])["results"]
    return [given for result in results for given in result.get("recommendations", ())]


def _order(teller: Json) -> Json:
    event = {
        "id": f"order-of-{teller['ask']['body']['request_id']}",
        "type": "order_completed",
        "time": datetime.now(UTC).isoformat(),
        "customer": teller["customer"],
        "channel": "web",
        "properties": {"order_id": f"o-of-{teller['ask']['body']['request_id']}", "total": "64.00"},
        "decide": "outbound",
    }
    return {"path": "/v1/events", "body": event}


def _collected(service: Asking, customer: Mapping[str, str], recommendation: str) -> list[Json]:
    """Both deliveries of this recommendation; they can be read a moment after they were written."""
    deadline = time.monotonic() + DELIVERED_SECONDS
    while True:
        items = service.get("/v1/deliveries?limit=1000")["items"]
        found = [item for item in items if item["recommendation_id"] == recommendation]
        if len(found) > 1 or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


# ---- a holdout ----


def _held_out(service: Asking, events: bytes) -> Iterator[str]:
    """The first customer from whom a holdout would keep something now."""
    for customer, name in _names(events).items():
        ask = {
            "request_id": f"look-{customer}",
            "customer": {"id": customer},
            "placements": [{"id": placement} for placement in LOOKED_AT],
        }
        looked = service.post("/v1/decisions", {**ask, "dry_run": True})
        if any(result.get("reason") == "HOLDOUT" for result in looked["results"]):
            yield _head(name, "One of those whom we leave alone on purpose, so that one can see what all this adds.")
            record = service.decided({"path": "/v1/decisions", "body": ask})
            stand = service.customer({"id": customer})
            yield from tell_decision(record, _zone(stand))
            waits = ", ".join(pending["action"] for pending in stand["pending"])
            yield f"  waits for {name} now: {waits or 'nothing'}"
            return
    yield NOBODY


def _names(events: bytes) -> dict[str, str]:
    """Customer -> first name, of all who have told it, in the order of the history."""
    told = (orjson.loads(line) for line in events.splitlines() if b'"identified"' in line)
    found = ((event["customer"].get("id"), event["properties"]["traits"].get("first_name")) for event in told)
    return {customer: name for customer, name in found if customer and name}


# ---- what came of it ----


def tell_report(service: Asking, tellers: Sequence[Json]) -> Iterator[str]:
    """The head of the action report, once the shop has told what came of what it was given."""
    outcomes = [one for teller in tellers for one in _outcomes(service, teller)]
    service.post("/v1/outcomes", outcomes)
    report = service.get("/v1/reports/actions")
    used = [row for row in report["actions"] if row["recommended"]]
    no_line = {"status": "no holdout"}  # of its own: all of them together stay
    rows: list[dict[str, Any]] = [{**row, "added": {**row["added"], **no_line}} for row in used]
    yield from tell_actions({**report, "actions": rows})


def _outcomes(service: Asking, teller: Json) -> Iterator[Json]:
    """What was shown was seen, what waits to be sent and is not held was sent, and the offered delivery is taken."""
    waiting = {pending["recommendation_id"] for pending in service.customer(teller["customer"])["pending"]}
    for given in _given(service, teller):
        one = {"recommendation_id": given["recommendation_id"]}
        if one["recommendation_id"] in waiting and "deliver_after" not in given:
            yield {**one, "outcome": "impression" if given["channel"] in SHOWN_ON else "sent"}
            if given["effect"]["type"] == "delivery_method":
                yield {**one, "outcome": "accept"}
