"""Requests for a decision, and outcomes of recommendations."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from engine.domain.errors import InvalidInput, Problem
from engine.domain.events import OUTCOMES, DecisionRequest, Outcome, Placed, customer_key, is_anonymous
from engine.domain.money import Currency
from engine.rulebook.shop import Shop
from engine.schemas.base import MAJOR, MAX_PROBLEMS, NO_MONEY, Base, Money, Refused, load
from engine.schemas.fields import Flag, Id, Key, Language, Number, OneOf, RecommendationId, Time, Whole, stored_id
from engine.schemas.leniency import load_leniently
from engine.schemas.nested import MAX_PLACEMENTS, Customer, ListOf, Object, object_schema, refuse_broken
from engine.schemas.properties import Cart, Traits, folded

INCLUDES: Final = ("explanation", "rejected", "profile")
MAX_OUTCOMES: Final = 1000
MAX_CONTEXT_KEYS: Final = 50


class AskedPlacement(Base):
    id = Id(required=True)
    count = Whole(1, 20, load_default=1)


class Context(Base):
    """The context of a request. Undeclared keys are passed on by name, without their value."""

    cart = Object(Cart)
    distance_km = Number(20_100, about="Distance to the nearest store with stock")
    in_stock_nearby = Flag()
    delivery_days = Whole(0, 1000, about="Days until a standard delivery of the cart")
    from_maker = Flag(about="The cart would be shipped by the maker")
    order_id = Key()

    @classmethod
    def keys(cls) -> frozenset[str]:
        return frozenset(cls._declared_fields)


class Request(Base):
    request_id = Key(required=True, about="Assigned by the sender; a repetition gets the first answer")
    customer = Customer(required=True)
    placements = ListOf(
        Object(AskedPlacement), at_most=MAX_PLACEMENTS, load_default=(), about="Empty: an outbound message"
    )
    language = Language(about="BCP 47 (default: the customer's, then the shop's)")
    context = Object(Context, load_default=dict, about="Unknown keys are ignored and listed in `warnings`")
    timeout_ms = Whole(1, 60_000, about="Validated but not used yet; PATRON_STORE_TIMEOUT_MS limits the wait")
    dry_run = Flag(load_default=False, about="Decide without storing anything")
    now = Time(about="Time of the decision; only with dry_run")
    include = ListOf(OneOf(INCLUDES), at_most=len(INCLUDES), load_default=())

    def check(self, data: dict[str, Any]) -> None:
        self.check_now(data)
        ids = [placement["id"] for placement in data["placements"]]
        if len(set(ids)) < len(ids):
            raise Refused("repeated", "names a placement twice", "placements")

    def check_now(self, data: dict[str, Any]) -> None:
        """What is stored is stored at the service's own time."""
        if "now" in data and not data["dry_run"]:
            raise Refused("dry-run", "is only allowed with dry_run", "now")


class LoggedRequest(Request):
    """A request in a log that is replayed: `now` is the moment at which it was made."""

    def check_now(self, data: dict[str, Any]) -> None:
        """The log is the clock."""


class ReportedOutcome(Base):
    recommendation_id = RecommendationId(required=True)
    outcome = OneOf(OUTCOMES, required=True)
    at = Time(about="Time of the outcome (default: now)")
    outcome_id = Key(about="Assigned by the sender; a repetition is the same outcome")


@cache
def _request(currency: Currency, logged: bool, integers: str) -> Request:
    money = Money(currency, currency, integers)
    return LoggedRequest(money) if logged else Request(money)


_outcome: Final = ReportedOutcome(NO_MONEY)
_traits: Final = Traits(NO_MONEY)

CONTEXT_KEYS: Final = Context.keys()
"""What a request's context may say; `load_request` lets other keys through with the value None."""


def load_request(
    raw: object, shop: Shop, *, logged: bool = False, integers: str = MAJOR, lenient: bool = True
) -> DecisionRequest:
    """A request from parsed JSON. InvalidInput lists all errors, with JSON pointers.

    `logged`: it stands in a log that is replayed, so that it may say `now` without being a dry run. `integers`: what a
    whole number of money counts, see `Money`. `lenient`: wrong optional values are left out with a warning.
    """
    known, ignored = _parted(raw)
    schema = _request(shop.currency, logged, integers)
    data, left_out = load_leniently(schema, known) if lenient else (load(schema, known), ())
    refuse_broken(data["customer"], shop, "/customer")
    context: Mapping[str, Any] = data["context"]
    near: tuple[str, ...] = ()
    if context.get("cart"):
        cart, near = shop.catalogue.understood(context["cart"], "/context/cart")
        context = {**context, "cart": cart}
    return DecisionRequest(
        request_id=data["request_id"],
        customer=data["customer"],
        placements=tuple(Placed(p["id"], p["count"]) for p in data["placements"]),
        language=data.get("language"),
        context={**context, **dict.fromkeys(ignored)},
        now=data.get("now"),
        dry_run=data["dry_run"],
        include=frozenset(data["include"]),
        warnings=(*_warnings(known), *left_out, *near),
    )


