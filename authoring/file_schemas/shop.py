"""Files that say how the shop works: shop, vocabulary, channels, tiers, churn, catalogue, scenes, product roles."""

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
        "name": said(TEXT, "What the shop is called"),
        "currency": said(words(CURRENCY_DECIMALS), "The one currency, a code of ISO 4217"),
        "zone": said(TEXT, "The time zone the shop lives in, an IANA name such as Europe/Berlin"),
        "languages": said(listed(pattern(LANGUAGE), 1), "Codes such as en or zh-Hans; the first is the default"),
    }
    return record(keys, ("currency", "zone", "languages"), "The shop: currency, zone, languages")


def vocabulary(_: Names) -> Schema:
    scalar: Schema = {"type": ["string", "number", "boolean"]}
    sentence = said(TEXT, "One sentence that says what it is")
    example = said({"anyOf": [scalar, listed(scalar)]}, "A value such as it could have; a list for a set")
    fact = record(
        {
            "type": said(words([one.value for one in FactType]), "What kind of value it has"),
            "unit": said(words(("days", "%")), "Of days and of shares"),
            "values": said(listed(TEXT, 1), "The only values that a text or set can have"),
            "missing": said(_missing(), "What it is when nothing is known of it"),
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
            "where": said(record(where), "Only events that say this"),
            "within": said(LENGTH, "How far it looks back: whole days, at most 800"),
            "missing": said(_missing(), "0: a counter that counted nothing is 0"),
            "example": said(scalar, "A value such as it could have"),
            "sentence": sentence,
        },
        ("within", "example", "sentence"),
    )
    keys = {
        "facts": said(_by_name(fact), "Facts that are built in, or decided by a table"),
        "counters": said(_by_name(counter), "Facts of your own: count or add up events within a time"),
    }
    return record(keys, ("facts",), "What rules may test")


def _by_name(schema: Schema) -> Schema:
    return {**mapping(schema), "propertyNames": DOTTED_NAME}


def _missing() -> Schema:
    """0 may be written as the number that it looks like."""
    return {"anyOf": [words([one.value for one in Missing]), {"const": 0}]}


def channels(names: Names) -> Schema:
    field = record(
        {
            "max": said(whole(1, LONGEST_FIELD), "How many characters a text may have here"),
            "optional": said(TRUTH, "yes: a text may leave it out"),
        },
        ("max",),
    )
    fallback = mapping(mapping(TEXT), names.languages)
    placement = record(
        {
            "placement": said(DOTTED_NAME, "Its name, such as home.banner"),
            "at_most": said(whole(1, MOST_PER_PLACEMENT), "How many recommendations it takes"),
            "fallback": said(fallback, "What is shown when there is nothing to recommend, in each language"),
        },
        ("placement", "at_most", "fallback"),
    )
    channel = record(
        {
            "channel": said(NAME, "Its id"),
            "contact": said(words(CONTACTS), "When a contact counts"),
            "consent": said(TRUTH, "yes: marketing needs a consent here"),
            "link": said(NAME, "Which link of the customer it reaches, or none"),
            "outbound": said(TRUTH, "yes: something is sent; no: it is shown while the customer is there"),
            "escape": said(words(ESCAPES), "How values that are filled in are escaped"),
            "fields": said(mapping(field), "The fields of a text here"),
            "placements": said(listed(placement), "Slots that can be filled"),
        },
        ("channel", "contact", "consent", "link", "outbound", "escape", "fields"),
    )
    return record({"channels": listed(channel, 1)}, ("channels",), "Where we speak, and how long a text may be there")


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
                {"from": said(value, "What a customer is ranked by"), "else": said(value, "Where that is not known")},
                ("from",),
            ),
            "What customers are ranked by",
        ),
        "share_of": said(words(("customers", "value")), "Shares of what"),
        "among": said(
            record(
                {
                    "orders": said(
                        record({"at_least": whole(0, 1000)}, ("at_least",)), "Only who has ordered so often"
                    ),
                    "linked": said(TRUTH, "yes: only who can be reached"),
                }
            ),
            "Who is ranked",
        ),
        "levels": said(listed(level, 1), "Best first; the last takes the rest and has only an id"),
        "newcomer": said(
            record(
                {
                    "below_orders": said(whole(0, 1000), "With fewer orders one is a newcomer"),
                    "unless_top": said(SHARE, "but not who is among the best"),
                },
                ("below_orders",),
            ),
            "A tier of its own for who is new",
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
        "rhythm": record(
            {
                "r": said(number(0.001, 1000), "Shape of how rhythms differ between customers"),
                "alpha": said(LENGTH, "Scale of it, such as 6.183 weeks"),
            },
            ("r", "alpha"),
        ),
        "lapse": record(
            {
                "theta": said(number(0.001, 1000), "The recent purchases at which the waiting is over"),
                "half_life": said(LENGTH, "After so long a purchase counts half"),
                "at_least": said(LENGTH, "No silence is long before"),
                "at_most": said(LENGTH, "Every silence is long after"),
            },
            ("theta",),
        ),
        "fitted": said(record(fitted), "Where the figures come from; written by `patron fit`"),
    }
    return record(keys, ("rhythm", "lapse"), "The two clocks of silence")


def catalogue(names: Names) -> Schema:
    product = record(
        {
            "sku": {**TEXT, "maxLength": LONGEST_SKU},
            "title": said(mapping(TEXT, names.languages), "In each language"),
            "category": NAME_,
            "price": said(money(names.currency), "Such as 59 EUR"),
            "roles": said(listed(words(ROLES)), "What it is for"),
            "stock": said(whole(0, MOST_STOCK), "Units; left out: as many as are wanted"),
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
            "score": said(number(0, LARGEST), "A ratio: 1 is like any other product"),
            "evidence": said(whole(0, MOST_EVIDENCE), "The purchases that it rests on"),
            "confidence": said(number(0, LARGEST), "The score is at least this with 99 % certainty"),
        }
    )
    overrides = mapping(listed(words(ROLES)), names.products if len(names.products) <= 500 else ())
    keys = {
        "thresholds": said(mapping(threshold, ROLES), "From where a measured role counts"),
        "overrides": said(overrides, "Roles by hand, whatever was measured: sku: [roles]"),
        "price_level": said(
            record({"from": number(0, 1), "to": number(1, LARGEST)}, ("from", "to")),
            "How many times the customer's usual price a product may cost",
        ),
    }
    return record(keys, (), "What products are for")


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
        "refused": said(mapping(TEXT, ROLES), "Roles that the data cannot show, and why"),
        "products": said(table, "sku -> role -> score"),
        "categories": said(table, "category -> role -> score"),
        "neighbours": said(mapping(mapping(number())), "category -> those that are bought with it"),
    }
    return record(keys, ("measured",), "Measured roles; written by `patron roles`")
