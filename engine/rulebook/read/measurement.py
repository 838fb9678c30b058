"""measurement.yaml: attribution of orders, and the control groups."""

from dataclasses import replace
from typing import Final

from engine.domain.times import DAY, HOUR
from engine.rulebook.read.context import Context, names
from engine.rulebook.read.fields import Fields
from engine.rulebook.read.words import KINDS
from engine.rulebook.shop import Holdout, Measurement
from engine.rulebook.source import Node
from engine.rulebook.values import parse_percent

LARGEST_HOLDOUT: Final = 0.5
LONGEST: Final = 365 * DAY
LONGEST_SALT: Final = 64


def read_measurement(context: Context, node: Node) -> Measurement:
    """Fills `context.salted`, on which the holdouts of single actions depend."""
    fields = Fields(context.report, node, "measurement.yaml", (), ("attribution", "observed", "salt", "holdout"))
    context.salted = "salt" in fields
    attribution = fields.sub("attribution", "attribution", ("window",))
    salt, default = _salt(context, fields), Measurement()
    return Measurement(
        attribution=attribution.duration("window", default.attribution, least=HOUR, most=LONGEST),
        observed=fields.duration("observed", default.observed, least=DAY, most=LONGEST),
        salt=salt,
        holdout=_holdout(context, fields, salt) if "holdout" in fields else None,
    )


def _salt(context: Context, fields: Fields) -> str:
    salt = fields.text("salt")
    if len(salt) > LONGEST_SALT:
        message = f"a salt has at most {LONGEST_SALT} characters, not {len(salt)}"
        context.report.error("out-of-range", fields.place_of("salt"), message)
    return salt


def _holdout(context: Context, fields: Fields, salt: str) -> Holdout:
    holdout = fields.sub("holdout", "a holdout", ("share",), ("spare",))
    spare = holdout.sub("spare", "spare", (), ("kinds", "tiers"))
    share = read_share(context, holdout, "share")
    need_salt(context, fields, "holdout")
    found = Holdout(share, salt, spare_tiers=names(context, spare, "tier", context.tiers))
    return replace(found, spare_kinds=spare.words("kinds", KINDS)) if "kinds" in spare else found


def read_share(context: Context, fields: Fields, key: str) -> float:
    """The share of a holdout, 0..LARGEST_HOLDOUT."""
    share = fields.value(key, parse_percent, 0.0)
    if 0 <= share <= LARGEST_HOLDOUT:
        return share
    message = f"a holdout lies between 0 % and {LARGEST_HOLDOUT * 100:g} %, not {share * 100:g} %"
    hint = "the control group gets nothing; 5 % or 10 % is usual"
    context.report.error("out-of-range", fields.place_of(key), message, hint)
    return 0.0


def need_salt(context: Context, fields: Fields, key: str) -> None:
    """Without a salt no control group can be assigned."""
    if not context.salted and "salt" not in context.unsure:
        message = "a holdout needs a salt in measurement.yaml"
        hint = "such as salt: spring-2026; another salt assigns other customers"
        context.report.error("missing-salt", fields.key_place(key), message, hint)
