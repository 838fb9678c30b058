"""Replays one part of a log under one rulebook: recommendations and final tiers per customer. Compares nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, NamedTuple

import orjson

from authoring.replay_diff.daily import Daily
from authoring.replay_diff.identity_graph import IdentityGraph
from authoring.replay_diff.partitions import LogEntry
from engine.compiled.rulebook import Compiled
from engine.domain.decision import Decision, Recommendation
from engine.domain.events import is_anonymous
from engine.domain.times import utc_day
from engine.value.tiers import Snapshot
from runtime.replay import Replay
from service import change, figures
from service.customer_walk import walk
from service.replies import Decided

SORTED: Final = orjson.OPT_SORT_KEYS
MICRO: Final = 1_000_000
"""Money is totalled in whole millionths of the currency unit: sums do not depend on order."""


class Given(NamedTuple):
    """One recommendation to a customer; a repeated request while it is pending returns the same one.

    `customer`: the key at that time; `tier`: the tier then. `form`: a digest of text, effect,
    products and times. `cost` and `gain`: expected, in millionths of the currency unit; gain is the value of
    acceptance times its probability, before cost.
    """

    at: int
    customer: str
    decision_id: str
    recommendation_id: str
    trigger: str
    action: str
    kind: str
    channel: str
    placement: str | None
    rule: str
    tier: str
    form: bytes
    cost: int
    gain: int


@dataclass(slots=True)
class Replayed:
    """The result of a replay: each person's recommendations in order of time, and the final tiers.

    `refused`: reason -> number of refused candidates.
    """

    given: dict[str, list[Given]] = field(default_factory=dict)
    tiers: dict[str, str] = field(default_factory=dict)
    decisions: int = 0
    strays: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Replayer:
    """Replays a part. `daily` None: the part is the whole log; takes and keeps snapshots on the way."""

    def __init__(
        self, compiled: Compiled, identities: IdentityGraph, daily: Daily | None, due: bool = True, sent: bool = False
    ) -> None:
        self.compiled = compiled
        self.daily = Daily() if daily is None else daily
        self.replay = Replay(compiled, due, self._take if daily is None else daily, sent=sent)
        self.store = self.replay.store
        self._identities = identities
        self._known: set[str] = set()

    def replay_entries(self, entries: Iterable[LogEntry], began: int) -> Replayed:
        """Replay the part to its end."""
        replayed = Replayed()
        for decision in self.decisions(entries, began):
            self._note(decision, replayed)
        for customer in walk(self.store):
            profile = change.read_profile(customer, self.store)
            if profile.merged_into is None and not is_anonymous(customer):
                replayed.tiers[customer] = profile.tier
        replayed.strays = self.replay.strays
        return replayed

    def decisions(self, entries: Iterable[LogEntry], began: int) -> Iterator[Decision]:
        """The decisions, as they are made. `began`: the clock at the first line of the log."""
        self.replay.advance(began)
        if not self.daily:
            self.daily.keep(utc_day(began), self.replay.live.snapshot)
        for entry in entries:
            yield from self.replay.due_until(entry.until)
            if entry.item is not None:
                self.replay.advance(entry.clock)
                reply = self.replay.handle(entry.item)
                if isinstance(reply, Decided):
                    yield reply.decision

    def _take(self, day: int) -> Snapshot:
        return self.daily.keep(day, figures.take_snapshot(self.replay.work))

    def _note(self, decision: Decision, replayed: Replayed) -> None:
        replayed.decisions += 1
        for rejection in decision.rejected:
            replayed.refused[rejection.reason.value] += 1
        if not decision.given:
            return
        customer = decision.customer
        tier = change.read_profile(customer, self.store).tier
        for one in decision.given:
            if one.recommendation_id not in self._known:
                self._known.add(one.recommendation_id)
                given = _given(decision, one, tier)
                replayed.given.setdefault(self._identities.person(customer), []).append(given)


def _given(decision: Decision, one: Recommendation, tier: str) -> Given:
    parts = one.score_parts
    form = orjson.dumps([one.content, one.effect, one.products, one.deliver_after, one.expires_at], option=SORTED)
    return Given(
        at=decision.decided_at,
        customer=decision.customer,
        decision_id=decision.decision_id,
        recommendation_id=one.recommendation_id,
        trigger=decision.trigger,
        action=one.action,
        kind=one.kind,
        channel=one.channel,
        placement=one.placement,
        rule=one.rule,
        tier=tier,
        form=blake2b(form, digest_size=8).digest(),
        cost=round(parts["cost"] * MICRO),
        gain=round(parts["propensity"] * parts["value"] * MICRO),
    )
