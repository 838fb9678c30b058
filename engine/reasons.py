"""Why a candidate was refused, at which stage, or why there is no recommendation: two closed lists.

The same word stands in the API, the metric label, the decision record and the docs heading.
"""

from enum import StrEnum


class Stage(StrEnum):
    """Where a candidate can be refused. `engine.pipeline.build_pipeline` has the order."""

    STATUS = "status"
    DATES = "dates"
    ONCE = "once"
    PENDING = "pending"
    FORBID = "forbid"
    SUPPRESSION = "suppression"
    COOLDOWN = "cooldown"
    LIMIT = "limit"
    BUDGET = "budget"
    PRODUCTS = "products"
    DUPLICATE = "duplicate"
    ARBITRATION = "arbitration"
    CHANNEL = "channel"
    CONSENT = "consent"
    FREQUENCY = "frequency"
    QUIET_HOURS = "quiet-hours"
    TEXT = "text"


class Reason(StrEnum):
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    NOT_LIVE = "NOT_LIVE"
    OUT_OF_DATES = "OUT_OF_DATES"
    ONCE_ALREADY = "ONCE_ALREADY"
    FORBIDDEN_BY_RULE = "FORBIDDEN_BY_RULE"
    NO_CONSENT = "NO_CONSENT"
    NO_REACHABLE_CHANNEL = "NO_REACHABLE_CHANNEL"
    FREQUENCY_CAP = "FREQUENCY_CAP"
    COOLDOWN = "COOLDOWN"
    SUPPRESSED = "SUPPRESSED"
    QUIET_HOURS = "QUIET_HOURS"
    LIMIT_REACHED = "LIMIT_REACHED"
    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    NO_PRODUCT = "NO_PRODUCT"
    NO_TEXT = "NO_TEXT"
    DUPLICATE = "DUPLICATE"
    OUTRANKED = "OUTRANKED"
    HOLDOUT = "HOLDOUT"
    NOTHING_ELIGIBLE = "NOTHING_ELIGIBLE"
    STATE_UNAVAILABLE = "STATE_UNAVAILABLE"
