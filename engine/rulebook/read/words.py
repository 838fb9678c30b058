"""The closed lists of words in rule files, and what people write instead of them."""

from typing import Final

STATEMENTS: Final = frozenset(
    f"S{number}"
    for numbers in (
        range(1, 10),
        range(10, 17),
        range(20, 27),
        range(30, 33),
        range(40, 46),
        range(50, 58),
        range(60, 64),
        range(70, 72),
    )
    for number in numbers
)
"""The statements of the strategy that a rule can serve."""

STATUSES: Final = ("draft", "shadow", "live", "retired")
KINDS: Final = ("marketing", "service", "transactional", "mandatory", "internal")
ROLES: Final = ("activation", "stabilising", "anti_churn", "volume", "profit")
ONCE: Final = ("customer", "order", "delivery", "complaint", "inactivity spell", "year")
EFFECTS: Final = (
    "none",
    "discount",
    "free_delivery",
    "delivery_method",
    "gift",
    "points",
    "content",
    "task",
)
CONTACTS: Final = ("decided", "sent", "shown")
ESCAPES: Final = ("text", "html")
PICKS: Final = ("first", "only_one", "any", "priority", "lowest", "highest", "all")
PICK_SYNONYMS: Final = {
    **dict.fromkeys(("unique", "one", "u"), "only_one"),
    **dict.fromkeys(("f", "top"), "first"),
    "a": "any",
    **dict.fromkeys(("best", "p"), "priority"),
    **dict.fromkeys(("min", "minimum", "smallest", "c<"), "lowest"),
    **dict.fromkeys(("max", "maximum", "largest", "c>"), "highest"),
    **dict.fromkeys(("collect", "rule order", "output order", "every", "set", "c", "r", "o"), "all"),
}
"""What people write in place of a word of PICKS, among it the hit policies of DMN."""
EXCLUSIONS: Final = ("bought_recently", "in_cart")
FACTORS: Final = ("propensity", "value", "context", "multiplier", "cost")
ROLLING: Final = "rolling"
CALENDAR: Final = "calendar"
WINDOWS: Final = (ROLLING, CALENDAR)
SHOP: Final = "shop"
"""In place of a zone: that of the shop."""
CAP_ZONES: Final = ("customer", SHOP)
REFUSALS: Final = ("ignore", "reject")
DROP: Final = "drop"
QUIET: Final = ("hold", DROP)
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HISTORY_OUTCOMES: Final = ("none", "impression", "sent", "click", "accept", "reject", "ignore", "convert", "undo")

CURRENCY_DECIMALS: Final = {
    **dict.fromkeys(
        (
            *("AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP"),
            *("HKD", "HUF", "IDR", "ILS", "INR", "KES", "MAD", "MXN", "MYR", "NGN", "NOK", "NZD", "PEN", "PHP"),
            *("PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD"),
            *("ZAR",),
        ),
        2,
    ),
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "OMR", "TND"), 3),
}
"""ISO 4217 codes with their decimal places."""

EVENT_PROPERTIES: Final[dict[str, tuple[str, ...]]] = {
    "order_completed": ("order_id",),
    "order_updated": ("order_id",),
    "order_returned": ("order_id",),
    "order_cancelled": ("order_id",),
    "delivery_completed": ("order_id",),
    "delivery_failed": ("order_id",),
    "visited": ("surface",),
    "product_viewed": ("sku", "category"),
    "searched": ("query", "results"),
    "content_engaged": ("content_id", "kind"),
    "community_joined": ("community",),
    "community_contributed": ("kind",),
    "aliased": ("anonymous_id",),
    "channel_address_added": ("channel",),
    "channel_address_removed": ("channel",),
    "consent_changed": ("channel", "granted"),
    "complaint_opened": ("complaint_id", "about"),
    "complaint_closed": ("complaint_id", "about"),
    "rated": ("score", "about"),
    "feedback_given": ("topic", "text"),
    "wish_expressed": ("category", "text"),
    "outcome": ("recommendation_id", "outcome", "action"),
}
"""The single values that a counter's `where` can test, per event type: texts, but for the next two."""
WHOLE_PROPERTIES: Final = ("results", "score")
YES_NO_PROPERTIES: Final = ("granted",)

SUMMED_MONEY: Final = {"order_completed": "total", "order_returned": "amount"}
SUMMED_COUNTS: Final = {"searched": "results", "rated": "score"}

