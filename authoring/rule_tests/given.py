"""What a test and a story begin with: the persona's events, the shop's figures, what the customer was told before."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from authoring.rule_tests.case import CUSTOMER, RuleTest, Told
from engine.decisioning.contacts import answered
from engine.domain.events import Event, customer_key
from engine.domain.profile import Contact, Profile
from engine.domain.times import DAY
from engine.rulebook.model import Rulebook, Value
from engine.value.tiers import CutOff, Snapshot, key_of_score

PERSONA_SINCE: Final = 400 * DAY
"""So long before the test the customer was linked, has consented and said who they are."""
MARKETING: Final = "marketing"


def snapshot_of(test: RuleTest, book: Rulebook, at: int) -> Snapshot:
    """The shop's figures at `at`: the scores at which tiers begin are the same at every moment of a story."""
    if test.cut_offs is None:
        return Snapshot()
    levels = [level.id for level in book.tiers.levels]
    keys = {tier: key_of_score(amount, at) for tier, amount in test.cut_offs.items() if amount > 0}
    cuts = tuple(CutOff(level, keys[level], keys[level]) for level in levels if level in keys)
    newcomer = cuts[0].enter if cuts else None
    mean = float(test.mean_order) if test.mean_order is not None else None
    return Snapshot(number=1, at=at, customers=1, mean_value=mean, cut_offs=cuts, newcomer=newcomer)


def persona_events(test: RuleTest, book: Rulebook) -> list[Event]:
    """Who the persona is, told as events of long ago; links and consents that are given as facts count too."""
    persona, at = test.persona, test.at - PERSONA_SINCE
    customer = customer_key(id=CUSTOMER)
    purposes = tuple(sorted({MARKETING, *book.contact_policy.consent_purpose.values()}))
    links = sorted({*persona.links, *_set_of(test.given, "customer.links")})
    consents = sorted({*persona.consents, *_set_of(test.given, "customer.consents")})
    events = [Event(f"link-{link}", "link_added", at, customer, None, {"channel": link}) for link in links]
    for channel in consents:
        said = {"channel": channel, "purposes": purposes, "granted": True}
        events.append(Event(f"consent-{channel}", "consent_changed", at, customer, None, said))
    if persona.traits:
        events.append(Event("persona", "identified", at, customer, None, {"traits": persona.traits}))
    return events


def _set_of(given: Mapping[str, Value], name: str) -> frozenset[str]:
    value = given.get(name)
    return value if isinstance(value, frozenset) else frozenset()


def contacted(profile: Profile, told: Told) -> Profile:
    """The profile after a contact of which the test tells."""
    known = profile.contacts.get(told.action, Contact())
    touches = {**known.touches, told.channel: (*known.touches.get(told.channel, ()), told.at)}
    profile = profile.but(contacts={**profile.contacts, told.action: replace(known, touches=touches)})
    return answered(profile, "", told.action, told.outcome, told.at)
