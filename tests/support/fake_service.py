"""A service whose handlers do nothing: it keeps what they are given, and they reply in the shape of the real ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.compiled.rulebook import prepare
from engine.domain.decision import Content, Decision, Recommendation, RefusedAttempt, Rejection, Result
from engine.domain.errors import NotFound, PatronError
from engine.domain.events import NONE, DecisionRequest, Event, Outcome
from engine.domain.refusal import NoConsent, refused
from engine.domain.times import format_rfc3339
from engine.rulebook.reference import ReferenceMatcher
from engine.value.tiers import Snapshot
from service.answers import Answers
from service.explanation import BRIEF, Ask, Explained
from service.feedback.apply import EVENT_UNKNOWN, Applied
from service.feedback.table import Table
from service.live import Live
from service.replies import Acknowledged, Decided, Recorded, Reply
from service.reproducing import Reproduction
from storage.memory import MemoryStore
from tests.support import fake_handlers
from tests.support.fake_handlers import FakeWork
from tests.support.matching import rulebook

NOW = 1_772_355_600_000  # 2026-03-01T09:00:00Z
fake_handlers.install()

DECISION = "d-000000000000000000000a"
NO_HOLDOUT = {
    "status": "no holdout",
    "against": None,
    "customers": {"treated": 0, "control": 0},
    "purchases": None,
    "revenue": None,
}


class FakeService:
    """`fails`: raised by the next call to any verb, once."""

    def __init__(self) -> None:
        self.served = Live(prepare(rulebook(()), ReferenceMatcher(rulebook(()))), Snapshot())
        self.answers = Answers(MemoryStore())
        self.former = object()
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

    def begin(self, live: Live | None = None, now: int | None = None) -> FakeWork:
        return FakeWork(self, live or self.served)

    def handle_event(self, event: Event, live: Live | None = None) -> Reply:
        self._go()
        if event.id.startswith("before-the-erasure"):
            return Acknowledged(event.id, unapplied="erased")
        self.events.append(event)
        if event.decide == NONE:
            return Acknowledged(event.id, warnings=event.warnings)
        return Decided(decision(event.type, f"event/{event.id}"), warnings=event.warnings)

    def handle_events(self, events: Sequence[Event], live: Live | None = None) -> list[Reply | PatronError]:
        return [NotFound("no such recommendation") if e.id == "lost" else self.handle_event(e) for e in events]

    def handle_request(self, request: DecisionRequest, live: Live | None = None) -> Decided:
        self._go()
        self.requests.append(request)
        return Decided(decision("requested", f"request/{request.request_id}"), stored=not request.dry_run)

    def record_outcomes(self, outcomes: Sequence[Outcome], live: Live | None = None) -> list[Recorded | PatronError]:
        self._go()
        self.outcomes += outcomes
        return [
            NotFound("no such recommendation")
            if "ffff" in o.recommendation_id
            else Recorded(o.recommendation_id, o.outcome)
            for o in outcomes
        ]

    def apply_reports(self, entries: Sequence[object], table: Table, channel: str) -> list[Applied]:
        self._go()
        return [Applied(reason=EVENT_UNKNOWN) for _ in entries]

    def reproduce(self, decision_id: str) -> Reproduction:
        return Reproduction(self.decision(decision_id).decision, same=True, bytes=2, differences=())

    def decision(self, decision_id: str, ask: Ask = BRIEF) -> Explained:
        self._go()
        if decision_id != DECISION:
            raise NotFound("no such decision")
        decided = decision("visited", "event/e-1")
        return Explained(decided, self.explained(decided, ask))

    def explained(
        self, decided: Decision, ask: Ask = BRIEF, live: Live | None = None, dry: DecisionRequest | None = None
    ) -> Mapping[str, Any]:
        self.asks.append(ask)
        return {"rules": [], "sentences": []}

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
            "everything": {"uplift": NO_HOLDOUT},
            "actions": [],
        }

    def make_snapshot(self) -> Mapping[str, Any]:
        self._go()
        self.snapshots += 1
        return {"number": self.snapshots}

    def status(self) -> Mapping[str, Any]:
        self._go()
        used = {"matcher": "reference", "rulebook": "sha256:0", "snapshot": self.snapshots}
        return {"ready": self.ready, **used, "store": "ok"}


def decision(trigger: str, trigger_id: str) -> Decision:
    """A decision as the engine makes it: one recommendation, one rejection."""
    given = Recommendation(
        recommendation_id="r-00aa-1",
        rank=1,
        action="quiet-check-in",
        kind="marketing",
        rule="check-in",
        why="They went quiet",
        serves=("S41",),
        channel="email",
        placement=None,
        effect={"type": "none"},
        content=Content("en", {"title": "Hello"}),
        products=(),
        score=1.0,
        score_parts={"value": 1.0},
        expires_at=NOW,
        scope="",
    )
    refusal = refused(NoConsent("phone", "marketing"))
    return Decision(
        decision_id=DECISION,
        trigger_id=trigger_id,
        trigger=trigger,
        customer="c/c-1",
        decided_at=NOW,
        rulebook="sha256:0",
        snapshot=0,
        results=(Result(None, (given,)),),
        rejected=(Rejection("personal-call", "call", refusal, attempts=(RefusedAttempt(None, "phone", refusal),)),),
        matched=("check-in",),
        standing={"tier": "gold"},
    )
