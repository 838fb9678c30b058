"""The properties of every event type: which ones it accepts, and which ones it requires. docs/api.md lists them."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from engine.domain.events import OUTCOMES
from engine.domain.money import share
from engine.schemas.base import Base, Refused
from engine.schemas.fields import (
    Amount,
    Birthday,
    CurrencyCode,
    Flag,
    Id,
    Key,
    Label,
    Language,
    OneOf,
    RecommendationId,
    ShopAmount,
    Text,
    Whole,
    Zone,
)
from engine.schemas.nested import Customer, ListOf, Object

MAX_LINES: Final = 200
"""Lines that are kept of an order or cart; the rest is summed into one."""
MOST_SENT: Final = 5_000
FOLDED: Final = f"Lines beyond {MAX_LINES} are summed into one without sku and category, with a warning"
REST: Final = "rest"
"""The line id of that one."""
MAX_QUANTITY: Final = 1_000_000
CONTRIBUTIONS: Final = ("rate", "write", "test", "design", "organise")


def fold_lines(lines: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """At most `MAX_LINES` lines: amounts, quantities and costs of the others are summed into one."""
    if len(lines) <= MAX_LINES:
        return lines
    kept, others = lines[: MAX_LINES - 1], lines[MAX_LINES - 1 :]
    rest = {"line_id": REST, "quantity": min(MAX_QUANTITY, sum(line["quantity"] for line in others))}
    for name in ("amount", "cost"):
        if all(name in line for line in others):
            rest[name] = sum(line[name] for line in others)
    return (*kept, rest)


def folded(pointer: str, count: int) -> tuple[str, ...]:
    """The warning about so many lines; none where all of them are kept."""
    if count <= MAX_LINES:
        return ()
    return (f"{pointer}: of {count:,} lines {MAX_LINES - 1} are kept, and the others are summed into one",)


class OrderLine(Base):
    line_id = Id(required=True)
    sku = Label(lenient=True)
    category = Label(lenient=True)
    quantity = Whole(1, MAX_QUANTITY, load_default=1)
    amount = Amount(required=True, about="For the whole line, after discounts")
    cost = Amount(about="Cost of the whole line to the shop; omit it if unknown")


class CartLine(Base):
    line_id = Id(lenient=True)
    sku = Label(required=True)
    category = Label(lenient=True)
    quantity = Whole(1, MAX_QUANTITY, load_default=1)
    amount = Amount(about="For the whole line")


class Cart(Base):
    lines = ListOf(Object(CartLine), at_most=MOST_SENT, fold=fold_lines, required=True, about=FOLDED)


class Priced(Base):
    """Amounts in one currency: the shop's own, or another beside `shop_total`, to which all of them are scaled."""

    currency = CurrencyCode(about="Currency of all amounts (default: the shop's)")
    shop_total = ShopAmount(about="Total in the shop's currency; required if the amounts are in another")

    total_name: str

    @property
    def foreign(self) -> bool:
        return self.money.sent != self.money.shop

    def check(self, data: dict[str, Any]) -> None:
        if not self.foreign:
            if "shop_total" in data and data["shop_total"] != self._total(data):
                raise Refused("currency", "differs from the total in the same currency", "shop_total")
        elif "shop_total" not in data:
            sent, shop = self.money.sent.code, self.money.shop.code
            raise Refused("currency", f"amounts in {sent} need shop_total, the amount in {shop}", "currency")
        elif not self._total(data) and data["shop_total"]:
            raise Refused("currency", "cannot be divided among amounts of zero", "shop_total")
        _check_line_ids(data)

    def _total(self, data: Mapping[str, Any]) -> int:
        total: int = data.get(self.total_name, 0)
        return total

    def finish(self, data: dict[str, Any]) -> dict[str, Any]:
        shop_total = data.pop("shop_total", None)
        data.pop("currency", None)
        if self.foreign:
            sent = self._total(data)
            _scale(data, sent or 1, shop_total)
            data[self.total_name] = shop_total
            data["sent"] = self.money.sent.code, sent
        return data


class OrderCompleted(Priced):
    order_id = Key(required=True)
    total = Amount(required=True, about="Paid, after discounts, without tax and shipping")
    lines = ListOf(Object(OrderLine), at_most=MOST_SENT, fold=fold_lines, load_default=(), about=FOLDED)
    recommendation_ids = ListOf(
        RecommendationId(), at_most=20, lenient=True, about="Recommendations that led to this order"
    )

    total_name = "total"


class OrderUpdated(OrderCompleted):
    """A later version of an order, which replaces the earlier ones as a whole."""


