"""Files on how the shop works: shop, vocabulary, channels, tiers, churn, catalogue, scenes, product roles."""

from authoring.file_schemas.names import Names
from authoring.file_schemas.parts import (
    DOTTED_NAME,
    LENGTH,
    NAME,
    NAME_,
    SHARE,
    TEXT,
    TRUTH,
    Schema,
    listed,
    mapping,
    money,
    named,
    number,
    pattern,
    record,
    said,
    whole,
    words,
)
from engine.domain.events import EVENT_TYPES
from engine.domain.facts import FactType, Missing
from engine.rulebook.read.channels import LONGEST_FIELD, MOST_PER_PLACEMENT
from engine.rulebook.read.products import LARGEST, LONGEST_SKU, MOST_EVIDENCE, MOST_STOCK
from engine.rulebook.read.shop import LANGUAGE
from engine.rulebook.read.words import (
    CONTACTS,
    CURRENCY_DECIMALS,
    ESCAPES,
    EVENT_PROPERTIES,
    ROLES,
    SUMMED_COUNTS,
    SUMMED_MONEY,
)


def shop(_: Names) -> Schema:
    keys = {
        "name": said(TEXT, "Name of the shop"),
        "broken_ids": said(listed(TEXT), "Customer ids to refuse: senders use them for more than one customer"),
        "currency": said(words(CURRENCY_DECIMALS), "Currency of all amounts, an ISO 4217 code"),
        "zone": said(TEXT, "Time zone of the shop, an IANA name such as Europe/Berlin"),
        "languages": said(listed(pattern(LANGUAGE), 1), "Codes such as en or zh-Hans; the first is the default"),
    }
    return record(keys, ("currency", "zone", "languages"), "The shop: currency, zone, languages")


def vocabulary(_: Names) -> Schema:
    scalar: Schema = {"type": ["string", "number", "boolean"]}
    sentence = said(TEXT, "Description in one sentence")
    example = said({"anyOf": [scalar, listed(scalar)]}, "Example value; a list for a set")
    fact = record(
        {
            "type": said(words([one.value for one in FactType]), "Type of its values"),
            "unit": said(words(("days", "%")), "Unit of days and of shares"),
            "values": said(listed(TEXT, 1), "All values that a text or set can have"),
            "missing": said(_missing(), "Value when nothing is known"),
            "example": example,
            "sentence": sentence,
        },
        ("type", "missing", "example", "sentence"),
    )
    sums = [f"{event}.{name}" for what in (SUMMED_MONEY, SUMMED_COUNTS) for event, name in what.items()]
    where: dict[str, Schema] = {name: {} for properties in EVENT_PROPERTIES.values() for name in properties}
    counter = record(
        {
            "count": said(words(EVENT_TYPES), "Count events of this type"),
            "sum": said(words(sums), "Add up this number of the events"),
            "where": said(record(where), "Only events with these properties"),
            "within": said(LENGTH, "Period, in whole days, at most 800"),
            "missing": said(_missing(), "0: the value without events"),
            "example": said(scalar, "Example value"),
            "sentence": sentence,
        },
        ("within", "example", "sentence"),
    )
    keys = {
        "facts": said(_by_name(fact), "Facts that are built in, or set by a table"),
        "counters": said(_by_name(counter), "Your own facts: count or sum events within a period"),
    }
    return record(keys, ("facts",), "Facts that rules may test")


def _by_name(schema: Schema) -> Schema:
    return {**mapping(schema), "propertyNames": DOTTED_NAME}


def _missing() -> Schema:
    """Accept 0 also as a number."""
    return {"anyOf": [words([one.value for one in Missing]), {"const": 0}]}


def channels(names: Names) -> Schema:
    field = record(
        {
            "max": said(whole(1, LONGEST_FIELD), "Maximum length in characters"),
            "optional": said(TRUTH, "yes: a text may omit it"),
        },
        ("max",),
    )
    fallback = mapping(mapping(TEXT), names.languages)
    placement = record(
        {
            "placement": said(DOTTED_NAME, "Its name, such as home.banner"),
            "at_most": said(whole(1, MOST_PER_PLACEMENT), "Number of recommendations"),
            "fallback": said(fallback, "Content when nothing is recommended, in each language"),
        },
        ("placement", "at_most", "fallback"),
    )
    channel = record(
        {
            "channel": said(NAME, "Its id"),
            "contact": said(words(CONTACTS), "When a contact counts"),
            "consent": said(TRUTH, "yes: marketing needs consent"),
            "address": said(NAME, "Required channel address, or none"),
            "outbound": said(TRUTH, "yes: messages are sent; no: content is shown during a visit"),
            "escape": said(words(ESCAPES), "How inserted values are escaped"),
            "fields": said(mapping(field), "Fields of a text"),
            "placements": said(listed(placement), "Placements of the channel"),
        },
        ("channel", "contact", "consent", "address", "outbound", "escape", "fields"),
    )
    return record({"channels": listed(channel, 1)}, ("channels",), "Channels, their texts and placements")


