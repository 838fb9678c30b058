"""Snapshots as stored: JSON, with null where no score is high enough."""

from dataclasses import asdict, replace
from math import inf, isinf
from typing import Any

import orjson

from engine.value.tiers import CutOff, Snapshot
from service.ports import Store


def dump(snapshot: Snapshot) -> bytes:
    """orjson writes infinity as null, which here means: nobody reaches the tier."""
    return orjson.dumps(asdict(snapshot))


def load(number: int, data: bytes) -> Snapshot:
    body: dict[str, Any] = orjson.loads(data)
    cuts = tuple(CutOff(c["level"], _or_inf(c["enter"]), _or_inf(c["leave"])) for c in body.pop("cut_offs"))
    newcomer = body.pop("newcomer")
    acceptance, counted = _pairs(body.pop("acceptance", {})), _pairs(body.pop("counted", {}))
    newcomer = _or_inf(newcomer) if snapshot_has_customers(body) else None
    snapshot = Snapshot(**body, cut_offs=cuts, newcomer=newcomer, acceptance=acceptance, counted=counted)
    return replace(snapshot, number=number)


def latest(store: Store) -> Snapshot:
    """The latest snapshot; number 0 while there is none."""
    stored = store.latest_snapshot()
    return Snapshot() if stored is None else load(*stored)


def _pairs(have: dict[str, list[Any]]) -> dict[str, tuple[Any, Any]]:
    return {name: (first, second) for name, (first, second) in have.items()}


def snapshot_has_customers(body: dict[str, Any]) -> bool:
    return bool(body["customers"])


def _or_inf(value: float | None) -> float:
    return inf if value is None or isinf(value) else value
