"""Both ledgers do what the model does, and no limit is passed, whatever happens in whatever order."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from engine.domain.times import DAY, MINUTE
from service.ports import GRACE, Claim, Ledger, Share, Used
from storage import claims
from storage.memory_ledger import MemoryLedger
from storage.redis import connect
from tests.support import servers
from tests.support.ledger_model import Model

START = 1_700_000_000_000
MONTH = 20 * MINUTE
"""How long the periods of these tests are, so that a run goes through several."""
ACTIONS = (f"action-{number}" for number in itertools.count())

recommendations = st.integers(1, 5).map("r-{}".format)
holders = st.sampled_from(("one", "two"))
steps = st.sampled_from((0, 0, 0, 0, 1, MINUTE, GRACE, 11 * MINUTE, -MINUTE, -15 * MINUTE, 401 * DAY, -401 * DAY))
lives = st.sampled_from((10 * MINUTE, MINUTE, 0, -2 * GRACE, 3 * DAY))


class LedgerMachine(RuleBasedStateMachine):
    """One action in every ledger, with limits that are edited and a clock that also goes back."""

    ledgers: tuple[Ledger, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.action = next(ACTIONS)
        self.model = Model()
        self.now = START
        self.periods = {""}
        self.before: dict[str, Used] = {}
        self.limits = Claim("", self.action, "", 0)

    @initialize(total=st.integers(1, 4), stock=st.integers(1, 4), budget=st.integers(10, 60))
    def open(self, total: int, stock: int, budget: int) -> None:
        self.limits = replace(self.limits, total=Share(total, ""), stock=stock, budget=Share(budget, ""))

    @rule(what=st.sampled_from(("total", "stock", "budget", "costs")), data=st.data())
    def edit(self, what: str, data: st.DataObject) -> None:
        most = data.draw(st.none() | st.integers(0, 60 if what == "budget" else 5))
        if what == "stock":
            self.limits = replace(self.limits, stock=most)
        elif what == "costs":
            self.limits = replace(self.limits, per_contact=most or 0, per_acceptance=2 * (most or 0))
        else:
            share = None if most is None else Share(most, data.draw(st.sampled_from(("", "month"))))
            self.limits = replace(self.limits, **{what: share})

    @rule(recommendation=recommendations, holder=holders, step=steps, life=lives)
    def reserve(self, recommendation: str, holder: str, step: int, life: int) -> None:
        claim = self.claim(recommendation, holder, step, life)
        expected = self.model.reserve(claim, self.now)
        assert [ledger.reserve(claim, self.now) for ledger in self.ledgers] == [expected] * len(self.ledgers)

    @rule(recommendation=recommendations, holder=holders, step=steps, life=lives)
    def contact(self, recommendation: str, holder: str, step: int, life: int) -> None:
        claim = self.claim(recommendation, holder, step, life)
        expected = self.model.contact(claim, self.now)
        assert [ledger.contact(claim, self.now) for ledger in self.ledgers] == [expected] * len(self.ledgers)

    @rule(recommendation=recommendations, holder=holders, step=steps, life=lives)
    def spend(self, recommendation: str, holder: str, step: int, life: int) -> None:
        claim = self.claim(recommendation, holder, step, life)
        expected = self.model.spend(claim, self.now)
        assert [ledger.spend(claim, self.now) for ledger in self.ledgers] == [expected] * len(self.ledgers)

    @rule(recommendation=recommendations, holder=holders)
    def give_up(self, recommendation: str, holder: str) -> None:
        self.model.give_up(recommendation, holder)
        for ledger in self.ledgers:
            ledger.give_up(self.action, recommendation, holder)

    @rule(recommendation=recommendations)
    def release(self, recommendation: str) -> None:
        self.model.release(recommendation)
        for ledger in self.ledgers:
            ledger.release(self.action, recommendation)

    @rule(recommendation=recommendations)
    def withdraw(self, recommendation: str) -> None:
        self.model.withdraw(recommendation)
        for ledger in self.ledgers:
            ledger.withdraw(self.action, recommendation)

    @invariant()
    def what_is_used_is_what_the_model_says_and_within_the_limits(self) -> None:
        self.model.sweep(self.now)
        for period in sorted(self.periods):
            used = self.model.used(period, period)
            told = [ledger.used(self.action, period, period, self.now) for ledger in self.ledgers]
            assert told == [used] * len(self.ledgers)
            self.check(period, used, self.before.get(period, Used()))
            self.before[period] = used

    def check(self, period: str, used: Used, before: Used) -> None:
        """Nothing is negative, and nothing grows beyond its limit, also when that was edited below what is used."""
        most = self.limits
        assert min(used.total, used.stock, used.budget, used.reserved, used.late) >= 0
        if most.total and self.named(most.total).period == period:
            assert used.total <= max(most.total.most, before.total)
        if most.stock is not None and not period:
            assert used.stock <= max(most.stock, before.stock)
        if most.budget and self.named(most.budget).period == period:
            assert used.budget <= max(most.budget.most, before.budget)

    def claim(self, recommendation: str, holder: str, step: int, life: int) -> Claim:
        """The claim after the clock has moved on by `step`, under today's limits."""
        self.now += step
        limits = replace(self.limits, recommendation_id=recommendation, holder=holder, expires=self.now + life)
        total, budget = limits.total and self.named(limits.total), limits.budget and self.named(limits.budget)
        return replace(limits, total=total, budget=budget)

    def named(self, share: Share) -> Share:
        """The share with the name of the period that it is now."""
        if share.period:
            share = Share(share.most, f"month-{self.now // MONTH}")
        self.periods.add(share.period)
        return share


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.embedded_server(tmp_path_factory.mktemp("server")) as server:
        yield server.url


def run(ledgers: tuple[Ledger, ...], examples: int) -> None:
    machine = type("Machine", (LedgerMachine,), {"ledgers": ledgers})
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=40, deadline=None, suppress_health_check=checks),
    )


def test_the_ledger_in_memory_does_what_the_model_does_and_passes_no_limit() -> None:
    run((MemoryLedger(),), 150)


def test_both_ledgers_give_the_same_answers_as_the_model_and_pass_no_limit(server_url: str) -> None:
    run((MemoryLedger(), connect(server_url, timeout_s=2).ledger), 40)


def test_it_does_not_matter_how_many_are_put_in_order_at_a_time(
    server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "FEW", 1)
    monkeypatch.setattr(claims, "MANY", 2)
    run((MemoryLedger(), connect(server_url, timeout_s=2).ledger), 40)