OPERATOR_SYNONYMS: Final = {
    **dict.fromkeys(("gte", ">=", "=>", "ge", "min", "minimum", "from", "at_last", "not_less_than"), "at_least"),
    **dict.fromkeys(("gt", ">", "over", "above", "greater_than", "greater", "higher_than"), "more_than"),
    **dict.fromkeys(("lte", "<=", "=<", "le", "max", "maximum", "until", "up_to", "not_more_than"), "at_most"),
    **dict.fromkeys(("lt", "<", "under", "below", "fewer_than", "lower_than"), "less_than"),
    **dict.fromkeys(("eq", "=", "==", "equals", "equal", "equal_to"), "is"),
    **dict.fromkeys(("ne", "neq", "!=", "<>", "not", "isnt", "not_equal", "not_equals"), "is_not"),
    **dict.fromkeys(("not_in", "nin", "not_one_of", "none", "is_none_of"), "none_of"),
    **dict.fromkeys(("range", "within", "in_range"), "between"),
    **dict.fromkeys(("exists", "present", "is_known", "defined", "set"), "known"),
    **dict.fromkeys(("contains", "includes", "include", "contain"), "has"),
    **dict.fromkeys(("contains_any", "any_of", "has_one_of", "has_one"), "has_any"),
    **dict.fromkeys(("contains_none", "excludes", "has_not", "not_has"), "has_none"),
}
LIST_SYNONYMS: Final = ("in", "one_of", "any", "is_one_of", "is_in")
"""What people write where the list itself says `one of`."""

GROUP_SYNONYMS: Final = {
    **dict.fromkeys(("and", "all_of", "every"), "all"),
    **dict.fromkeys(("or", "any_of", "some"), "any"),
    **dict.fromkeys(("not", "none_of", "nor", "unless"), "none"),
    **dict.fromkeys(("segments", "in_segment"), "segment"),
}

KEY_SYNONYMS: Final = {
    **dict.fromkeys(("name", "rule"), "id"),
    **dict.fromkeys(("description", "label"), "title"),
    **dict.fromkeys(("triggers", "on", "event"), "trigger"),
    **dict.fromkeys(("if", "conditions", "condition"), "when"),
    **dict.fromkeys(("then", "do", "recommendation"), "recommend"),
    **dict.fromkeys(("block", "exclude", "deny"), "forbid"),
    **dict.fromkeys(("weight", "factor"), "by"),
    **dict.fromkeys(("statement", "statements", "strategy"), "serves"),
    **dict.fromkeys(("state", "stage"), "status"),
    **dict.fromkeys(("default", "else"), "otherwise"),
    **dict.fromkeys(("policy", "hit"), "pick"),
    **dict.fromkeys(("explanation", "meaning"), "sentence"),
    **dict.fromkeys(("max_length", "length", "limit"), "max"),
    **dict.fromkeys(("window", "in"), "within"),
    **dict.fromkeys(("max", "maximum", "most", "cap"), "at_most"),
    **dict.fromkeys(("within", "per", "period", "interval"), "in"),
    **dict.fromkeys(("timezone", "tz"), "zone"),
    **dict.fromkeys(("start", "begin", "begins"), "from"),
    **dict.fromkeys(("end", "ends", "to"), "until"),
    **dict.fromkeys(("weekday", "weekdays"), "days"),
    **dict.fromkeys(("duration", "lasting", "lasts"), "for"),
    **dict.fromkeys(("caps", "frequency"), "frequency_caps"),
    **dict.fromkeys(("quiet", "night"), "quiet_hours"),
    **dict.fromkeys(("suppress", "mute"), "suppression"),
    **dict.fromkeys(("multiplier", "times"), "by"),
    **dict.fromkeys(("customer", "each_customer"), "per_customer"),
    **dict.fromkeys(("overall", "all_customers"), "total"),
    **dict.fromkeys(("units", "inventory"), "stock"),
    **dict.fromkeys(("control", "control_group", "holdback"), "holdout"),
    **dict.fromkeys(("percent", "percentage"), "share"),
    **dict.fromkeys(("except", "without"), "spare"),
    **dict.fromkeys(("seed",), "salt"),
    **dict.fromkeys(("beside", "neighbours", "neighbors", "goes_with"), "next_to"),
    **dict.fromkeys(("override", "manual", "by_hand"), "overrides"),
}
