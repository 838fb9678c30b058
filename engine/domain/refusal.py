"""Refusals: why a candidate does not go on, as values. Sentences are made of them where they are shown, not here.

Each reason of a candidate has a class of parameters of its own. Their types say how a value is written where it is
shown: a `Time` as a moment, a `Span` as a length of time, `Money` in the shop's currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Final, NewType, get_args, get_type_hints

from engine.domain.money import Currency
from engine.domain.quick import quick
from engine.domain.reasons import STAGE_OF, Reason, Stage
from engine.domain.times import format_rfc3339, in_words

Time = NewType("Time", int)
"""Milliseconds since 1970 UTC."""
Span = NewType("Span", int)
"""Milliseconds."""
Money = NewType("Money", int)
"""Minor units of the shop's currency."""


class Params:
    """What a refusal's sentence is filled with."""

    __slots__ = ()
    reason: ClassVar[Reason]


@quick
@dataclass(frozen=True, slots=True)
class NotLive(Params):
    """`status`: the rule's."""

    reason: ClassVar = Reason.NOT_LIVE
    status: str


@dataclass(frozen=True, slots=True)
class ActionRemoved(Params):
    """The rulebook no longer has the action or the channel."""

    reason: ClassVar = Reason.ACTION_REMOVED


@quick
@dataclass(frozen=True, slots=True)
class OutOfDates(Params):
    """One of the two: the dates of the rule begin later, or have ended."""

    reason: ClassVar = Reason.OUT_OF_DATES
    valid_from: Time | None = None
    valid_until: Time | None = None


@quick
@dataclass(frozen=True, slots=True)
class Paused(Params):
    """The pause is of a rule, an action, a group or everything (`kind`): until when, and why, where that is known."""

    reason: ClassVar = Reason.PAUSED
    kind: str
    name: str = ""
    until: Time | None = None
    why: str = ""


@quick
@dataclass(frozen=True, slots=True)
class NotInRollout(Params):
    """The rule or action (`kind`) is rolled out to this share of customers (0..1), and this one is not among them."""

    reason: ClassVar = Reason.NOT_IN_ROLLOUT
    kind: str
    name: str
    share: float


@quick
@dataclass(frozen=True, slots=True)
class OnceAlready(Params):
    """`per`: what the rule's `once` counts by."""

    reason: ClassVar = Reason.ONCE_ALREADY
    per: str


@quick
@dataclass(frozen=True, slots=True)
class AlreadyPending(Params):
    """`where`: a placement, or the channel of a message."""

    reason: ClassVar = Reason.ALREADY_PENDING
    where: str


@quick
@dataclass(frozen=True, slots=True)
class ForbiddenByRule(Params):
    """The rule with the `forbid`."""

    reason: ClassVar = Reason.FORBIDDEN_BY_RULE
    rule: str
    title: str


@quick
@dataclass(frozen=True, slots=True)
class Suppressed(Params):
    """So many `outcomes` of an action (or a group, `per`), of the number after which it is suppressed for a time."""

    reason: ClassVar = Reason.SUPPRESSED
    per: str
    name: str
    count: int
    after: int
    outcomes: tuple[str, ...]
    within: Span
    lasting: Span


@quick
@dataclass(frozen=True, slots=True)
class Cooldown(Params):
    """Of an action or a group (`per`): since the `last` contact, or while an action of the group is `pending`."""

    reason: ClassVar = Reason.COOLDOWN
    per: str
    name: str
    wait: Span
    last: Time | None = None
    pending: str | None = None


@quick
@dataclass(frozen=True, slots=True)
class LimitReached(Params):
    """The limit per customer: contacts that count, of the most that may be."""

    reason: ClassVar = Reason.LIMIT_REACHED
    count: int
    most: int
    within: Span


@quick
@dataclass(frozen=True, slots=True)
class TotalExhausted(Params):
    """The quota of contacts over all customers, in a calendar period of the shop's (None: ever)."""

    reason: ClassVar = Reason.TOTAL_EXHAUSTED
    most: int
    period: str | None = None


