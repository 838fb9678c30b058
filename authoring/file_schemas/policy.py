"""Files that say who may be contacted, what wins, and what is measured."""

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
            record(dict.fromkeys(KINDS, NAME), ("marketing",)), "Kind of action: the purpose one must have agreed to"
        ),
        "cooldown": said(
            record(
                {
                    "actions": mapping(LENGTH, names.actions if len(names.actions) else ()),
                    "groups": mapping(LENGTH, names.groups),
                }
            ),
            "How long between two contacts of the same action or group",
        ),
        "frequency_caps": said(listed(_cap(names)), "How often at most; the strictest that holds counts"),
        "suppression": said(listed(_suppression(names)), "Silence after what was ignored or rejected"),
        "quiet_hours": said(listed(_quiet_hours(names)), "When nothing is sent, by the customer's clock"),
        "default_zone": said(TEXT, "For customers whose zone nobody knows: shop, or an IANA name"),
    }
    schema = record(keys, (), "Who may be contacted when")
    return {**schema, "definitions": condition_definitions(names)}


def _cap(names: Names) -> Schema:
    keys = {
        "at_most": said(whole(0, TOUCHES_KEPT), "So many contacts; 0 means never"),
        "in": said(pattern(DURATION, PERIOD), "In this time: of the calendar 1 day, 1 week or 1 month"),
        "window": said(words(WINDOWS), "rolling: any such time; calendar: from midnight, Monday or the 1st on"),
        "zone": said(TEXT, "Of a calendar window: customer, shop, or an IANA name"),
        "channels": said(listed(named(tuple(names.channels)), 1), "Only contacts on these, jointly"),
        "actions": said(listed(named(tuple(names.actions)), 1), "Only these actions, jointly"),
        "groups": said(listed(named(names.groups), 1), "Only these groups, jointly"),
        "tags": said(listed(named(names.tags), 1), "Only actions with one of these tags, jointly"),
        "when": said(CONDITIONS, "Only for customers for whom all of this holds"),
    }
    return record(keys, ("at_most", "in", "window"))


def _suppression(names: Names) -> Schema:
    keys = {
        "after": said(whole(1, REFUSALS_KEPT), "After so many of these outcomes"),
        "outcomes": said(listed(words(REFUSALS), 1), "Which count"),
        "within": said(LENGTH, "in this time"),
        "for": said(LENGTH, "there is silence for so long"),
        "per": said(words(("action", "group")), "about that action, or about its whole group"),
        "actions": said(listed(named(tuple(names.actions)), 1), "Only these actions"),
        "groups": said(listed(named(names.groups), 1), "Only these groups"),
    }
    return record(keys, ("after", "outcomes", "within", "for", "per"))


def _quiet_hours(names: Names) -> Schema:
    clock = pattern(CLOCK, END_OF_DAY)
    keys = {
        "channels": said(listed(named(tuple(names.channels)), 1), "Channels on which something is sent"),
        "from": said(clock, 'In quotes: "21:00"'),
        "until": said(clock, 'In quotes: "08:00"; "24:00" is the end of the day'),
        "days": said(listed(words(WEEKDAYS), 1), "The days on which they begin; left out: every day"),
        "then": said(words(QUIET), "hold: it is sent when they are over; drop: not at all"),
    }
    return record(keys, ("channels", "from", "until", "then"))


def arbitration(names: Names) -> Schema:
    lever = record(
        {
            "tier": said(one_or_more(named(names.tiers)), "Customers of this tier"),
            "role": said(one_or_more(words(ROLES)), "Recommendations of products in this role"),
            "group": said(one_or_more(named(names.groups)), "Actions of this group"),
            "by": said(BY, "The score is multiplied by this"),
        },
        ("by",),
    )
    learning = record(
        {
            "prior": said(
                {"anyOf": [number(), pattern(CONTACTS)]}, "The chance in the action file counts like so many contacts"
            ),
            "half_life": said(LENGTH, "What was measured so long ago counts half"),
        }
    )
    keys = {
        "factors": said(listed(words(FACTORS), 1), "What the score is made of"),
        "outbound": said(
            record({"at_most": whole(0, MOST_OUTBOUND)}, ("at_most",)), "Messages that one event sets off"
        ),
        "request": said(
            record({"at_most": whole(1, MOST_PER_REQUEST)}, ("at_most",)), "Recommendations over all slots of a page"
        ),
        "duplicates": said(TRUTH, "yes: one action may stand in two slots of a page"),
        "levers": said(listed(lever), "What counts for more with whom, whatever the rule"),
        "learning": said(learning, "How the measured chance takes the place of the guess"),
    }
    return record(keys, (), "What wins")


def measurement(names: Names) -> Schema:
    spare = record(
        {"kinds": listed(words(KINDS)), "tiers": listed(named(names.tiers), 1)}, (), "Kinds and tiers that are left out"
    )
    keys = {
        "attribution": said(
            record({"window": LENGTH}, ("window",)), "An order so soon after a contact is its conversion"
        ),
        "observed": said(LENGTH, "For so long purchases count in the comparison with the holdout"),
        "salt": said({**TEXT, "maxLength": LONGEST_SALT}, "Another word holds out other people"),
        "holdout": said(
            record({"share": said(SHARE, "At most 50 %"), "spare": spare}, ("share",)),
            "Customers who get nothing, so that one can compare",
        ),
    }
    return record(keys, (), "What is measured")
