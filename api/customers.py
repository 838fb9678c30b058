"""/v1/customers/{id}: customer data, traits, erasure, and the export."""

import hashlib
from typing import Final

import orjson
from flask import Blueprint, Response, request

from api.bodies import read_json, yes_or_no
from api.context import Api, dump
from api.operation import ID, YES_OR_NO, Operation, query
from engine.domain.events import NONE, Event
from engine.schemas import load_customer, load_merge, load_traits
from service import reading
from service.decision_json import acknowledged
from service.handle_event import handle_event
from service.replies import Acknowledged

_ANONYMOUS: Final = query("anonymous", {"enum": YES_OR_NO, "default": "no"}, "yes: the id is an anonymous one")
_CUSTOMER: Final = (ID, _ANONYMOUS)
_ERASED: Final = {"204": {"description": "Erased"}}


def routes(api: Api) -> Blueprint:
    bp = Blueprint("customers", __name__)

    @bp.get("/v1/customers/<text:customer_id>")
    @Operation("Return a customer: profile, tier, stage, contacts", "Anything", parameters=_CUSTOMER)
    @api.needs("read")
    def get_customer(customer_id: str) -> Response:
        return dump(reading.customer(_customer_key(customer_id, stored=True), api.service.begin()))

    @bp.post("/v1/customers/<text:customer_id>")
    @Operation("Set traits", "EventAnswer", parameters=_CUSTOMER, body="Traits")
    @api.needs("events", repeats=api.settings.max_body)
    def post_traits(customer_id: str) -> Response:
        customer = _customer_key(customer_id)
        traits, warnings = load_traits(read_json(api.settings.max_body))
        now = api.settings.clock()
        event_id = "traits-" + _digest(customer, traits, now)
        properties = {"traits": traits}
        event = Event(event_id, "identified", now, customer, properties=properties, decide=NONE, warnings=warnings)
        reply = handle_event(event, api.service.begin())
        assert isinstance(reply, Acknowledged)  # traits trigger no decision
        api.metrics.received(reply)
        return dump(acknowledged(reply))

    @bp.post("/v1/customers:merge")
    @Operation("Merge two known customers", "EventAnswer", body="Merge")
    @api.needs("events", repeats=api.settings.max_body)
    def post_merge() -> Response:
        customer, merged = load_merge(read_json(api.settings.max_body))
        event_id = "merge-" + _digest(customer, merged, 0)
        event = Event(event_id, "merged", api.settings.clock(), customer, properties={"merged": merged}, decide=NONE)
        reply = handle_event(event, api.service.begin())
        assert isinstance(reply, Acknowledged)  # decide is none
        api.metrics.received(reply)
        return dump(acknowledged(reply))

    @bp.get("/v1/customers:export")
    @Operation("Export everything stored about a customer", "Export", parameters=({**ID, "in": "query"}, _ANONYMOUS))
    @api.needs("admin")
    def export_customer() -> Response:
        return dump(reading.export(_customer_key(request.args.get("id", ""), stored=True), api.service.begin()))

    @bp.delete("/v1/customers/<text:customer_id>")
    @Operation("Erase a customer", _ERASED, parameters=_CUSTOMER)
    @api.needs("admin")
    def delete_customer(customer_id: str) -> Response:
        reading.erase(_customer_key(customer_id, stored=True), api.service.begin())
        return Response(status=204)

    return bp


def _customer_key(customer_id: str, stored: bool = False) -> str:
    """The customer key from the id and the query; `stored`: see `load_customer`."""
    return load_customer(customer_id, anonymous=yes_or_no("anonymous", default=False), stored=stored)


def _digest(customer: str, content: object, now: int) -> str:
    """Includes the time: traits set back to earlier values are an event of their own."""
    return hashlib.sha256(orjson.dumps([customer, content, now])).hexdigest()[:32]
