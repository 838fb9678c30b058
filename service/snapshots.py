"""Snapshots as stored: JSON, with null where no score is high enough."""

from dataclasses import asdict, replace
from math import inf, isinf
from typing import Any

import orjson

from engine.tiers import CutOff, Snapshot


def dump(snapshot: Snapshot) -> bytes:
    """orjson writes infinity as null, which is what it means here: nobody gets in."""
    return orjson.dumps(asdict(snapshot))


def load(number: int, data: bytes) -> Snapshot:
    body: dict[str, Any] = orjson.loads(data)
    cuts = tuple(CutOff(c["level"], _or_inf(c["enter"]), _or_inf(c["leave"])) for c in body.pop("cut_offs"))
    newcomer = body.pop("newcomer")
    snapshot = Snapshot(**body, cut_offs=cuts, newcomer=_or_inf(newcomer) if snapshot_has_customers(body) else None)
    return replace(snapshot, number=number)


def snapshot_has_customers(body: dict[str, Any]) -> bool:
    return bool(body["customers"])


def _or_inf(value: float | None) -> float:
    return inf if value is None or isinf(value) else value
