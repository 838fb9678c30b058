"""arbitration.yaml: the ranking factors, and the maximum of recommendations."""

import re
from typing import Final

from engine.domain.times import DAY
from engine.rulebook.read.context import Context, name_or_names, word_or_words
from engine.rulebook.read.fields import Fields
from engine.rulebook.read.rules import HIGHEST_BOOST
from engine.rulebook.read.words import FACTORS, ROLES
from engine.rulebook.shop import Arbitration, Learning, Multiplier
from engine.rulebook.source import Node
from engine.rulebook.values import MAX_DURATION, BadValue, Raw, parse_decimal

MOST_OUTBOUND: Final = 10
MOST_PER_REQUEST: Final = 50
HIGHEST_PRIOR: Final = 100_000

_KEYS: Final = ("factors", "outbound", "request", "duplicates", "pending", "multipliers", "learning")
_SELECTORS: Final = ("tier", "role", "group")
CONTACTS: Final = re.compile(r"([0-9.]+) contacts?")


def read_arbitration(context: Context, node: Node) -> Arbitration:
    fields = Fields(context.report, node, "arbitration", (), _KEYS)
    outbound = fields.sub("outbound", "outbound", ("at_most",))
    default = Arbitration()
    arbitration = Arbitration(
        outbound_at_most=outbound.whole("at_most", 0, MOST_OUTBOUND, default.outbound_at_most),
        factors=fields.words("factors", FACTORS, at_least=1) or default.factors,
        request_at_most=_request(fields),
        duplicates=fields.boolean("duplicates"),
        displaced_above=_displaced_above(fields, default),
        multipliers=tuple(_multiplier(context, item) for item in fields.items("multipliers")),
        learning=_learning(fields) if "learning" in fields else None,
    )
    for key, factor in (("multipliers", "multiplier"), ("learning", "propensity")):
        if key in fields and factor not in arbitration.factors:
            message = f"{factor} is not among the factors, so {key} has no effect"
            context.report.warning("factor-off", fields.key_place(key), message, f"add {factor} to factors")
    return arbitration


def _request(fields: Fields) -> int | None:
    request = fields.sub("request", "request", ("at_most",))
    return request.whole("at_most", 1, MOST_PER_REQUEST, 1) if "at_most" in request else None


def _displaced_above(fields: Fields, default: Arbitration) -> float:
    pending = fields.sub("pending", "pending", ("displaced_above",))
    return pending.decimal("displaced_above", 1.0, HIGHEST_BOOST, default.displaced_above)


def _multiplier(context: Context, node: Node) -> Multiplier:
    fields = Fields(context.report, node, "a multiplier", ("by",), _SELECTORS)
    if fields.keys and not any(key in fields for key in _SELECTORS):
        message = f"a multiplier needs at least one of {', '.join(_SELECTORS)}"
        context.report.error("one-of-keys", fields.place, message)
    return Multiplier(
        by=fields.decimal("by", 0.01, HIGHEST_BOOST, 1.0),
        tiers=name_or_names(context, fields, "tier", context.tiers),
        roles=word_or_words(context, fields, "role", ROLES),
        groups=name_or_names(context, fields, "group", context.groups),
    )


def _learning(fields: Fields) -> Learning:
    learning, default = fields.sub("learning", "learning", (), ("prior", "half_life")), Learning()
    half_life = learning.duration("half_life", round(default.half_life * DAY), least=DAY, most=MAX_DURATION)
    return Learning(prior=learning.value("prior", _contacts, default.prior), half_life=half_life / DAY)


def _contacts(raw: Raw) -> float:
    """ "50 contacts", or only 50."""
    found = CONTACTS.fullmatch(raw) if isinstance(raw, str) else None
    try:
        number = float(parse_decimal(found[1] if found else raw, "prior must be a number of contacts"))
    except BadValue as error:
        raise BadValue(str(error), "write it as 50 contacts", error.code) from None
    if not 1 <= number <= HIGHEST_PRIOR:
        raise BadValue(f"prior lies between 1 and {HIGHEST_PRIOR} contacts, not {number:g}", code="out-of-range")
    return number
