"""Refusals: the reasons against a candidate, as values. The code that shows them renders sentences.

Each reason of a candidate has its own class of parameters. Their types define how a value is shown:
a `Time` as a moment, a `Span` as a length of time, `Money` in the shop's currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Final, NewType, get_args, get_type_hints

from engine.domain import former_words
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
    """The parameters of a refusal's sentence."""

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
    """The pause of a rule, an action, a group or everything (`kind`): until when, and why, if known."""

    reason: ClassVar = Reason.PAUSED
    kind: str
    name: str = ""
    until: Time | None = None
    why: str = ""


@quick
@dataclass(frozen=True, slots=True)
class NotInRollout(Params):
    """The rule or action (`kind`) is rolled out to this share of customers (0..1), without this one."""

    reason: ClassVar = Reason.NOT_IN_ROLLOUT
    kind: str
    name: str
    share: float


@quick
@dataclass(frozen=True, slots=True)
class OnceAlready(Params):
    """`per`: the scope of the rule's `once`."""

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
    """The number of `outcomes` of an action (or a group, `per`), and the number that suppresses it for a time."""

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
    """The limit per customer: contacts that count, and the maximum."""

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
    """The total units of the action."""

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
    """The maximum per profile."""

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
    """The missing channel address that the channel needs."""

    reason: ClassVar = Reason.NO_REACHABLE_CHANNEL
    channel: str
    address: str


@quick
@dataclass(frozen=True, slots=True)
class NoConsent(Params):
    """The purpose without consent on the channel."""

    reason: ClassVar = Reason.NO_CONSENT
    channel: str
    purpose: str


@dataclass(frozen=True, slots=True)
class ConsentUnclear(Params):
    """The newest event about consents is a withdrawal in words that the rulebook did not know."""

    reason: ClassVar = Reason.CONSENT_UNCLEAR


@quick
@dataclass(frozen=True, slots=True)
class FrequencyCap(Params):
    """Contacts that count in the cap, and the maximum: within a rolling window, or in a calendar `period`.

    `in_period`: which one, such as 2026-W10. Without `in_period` the customer's zone is unknown. `actions`, `groups`,
    `tags`, `channels`: the cap's selectors; none of them: everything.
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
    """Quiet `until` then, in the `zone`. No zone: the customer's is unknown; a zone alone: quiet always.

    `expires`: it could be held until quiet hours end, but expires before.
    """

    reason: ClassVar = Reason.QUIET_HOURS
    channel: str
    zone: str | None = None
    until: Time | None = None
    expires: bool = False


@quick
@dataclass(frozen=True, slots=True)
class NoText(Params):
    """The channel without a text that could be filled in."""

    reason: ClassVar = Reason.NO_TEXT
    channel: str


@quick
@dataclass(frozen=True, slots=True)
class KeptByPending(Params):
    """The score, in currency units, and the action pending in the placement, which keeps it until then."""

    reason: ClassVar = Reason.PENDING
    score: float
    action: str
    until: Time


@quick
@dataclass(frozen=True, slots=True)
class Outranked(Params):
    """The score, in currency units, and the number of better ones in the placement."""

    reason: ClassVar = Reason.OUTRANKED
    score: float
    ahead: int


@quick
@dataclass(frozen=True, slots=True)
class GroupAlreadyChosen(Params):
    """The group with another action chosen in the same decision, and its cooldown."""

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
    ConsentUnclear,
    FrequencyCap,
    QuietHours,
    NoText,
    KeptByPending,
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
    """The display form of this type, or None."""
    names = [getattr(one, "__name__", "") for one in (kind, *get_args(kind))]
    return next((name for name in names if name in ("Time", "Span", "Money")), "")


_KINDS: Final[Mapping[Reason, Mapping[str, str]]] = {
    reason: {name: _shown_as(kind) for name, kind in get_type_hints(cls).items()} for reason, cls in PARAMS.items()
}


@quick
@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason against a candidate, and when to retry.

    `retry_after` (ms): it cannot pass earlier if nothing else changes; None: unknown, or never. Old records
    have `legacy_text` instead of `params`: it is shown, and never parsed.
    """

    reason: Reason
    params: Params | None = None
    retry_after: int | None = None
    legacy_text: str | None = None

    @property
    def stage(self) -> Stage:
        """The refusing stage."""
        return STAGE_OF[self.reason]


def refused(params: Params, retry_after: int | None = None) -> Refusal:
    """The refusal for the reason of these parameters."""
    return Refusal(params.reason, params, retry_after)


def params_to_json(params: Params) -> dict[str, Any]:
    """Plain values, without None and empty ones."""
    found = {}
    for name in _NAMES[params.reason]:
        value = getattr(params, name)
        if value is not None and value != ():
            found[name] = list(value) if isinstance(value, tuple) else value
    return found


def params_shown(params: Params, currency: Currency) -> dict[str, Any]:
    """The same for the API and people: moments as RFC 3339, spans as in rule files, money as text."""
    kinds = _KINDS[params.reason]
    show = {"Time": format_rfc3339, "Span": in_words, "Money": currency.format}
    return {name: show[kinds[name]](value) if kinds[name] else value for name, value in params_to_json(params).items()}


def params_from_json(reason: Reason, body: Mapping[str, Any]) -> Params:
    """The inverse. TypeError if these are not the parameters of this reason."""
    named = former_words.refusal_params(reason, body)
    return PARAMS[reason](**{name: tuple(value) if isinstance(value, list) else value for name, value in named.items()})


def refusal_to_json(refusal: Refusal) -> list[Any]:
    """A refusal in stored form: reason, parameters, retry time; an old sentence stays one."""
    params = refusal.legacy_text if refusal.params is None else params_to_json(refusal.params)
    return [refusal.reason, params, refusal.retry_after]


def refusal_of_json(body: Sequence[Any]) -> Refusal:
    """The way back."""
    reason, params, retry_after = Reason(body[0]), body[1], body[2]
    if isinstance(params, Mapping):
        return Refusal(reason, params_from_json(reason, params), retry_after)
    return Refusal(reason, None, retry_after, params)
