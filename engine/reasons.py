"""Why a candidate was dropped, or why there is no recommendation: one closed list.

The same word stands in the API, the metric label, the decision record and the docs heading.
"""

from enum import StrEnum


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
