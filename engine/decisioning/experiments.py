"""Experiments: customers who get an action compared with the control group, counted from the same moment.

A customer enters the experiment of an action when it is first chosen for them, whether they then get it or are in the
control group (intention to treat): the two arms differ only by the holdout. Orders within `measurement.observed`
of that moment count, less returns.

- "*" is the experiment of everything that the global holdout covers.
- An action with its own holdout is compared with that. The global control group is excluded: it gets
  nothing else either.
- Any other action is compared with the global holdout, for customers for whom it was the first to be chosen. Later
  the arms differ by more than the holdout: earlier recommendations influence the next ones.

The sums and their squares per arm are counters of the shop (`event_counts`); the profile holds this customer's part,
so that it can be changed or removed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from engine.decisioning import control_group
from engine.decisioning.contacts import Transition
from engine.domain.decision import Decision
from engine.domain.events import Event, is_anonymous
from engine.domain.ids import digest6
from engine.domain.money import MAX_MINOR
from engine.domain.profile.order import Order
from engine.domain.profile.state import EXPERIMENTS_KEPT, Experiment, Profile
from engine.rulebook.model import Rulebook
from engine.value import counters
from engine.value.counters import Change

EVERYTHING: Final = control_group.EVERYTHING
ABOUT_ORDERS: Final = frozenset(("order_completed", "order_updated", "order_returned", "order_cancelled"))


def enter(profile: Profile, decision: Decision, book: Rulebook) -> Transition:
    """After a decision: the customer enters the experiments of the chosen actions, each once.

    An experiment begins after every known order, so that none of them counts, and none is subtracted.
    """
    if is_anonymous(profile.customer) or not (decision.withheld or any(r.recommendations for r in decision.results)):
        return Transition(profile)
    entered = max(decision.decided_at, profile.purchases.last_time or 0)
    experiments = dict(profile.experiments)
    for name, held in _arms(profile, decision, book):
        if name not in experiments and _has_room(experiments, name):
            experiments[name] = Experiment(entered, held)
    return _changed(profile, experiments)


def _arms(profile: Profile, decision: Decision, book: Rulebook) -> Iterator[tuple[str, bool]]:
    """This decision's experiments, and whether the customer is in the control group."""
    first, held_from_all = EVERYTHING not in profile.experiments, control_group.in_global(profile.customer, book)
    chosen = [given.action for result in decision.results for given in result.recommendations]
    for name in (*chosen, *(given.action for given in decision.withheld)):
        action = book.actions[name]
        covered = control_group.covers(action, profile.tier, book)
        if covered:
            yield EVERYTHING, held_from_all
        if control_group.has_own(action):
            if not (covered and held_from_all):
                yield name, control_group.in_own(profile.customer, action, book)
        elif covered and first:
            yield name, held_from_all


def _has_room(experiments: Mapping[str, Experiment], name: str) -> bool:
    """Experiments per customer are limited; one place is reserved for the experiment "*"."""
    return name == EVERYTHING or len(experiments.keys() - {EVERYTHING}) < EXPERIMENTS_KEPT - 1


def count(before: Profile, after: Profile, event: Event, book: Rulebook) -> Transition:
    """After `apply`: an event about an order updates the experiments running at the time of the order."""
    if event.type not in ABOUT_ORDERS or after.purchases is before.purchases or not after.experiments:
        return Transition(after)
    key = digest6(event.properties["order_id"]).hex()
    changed = [(before.purchases.order(key), after.purchases.order(key))]
    return _counted(after, changed, book.measurement.observed)


def recount(before: Profile, after: Profile, book: Rulebook) -> Transition:
    """The same for any change of the remembered orders, such as a merge of another profile."""
    if after.purchases is before.purchases or not after.experiments:
        return Transition(after)
    changed = [(before.purchases.order(key), order) for key, order in after.purchases.all_orders.items()]
    return _counted(after, changed, book.measurement.observed)


def removed(profile: Profile) -> tuple[Change, ...]:
    """The counter changes that remove the customer from all experiments."""
    return _moves(profile.experiments, {})


def _counted(profile: Profile, orders: Iterable[tuple[Order | None, Order | None]], observed: int) -> Transition:
    experiments = dict(profile.experiments)
    for was, now in orders:
        for name, experiment in experiments.items():
            old, new = _worth(was, experiment, observed), _worth(now, experiment, observed)
            if old != new:
                purchases = max(0, experiment.purchases + new[0] - old[0])
                revenue = max(0, experiment.revenue + new[1] - old[1])
                experiments[name] = replace(experiment, purchases=purchases, revenue=revenue)
    return _changed(profile, experiments)


def _worth(order: Order | None, experiment: Experiment, observed: int) -> tuple[int, int]:
    """Purchases and revenue that an order adds to an experiment; none if it was cancelled or paid back in full."""
    if order is None or order.time is None or not order.stands:
        return 0, 0
    if not experiment.entered < order.time <= experiment.entered + observed:
        return 0, 0
    return 1, max(0, order.net)


def _changed(profile: Profile, experiments: Mapping[str, Experiment]) -> Transition:
    changes = _moves(profile.experiments, experiments)
    return Transition(profile.but(experiments=experiments), changes) if changes else Transition(profile)


def _moves(old: Mapping[str, Experiment], new: Mapping[str, Experiment]) -> tuple[Change, ...]:
    """The counter changes from `old` to `new` experiments, without zeros."""
    changes: dict[str, int] = {}
    for experiments, others, sign in ((old, new, -1), (new, old, 1)):
        for name, experiment in experiments.items():
            if others.get(name) != experiment:
                for counter, amount in _entries(name, experiment):
                    changes[counter] = changes.get(counter, 0) + sign * amount
    return tuple((counter, change) for counter, change in changes.items() if change)


def _entries(name: str, experiment: Experiment) -> Iterator[Change]:
    arm = counters.CONTROL if experiment.held else counters.GIVEN
    high, low = divmod(min(experiment.revenue, MAX_MINOR) ** 2, counters.SQUARE_BASE)
    yield counters.of_experiment(counters.CUSTOMERS, name, arm)
    yield counters.of_experiment(counters.PURCHASES, name, arm, experiment.purchases)
    yield counters.of_experiment(counters.PURCHASES_SQUARED, name, arm, experiment.purchases**2)
    yield counters.of_experiment(counters.REVENUE, name, arm, experiment.revenue)
    yield counters.of_experiment(counters.REVENUE_SQUARED, name, arm, low)
    yield counters.of_experiment(counters.REVENUE_SQUARED_HIGH, name, arm, high)
