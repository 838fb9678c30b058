"""A refusal's detail, which is an English half-sentence with numbers, taken apart: so that it is told in any language.

Records keep only the detail. The forms are those that the gates write; whatever has none of them is told as it is.
"""

import re
from typing import Final

from engine.reasons import Reason
from explain.pieces import Said

PLAIN: Final = "plain"
"""The message of a detail that is told as it stands."""

_WHICH: Final = (
    r"(?: of (?!group )(?P<actions>.+?))?(?: of group (?P<groups>.+?))?"
    r"(?: with tag (?P<tags>.+?))?(?: on (?P<channels>.+?))?"
)
"""Of which contacts a cap speaks, as `policy_plan` labels it."""

_FORMS: Final[tuple[tuple[Reason, str, str], ...]] = (
    (Reason.NOT_LIVE, "not-live", r"the rule's status is (?P<status>\w+): decided, never shown"),
    (Reason.NOT_LIVE, "action-gone", r"the rulebook no longer has its action or channel"),
    (Reason.OUT_OF_DATES, "valid-from", r"valid from (?P<time>\S+)"),
    (Reason.OUT_OF_DATES, "valid-until", r"valid until (?P<time>\S+)"),
    (Reason.ONCE_ALREADY, "once", r"once per (?P<scope>\w+), and this \w+ had it"),
    (Reason.DUPLICATE, "waits-elsewhere", r"already waiting in (?P<where>\S+)"),
    (Reason.DUPLICATE, "same-action", r"(?P<rule>\S+) recommends the same action"),
    (Reason.FORBIDDEN_BY_RULE, "forbidden", r"(?P<rule>[^:\s]+): (?P<title>.*)"),
    (
        Reason.SUPPRESSED,
        "suppressed",
        r"(?P<what>.+): (?P<number>\d+) of (?P<most>\d+) (?P<outcomes>\w+(?: or \w+)*) in (?P<within>\d+ \w+),"
        r" silent for (?P<lasting>\d+ \w+)",
    ),
    (Reason.COOLDOWN, "cooldown", r"(?P<what>.+): last contact (?P<time>\S+), cooldown (?P<wait>\d+ \w+)"),
    (
        Reason.COOLDOWN,
        "cooldown-waits",
        r"group (?P<group>\S+): (?P<action>\S+) waits to be seen, cooldown (?P<wait>\d+ \w+)",
    ),
    (Reason.COOLDOWN, "cooldown-here", r"group (?P<group>\S+): one of it is chosen here, cooldown (?P<wait>\d+ \w+)"),
    (Reason.LIMIT_REACHED, "limit", r"(?P<action>\S+): (?P<number>\d+) of (?P<most>\d+) in (?P<within>\d+ \w+)"),
    (Reason.LIMIT_REACHED, "total", r"(?P<action>\S+): all (?P<most>\d+)(?: this (?P<period>\w+))? are given or held"),
    (
        Reason.BUDGET_EXHAUSTED,
        "budget",
        r"(?P<action>\S+): the budget of (?P<amount>\S+ \S+)(?: this (?P<period>\w+))? is given or held",
    ),
    (Reason.OUT_OF_STOCK, "stock", r"(?P<action>\S+): all (?P<most>\d+) are given or held"),
    (Reason.OUT_OF_STOCK, "sold-out", r"what fits is not in stock: (?P<wish>.+)"),
    (Reason.NO_PRODUCT, "no-product", r"no product fits: (?P<wish>.+)"),
    (Reason.NO_REACHABLE_CHANNEL, "no-treatment", r"the action has no treatment for (?P<where>\S+)"),
    (Reason.NO_REACHABLE_CHANNEL, "no-link", r"(?P<channel>\S+): no (?P<link>\S+) link"),
    (Reason.NO_CONSENT, "no-consent", r"(?P<channel>\S+): no consent to (?P<purpose>\S+)"),
    (Reason.FREQUENCY_CAP, "cap-no-zone", rf"at most (?P<most>\d+){_WHICH} in 1 (?P<period>\w+): no zone known"),
    (Reason.FREQUENCY_CAP, "waiting-full", r"(?P<most>\d+) recommendations wait to be seen"),
    (
        Reason.FREQUENCY_CAP,
        "cap",
        rf"(?P<number>\d+) of (?P<most>\d+){_WHICH} in (?P<within>\d+ (?:day|hour|minute|second)s?)",
    ),
    (
        Reason.FREQUENCY_CAP,
        "cap-calendar",
        rf"(?P<number>\d+) of (?P<most>\d+){_WHICH} in (?P<period>\S+) \((?P<zone>\S+)\)",
    ),
    (Reason.QUIET_HOURS, "always-quiet", r"(?P<channel>\S+): quiet at all times"),
    (Reason.QUIET_HOURS, "quiet-no-zone", r"(?P<channel>\S+): no zone known"),
    (Reason.QUIET_HOURS, "quiet", r"(?P<channel>\S+): quiet until (?P<time>\S+) \((?P<zone>\S+)\)"),
    (
        Reason.QUIET_HOURS,
        "quiet-too-long",
        r"(?P<channel>\S+): quiet until (?P<time>\S+) \((?P<zone>\S+)\), and then it has expired",
    ),
    (Reason.NO_TEXT, "no-text", r"(?P<channel>\S+): no text could be filled"),
    (Reason.OUTRANKED, "outranked", r"score (?P<score>\S+); (?P<number>\d+) with a higher score came first"),
)

MESSAGES: Final = tuple(message for _, message, _ in _FORMS)
"""Every message that a language must have."""

_COMPILED: Final = tuple((reason, message, re.compile(form, re.DOTALL)) for reason, message, form in _FORMS)


def said_of(reason: Reason, detail: str) -> Said:
    """The message of a detail and what is filled into it."""
    for known, message, form in _COMPILED:
        if known is reason and (found := form.fullmatch(detail)):
            return Said(message, {name: text for name, text in found.groupdict().items() if text is not None})
    return Said(PLAIN, {"detail": detail})
