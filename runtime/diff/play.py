"""One part of a log under one rulebook: what each customer got, and what became of them. Nothing is compared here."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import orjson

from engine.compiled import Compiled
from engine.events import customer_key, is_anonymous
from engine.tiers import Snapshot
from engine.times import day_of, parse_rfc3339
from runtime.diff.daily import Daily
from runtime.diff.people import People
from runtime.diff.ticks import Tick
from runtime.replay import Replay
from service import change
from service.customers import walk
from service.records import Record

MICRO: Final = 1_000_000
"""Money is added up in whole millionths of the currency unit: sums do not depend on their order."""
FORM: Final = ("content", "effect", "products", "deliver_after", "expires_at")
"""In what form an action is recommended."""


class Given(NamedTuple):
    """One recommendation that a customer got; asked again while it waits, it is the same one.

    `customer`: the key that they were known by at that time; `tier`: theirs then. `form`: a digest of text, effect,
    products and times. `cost` and `gain`: expected, in millionths of the currency unit; gain is what acceptance brings
    by its chance, without the cost.
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
class Played:
    """What came of a replay: the recommendations of each person in the order of time, and the tiers at the end.

    `refused`: reason -> how often something was dropped for it.
    """

    given: dict[str, list[Given]] = field(default_factory=dict)
    tiers: dict[str, str] = field(default_factory=dict)
    decisions: int = 0
    strays: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Player:
    """Replays a part. `daily` None: the part is the whole log, and snapshots are taken, and kept, as they come."""

    def __init__(
        self, compiled: Compiled, people: People, daily: Daily | None, due: bool = True, sent: bool = False
    ) -> None:
        self.compiled = compiled
        self.daily = Daily() if daily is None else daily
        self.replay = Replay(compiled, due, self._take if daily is None else daily, sent=sent)
        self.store = self.replay.store
        self._people = people
        self._known: set[str] = set()

    def play(self, ticks: Iterable[Tick], began: int) -> Played:
        """Replay it to its end."""
        played = Played()
        for record in self.records(ticks, began):
            self._note(record, played)
        for customer in walk(self.store):
            profile = change.read_profile(customer, self.store)
            if profile.merged_into is None and not is_anonymous(customer):
                played.tiers[customer] = profile.tier
        played.strays = self.replay.strays
        return played

    def records(self, ticks: Iterable[Tick], began: int) -> Iterator[Record]:
        """The records of its decisions, as they are made. `began`: the clock at the first line of the log."""
        self.replay.advance(began)
        if not self.daily:
            self.daily.keep(day_of(began), self.replay.live.snapshot)
        for tick in ticks:
            yield from self.replay.due_until(tick.until)
            if tick.item is not None:
                self.replay.advance(tick.clock)
                record = self.replay.handle(tick.item)
                if record is not None and "decision_id" in record:
                    yield record

    def _take(self, day: int) -> Snapshot:
        return self.daily.keep(day, self.replay.service.take_snapshot())

    def _note(self, record: Record, played: Played) -> None:
        played.decisions += 1
        for rejection in record["rejected"]:
            played.refused[rejection["reason"]] += 1
        found = [(result, one) for result in record["results"] for one in result.get("recommendations", ())]
        if not found:
            return
        customer = customer_key(**record["customer"])
        tier = change.read_profile(customer, self.store).tier
        for result, one in found:
            if one["recommendation_id"] not in self._known:
                self._known.add(one["recommendation_id"])
                given = _given(record, result["placement"], one, tier)
                played.given.setdefault(self._people.person(customer), []).append(given)


def _given(record: Record, placement: str | None, one: Mapping[str, Any], tier: str) -> Given:
    parts = one["score_parts"]
    form = orjson.dumps({name: one.get(name) for name in FORM}, option=orjson.OPT_SORT_KEYS)
    return Given(
        at=parse_rfc3339(record["decided_at"]),
        customer=customer_key(**record["customer"]),
        decision_id=record["decision_id"],
        recommendation_id=one["recommendation_id"],
        trigger=record["trigger"],
        action=one["action"],
        kind=one["kind"],
        channel=one["channel"],
        placement=placement,
        rule=one["rule"],
        tier=tier,
        form=blake2b(form, digest_size=8).digest(),
        cost=round(parts["cost"] * MICRO),
        gain=round(parts["propensity"] * parts["value"] * MICRO),
    )
