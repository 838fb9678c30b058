"""Run a scenario: the profile passes from step to step, through the same functions as in the service."""

from collections.abc import Mapping, Sequence

from authoring.rule_tests.case import CUSTOMER, RuleTest, Step, contacted, persona_events, snapshot_of
from authoring.rule_tests.differences import ExpectedAt, differences
from authoring.rule_tests.outcome import Decided, Difference, Outcome
from authoring.rule_tests.shared import Shared
from engine.compiled.rulebook import Compiled
from engine.decisioning import contacts, experiments
from engine.decisioning.contacts import Recommended
from engine.decisioning.decide import NOTHING_USED_UP, decide_on, situated
from engine.decisioning.evaluation_context import EvaluationContext
from engine.domain.decision import Decision, Withdrawal
from engine.domain.events import Event, customer_key
from engine.domain.profile import Profile
from engine.domain.profile.merge import merge
from engine.domain.refusal import Refusal
from engine.domain.times import utc_day
from engine.domain.trigger import INACTIVE, WAITED, Trigger, of_due
from engine.scheduling import timers, transitions
from engine.value.tiers import Snapshot

ALIASED = "aliased"


def decided_in(context: EvaluationContext, snapshot: Snapshot, shared: Shared, complete: bool = False) -> Decided:
    """The decision in an evaluation context, with its units reserved. `complete`: see `Decided`."""
    lacking = NOTHING_USED_UP

    def decide(used_up: Mapping[str, Refusal]) -> Decision:
        nonlocal lacking
        lacking = dict(used_up)
        return decide_on(snapshot, context, used_up)

    decision = shared.decided(decide, context.now)
    return Decided(decision, context, snapshot, lacking, complete)


def run_scenario(scenario: RuleTest, compiled: Compiled, shared: Shared) -> Outcome:
    """Step by step, until one fails."""
    life, before = _Life(scenario, compiled, shared), list[Decided]()
    for step in scenario.steps:
        on_the_way = life.goes_on_until(step.at)
        lived = life.lives_through(step)
        if _is_time(step):
            lived, on_the_way = on_the_way, []
        before += on_the_way
        failures = _failures(step, lived, life, ExpectedAt(compiled.rulebook, step.at))
        if failures or step is scenario.steps[-1]:
            looked = life.looks() if failures and _is_time(step) and not lived else ()
            return Outcome(scenario, tuple(lived), failures, step, tuple(before), looked)
        before += lived
    raise AssertionError("a scenario needs steps")


def _is_time(step: Step) -> bool:
    return step.event is None and step.trigger is None and not step.outcomes


def _failures(step: Step, lived: Sequence[Decided], life: "_Life", moment: ExpectedAt) -> tuple[Difference, ...]:
    unheard = tuple((f"outcome: {action}", f"{action} was not recommended before") for action in life.unheard)
    if step.expect is None:
        return unheard
    return (*unheard, *differences(step.expect, lived, life.shared, moment, life.withdrawn))


