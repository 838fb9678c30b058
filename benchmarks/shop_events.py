"""Made-up customers: a history for each, and fresh events to decide on. As JSON, so every revision can be sent them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Shop:
    """So many customers, who have their history before `now` and do something at `now`."""

    customers: int
    now: datetime

    def event(
        self, id: str, type: str, customer: int, days_ago: float, decide: str, **properties: object
    ) -> dict[str, object]:
        return {
            "id": id,
            "type": type,
            "time": (self.now - timedelta(days=days_ago)).isoformat(),
            "customer": {"id": f"c-{customer}"},
            "channel": "web",
            "properties": properties,
            "decide": decide,
        }

    def order(self, id: str, customer: int, days_ago: float, decide: str) -> dict[str, object]:
        amount = f"{20 + customer % 80}.00"
        line = {"line_id": "1", "sku": "K-100", "category": "kitchen", "quantity": 1, "amount": amount}
        return self.event(
            id, "order_completed", customer, days_ago, decide, order_id=id, total=line["amount"], lines=[line]
        )

    def history(self) -> Iterator[dict[str, object]]:
        """Six orders, two visits, an address, a name and a consent for every customer."""
        for c in range(self.customers):
            traits = {"first_name": f"Ada{c}", "language": "en"}
            yield self.event(f"i-{c}", "identified", c, 300, "none", traits=traits)
            yield self.event(f"l-{c}", "channel_address_added", c, 300, "none", channel="email")
            yield self.event(
                f"k-{c}", "consent_changed", c, 300, "none", channel="email", purposes=["marketing"], granted=True
            )
            for n in range(6):
                yield self.order(f"o-{c}-{n}", c, 200 - 30 * n - c % 20, "none")
            yield self.event(f"v-{c}", "visited", c, 3, "none", surface="web")
            yield self.event(f"s-{c}", "searched", c, 2, "none", query="stone bird bath", results=0)

    def asking(self) -> Iterator[dict[str, object]]:
        """Endless fresh events to decide on: a five-star rating, a search without results, a complaint, an order, a
        failed delivery. Customers take turns, and the next time around each sends an event of another type."""
        n = 0
        while True:
            c, kind = (n * 7919) % self.customers, (n + n // self.customers) % 5
            key = f"e-{n}"
            if kind == 0:
                yield self.event(key, "rated", c, 0, "outbound", score=5, about="K-100")
            elif kind == 1:
                yield self.event(key, "searched", c, 0, "outbound", query="stone bird bath", results=0)
            elif kind == 2:
                yield self.event(key, "complaint_opened", c, 0, "outbound", complaint_id=key, about="delivery")
            elif kind == 3:
                yield self.order(key, c, 0, "outbound")
            else:
                yield self.event(key, "delivery_failed", c, 0, "outbound", order_id=f"o-{c}-0")
            n += 1
