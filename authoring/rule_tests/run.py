"""Run one rule test through `decide`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from authoring.rule_tests.case import CUSTOMER, RuleTest, contacted, persona_events, snapshot_of
from authoring.rule_tests.differences import ExpectedAt, differences
from authoring.rule_tests.outcome import Outcome
from authoring.rule_tests.scenario import decided_in, run_scenario
from authoring.rule_tests.shared import NewShop, Shared
from engine.compiled.rulebook import Compiled
from engine.decisioning.eligibility import scope_of
from engine.decisioning.evaluation_context import EvaluationContext
from engine.domain.events import customer_key
from engine.domain.facts import NEVER, Value
from engine.domain.profile import Contact, Profile, apply
from engine.domain.times import DAY
from engine.domain.trigger import Trigger
from engine.facts import Given
from engine.facts.tables import decide_all
from engine.rulebook.model import Rulebook
from engine.value.tiers import Snapshot, place, tier_of

GIVEN: Final = ""
"""The channel of contacts given as facts: the test does not name one."""


def run_in(test: RuleTest, compiled: Compiled, new_shop: NewShop) -> Outcome:
    """Run a scenario to its end, or to the first failed step.

    `new_shop`: keeps limits, stock and budgets; `authoring.rule_tests.running` passes the service's own.
    """
    compiled = _drawn(test, compiled)
    shared = new_shop(compiled)
    shared.taken(test.used, test.at)
    return run_scenario(test, compiled, shared) if test.steps else _run_one(test, compiled, shared)


def _run_one(test: RuleTest, compiled: Compiled, shared: Shared) -> Outcome:
    snapshot = snapshot_of(test, compiled.rulebook, test.at)
    profile = _profile(test, compiled, snapshot)
    trigger = Trigger(
        key=test.ask,
        id="test",
        customer=profile.customer,
        event=test.event,
        placements=test.placements,
        language=test.language,
        context=test.context,
    )
    facts = _facts(test, compiled, Given(profile, trigger, compiled.rulebook, snapshot, test.at))
    context = _with_done(test, EvaluationContext(compiled, profile, trigger, facts, test.at))
    decided = decided_in(context, snapshot, shared, complete=True)
    return Outcome(
        test, (decided,), differences(test.expect, (decided,), shared, ExpectedAt(compiled.rulebook, test.at))
    )


def _drawn(test: RuleTest, compiled: Compiled) -> Compiled:
    """Control groups depend on the customer's id. A test overrides them: none, or this customer for everything."""
    book = compiled.rulebook
    everything = replace(book.measurement.holdout, share=1.0) if book.measurement.holdout and test.holdout else None
    shown = {name: replace(action, holdout=0.0) for name, action in book.actions.items() if action.holdout}
    actions = {**book.actions, **shown}
    measurement = replace(book.measurement, holdout=everything)
    return replace(compiled, rulebook=replace(book, measurement=measurement, actions=actions))


def _facts(test: RuleTest, compiled: Compiled, given: Given) -> dict[str, Value]:
    """Computed from the history, except given facts; tables use these and do not decide them again."""
    facts = compiled.full.compute(given)
    facts.update(test.given)
    decide_all(tuple(table for table in compiled.full.tables if table.decides not in test.given), facts)
    return facts


def _profile(test: RuleTest, compiled: Compiled, snapshot: Snapshot) -> Profile:
    """Persona first, then history and triggering event, then contacts and pending recommendations."""
    book = compiled.rulebook
    profile = Profile(customer_key(id=CUSTOMER))
    asked = () if test.event is None else (test.event,)
    for event in (*persona_events(test, book), *test.history, *asked):
        profile = apply(profile, event, compiled.counters, book.shop.days)
    profile = profile.but(placing=place(profile, book.tiers, snapshot))
    profile = profile.but(tier=tier_of(profile, book.tiers, snapshot))
    profile = profile.but(contacts={**profile.contacts, **_contacts(test.given, book, test.at)}, pending=test.pending)
    for told in sorted(test.contacts, key=lambda told: told.at):
        profile = contacted(profile, told)
    return profile


def _contacts(given: Mapping[str, Value], book: Rulebook, at: int) -> dict[str, Contact]:
    """`history.<action>...` given as facts also adds contacts, so that cooldowns and limits count them."""
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


def _with_done(test: RuleTest, context: EvaluationContext) -> EvaluationContext:
    """`done` rules have used up their `once` in the present scope, be it an order, a spell or a year.

    Where the test has no order, delivery or complaint, adds one. A rule may have been left out.
    """
    once: dict[str, str] = {}
    rules = context.compiled.rulebook.rules
    for rule in (rules[name] for name in test.done if name in rules):
        if scope_of(rule, context) is None:
            profile = _STAND_INS[rule.once or ""](context.profile, test.at)
            context = replace(context, profile=profile)
        once[rule.id] = str(scope_of(rule, context))
    return replace(context, profile=context.profile.but(once={**context.profile.once, **once}))


def _with_order(profile: Profile, at: int) -> Profile:
    return profile.but(purchases=replace(profile.purchases, last_time=at))


def _with_delivery(profile: Profile, at: int) -> Profile:
    return profile.but(delivery=(at, "stand-in"))


def _with_complaint(profile: Profile, at: int) -> Profile:
    return profile.but(complaints={"stand-in": (at, 0)})


_STAND_INS: Final[Mapping[str, Callable[[Profile, int], Profile]]] = {
    "order": _with_order,
    "inactivity spell": _with_order,
    "delivery": _with_delivery,
    "complaint": _with_complaint,
}