@quick
@dataclass(frozen=True, slots=True)
class StockExhausted(Params):
    """The units of the action that there are."""

    reason: ClassVar = Reason.STOCK_EXHAUSTED
    most: int


@quick
@dataclass(frozen=True, slots=True)
class BudgetExhausted(Params):
    """The budget, in a calendar period of the shop's (None: ever)."""

    reason: ClassVar = Reason.BUDGET_EXHAUSTED
    most: Money
    period: str | None = None


@quick
@dataclass(frozen=True, slots=True)
class NoProduct(Params):
    """The role or category that the rule wants; None: any product."""

    reason: ClassVar = Reason.NO_PRODUCT
    wanted: str | None = None


@quick
@dataclass(frozen=True, slots=True)
class OutOfStock(Params):
    """The role or category that the rule wants; None: any product."""

    reason: ClassVar = Reason.OUT_OF_STOCK
    wanted: str | None = None


@quick
@dataclass(frozen=True, slots=True)
class Duplicate(Params):
    """The rule that recommends the same action with a better score."""

    reason: ClassVar = Reason.DUPLICATE
    rule: str


@quick
@dataclass(frozen=True, slots=True)
class PendingElsewhere(Params):
    """`where`: a placement, or the channel of a message."""

    reason: ClassVar = Reason.PENDING_ELSEWHERE
    where: str


@quick
@dataclass(frozen=True, slots=True)
class TooManyPending(Params):
    """As many as a profile keeps."""

    reason: ClassVar = Reason.TOO_MANY_PENDING
    most: int


@quick
@dataclass(frozen=True, slots=True)
class NoTreatment(Params):
    """The placement; None: as a message."""

    reason: ClassVar = Reason.NO_TREATMENT
    placement: str | None = None


@quick
@dataclass(frozen=True, slots=True)
class NoReachableChannel(Params):
    """The channel address that the channel needs and the customer does not have."""

    reason: ClassVar = Reason.NO_REACHABLE_CHANNEL
    channel: str
    address: str


@quick
@dataclass(frozen=True, slots=True)
class NoConsent(Params):
    """The purpose that the customer has not agreed to on the channel."""

    reason: ClassVar = Reason.NO_CONSENT
    channel: str
    purpose: str


@quick
@dataclass(frozen=True, slots=True)
class FrequencyCap(Params):
    """Contacts that count in the cap, of the most that may be: within a rolling time, or in a calendar `period`.

    `in_period`: which one, such as 2026-W10. Without `in_period` the customer's zone is unknown. `actions`, `groups`,
    `tags`, `channels`: what the cap is about; none of them: everything.
    """

    reason: ClassVar = Reason.FREQUENCY_CAP
    most: int
    count: int | None = None
    within: Span | None = None
    period: str | None = None
    in_period: str | None = None
    zone: str | None = None
    actions: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class QuietHours(Params):
    """Quiet `until` then, by the clock of the `zone`. No zone: the customer's is unknown; a zone alone: quiet always.

    `expires`: it may wait for the end of quiet hours, and will have expired by then.
    """

    reason: ClassVar = Reason.QUIET_HOURS
    channel: str
    zone: str | None = None
    until: Time | None = None
    expires: bool = False


@quick
@dataclass(frozen=True, slots=True)
class NoText(Params):
    """The channel for which no text could be filled in."""

    reason: ClassVar = Reason.NO_TEXT
    channel: str


@quick
@dataclass(frozen=True, slots=True)
class Outranked(Params):
    """The score, in currency units, and how many with a better one are in the placement."""

    reason: ClassVar = Reason.OUTRANKED
    score: float
    ahead: int


@quick
@dataclass(frozen=True, slots=True)
class GroupAlreadyChosen(Params):
    """The group, another action of which is chosen in the same decision, and its cooldown."""

    reason: ClassVar = Reason.GROUP_ALREADY_CHOSEN
    group: str
    wait: Span