def tiers(_: Names) -> Schema:
    value = words(("margin", "spend"))
    level = record(
        {
            "id": said(NAME, "The tier"),
            "enter_top": said(SHARE, "Entered from this share of the best on"),
            "leave_top": said(SHARE, "Left when no longer within this share; never less than enter_top"),
        },
        ("id",),
    )
    keys = {
        "value": said(
            record(
                {"from": said(value, "Basis of the ranking"), "else": said(value, "Basis where that is unknown")},
                ("from",),
            ),
            "Basis of the ranking",
        ),
        "share_of": said(words(("customers", "value")), "Customers that the shares refer to"),
        "among": said(
            record(
                {
                    "orders": said(record({"at_least": whole(0, 1000)}, ("at_least",)), "Minimum number of orders"),
                    "reachable": said(TRUTH, "yes: only customers with a channel address"),
                }
            ),
            "Customers that are ranked",
        ),
        "levels": said(listed(level, 1), "Best first; the last takes the rest and has only an id"),
        "newcomer": said(
            record(
                {
                    "below_orders": said(whole(0, 1000), "Number of orders below which a customer is a newcomer"),
                    "unless_top": said(SHARE, "Share of the best customers who are never newcomers"),
                },
                ("below_orders",),
            ),
            "A separate tier for newcomers",
        ),
    }
    return record({"tiers": record(keys, ("value", "levels"))}, ("tiers",), "Value tiers")


def churn(_: Names) -> Schema:
    texts = ("model", "from", "until", "source")
    fitted = {
        "version": {"anyOf": [{"type": "number"}, TEXT]},
        **dict.fromkeys(("customers", "repeaters", "a", "b", "log_likelihood"), number()),
        **dict.fromkeys(texts, TEXT),
    }
    keys = {
        "interpurchase_time": record(
            {
                "r": said(number(0.001, 1000), "Shape of the distribution of purchase rates"),
                "alpha": said(LENGTH, "Scale of that distribution, such as 6.183 weeks"),
            },
            ("r", "alpha"),
        ),
        "lapse": record(
            {
                "theta": said(number(0.001, 1000), "Recent purchases at which a customer usually buys again"),
                "half_life": said(LENGTH, "Age at which a purchase counts half"),
                "at_least": said(LENGTH, "Shorter inactivity is never a lapse"),
                "at_most": said(LENGTH, "Longer inactivity is always a lapse"),
            },
            ("theta",),
        ),
        "fitted": said(record(fitted), "Source of the figures; written by `patron analyze fit`"),
    }
    return record(keys, ("interpurchase_time", "lapse"), "The models of inactivity")


def catalogue(names: Names) -> Schema:
    product = record(
        {
            "sku": {**TEXT, "maxLength": LONGEST_SKU},
            "title": said(mapping(TEXT, names.languages), "In each language"),
            "category": NAME_,
            "price": said(money(names.currency), "Such as 59 EUR"),
            "roles": said(listed(words(ROLES)), "Purpose"),
            "stock": said(whole(0, MOST_STOCK), "Units in stock (default: unlimited)"),
        },
        ("sku", "title", "category", "price"),
    )
    return record({"products": listed(product)}, ("products",), "Products that recommendations may name")


def scenes(names: Names) -> Schema:
    scene = record(
        {"scene": NAME_, "categories": listed(named(names.categories), 2)}, ("scene", "categories"), "Used together"
    )
    return record({"scenes": listed(scene)}, ("scenes",), "Categories that are used together")


def product_roles(names: Names) -> Schema:
    threshold = record(
        {
            "score": said(number(0, LARGEST), "Ratio to an average product; 1 is average"),
            "evidence": said(whole(0, MOST_EVIDENCE), "Number of purchases it is based on"),
            "confidence": said(number(0, LARGEST), "Lower bound of the score at 99 % confidence"),
        }
    )
    overrides = mapping(listed(words(ROLES)), names.products if len(names.products) <= 500 else ())
    keys = {
        "thresholds": said(mapping(threshold, ROLES), "Threshold from which a measured role applies"),
        "overrides": said(overrides, "Manual roles, overriding measured ones: sku: [roles]"),
        "price_level": said(
            record({"from": number(0, 1), "to": number(1, LARGEST)}, ("from", "to")),
            "Maximum price, as a multiple of the customer's usual price",
        ),
    }
    return record(keys, (), "Roles of products")


def roles(_: Names) -> Schema:
    score = record(
        {
            "score": number(0, LARGEST),
            "evidence": whole(0, MOST_EVIDENCE),
            "confidence": number(0, LARGEST),
        },
        ("score", "evidence", "confidence"),
    )
    measured = {
        "version": {"anyOf": [{"type": "number"}, TEXT]},
        **dict.fromkeys(("from", "until", "source"), TEXT),
        **dict.fromkeys(("customers", "purchases"), whole(0, MOST_EVIDENCE)),
    }
    table = mapping(record(dict.fromkeys(ROLES, score)))
    keys = {
        "measured": record(measured, tuple(measured)),
        "refused": said(mapping(TEXT, ROLES), "Roles that the data does not show, and why"),
        "products": said(table, "sku -> role -> score"),
        "categories": said(table, "category -> role -> score"),
        "neighbours": said(mapping(mapping(number())), "category -> categories bought with it"),
    }
    return record(keys, ("measured",), "Measured roles; written by `patron analyze roles`")
