"""Reasons for refused candidates and empty placements, and the stages: two closed lists.

The API, the metric label, the decision record and the docs heading use the same word. A reason belongs to one
stage; `engine.decisioning.pipeline` has the stages in the same order.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """The stages that can refuse a candidate, in their order."""

    STATUS = "status"
    DATES = "dates"
    PAUSED = "paused"
    ROLLOUT = "rollout"
    ONCE = "once"
    PENDING = "pending"
    FORBIDDEN = "forbidden"
    SUPPRESSION = "suppression"
    COOLDOWN = "cooldown"
    CUSTOMER_LIMIT = "customer_limit"
    QUOTA = "quota"
    PRODUCTS = "products"
    ONE_RULE_PER_ACTION = "one_rule_per_action"
    TREATMENT = "treatment"
    OTHER_PLACEMENT = "other_placement"
    PENDING_ROOM = "pending_room"
    CHANNEL = "channel"
    CONSENT = "consent"
    FREQUENCY_CAP = "frequency_cap"
    QUIET_HOURS = "quiet_hours"
    TEXT = "text"
    ROOM = "room"
    CHOSEN_GROUP = "chosen_group"


class Reason(StrEnum):
    """The closed list. From `NOT_ELIGIBLE` on: reasons of a placement, not of a candidate."""

    NOT_LIVE = "NOT_LIVE"
    ACTION_REMOVED = "ACTION_REMOVED"
    OUT_OF_DATES = "OUT_OF_DATES"
    PAUSED = "PAUSED"
    NOT_IN_ROLLOUT = "NOT_IN_ROLLOUT"
    ONCE_ALREADY = "ONCE_ALREADY"
    ALREADY_PENDING = "ALREADY_PENDING"
    FORBIDDEN_BY_RULE = "FORBIDDEN_BY_RULE"
    SUPPRESSED = "SUPPRESSED"
    COOLDOWN = "COOLDOWN"
    LIMIT_REACHED = "LIMIT_REACHED"
    TOTAL_EXHAUSTED = "TOTAL_EXHAUSTED"
    STOCK_EXHAUSTED = "STOCK_EXHAUSTED"
    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"
    NO_PRODUCT = "NO_PRODUCT"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    DUPLICATE = "DUPLICATE"
    NO_TREATMENT = "NO_TREATMENT"
    PENDING_ELSEWHERE = "PENDING_ELSEWHERE"
    TOO_MANY_PENDING = "TOO_MANY_PENDING"
    NO_REACHABLE_CHANNEL = "NO_REACHABLE_CHANNEL"
    NO_CONSENT = "NO_CONSENT"
    CONSENT_UNCLEAR = "CONSENT_UNCLEAR"
    FREQUENCY_CAP = "FREQUENCY_CAP"
    QUIET_HOURS = "QUIET_HOURS"
    NO_TEXT = "NO_TEXT"
    PENDING = "PENDING"
    OUTRANKED = "OUTRANKED"
    GROUP_ALREADY_CHOSEN = "GROUP_ALREADY_CHOSEN"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    HOLDOUT = "HOLDOUT"
    NOTHING_ELIGIBLE = "NOTHING_ELIGIBLE"
    STATE_UNAVAILABLE = "STATE_UNAVAILABLE"


STAGE_OF: Final[Mapping[Reason, Stage]] = {
    Reason.NOT_LIVE: Stage.STATUS,
    Reason.ACTION_REMOVED: Stage.STATUS,
    Reason.OUT_OF_DATES: Stage.DATES,
    Reason.PAUSED: Stage.PAUSED,
    Reason.NOT_IN_ROLLOUT: Stage.ROLLOUT,
    Reason.ONCE_ALREADY: Stage.ONCE,
    Reason.ALREADY_PENDING: Stage.PENDING,
    Reason.FORBIDDEN_BY_RULE: Stage.FORBIDDEN,
    Reason.SUPPRESSED: Stage.SUPPRESSION,
    Reason.COOLDOWN: Stage.COOLDOWN,
    Reason.LIMIT_REACHED: Stage.CUSTOMER_LIMIT,
    Reason.TOTAL_EXHAUSTED: Stage.QUOTA,
    Reason.STOCK_EXHAUSTED: Stage.QUOTA,
    Reason.BUDGET_EXHAUSTED: Stage.QUOTA,
    Reason.NO_PRODUCT: Stage.PRODUCTS,
    Reason.OUT_OF_STOCK: Stage.PRODUCTS,
    Reason.DUPLICATE: Stage.ONE_RULE_PER_ACTION,
    Reason.NO_TREATMENT: Stage.TREATMENT,
    Reason.PENDING_ELSEWHERE: Stage.OTHER_PLACEMENT,
    Reason.TOO_MANY_PENDING: Stage.PENDING_ROOM,
    Reason.NO_REACHABLE_CHANNEL: Stage.CHANNEL,
    Reason.NO_CONSENT: Stage.CONSENT,
    Reason.CONSENT_UNCLEAR: Stage.CONSENT,
    Reason.FREQUENCY_CAP: Stage.FREQUENCY_CAP,
    Reason.QUIET_HOURS: Stage.QUIET_HOURS,
    Reason.NO_TEXT: Stage.TEXT,
    Reason.PENDING: Stage.ROOM,
    Reason.OUTRANKED: Stage.ROOM,
    Reason.GROUP_ALREADY_CHOSEN: Stage.CHOSEN_GROUP,
}
"""The one stage of each reason of a candidate."""
POSITION: Final[Mapping[Stage, int]] = {stage: number for number, stage in enumerate(Stage)}
"""The position of a stage in the order."""