_CLASSES: Final[tuple[type[Params], ...]] = (
    NotLive,
    ActionRemoved,
    OutOfDates,
    Paused,
    NotInRollout,
    OnceAlready,
    AlreadyPending,
    ForbiddenByRule,
    Suppressed,
    Cooldown,
    LimitReached,
    TotalExhausted,
    StockExhausted,
    BudgetExhausted,
    NoProduct,
    OutOfStock,
    Duplicate,
    PendingElsewhere,
    TooManyPending,
    NoTreatment,
    NoReachableChannel,
    NoConsent,
    FrequencyCap,
    QuietHours,
    NoText,
    Outranked,
    GroupAlreadyChosen,
)
PARAMS: Final[Mapping[Reason, type[Params]]] = {cls.reason: cls for cls in _CLASSES}
"""The class of each reason's parameters."""


_NAMES: Final[Mapping[Reason, tuple[str, ...]]] = {
    reason: tuple(field.name for field in fields(cls))  # type: ignore[arg-type]
    for reason, cls in PARAMS.items()
}


def _shown_as(kind: Any) -> str:
    """How a value of this type, or None, is shown."""
    names = [getattr(one, "__name__", "") for one in (kind, *get_args(kind))]
    return next((name for name in names if name in ("Time", "Span", "Money")), "")


_KINDS: Final[Mapping[Reason, Mapping[str, str]]] = {
    reason: {name: _shown_as(kind) for name, kind in get_type_hints(cls).items()} for reason, cls in PARAMS.items()
}


@quick
@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a candidate does not go on, and when to retry.

    `retry_after` (ms): no earlier than that may it pass, if nothing else changes; None: unknown, or never. Records
    of before have no `params` but the `legacy_text` that was kept instead: it is shown, and never read.
    """

    reason: Reason
    params: Params | None = None
    retry_after: int | None = None
    legacy_text: str | None = None

    @property
    def stage(self) -> Stage:
        """Where it was refused."""
        return STAGE_OF[self.reason]


def refused(params: Params, retry_after: int | None = None) -> Refusal:
    """The refusal for the reason that these parameters are of."""
    return Refusal(params.reason, params, retry_after)


def params_to_json(params: Params) -> dict[str, Any]:
    """Plain values; what is None or empty is left out."""
    found = {}
    for name in _NAMES[params.reason]:
        value = getattr(params, name)
        if value is not None and value != ():
            found[name] = list(value) if isinstance(value, tuple) else value
    return found


def params_shown(params: Params, currency: Currency) -> dict[str, Any]:
    """The same for people and machines outside: moments as RFC 3339, spans as rule files have them, money as text."""
    kinds = _KINDS[params.reason]
    show = {"Time": format_rfc3339, "Span": in_words, "Money": currency.format}
    return {name: show[kinds[name]](value) if kinds[name] else value for name, value in params_to_json(params).items()}


def params_from_json(reason: Reason, body: Mapping[str, Any]) -> Params:
    """The way back. TypeError when these are not the parameters of this reason."""
    params = {_FORMER_NAMES.get(name, name): tuple(v) if isinstance(v, list) else v for name, v in body.items()}
    if params.get("per") == _FORMER_SPELL:
        params["per"] = "inactivity spell"
    return PARAMS[reason](**params)


_FORMER_NAMES: Final = {"link": "address"}
_FORMER_SPELL: Final = "silence"
"""As records and caches of before version 0.2.0 have them."""


def refusal_to_json(refusal: Refusal) -> list[Any]:
    """A refusal as it is kept: reason, parameters, retry time; a sentence of before stays one."""
    params = refusal.legacy_text if refusal.params is None else params_to_json(refusal.params)
    return [refusal.reason, params, refusal.retry_after]


def refusal_of_json(body: Sequence[Any]) -> Refusal:
    """The way back."""
    reason, params, retry_after = Reason(body[0]), body[1], body[2]
    if isinstance(params, Mapping):
        return Refusal(reason, params_from_json(reason, params), retry_after)
    return Refusal(reason, None, retry_after, params)
