"""The events of one customer, and the world that they happen in."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from examples.people import Person
from examples.products import Catalogue, Line, basket, cart_lines, total

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
DAYS = 400


@dataclass(slots=True)
class World:
    """The shop, its time and its only source of randomness. Times are milliseconds since 1970."""

    rng: Random
    catalogue: Catalogue
    until: datetime
    tag: str
    events: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)  # time, sequence number, event
    _numbers: int = 0

    @property
    def end(self) -> int:
        return int(self.until.timestamp()) * SECOND

    @property
    def start(self) -> int:
        return self.end - DAYS * DAY

    def ago(self, days: float) -> int:
        """A moment that many days before the end, in the ten hours before. Whole days ago, it is not the day before."""
        latest = self.end - int(days * DAY)
        span = min(10 * HOUR, max(int(days * DAY), HOUR))
        before = self.rng.randint(0, span)  # drawn alike at any time of day, so that a seed gives the same shop
        clock = datetime.fromtimestamp(latest // SECOND, self.until.tzinfo)
        today = (clock.hour * 60 + clock.minute) * MINUTE
        if days == int(days) and today < span:
            before = before * today // span
        return max((latest - before) // SECOND * SECOND, self.start)

    def text(self, moment: int) -> str:
        """RFC 3339 with the offset of `until`."""
        return datetime.fromtimestamp(moment // SECOND, self.until.tzinfo).isoformat()

    def number(self, kind: str) -> str:
        """An id that is unique in this world."""
        self._numbers += 1
        return f"{kind}-{self.tag}-{self._numbers:04d}"


class Diary:
    """The events of one customer, who is anonymous until `identify` if an anonymous id is given."""

    def __init__(self, world: World, person: Person, anonymous_id: str | None = None) -> None:
        self.world = world
        self.person = person
        self.rng = world.rng
        self.who = {"anonymous_id": anonymous_id} if anonymous_id else {"id": person.id}
        self.since = 0.0  # days before the end on which the customer arrived
        self._anonymous_id = anonymous_id

    def note(self, moment: int, type: str, channel: str | None = None, /, **properties: Any) -> None:
        """Add an event, unless its time is outside the history."""
        if self.world.start <= moment <= self.world.end:
            event = {
                "type": type,
                "time": moment,
                "customer": dict(self.who),
                "channel": channel,
                "properties": properties,
            }
            self.world.events.append((moment, len(self.world.events), event))

    def identify(self, moment: int, channel: str, knows: Sequence[str] = ("first_name", "language", "zone")) -> None:
        """Identify the customer, and alias an anonymous past to the known id."""
        self.who = {"id": self.person.id}
        traits = {name: getattr(self.person, name) for name in knows}
        self.note(
            moment, "identified", channel, traits={k: list(v) if isinstance(v, tuple) else v for k, v in traits.items()}
        )
        if self._anonymous_id:
            self.note(moment + SECOND, "aliased", channel, anonymous_id=self._anonymous_id)

    def link(self, moment: int, *channels: str, consent: bool = True) -> None:
        """Add channel addresses, with consent to service, and to marketing unless `consent` is false."""
        for i, channel in enumerate(channels):
            at = moment + (2 + i) * MINUTE
            where = "app" if channel == "app" else "web"
            self.note(at, "channel_address_added", where, channel=channel)
            purposes = ["marketing", "service"] if consent else ["service"]
            written_to = "push" if channel == "app" else channel  # the app is the channel address of push messages
            self.note(at + SECOND, "consent_changed", where, channel=written_to, purposes=purposes, granted=True)

    def visit(self, moment: int, channel: str, categories: Sequence[str] = (), views: int = 0) -> None:
        """A visit with product views."""
        self.note(moment, "visited", channel, surface=channel)
        for i in range(views):
            product = self.rng.choice(self.world.catalogue.of(categories or self.world.catalogue.categories))
            self.note(
                moment + (i + 1) * 2 * MINUTE, "product_viewed", channel, sku=product.sku, category=product.category
            )

    def buy(self, moment: int, channel: str, lines: Sequence[Line], delivered: float | None = 3) -> str:
        """An order with the events before it, and its delivery after `delivered` days; store orders have none."""
        if channel == "store":
            self.note(moment - 20 * MINUTE, "visited", channel, surface="store")
        else:
            self.visit(
                moment - 25 * MINUTE, channel, [line["category"] for line in lines], views=self.rng.randint(0, 2)
            )
            self.note(moment - 9 * MINUTE, "cart_updated", channel, lines=cart_lines(lines))
            self.note(moment - 4 * MINUTE, "checkout_started", channel, lines=cart_lines(lines))
        order = self.world.number("o")
        self.note(moment, "order_completed", channel, order_id=order, total=total(lines), lines=list(lines))
        if channel != "store" and delivered is not None:
            self.note(moment + int(delivered * DAY), "delivery_completed", None, order_id=order)
        return order

    def basket(self, categories: Sequence[str], euros: float) -> list[Line]:
        return basket(self.rng, self.world.catalogue, categories, int(euros * 100))

    def contacted(self, moment: int, about: str, *outcomes: str) -> None:
        """Outcomes of a message of the shop's earlier mailing system, with ids in Patron's format."""
        key = "c/" + self.who.get("id", "")
        digest = hashlib.sha256(f"{key}\0{about}\0{moment}".encode()).hexdigest()
        recommendation = f"r-{zlib.crc32(key.encode()) % 256:02x}{digest[:20]}-{digest[20:26]}"
        for i, outcome in enumerate(outcomes):
            self.note(
                moment + i * HOUR, "outcome", "email", recommendation_id=recommendation, outcome=outcome, action=about
            )
