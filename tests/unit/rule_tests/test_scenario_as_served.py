"""A story comes to exactly what the service would have decided, had it heard the same at the same times."""

from dataclasses import replace

import pytest

from authoring.checking import load
from authoring.rule_tests import RuleTest, read_tests
from authoring.rule_tests.case import CUSTOMER, Step, persona_events, snapshot_of
from authoring.rule_tests.running import run_test
from engine.compiled.rulebook import Compiled, prepare
from engine.domain.decision import Decision
from engine.domain.events import DecisionRequest, Event, Outcome, customer_key
from engine.domain.times import MINUTE, utc_day
from runtime.matchers import build_matcher
from service.live import Live
from service.replies import Decided, Recorded
from tests.support.books import RULES
from tests.support.services import Shop

Said = tuple[str, tuple[str, ...], tuple[tuple[str, str], ...], tuple[str, ...]]
"""Of one decision: at which trigger, what was recommended, what was rejected why, what was withdrawn."""


def shipped() -> Compiled:
    """The shipped rules, without holdouts, as stories are without them."""
    book = load(RULES)
    actions = {name: replace(action, holdout=0.0) for name, action in book.actions.items()}
    book = replace(book, actions=actions, measurement=replace(book.measurement, holdout=None))
    return prepare(book, build_matcher(book))


COMPILED = shipped()
TEXTS = {path.name: path.read_bytes() for path in (RULES / "tests").glob("*.yaml")}
STORIES = [
    test
    for test in read_tests(TEXTS, COMPILED.rulebook)[0]
    if test.steps and not (test.history or test.contacts or test.used or any(step.used for step in test.steps))
]


def said_of(decision: Decision) -> Said:
    return (
        decision.trigger,
        tuple(one.action for result in decision.results for one in result.recommendations),
        tuple((one.action, one.reason.value) for one in decision.rejected),
        tuple(one.action for one in decision.withdrawn),
    )


class Served:
    """The same told to a service on the memory store."""

    def __init__(self, scenario: RuleTest) -> None:
        self.shop = Shop(COMPILED)
        self.scenario = scenario
        self.decisions: list[Decision] = []
        self.who = customer_key(anonymous_id=CUSTOMER) if scenario.anonymous else customer_key(id=CUSTOMER)
        self.at(scenario.at)
        for event in persona_events(scenario, COMPILED.rulebook):
            self.shop.service.handle_event(replace(event, decide="none"))

    def at(self, time: int) -> None:
        self.shop.now = time
        if utc_day(self.shop.live.snapshot.at) != utc_day(time):
            self.shop.live = Live(COMPILED, snapshot_of(self.scenario, COMPILED.rulebook, time))

    def until(self, time: int) -> None:
        while found := self.shop.store.due(time, 1):
            customer, due = found[0]
            self.at(max(due, self.shop.now))
            self.decisions += self.shop.service.handle_due(customer)
        self.at(time)

    def lives_through(self, step: Step) -> None:
        self.until(step.at)
        service = self.shop.service
        if step.event is not None:
            self._hears(step.event)
        elif step.trigger is not None:
            on = step.trigger
            request = DecisionRequest(
                on.id.partition("/")[2], self.who, on.placements, on.language, on.context, step.at
            )
            self.decisions.append(service.handle_request(request).decision)
        for action, outcome in step.outcomes.items():
            given = [one for decision in self.decisions for one in decision.given if one.action == action]
            (reply,) = service.record_outcomes([Outcome(given[-1].recommendation_id, outcome, step.at)])
            assert isinstance(reply, Recorded)

    def _hears(self, event: Event) -> None:
        if event.type == "aliased":
            self.who = event.customer
        reply = self.shop.service.handle_event(event.of(self.who))
        if isinstance(reply, Decided):
            self.decisions.append(reply.decision)


@pytest.mark.parametrize("scenario", STORIES, ids=lambda scenario: scenario.name)
def test_a_scenario_decides_what_the_service_decides_and_when(scenario: RuleTest) -> None:
    outcome = run_test(scenario, COMPILED)
    decisions, served = [one.decision for one in outcome.lived], Served(scenario)
    for step in scenario.steps:
        served.lives_through(step)
        if step is outcome.step:
            break
    assert [said_of(decision) for decision in served.decisions] == [said_of(decision) for decision in decisions]
    times = [decision.decided_at for decision in served.decisions]
    # what fades is rounded when a profile is stored, and with it the moment at which silence is long
    assert times == pytest.approx([decision.decided_at for decision in decisions], abs=MINUTE)
