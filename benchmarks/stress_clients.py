"""What one client of the stress script does: asks, tells events, tells outcomes, repeats itself, and forgets things."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from benchmarks.stress_http import Connection
from benchmarks.stress_log import Line, Log, Told
from engine.decisioning.contacts import ACCEPTS, CLOSES
from engine.domain.times import format_rfc3339

OUTCOMES: Mapping[str, float] = {
    "impression": 6,
    "sent": 6,
    "click": 3,
    "accept": 1,
    "convert": 0.4,
    "reject": 3,
    "ignore": 1,
    "undo": 2,
}
"""How often each is told, by comparison."""
FORGOTTEN = 0.3
"""The share of recommendations of which nobody ever hears again."""
UNKNOWN = "r-0000000000000000000000-000000"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Stage:
    """What all clients share. A customer's outcomes are told by one client, in their order; everything else by all."""

    name: str
    log: Log
    customers: int
    operations: int
    clients: int
    open: list[dict[str, Line]] = field(default_factory=list)
    recent: deque[tuple[str, str, bytes, str]] = field(default_factory=lambda: deque(maxlen=40))
    sent: int = 0
    _last: int = 0

    def __post_init__(self) -> None:
        self.open = [{} for _ in range(self.clients)]

    def key(self, number: int) -> str:
        return f"{self.name}-{number}"

    def new_id(self) -> str:
        """An id that no other event or request of this run has."""
        self._last += 1
        return f"{self.name}-{self._last}"

    def give(self, number: int, lines: list[Line]) -> None:
        """The recommendations go to the client who tells this customer's outcomes."""
        for line in lines:
            self.open[number % self.clients][line.recommendation_id] = line


