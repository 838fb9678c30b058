"""Run one rule test through `decide`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from engine.candidates import scope_of
from engine.compiled import Compiled
from engine.contacts import answered
from engine.decide import decide_on
from engine.decision import Decision
from engine.events import Event, customer_key
from engine.facts import Given
from engine.occasion import Occasion
from engine.profile import Contact, Profile, apply
from engine.rule_tests.case import CUSTOMER, RuleTest, Told
from engine.rule_tests.differences import Difference, differences
from engine.rulebook.model import NEVER, Rulebook, Value
from engine.situation import Situation
from engine.tables import decide_all
from engine.tiers import CutOff, Snapshot, key_of_score, place, tier_of
from engine.times import DAY

PERSONA_SINCE: Final = 400 * DAY
"""So long before the test the customer was linked, has consented and said who they are."""
MARKETING: Final = "marketing"
GIVEN: Final = ""
"""The channel of contacts that a test gives as facts: it does not say which."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a test. `failures`: (what was expected, what was got), in words; empty when it passed."""

    test: RuleTest
    decision: Decision
    failures: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


def run_test(test: RuleTest, compiled: Compiled) -> Outcome:
    compiled = _drawn(test, compiled)
    snapshot = _snapshot(test, compiled.rulebook)
    profile = _profile(test, compiled, snapshot)
    occasion = Occasion(
        key=test.ask,
        id="test",
        customer=profile.customer,
        event=test.event,
        placements=test.placements,
        language=test.language,
        context=test.context,
    )
    facts = _facts(test, compiled, Given(profile, occasion, compiled.rulebook, snapshot, test.at))
    situation = _with_done(test, Situation(compiled, profile, occasion, facts, test.at))
    decision = decide_on(snapshot, situation)
    return Outcome(test, decision, differences(test.expect, decision, compiled.rulebook))


def _drawn(test: RuleTest, compiled: Compiled) -> Compiled:
    """Who is held out follows from the customer's id. A test says it: nobody, or this customer from everything."""
    book = compiled.rulebook
    everything = replace(book.measurement.holdout, share=1.0) if book.measurement.holdout and test.holdout else None
    actions = {name: replace(action, holdout=0.0) for name, action in book.actions.items()}
    measurement = replace(book.measurement, holdout=everything)
    return replace(compiled, rulebook=replace(book, measurement=measurement, actions=actions))


def _facts(test: RuleTest, compiled: Compiled, given: Given) -> dict[str, Value]:
    """Computed from the story, but for those that are given; tables see these, and do not decide them again."""
    facts = compiled.full.compute(given)
    facts.update(test.given)
    decide_all(tuple(table for table in compiled.full.tables if table.decides not in test.given), facts)
    return facts


def _snapshot(test: RuleTest, book: Rulebook) -> Snapshot:
    if test.cut_offs is None:
        return Snapshot()
    levels = [level.id for level in book.tiers.levels]
    keys = {tier: key_of_score(amount, test.at) for tier, amount in test.cut_offs.items() if amount > 0}
    cuts = tuple(CutOff(level, keys[level], keys[level]) for level in levels if level in keys)
    newcomer = cuts[0].enter if cuts else None
    mean = float(test.mean_order) if test.mean_order is not None else None
    return Snapshot(number=1, at=test.at, customers=1, mean_value=mean, cut_offs=cuts, newcomer=newcomer)


def _profile(test: RuleTest, compiled: Compiled, snapshot: Snapshot) -> Profile:
    """Persona first, then the history and the asking event, then contacts, and what waits."""
    book = compiled.rulebook
    profile = Profile(customer_key(id=CUSTOMER))
    asked = () if test.event is None else (test.event,)
    for event in (*_persona_events(test, book), *test.history, *asked):
        profile = apply(profile, event, compiled.counters)
    profile = profile.but(placing=place(profile, book.tiers, snapshot))
    profile = profile.but(tier=tier_of(profile, book.tiers, snapshot))
    profile = profile.but(contacts={**profile.contacts, **_contacts(test.given, book, test.at)}, pending=test.pending)
    for told in sorted(test.contacts, key=lambda told: told.at):
        profile = _contacted(profile, told)
    return profile


def _contacted(profile: Profile, told: Told) -> Profile:
    known = profile.contacts.get(told.action, Contact())
    touches = {**known.touches, told.channel: (*known.touches.get(told.channel, ()), told.at)}
    profile = profile.but(contacts={**profile.contacts, told.action: replace(known, touches=touches)})
    return answered(profile, "", told.action, told.outcome, told.at)


def _persona_events(test: RuleTest, book: Rulebook) -> list[Event]:
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


def _contacts(given: Mapping[str, Value], book: Rulebook, at: int) -> dict[str, Contact]:
    """`history.<action>...` given as facts also stands for contacts, so that cooldowns and limits see them."""
    contacts: dict[str, Contact] = {}
    for action in book.actions:
        days = given.get(f"history.{action}.days_since_shown")
        if isinstance(days, int | float) and days != NEVER:
            last = at - int(days) * DAY
            shown = given.get(f"history.{action}.times_shown_365d", 1)
            outcome = given.get(f"history.{action}.last_outcome") or "none"
            times = int(shown) if isinstance(shown, int | float) else 1
            contacts[action] = Contact({GIVEN: (last,) * times}, str(outcome), last)
    return contacts


def _with_done(test: RuleTest, situation: Situation) -> Situation:
    """The rules that are `done` have had their `once` in the present scope, in whatever order, silence or year this is.

    Where the test does not tell of any order, delivery or complaint, one stands in.
    """
    once: dict[str, str] = {}
    for name in test.done:
        rule = situation.compiled.rulebook.rules[name]
        if scope_of(rule, situation) is None:
            profile = _STAND_INS[rule.once or ""](situation.profile, test.at)
            situation = replace(situation, profile=profile)
        once[name] = str(scope_of(rule, situation))
    return replace(situation, profile=situation.profile.but(once={**situation.profile.once, **once}))


def _with_order(profile: Profile, at: int) -> Profile:
    return profile.but(purchases=replace(profile.purchases, last_time=at))


def _with_delivery(profile: Profile, at: int) -> Profile:
    return profile.but(delivery=(at, "stand-in"))


def _with_complaint(profile: Profile, at: int) -> Profile:
    return profile.but(complaints={"stand-in": (at, 0)})


_STAND_INS: Final[Mapping[str, Callable[[Profile, int], Profile]]] = {
    "order": _with_order,
    "silence": _with_order,
    "delivery": _with_delivery,
    "complaint": _with_complaint,
}
