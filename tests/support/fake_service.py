"""The service's facade without a service: it keeps what it is given, and answers in the shape of the real one."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.compiled import prepare
from engine.errors import NotFound, PatronError
from engine.events import NONE, DecisionRequest, Event, Outcome
from engine.rulebook.reference import ReferenceMatcher
from engine.tiers import Snapshot
from engine.times import format_rfc3339
from service.answers import Answers
from service.explanation import BRIEF, Ask
from service.live import Live
from storage.memory import MemoryStore
from tests.support.matching import rulebook

NOW = 1_772_355_600_000  # 2026-03-01T09:00:00Z
NO_HOLDOUT = {
    "status": "no holdout",
    "against": None,
    "customers": {"given": 0, "held": 0},
    "purchases": None,
    "revenue": None,
}


class FakeService:
    """`fails`: raised by the next call to any verb, once."""

    def __init__(self) -> None:
        self.served = Live(prepare(rulebook(()), ReferenceMatcher(rulebook(()))), Snapshot())
        self.answers = Answers(MemoryStore())
        self.events: list[Event] = []
        self.requests: list[DecisionRequest] = []
        self.outcomes: list[Outcome] = []
        self.erased: list[str] = []
        self.asks: list[Ask] = []
        self.snapshots = 0
        self.ready = True
        self.fails: Exception | None = None

    def _go(self) -> None:
        if self.fails is not None:
            raise self.fails

    def live(self) -> Live:
        return self.served

    def handle_event(self, event: Event, live: Live | None = None) -> Mapping[str, Any]:
        self._go()
        if event.id.startswith("before-the-erasure"):
            return {"event_id": event.id, "stored": False, "reason": "erased"}
        self.events.append(event)
        stored = {"event_id": event.id, "stored": True}
        return stored if event.decide == NONE else record(event.type) | stored

    def handle_events(self, events: Sequence[Event], live: Live | None = None) -> list[Mapping[str, Any] | PatronError]:
        return [NotFound("no such recommendation") if e.id == "lost" else self.handle_event(e) for e in events]

    def handle_request(self, request: DecisionRequest, live: Live | None = None) -> Mapping[str, Any]:
        self._go()
        self.requests.append(request)
        return record("asked") | {"request_id": request.request_id, "stored": not request.dry_run}

    def record_outcomes(
        self, outcomes: Sequence[Outcome], live: Live | None = None
    ) -> list[Mapping[str, Any] | PatronError]:
        self._go()
        self.outcomes += outcomes
        return [
            NotFound("no such recommendation")
            if "ffff" in o.recommendation_id
            else {"recommendation_id": o.recommendation_id, "outcome": o.outcome, "stored": True}
            for o in outcomes
        ]

    def reproduce(self, decision_id: str) -> Mapping[str, Any]:
        kept = self.decision(decision_id)
        told = {name: kept[name] for name in ("decision_id", "rulebook", "snapshot", "decided_at")}
        return {**told, "same": True, "bytes": 2, "differences": []}

    def decision(self, decision_id: str, ask: Ask = BRIEF) -> Mapping[str, Any]:
        self._go()
        if decision_id != "d-000000000000000000000a":
            raise NotFound("no such decision")
        return self.explained(record("visited"), ask)

    def explained(
        self, decided: Mapping[str, Any], ask: Ask = BRIEF, live: Live | None = None, dry: DecisionRequest | None = None
    ) -> Mapping[str, Any]:
        self.asks.append(ask)
        return {**decided, "explanation": {"rules": [], "told": []}}

    def deliveries(self, after: str | None, limit: int) -> tuple[list[Mapping[str, Any]], str]:
        self._go()
        if after not in (None, "c-1"):
            raise ValueError("not a cursor of ours")
        return [{"deliver": "r-1"}][:limit], "c-1"

    def customer(self, customer: str) -> Mapping[str, Any]:
        self._go()
        if not any(event.customer == customer for event in self.events):
            raise NotFound("no such customer")
        return {"customer": customer, "tier": "gold"}

    def export(self, customer: str) -> Mapping[str, Any]:
        read = self.customer(customer)
        return {"customer": {"id": customer[2:]}, "profile": read, "decisions": [], "deliveries": []}

    def erase(self, customer: str) -> None:
        self.customer(customer)
        self.erased.append(customer)

    def value_report(self) -> Mapping[str, Any]:
        self._go()
        return {"customers": 0}

    def action_report(self) -> Mapping[str, Any]:
        self._go()
        return {
            "at": format_rfc3339(NOW),
            "currency": "EUR",
            "snapshot": 0,
            "observed_days": 90.0,
            "everything": {"added": NO_HOLDOUT},
            "actions": [],
        }

    def make_snapshot(self) -> Mapping[str, Any]:
        self._go()
        self.snapshots += 1
        return {"number": self.snapshots}

    def status(self) -> Mapping[str, Any]:
        self._go()
        return {"ready": self.ready, "matcher": "reference", "rulebook": "sha256:0", "snapshot": 0, "store": "ok"}


def record(trigger: str) -> dict[str, Any]:
    """A decision record as the service makes it: one recommendation, one rejection."""
    given = {
        "recommendation_id": "r-00aa-1",
        "rank": 1,
        "action": "quiet-check-in",
        "kind": "marketing",
        "rule": "check-in",
        "why": "They went quiet",
        "serves": ["S41"],
        "channel": "email",
        "effect": {"type": "none"},
        "content": {"language": "en", "title": "Hello", "link": None},
        "products": [],
        "score": 1.0,
        "score_parts": {"value": 1.0},
        "expires_at": format_rfc3339(NOW),
        "scope": "",
    }
    return {
        "decision_id": "d-000000000000000000000a",
        "trigger": trigger,
        "customer": {"id": "c-1"},
        "stored": True,
        "decided_at": format_rfc3339(NOW),
        "rulebook": "sha256:0",
        "snapshot": 0,
        "degraded": False,
        "warnings": [],
        "results": [{"placement": None, "recommendations": [given]}],
        "rejected": [{"action": "personal-call", "rule": "call", "gate": "consent", "reason": "NO_CONSENT"}],
        "matched": ["check-in"],
        "profile": {"tier": "gold"},
        "facts": {},
    }