class OrderReturned(Priced):
    order_id = Key(required=True)
    lines = ListOf(Object(OrderLine), at_most=MOST_SENT, at_least=1, fold=fold_lines, about=FOLDED)
    amount = Amount(about="Amount refunded (default: the sum of the lines)")

    total_name = "amount"
    also: ClassVar[Mapping[str, Any]] = {
        "anyOf": [{"required": [name]} for name in ("lines", "amount", "amount_minor")]
    }

    def check(self, data: dict[str, Any]) -> None:
        if "lines" not in data and "amount" not in data:
            raise Refused("required", 'needs "lines" or "amount"')
        super().check(data)

    def finish(self, data: dict[str, Any]) -> dict[str, Any]:
        data["amount"] = self._total(data)
        return super().finish(data)

    def _total(self, data: Mapping[str, Any]) -> int:
        amount: int | None = data.get("amount")
        return sum(line["amount"] for line in data["lines"]) if amount is None else amount


def _check_line_ids(data: Mapping[str, Any]) -> None:
    lines = data.get("lines", ())
    if len({line["line_id"] for line in lines}) < len(lines):
        raise Refused("repeated", "two lines have the same line_id", "lines")


def _scale(data: Mapping[str, Any], total: int, shop_total: int) -> None:
    """Line amounts and costs in proportion. Amounts are rounded as running sums, so that their sum is exact."""
    before = 0
    for line in data.get("lines", ()):
        after = before + line["amount"]
        line["amount"] = share(after, total, shop_total) - share(before, total, shop_total)
        before = after
        if "cost" in line:
            line["cost"] = share(line["cost"], total, shop_total)


class Order(Base):
    order_id = Key(required=True)


class Visited(Base):
    surface = Label(lenient=True, about="web, app, store, ...")


class ProductViewed(Base):
    sku = Label(required=True)
    category = Label(lenient=True)


class Searched(Base):
    query = Text(required=True)
    results = Whole(0, 1_000_000_000, lenient=True, about="Number of results")


class ContentEngaged(Base):
    content_id = Id(required=True)
    kind = Label(lenient=True)


class CommunityJoined(Base):
    community = Id(required=True)


class CommunityContributed(Base):
    kind = OneOf(CONTRIBUTIONS, required=True)


class Traits(Base):
    first_name = Label(lenient=True)
    birthday = Birthday(lenient=True, about="YYYY-MM-DD or MM-DD")
    zone = Zone(lenient=True, about="IANA time zone")
    language = Language(lenient=True, about="BCP 47")
    interests = ListOf(Label(), at_most=50, lenient=True)

    empty_means_nothing = True


class Identified(Base):
    traits = Object(Traits, required=True)


class Aliased(Base):
    anonymous_id = Key(anonymous=True, required=True, about="Anonymous id of the same customer")


class Merged(Base):
    merged = Customer(required=True, about="Another known customer who is the same person; their data is added")


class ChannelAddress(Base):
    channel = Id(required=True)


class ConsentChanged(Base):
    channel = Id(required=True)
    purposes = ListOf(Id(), at_most=20, at_least=1, required=True)
    granted = Flag(required=True)


class Complaint(Base):
    complaint_id = Key(required=True)
    about = Label(lenient=True)


class Rated(Base):
    score = Whole(1, 5, required=True)
    about = Label(lenient=True)


class FeedbackGiven(Base):
    topic = Label(required=True)
    text = Text(lenient=True)


class WishExpressed(Base):
    category = Label(lenient=True)
    text = Text(lenient=True)

    empty_means_nothing = True
    also: ClassVar[Mapping[str, Any]] = {"minProperties": 1}

    def check(self, data: dict[str, Any]) -> None:
        if not data:
            raise Refused("required", 'needs "category" or "text"')


class Referral(Base):
    referred = Customer(required=True, about="The friend's id")


class OutcomeReported(Base):
    """`action`: for the history of another system, whose contacts Patron has no record of."""

    recommendation_id = RecommendationId(required=True)
    outcome = OneOf(OUTCOMES, required=True)
    action = Id()


PROPERTIES: Final[Mapping[str, type[Base]]] = {
    "order_completed": OrderCompleted,
    "order_updated": OrderUpdated,
    "order_returned": OrderReturned,
    "order_cancelled": Order,
    "delivery_completed": Order,
    "delivery_failed": Order,
    "visited": Visited,
    "product_viewed": ProductViewed,
    "searched": Searched,
    "cart_updated": Cart,
    "checkout_started": Cart,
    "content_engaged": ContentEngaged,
    "community_joined": CommunityJoined,
    "community_contributed": CommunityContributed,
    "identified": Identified,
    "aliased": Aliased,
    "merged": Merged,
    "channel_address_added": ChannelAddress,
    "channel_address_removed": ChannelAddress,
    "consent_changed": ConsentChanged,
    "complaint_opened": Complaint,
    "complaint_closed": Complaint,
    "rated": Rated,
    "feedback_given": FeedbackGiven,
    "wish_expressed": WishExpressed,
    "referral_made": Referral,
    "referral_converted": Referral,
    "referral_reversed": Referral,
    "outcome": OutcomeReported,
}