class Client:
    """One of many. All that it does follows from its number, but for the order in which answers come."""

    def __init__(self, number: int, stage: Stage, connection: Connection) -> None:
        self._stage = stage
        self._connection = connection
        self._random = random.Random(f"{stage.name}/{number}")
        self._mine = stage.open[number]
        self._number = number
        self._placements = sorted(stage.log.book.placements)
        self._decided = {c.id for c in stage.log.book.channels.values() if c.contact == "decided"}

    async def run(self) -> None:
        """Until all operations together are done."""
        acts: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self._ask, 30),
            (self._visit, 12),
            (self._order, 4),
            (self._complain, 3),
            (self._consent, 2),
            (self._repeat, 9),
            (self._outcome, 38),
            (self._wrong, 2),
        ]
        while self._stage.sent < self._stage.operations:
            act = self._random.choices([a for a, _ in acts], [w for _, w in acts])[0]
            if act == self._outcome and not self._mine:
                act = self._ask
            await act()

    async def take(self, numbers: Iterable[int]) -> None:
        """For each of these customers: whatever there is, and it is accepted."""
        for number in numbers:
            body = {"placements": [{"id": name} for name in self._placements]}
            for line in await self._decide("/v1/decisions", "request_id", number, body):
                await self._tell(line, "accept", now_ms())

    # ---- questions and events ----

    async def _ask(self) -> None:
        chosen = self._random.sample(self._placements, self._random.randint(1, min(3, len(self._placements))))
        body = {
            "placements": [{"id": name, "count": self._random.randint(1, 2)} for name in chosen],
        }
        await self._decide("/v1/decisions", "request_id", self._anybody(), body)

    async def _visit(self) -> None:
        decide = self._random.choice(["outbound", "outbound", "none", [self._random.choice(self._placements)]])
        await self._event(self._anybody(), "visited", {"surface": "web"}, decide)

    async def _complain(self) -> None:
        await self._event(self._anybody(), "complaint_opened", {"complaint_id": self._stage.new_id()})

    async def _consent(self) -> None:
        granted = self._random.random() < 0.6
        said = {"channel": "email", "purposes": ["marketing"], "granted": granted}
        await self._event(self._anybody(), "consent_changed", said, self._random.choice(["none", "outbound"]))

    async def _event(self, number: int, kind: str, said: dict[str, Any], decide: object = "outbound") -> None:
        body = {"type": kind, "time": format_rfc3339(now_ms()), "properties": said, "decide": decide}
        await self._decide("/v1/events", "id", number, body)

    async def _decide(self, path: str, name: str, number: int, body: dict[str, Any]) -> list[Line]:
        customer, key = self._stage.key(number), self._stage.new_id()
        data = orjson.dumps({name: key, "customer": {"id": customer}, **body})
        self._stage.recent.append((path, key, data, customer))
        return await self._send(path, key, data, customer)

    async def _repeat(self) -> None:
        """The same once more; often while the first is still on its way."""
        if self._stage.recent:
            await self._send(*self._random.choice(self._stage.recent))

    async def _post(self, path: str, data: bytes) -> tuple[int, bytes]:
        self._stage.sent += 1
        return await self._connection.post(path, data)

    async def _send(self, path: str, key: str, data: bytes, customer: str) -> list[Line]:
        """The recommendations that nobody had got before."""
        status, answer = await self._post(path, data)
        log = self._stage.log
        if status != 200:
            log.faults.append(f"{status} to {data[:200]!r}: {answer[:300]!r}")
            return []
        told = orjson.loads(answer)
        if told.get("degraded"):
            return []
        log.answered(f"{path} {key}", answer)
        lines = log.promised(customer, told) if "results" in told else []
        self._stage.give(int(customer.rpartition("-")[2]), lines)
        return lines

    def _anybody(self) -> int:
        """Some customers come much more often than others."""
        return int(self._stage.customers * self._random.random() ** 2)

    # ---- outcomes ----

    async def _outcome(self) -> None:
        """Something about one of my customers' recommendations: new, once more, or nothing ever again."""
        line = self._random.choice(list(self._mine.values()))
        if self._random.random() < FORGOTTEN or len(line.told) >= 4 or now_ms() > line.expires + 2_000:
            del self._mine[line.recommendation_id]
            return
        if line.told and self._random.random() < 0.2:
            outcome = self._random.choice(line.told).outcome
        else:
            possible = [o for o in OUTCOMES if o != "undo" or any(told.outcome in ACCEPTS for told in line.told)]
            outcome = self._random.choices(possible, [OUTCOMES[o] for o in possible])[0]
        if self._random.random() < 0.2:
            await self._tell_event(line, outcome)
        else:
            await self._tell(line, outcome, now_ms())
        if outcome in CLOSES and line.channel in self._decided:
            del self._mine[line.recommendation_id]

    async def _tell(self, line: Line, outcome: str, at: int, again: bool = False, by_order: bool = False) -> None:
        said = {"recommendation_id": line.recommendation_id, "outcome": outcome, "at": format_rfc3339(at)}
        status, answer = await self._post("/v1/outcomes", orjson.dumps(said))
        if status != 200:
            self._stage.log.faults.append(f"{status} to {said}: {answer[:300]!r}")
        else:
            late, again = orjson.loads(answer).get("late", False), again or self._connection.again
            line.told.append(Told(outcome, at, now_ms(), late, again, by_order))

    async def _tell_event(self, line: Line, outcome: str) -> None:
        """By an event, which does not say whether it was late: so it is told the plain way, too."""
        at = now_ms()
        key = self._stage.new_id()
        said = {"recommendation_id": line.recommendation_id, "outcome": outcome}
        body = {"id": key, "type": "outcome", "time": format_rfc3339(at), "customer": {"id": line.customer}}
        data = orjson.dumps({**body, "properties": said, "decide": "none"})
        await self._send("/v1/events", key, data, line.customer)
        await self._tell(line, outcome, at, again=True)

    async def _order(self) -> None:
        """An order; sometimes one that names what led to it."""
        lines = [line for line in self._mine.values() if line.expires > now_ms() + 1_000]
        line = self._random.choice(lines) if lines and self._random.random() < 0.5 else None
        customer = line.customer if line else self._stage.key(self._anybody())
        key, at = self._stage.new_id(), now_ms()
        bought = {"line_id": "1", "sku": "K-1", "category": "kitchen", "quantity": 1, "amount": "20.00"}
        said = {"order_id": key, "total": "20.00", "lines": [bought]}
        said |= {"recommendation_ids": [line.recommendation_id]} if line else {}
        body = {"id": key, "type": "order_completed", "time": format_rfc3339(at), "customer": {"id": customer}}
        data = orjson.dumps({**body, "properties": said})
        await self._send("/v1/events", key, data, customer)
        if line:
            await self._tell(line, "convert", at, again=True, by_order=True)

    async def _wrong(self) -> None:
        """Of what was never recommended, or of somebody else's: refused, and nothing changes."""
        line = self._random.choice(list(self._mine.values())) if self._mine else None
        name = line.recommendation_id if line else UNKNOWN
        body = {
            "id": self._stage.new_id(),
            "type": "outcome",
            "time": format_rfc3339(now_ms()),
            "customer": {"id": f"{self._stage.name}-nobody"},
            "properties": {"recommendation_id": name, "outcome": "accept"},
        }
        status, answer = await self._post("/v1/events", orjson.dumps(body))
        if status not in (404, 422):
            self._stage.log.faults.append(f"{status} to an outcome of {name} by another: {answer[:300]!r}")


async def prepare(stage: Stage, connection: Connection) -> None:
    """All customers have an address and agree to get mail."""
    at = format_rfc3339(now_ms() - 60_000)
    lines = []
    for number in range(stage.customers):
        customer = {"id": stage.key(number)}
        common = {"time": at, "customer": customer, "decide": "none"}
        link = {"channel": "email"}
        consent = {**link, "purposes": ["marketing"], "granted": True}
        lines.append({"id": f"l-{number}", "type": "channel_address_added", "properties": link, **common})
        lines.append({"id": f"c-{number}", "type": "consent_changed", "properties": consent, **common})
    for start in range(0, len(lines), 1_000):
        status, answer = await connection.post("/v1/events:batch", orjson.dumps(lines[start : start + 1_000]))
        if status != 200 or orjson.loads(answer)["refused"]:
            raise SystemExit(f"the customers could not be made: {status} {answer[:300]!r}")


async def all_at_once(clients: list[Client]) -> None:
    """The random part."""
    await asyncio.gather(*(client.run() for client in clients))


async def take_the_rest(clients: list[Client], stage: Stage, customers: int) -> None:
    """So many customers who were never here take all that is left."""
    new = range(stage.customers, stage.customers + customers)
    await asyncio.gather(*(client.take(new[at :: len(clients)]) for at, client in enumerate(clients)))
