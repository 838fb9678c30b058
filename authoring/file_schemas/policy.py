"""Files on who may be contacted, what wins, and what is measured."""

from authoring.file_schemas.conditions import CONDITIONS, condition_definitions
from authoring.file_schemas.names import Names
from authoring.file_schemas.parts import (
    LENGTH,
    NAME,
    SHARE,
    TEXT,
    TRUTH,
    Schema,
    listed,
    mapping,
    named,
    number,
    one_or_more,
    pattern,
    record,
    said,
    whole,
    words,
)
from engine.domain.profile.state import REFUSALS_KEPT, TOUCHES_KEPT
from engine.rulebook.read.arbitration import CONTACTS, MOST_OUTBOUND, MOST_PER_REQUEST
from engine.rulebook.read.contact_policy import CLOCK, END_OF_DAY, PERIOD
from engine.rulebook.read.measurement import LONGEST_SALT
from engine.rulebook.read.rules import HIGHEST_BOOST
from engine.rulebook.read.words import FACTORS, KINDS, QUIET, REFUSALS, ROLES, WEEKDAYS, WINDOWS
from engine.rulebook.values import DURATION

BY = number(0.01, HIGHEST_BOOST)


def contact_policy(names: Names) -> Schema:
    keys = {
        "consent": said(
            record(dict.fromkeys(KINDS, NAME), ("marketing",)), "Kind of action: the purpose that needs consent"
        ),
        "cooldown": said(
            record(
                {
                    "actions": mapping(LENGTH, names.actions if len(names.actions) else ()),
                    "groups": mapping(LENGTH, names.groups),
                }
            ),
            "Minimum time between two contacts of the same action or group",
        ),
        "frequency_caps": said(listed(_cap(names)), "Maximum number of contacts; the strictest applies"),
        "suppression": said(listed(_suppression(names)), "Time without contacts after ignored or rejected ones"),
        "quiet_hours": said(listed(_quiet_hours(names)), "Hours without messages, in the customer's time zone"),
        "default_zone": said(TEXT, "For customers without a known time zone: shop, or an IANA name"),
    }
    schema = record(keys, (), "The contact policy")
    return {**schema, "definitions": condition_definitions(names)}


def _cap(names: Names) -> Schema:
    keys = {
        "at_most": said(whole(0, TOUCHES_KEPT), "Maximum number of contacts; 0 means never"),
        "in": said(pattern(DURATION, PERIOD), "The period; of the calendar: 1 day, 1 week or 1 month"),
        "window": said(words(WINDOWS), "rolling: any such period; calendar: from midnight, Monday or the 1st"),
        "zone": said(TEXT, "Of a calendar window: customer, shop, or an IANA name"),
        "channels": said(listed(named(tuple(names.channels)), 1), "Only contacts on these channels, counted together"),
        "actions": said(listed(named(tuple(names.actions)), 1), "Only these actions, counted together"),
        "groups": said(listed(named(names.groups), 1), "Only these groups, counted together"),
        "tags": said(listed(named(names.tags), 1), "Only actions with one of these tags, counted together"),
        "when": said(CONDITIONS, "Only for customers who meet all of these conditions"),
    }
    return record(keys, ("at_most", "in", "window"))


def _suppression(names: Names) -> Schema:
    keys = {
        "after": said(whole(1, REFUSALS_KEPT), "Number of these outcomes"),
        "outcomes": said(listed(words(REFUSALS), 1), "Outcomes that count"),
        "within": said(LENGTH, "The period in which they count"),
        "for": said(LENGTH, "Duration of the suppression"),
        "per": said(words(("action", "group")), "Suppress the action, or its whole group"),
        "actions": said(listed(named(tuple(names.actions)), 1), "Only these actions"),
        "groups": said(listed(named(names.groups), 1), "Only these groups"),
    }
    return record(keys, ("after", "outcomes", "within", "for", "per"))


def _quiet_hours(names: Names) -> Schema:
    clock = pattern(CLOCK, END_OF_DAY)
    keys = {
        "channels": said(listed(named(tuple(names.channels)), 1), "Outbound channels"),
        "from": said(clock, 'In quotes: "21:00"'),
        "until": said(clock, 'In quotes: "08:00"; "24:00" is the end of the day'),
        "days": said(listed(words(WEEKDAYS), 1), "The days on which they begin (default: every day)"),
        "then": said(words(QUIET), "hold: send after they end; drop: do not send"),
    }
    return record(keys, ("channels", "from", "until", "then"))


def arbitration(names: Names) -> Schema:
    multiplier = record(
        {
            "tier": said(one_or_more(named(names.tiers)), "Customers of this tier"),
            "role": said(one_or_more(words(ROLES)), "Recommendations of products in this role"),
            "group": said(one_or_more(named(names.groups)), "Actions of this group"),
            "by": said(BY, "Factor of the score"),
        },
        ("by",),
    )
    learning = record(
        {
            "prior": said(
                {"anyOf": [number(), pattern(CONTACTS)]}, "Weight of the propensity in the action file, in contacts"
            ),
            "half_life": said(LENGTH, "Age at which a measurement counts half"),
        }
    )
    keys = {
        "factors": said(listed(words(FACTORS), 1), "Factors of the score"),
        "outbound": said(
            record({"at_most": whole(0, MOST_OUTBOUND)}, ("at_most",)), "Maximum number of messages per event"
        ),
        "request": said(
            record({"at_most": whole(1, MOST_PER_REQUEST)}, ("at_most",)), "Maximum number of recommendations on a page"
        ),
        "duplicates": said(TRUTH, "yes: an action may appear in two slots of a page"),
        "pending": said(
            record({"displaced_above": number(1.0, HIGHEST_BOOST)}, ("displaced_above",)),
            "A pending recommendation keeps its placement, unless another scores more than so many times as much",
        ),
        "multipliers": said(listed(multiplier), "Factors of the score by tier, product role or group"),
        "learning": said(learning, "How measured propensities replace those of the action files"),
    }
    return record(keys, (), "How recommendations are ranked")


def measurement(names: Names) -> Schema:
    spare = record(
        {"kinds": listed(words(KINDS)), "tiers": listed(named(names.tiers), 1)},
        (),
        "Kinds and tiers without a control group",
    )
    keys = {
        "attribution": said(
            record({"window": LENGTH}, ("window",)), "Time after a contact in which an order is its conversion"
        ),
        "observed": said(LENGTH, "Time for which purchases count in the comparison with the control group"),
        "salt": said({**TEXT, "maxLength": LONGEST_SALT}, "Another word assigns other customers"),
        "holdout": said(
            record({"share": said(SHARE, "At most 50 %"), "spare": spare}, ("share",)),
            "Control group for all marketing",
        ),
    }
    return record(keys, (), "Measurement: attribution and control groups")
