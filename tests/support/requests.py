"""Right events, requests and outcomes as JSON values, to be changed by tests."""

from typing import Any

Json = dict[str, Any]


def event(**changed: Any) -> Json:
    right = {
        "id": "e-1",
        "type": "visited",
        "time": "2026-03-01T09:00:00Z",
        "customer": {"id": "c-1"},
        "properties": {"surface": "web"},
    }
    return {**right, **changed}


def order(**changed: Any) -> Json:
    """An order of two lines; `changed` are properties."""
    lines = [
        {"line_id": "1", "sku": "T-100", "category": "kitchen", "quantity": 1, "amount": "20.00"},
        {"line_id": "2", "sku": "T-101", "category": "bath", "quantity": 2, "amount": "40.00", "cost": "25.00"},
    ]
    return event(type="order_completed", properties={"order_id": "o-1", "total": "60.00", "lines": lines, **changed})


def request(**changed: Any) -> Json:
    right = {"request_id": "q-1", "customer": {"id": "c-1"}, "placements": [{"id": "home.banner"}]}
    return {**right, **changed}


def outcome(**changed: Any) -> Json:
    return {"recommendation_id": "r-00aa-1", "outcome": "click", **changed}