def _warnings(raw: Any) -> tuple[str, ...]:
    cart = raw["context"].get("cart") if "context" in raw else None
    return folded("/context/cart/lines", len(cart["lines"])) if cart else ()


def _parted(raw: Any) -> tuple[Any, tuple[str, ...]]:
    """The request without undeclared context keys, and their names, cut to a sane length and number."""
    context = raw.get("context") if type(raw) is dict else None
    if type(context) is not dict or context.keys() <= CONTEXT_KEYS:
        return raw, ()
    known = {key: value for key, value in context.items() if key in CONTEXT_KEYS}
    ignored = [str(key)[:60] for key in context if key not in CONTEXT_KEYS]
    return {**raw, "context": known}, tuple(ignored[:MAX_CONTEXT_KEYS])


def load_outcomes(raw: object, _shop: Shop) -> list[Outcome]:
    """One outcome or a list of them from parsed JSON. InvalidInput lists all errors, with JSON pointers."""
    if not isinstance(raw, list):
        return [_load_outcome(raw)]
    if not 1 <= len(raw) <= MAX_OUTCOMES:
        raise InvalidInput((Problem("", "length", f"must have 1 to {MAX_OUTCOMES} outcomes, not {len(raw)}"),))
    out, wrong = [], []
    for place, item in enumerate(raw):
        try:
            out.append(_load_outcome(item))
        except InvalidInput as error:
            wrong += [Problem(f"/{place}{p.pointer}", p.code, p.message) for p in error.problems]
        if len(wrong) > MAX_PROBLEMS:
            break
    if wrong:
        raise InvalidInput(tuple(wrong))
    return out


def _load_outcome(raw: object) -> Outcome:
    data = load(_outcome, raw)
    return Outcome(data["recommendation_id"], data["outcome"], data.get("at"), data.get("outcome_id"))


def load_customer(customer_id: str, *, anonymous: bool = False, stored: bool = False) -> str:
    """The customer key of an id as it stands in a path. InvalidInput when it cannot be one.

    `stored`: of a customer to be read or erased, whose id may be one that is refused today.
    """
    name = "anonymous_id" if anonymous else "id"
    try:
        return customer_key(**{name: stored_id(customer_id)}) if stored else Customer().read({name: customer_id})
    except Refused as refused:
        raise InvalidInput((Problem("/id", refused.code, str(refused)),)) from None


class MergeRequest(Base):
    customer = Customer(required=True, about="The known customer who stays")
    merged = Customer(required=True, about="The known customer whose data is added, and whose id then means the other")

    def check(self, data: dict[str, Any]) -> None:
        for name in ("customer", "merged"):
            if is_anonymous(data[name]):
                raise Refused("customer", 'must be known by an "id"', name)
        if data["customer"] == data["merged"]:
            raise Refused("customer", 'must be another customer than "customer"', "merged")


_merge: Final = MergeRequest(NO_MONEY)


def load_merge(raw: object) -> tuple[str, str]:
    """The keys of the customer who stays and of the one who is merged. InvalidInput lists all errors."""
    data = load(_merge, raw)
    return data["customer"], data["merged"]


def merge_json_schema() -> dict[str, Any]:
    """JSON Schema of a request to merge two known customers."""
    return object_schema(MergeRequest)


def load_traits(raw: object) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A customer's traits from parsed JSON, and a warning for each that is wrong and left out.

    InvalidInput lists all errors, with JSON pointers: if all traits are wrong, or a name is unknown.
    """
    return load_leniently(_traits, raw)


def load_traits_strictly(raw: object) -> dict[str, Any]:
    """A customer's traits, all of them right; InvalidInput otherwise."""
    return load(_traits, raw)


def request_json_schema() -> dict[str, Any]:
    """JSON Schema of a request for a decision."""
    schema = object_schema(Request)
    schema["properties"]["context"]["additionalProperties"] = True
    return schema


def outcome_json_schema() -> dict[str, Any]:
    """JSON Schema of one outcome."""
    return object_schema(ReportedOutcome)


def traits_json_schema() -> dict[str, Any]:
    """JSON Schema of a customer's traits."""
    return object_schema(Traits)
