"""Run one rule test through `decide`, and say in words where it came out otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.candidates import Situation
from engine.compiled import Compiled
from engine.decide import decide_on
from engine.decision import Decision, Recommendation
from engine.events import Event, customer_key
from engine.facts import Given
from engine.occasion import Occasion
from engine.profile import Contact, Profile, apply
from engine.rule_tests.read import CUSTOMER, RuleTest
from engine.rulebook.model import NEVER, Value
from engine.tables import decide_all
from engine.tiers import CutOff, Snapshot, key_of_score, place, tier_of
from engine.times import DAY, day_of

PERSONA_SINCE = 400 * DAY


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a test. `failures`: (what was expected, what was got), in words; empty when it passed."""

    test: RuleTest
    decision: Decision
    failures: tuple[tuple[str, str], ...]

    @property
    def passed(self) -> bool:
        return not self.failures


def run_test(test: RuleTest, compiled: Compiled) -> Outcome:
    snapshot = _snapshot(test, compiled)
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
    facts = compiled.full.compute(Given(profile, occasion, compiled.rulebook, snapshot, test.at))
    facts.update(test.given)
    decide_all(compiled.full.tables, facts)
    facts.update(test.given)
    decision = decide_on(facts, compiled, snapshot, Situation(compiled, profile, occasion, facts, test.at))
    return Outcome(test, decision, tuple(_failures(test, decision)))


def _snapshot(test: RuleTest, compiled: Compiled) -> Snapshot:
    if test.cut_offs is None:
        return Snapshot()
    levels = [level.id for level in compiled.rulebook.tiers.levels]
    keys = {tier: key_of_score(amount, test.at) for tier, amount in test.cut_offs.items() if amount > 0}
    cuts = tuple(CutOff(level, keys[level], keys[level]) for level in levels if level in keys)
    newcomer = cuts[0].enter if cuts else None
    mean = float(test.mean_order) if test.mean_order is not None else None
    return Snapshot(number=1, at=test.at, customers=1, mean_value=mean, cut_offs=cuts, newcomer=newcomer)


def _profile(test: RuleTest, compiled: Compiled, snapshot: Snapshot) -> Profile:
    """Persona first, then the history and the asking event, then contacts that were given as facts."""
    book = compiled.rulebook
    profile = Profile(customer_key(id=CUSTOMER))
    asked = () if test.event is None else (test.event,)
    for event in (*_persona_events(test), *test.history, *asked):
        profile = apply(profile, event, compiled.counters)
    profile = profile.but(placing=place(profile, book.tiers, snapshot))
    profile = profile.but(tier=tier_of(profile, book.tiers, snapshot))
    return profile.but(contacts={**profile.contacts, **_contacts(test.given, compiled, test.at)})


def _persona_events(test: RuleTest) -> list[Event]:
    """Who the persona is, told as events of long ago; links and consents that are given as facts count too."""
    persona, at = test.persona, test.at - PERSONA_SINCE
    customer = customer_key(id=CUSTOMER)
    links = sorted({*persona.links, *_set_of(test.given, "customer.links")})
    consents = sorted({*persona.consents, *_set_of(test.given, "customer.consents")})
    events = [Event(f"link-{link}", "link_added", at, customer, None, {"channel": link}) for link in links]
    for channel in consents:
        said = {"channel": channel, "purposes": ["marketing"], "granted": True}
        events.append(Event(f"consent-{channel}", "consent_changed", at, customer, None, said))
    if persona.traits:
        events.append(Event("persona", "identified", at, customer, None, {"traits": persona.traits}))
    return events


def _set_of(given: Mapping[str, Value], name: str) -> frozenset[str]:
    value = given.get(name)
    return value if isinstance(value, frozenset) else frozenset()


def _contacts(given: Mapping[str, Value], compiled: Compiled, at: int) -> dict[str, Contact]:
    """`history.<action>...` given as facts also stands for contacts, so that cooldowns and limits see them."""
    contacts: dict[str, Contact] = {}
    for action in compiled.rulebook.actions:
        days = given.get(f"history.{action}.days_since_shown")
        if isinstance(days, int | float) and days != NEVER:
            last = at - int(days) * DAY
            shown = given.get(f"history.{action}.times_shown_365d", 1)
            outcome = given.get(f"history.{action}.last_outcome") or "none"
            times = int(shown) if isinstance(shown, int | float) else 1
            contacts[action] = Contact(last, (day_of(last),) * times, str(outcome), last)
    return contacts


def _given_of(decision: Decision) -> list[Recommendation]:
    return [given for result in decision.results for given in result.recommendations]


def _failures(test: RuleTest, decision: Decision) -> list[tuple[str, str]]:
    expect, given = test.expect, _given_of(decision)
    actions = [g.action for g in given]
    first, shown = (actions[0] if actions else "none"), ", ".join(actions) or "none"
    reasons = {r.action: r.reason.value for r in reversed(decision.rejected)}
    failures: list[tuple[str, str]] = []
    if expect.first is not None and first != expect.first:
        failures.append((f"first: {expect.first}", f"first: {first}{_why_not(expect.first, reasons)}"))
    if expect.rule is not None and (not given or given[0].rule != expect.rule):
        failures.append((f"rule: {expect.rule}", f"rule: {given[0].rule if given else 'none'}"))
    if expect.all is not None and tuple(actions) != expect.all:
        failures.append((f"all: {', '.join(expect.all) or 'none'}", f"all: {shown}"))
    for action in expect.none:
        if action in actions:
            failures.append((f"none: {action}", f"recommended: {shown}"))
    for action, reason in expect.rejected.items():
        got = reasons.get(action) or ("recommended" if action in actions else "NOT_ELIGIBLE")
        if got != reason:
            failures.append((f"rejected: {action}: {reason}", f"{action}: {got}"))
    return failures


def _why_not(action: str, reasons: Mapping[str, str]) -> str:
    if action == "none":
        return ""
    return f" ({action}: {reasons.get(action, 'NOT_ELIGIBLE, no rule with it matched')})"