class _Life:
    """One customer in a shop of one: the profile, the clock, and the latest recommendations.

    Of the latest step: `withdrawn` by an event that was only stored, `unheard`: actions whose outcomes it reports
    but that had not been recommended.
    """

    def __init__(self, scenario: RuleTest, compiled: Compiled, shared: Shared) -> None:
        self.shared = shared
        self.withdrawn: tuple[Withdrawal, ...] = ()
        self.unheard: tuple[str, ...] = ()
        self._scenario = scenario
        self._compiled = compiled
        self._now = scenario.at
        self._recommended: dict[str, Recommended] = {}
        self._figures: tuple[int, Snapshot] | None = None
        self._known = self._begun(Profile(customer_key(id=CUSTOMER)))
        self._profile = Profile(customer_key(anonymous_id=CUSTOMER)) if scenario.anonymous else self._known

    def goes_on_until(self, at: int) -> list[Decided]:
        """Time passes: timers fire and are evaluated at their time, as by the worker."""
        decisions = []
        while (soonest := timers.next_due(self._profile)) is not None and soonest <= at:
            self._now = max(self._now, soonest)
            decisions += self._sees_to_what_is_due()
        self._now = at
        return decisions

    def lives_through(self, step: Step) -> list[Decided]:
        """The decision of this step itself."""
        self.withdrawn, self.unheard = (), ()
        self.shared.taken(step.used, self._now)
        have = self._profile
        decisions = []
        if step.event is not None:
            have = self._hears(step.event, step.trigger is not None)
        if step.trigger is not None:
            decisions = [self._decides(step.trigger.of(self._profile.customer))]
        for action, outcome in step.outcomes.items():
            self._is_told(action, outcome)
        self._is_kept(have)
        return decisions

    def looks(self) -> tuple[Decided, ...]:
        """The decisions now on each trigger that time itself causes; none is stored."""
        compiled, snapshot, now = self._compiled, self._snapshot, self._now
        keys = sorted(key for key in compiled.rules if key == INACTIVE or key.startswith(WAITED))
        profile = contacts.settle(self._profile, now, compiled.rulebook)
        triggers = (of_due(profile.customer, key, now) for key in keys)
        contexts = [situated(compiled, snapshot, profile, on, now) for on in triggers]
        return tuple(Decided(decide_on(snapshot, at), at, snapshot, {}) for at in contexts)

    # ---- the parts ----

    @property
    def _snapshot(self) -> Snapshot:
        """Taken once a day, as in the service."""
        day = utc_day(self._now)
        if self._figures is None or self._figures[0] != day:
            self._figures = day, snapshot_of(self._scenario, self._compiled.rulebook, self._now)
        return self._figures[1]

    def _begun(self, profile: Profile) -> Profile:
        """The persona, the history before the scenario, and earlier contacts."""
        scenario, compiled = self._scenario, self._compiled
        before = profile
        for event in (*persona_events(scenario, compiled.rulebook), *scenario.history):
            profile = transitions.event_transition(profile, event, compiled, scenario.at).profile
        for told in sorted(scenario.contacts, key=lambda told: told.at):
            profile = contacted(profile, told)
        profile = transitions.settled(before, profile, compiled, self._snapshot)
        return timers.scheduled(profile, compiled, self._snapshot, scenario.at)

    def _hears(self, event: Event, decided: bool) -> Profile:
        """Apply the event; return the profile before it. Where it is only stored, permissions may end by it."""
        have, compiled, now = self._profile, self._compiled, self._now
        profile = have
        if event.type == ALIASED:
            have = self._known
            merged = merge(self._known, self._profile, compiled.counters, compiled.rulebook.shop.days)
            profile = experiments.recount(self._known, merged, compiled.rulebook).profile
        profile = transitions.event_transition(profile, event.of(profile.customer), compiled, now).profile
        if not decided:
            profile, self.withdrawn = transitions.without_permission(profile, [event], compiled, now)
            self.shared.withdrawn(self.withdrawn)
        self._profile = transitions.settled(have, profile, compiled, self._snapshot)
        return have

    def _decides(self, on: Trigger) -> Decided:
        profile = contacts.settle(self._profile, self._now, self._compiled.rulebook)
        context = situated(self._compiled, self._snapshot, profile, on, self._now)
        decided = decided_in(context, self._snapshot, self.shared)
        decision = decided.decision
        self._profile = transitions.decision_transition(profile, on, decision, self._compiled).profile
        for result in decision.results:
            for one in result.recommendations:
                self._recommended[one.action] = Recommended(
                    one.recommendation_id, one.action, one.rule, one.channel, one.scope, one.expires_at, one.reserved
                )
        return decided

    def _is_told(self, action: str, outcome: str) -> None:
        of = self._recommended.get(action)
        if of is None:
            self.unheard = (*self.unheard, action)
            return
        self._profile = self.shared.told(self._profile, of, outcome, self._now)

    def _sees_to_what_is_due(self) -> list[Decided]:
        have, compiled, now = self._profile, self._compiled, self._now
        moment = timers.due_now(have, now)
        if moment is None:
            raise AssertionError("what is due is due")
        decisions = []
        if not transitions.is_void(have, moment, compiled, now):
            decisions = [self._decides(timers.trigger_of(have, *moment))]
        self._profile = transitions.after_timer(self._profile, moment, compiled, self._snapshot, now)
        self._is_kept(have)
        return [one for one in decisions if transitions.is_recorded(one.decision)]

    def _is_kept(self, before: Profile) -> None:
        """As a commit does: with the next timer."""
        self._profile = timers.rescheduled(before, self._profile, self._compiled, self._snapshot, self._now)
