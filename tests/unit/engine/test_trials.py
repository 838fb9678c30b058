"""Trials: who enters which arm when, which orders count, and counters that always equal a recount."""

from collections.abc import Iterable, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisioning import control_group, experiments
from engine.decisioning.contacts import Transition
from engine.domain.decision import Content, Decision, Recommendation, Result
from engine.domain.events import Event
from engine.domain.money import MAX_MINOR
from engine.domain.profile import Profile, apply, decode, encode
from engine.domain.profile.codec import FORMAT
from engine.domain.profile.state import EXPERIMENTS_KEPT, ORDERS_KEPT, Experiment
from engine.domain.times import DAY, SECOND
from engine.rulebook.model import Rulebook
from engine.value import counters
from tests.support.books import CUSTOMER, DAYS, NOW, action, book, event, order, rule
from tests.support.histories import START, histories

GLOBAL = "{salt: s, observed: 90 days, holdout: {share: 50 %, spare: {kinds: [service], tiers: [gold]}}}"
ACTIONS = [
    action("plain"),
    action("other"),
    action("own", holdout="50 %"),
    action("spared", kind="service"),
    action("spared-own", kind="service", holdout="50 %"),
    action("task", kind="internal", treatments=[{"channel": "desk", "texts": {"en": {"title": "Hi"}}}]),
]
BOTH = book(ACTIONS, [rule("r", "plain")], measurement=GLOBAL)
OWN_ONLY = book(ACTIONS, [rule("r", "plain")], measurement="{salt: s, observed: 90 days}")
BRIEF = book(ACTIONS, [rule("r", "plain")], measurement="{salt: s, observed: 30 days}")
PEOPLE = [f"c/{n}" for n in range(40)]
HELD = next(c for c in PEOPLE if control_group.in_global(c, BOTH))
FREE = next(c for c in PEOPLE if not control_group.in_global(c, BOTH))


def recommended(name: str) -> Recommendation:
    return Recommendation(
        recommendation_id=f"r-{name}",
        rank=1,
        action=name,
        kind="marketing",
        rule="r",
        why="",
        serves=(),
        channel="web",
        placement="home.banner",
        effect={},
        content=Content("en", {}),
        products=(),
        score=1.0,
        score_parts={},
        expires_at=NOW + DAY,
    )


def decided(*names: str, withheld: Iterable[str] = (), at: int = NOW) -> Decision:
    results = (Result("home.banner", tuple(recommended(name) for name in names)),)
    kept_back = tuple(recommended(name) for name in withheld)
    return Decision("d-1", "request/1", "requested", CUSTOMER, at, "sha256:0", 0, results, withheld=kept_back)


def entered(profile: Profile, decision: Decision, rules: Rulebook = BOTH) -> Transition:
    return experiments.enter(profile, decision, rules)


def in_trial(at: int = NOW, held: bool = False) -> Profile:
    return Profile(CUSTOMER, experiments={"own": Experiment(at, held)})


def after(profile: Profile, *events: Event, rules: Rulebook = BOTH) -> Profile:
    for one in events:
        profile = experiments.count(profile, apply(profile, one, {}, DAYS), one, rules).profile
    return profile


def came_back(amount: int, of: str = "o1", at: int = NOW + 2 * DAY) -> Event:
    return event(f"back-{of}-{amount}-{at}", "order_returned", at, {"order_id": of, "amount": amount})


def cancelled(of: str = "o1") -> Event:
    return event(f"off-{of}", "order_cancelled", NOW + 3 * DAY, {"order_id": of})


def totals_of(changes: Iterable[tuple[str, int]]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for name, change in changes:
        totals[name] = totals.get(name, 0) + change
    return {name: total for name, total in totals.items() if total}


# ---- who enters ----


def test_who_gets_something_enters_its_trial_and_that_of_everything() -> None:
    transition = entered(Profile(FREE), decided("plain"))
    assert transition.profile.experiments == {"*": Experiment(NOW, False), "plain": Experiment(NOW, False)}
    assert totals_of(transition.counts) == {"t:n:*:given": 1, "t:n:plain:given": 1}


def test_who_is_held_out_enters_the_same_trials_in_the_other_arm() -> None:
    transition = entered(Profile(HELD), decided(withheld=["plain"]))
    assert transition.profile.experiments == {"*": Experiment(NOW, True), "plain": Experiment(NOW, True)}


def test_a_customer_enters_a_trial_once() -> None:
    first = entered(Profile(FREE), decided("plain"))
    assert entered(first.profile, decided("plain", at=NOW + DAY)) == Transition(first.profile)


def test_what_is_chosen_later_is_not_compared_with_the_global_holdout() -> None:
    """By then one arm has got something, which decides what it gets next: the arms are no longer alike."""
    first = entered(Profile(FREE), decided("plain")).profile
    assert entered(first, decided("other", at=NOW + DAY)).profile is first
    both = entered(Profile(FREE), decided("plain", "other")).profile
    assert both.experiments.keys() == {"*", "plain", "other"}


def test_an_action_with_its_own_holdout_is_compared_with_that() -> None:
    for customer in PEOPLE:
        found = entered(Profile(customer), decided("own"), OWN_ONLY).profile.experiments
        assert found == {"own": Experiment(NOW, control_group.in_own(customer, OWN_ONLY.actions["own"], OWN_ONLY))}


def test_who_gets_nothing_at_all_is_in_no_comparison_of_one_actions_own_holdout() -> None:
    assert entered(Profile(HELD), decided(withheld=["own"])).profile.experiments == {"*": Experiment(NOW, True)}
    assert entered(Profile(FREE), decided("own")).profile.experiments.keys() == {"*", "own"}


@pytest.mark.parametrize(("name", "into"), [("spared", set()), ("spared-own", {"spared-own"}), ("task", set())])
def test_spared_kinds_are_only_in_trials_of_their_own(name: str, into: set[str]) -> None:
    assert entered(Profile(FREE), decided(name)).profile.experiments.keys() == into


def test_a_spared_tier_is_in_no_trial_of_the_global_holdout() -> None:
    assert entered(Profile(FREE, tier="gold"), decided("plain")).profile.experiments == {}
    assert entered(Profile(FREE, tier="gold"), decided("own")).profile.experiments.keys() == {"own"}


def test_without_a_holdout_there_is_no_trial() -> None:
    assert entered(Profile(FREE), decided("plain"), OWN_ONLY).profile.experiments == {}


def test_visitors_without_a_name_are_in_no_trial() -> None:
    visitor = Profile("a/visitor")
    assert entered(visitor, decided("plain", "own")) == Transition(visitor)


def test_a_decision_for_nothing_enters_no_trial() -> None:
    profile = Profile(FREE)
    assert entered(profile, decided()).profile is profile


def test_no_more_trials_are_entered_than_a_profile_holds_and_always_that_of_everything() -> None:
    full = Profile(FREE, experiments={f"a{n}": Experiment(NOW, False) for n in range(EXPERIMENTS_KEPT - 1)})
    assert entered(full, decided("plain")).profile.experiments.keys() - full.experiments.keys() == {"*"}


# ---- what counts ----


def test_an_order_after_entering_counts() -> None:
    experiment = after(in_trial(), order("o1", NOW + DAY, 5_000)).experiments["own"]
    assert (experiment.purchases, experiment.revenue) == (1, 5_000)


@pytest.mark.parametrize(("late", "counts"), [(0, 0), (SECOND, 1), (90 * DAY, 1), (90 * DAY + SECOND, 0)])
def test_an_order_counts_within_the_time_of_observation(late: int, counts: int) -> None:
    assert after(in_trial(), order("o1", NOW + late)).experiments["own"].purchases == counts


def test_an_order_from_before_that_arrives_late_does_not_count() -> None:
    assert after(in_trial(), order("o1", NOW - DAY)).experiments["own"].purchases == 0


def test_the_order_that_set_the_decision_off_counts_neither_then_nor_when_it_is_cancelled() -> None:
    """Its time may lie a little ahead of the server's clock."""
    bought = after(Profile(FREE), order("o1", NOW + 60 * SECOND))
    profile = after(entered(bought, decided("own")).profile, cancelled())
    assert profile.experiments["own"].purchases == 0


def test_returns_and_cancellations_take_back() -> None:
    bought = after(in_trial(), order("o1", NOW + DAY, 5_000), order("o2", NOW + DAY, 700), came_back(2_000))
    assert (bought.experiments["own"].purchases, bought.experiments["own"].revenue) == (2, 3_700)
    assert after(bought, cancelled()).experiments["own"] == Experiment(NOW, False, 1, 700)


def test_goods_that_come_back_long_afterwards_are_taken_back_too() -> None:
    bought = after(in_trial(), order("o1", NOW + DAY, 5_000))
    assert after(bought, came_back(5_000, at=NOW + 300 * DAY)).experiments["own"].revenue == 0


def test_what_comes_back_of_a_cancelled_order_is_not_taken_back_twice() -> None:
    bought = after(in_trial(), order("o1", NOW + DAY, 5_000))
    assert after(bought, cancelled(), came_back(9_000)).experiments["own"] == Experiment(NOW, False, 0, 0)


def test_a_longer_observation_later_never_makes_less_than_nothing() -> None:
    bought = after(in_trial(), order("o1", NOW + 40 * DAY, 5_000), rules=BRIEF)
    assert bought.experiments["own"] == Experiment(NOW, False)
    assert after(bought, cancelled()).experiments["own"] == Experiment(NOW, False)


def test_an_order_that_is_older_than_all_that_are_remembered_counts_as_it_comes() -> None:
    many = [order(f"o{n}", NOW + 20 * DAY + n * DAY) for n in range(ORDERS_KEPT)]
    profile = after(in_trial(), *many, order("early", NOW + DAY))
    assert profile.experiments["own"].purchases == ORDERS_KEPT + 1


def test_events_about_no_order_change_nothing() -> None:
    profile, visited = in_trial(), event("v", "visited", NOW, {"surface": "web"})
    changed = apply(profile, visited, {}, DAYS)
    assert experiments.count(profile, changed, visited, BOTH) == Transition(changed)


def test_orders_that_a_merge_brings_count_like_any_others() -> None:
    known, merged = in_trial(), apply(in_trial(), order("o1", NOW + DAY, 5_000), {}, DAYS)
    assert experiments.recount(known, merged, BOTH).profile.experiments["own"] == Experiment(NOW, False, 1, 5_000)
    assert experiments.recount(merged, merged, BOTH) == Transition(merged)


def test_trials_survive_storing() -> None:
    profile = after(in_trial(held=True), order("o1", NOW + DAY))
    assert decode(encode(profile, FORMAT)).experiments == profile.experiments


# ---- counters ----


def test_the_counters_hold_sums_and_squares_of_each_arm() -> None:
    before = in_trial(held=True)
    one = order("o1", NOW + DAY, 2_000_000)
    transition = experiments.count(before, apply(before, one, {}, DAYS), one, BOTH)
    assert totals_of(transition.counts) == {
        "t:purchases:own:held": 1,
        "t:purchases2:own:held": 1,
        "t:revenue:own:held": 2_000_000,
        "t:revenue2high:own:held": 4 * 10**12 // 2**40,
        "t:revenue2:own:held": 4 * 10**12 % 2**40,
    }


def test_the_squares_of_the_largest_amounts_fit_into_a_counter() -> None:
    rich = Profile(CUSTOMER, experiments={"own": Experiment(NOW, False, 900, 900 * 10**13)})
    assert all(abs(change) * 50_000 < 2**63 for name, change in experiments.removed(rich) if "revenue2" in name)


def test_who_is_forgotten_is_taken_out_of_every_trial() -> None:
    first = entered(Profile(FREE), decided("plain", "own"))
    one = order("o1", NOW + DAY)
    bought = experiments.count(first.profile, apply(first.profile, one, {}, DAYS), one, BOTH)
    assert totals_of((*first.counts, *bought.counts, *experiments.removed(bought.profile))) == {}


def recounted(profiles: Iterable[Profile]) -> Mapping[str, int]:
    """The counters as they should stand, from the trials of all profiles."""
    changes: list[tuple[str, int]] = []
    for profile in profiles:
        for name, experiment in profile.experiments.items():
            arm = "held" if experiment.held else "given"
            figures = {
                counters.CUSTOMERS: 1,
                counters.PURCHASES: experiment.purchases,
                counters.PURCHASES_SQUARED: experiment.purchases**2,
                counters.REVENUE: experiment.revenue,
                counters.REVENUE_SQUARED: min(experiment.revenue, MAX_MINOR) ** 2,  # no counter holds more
            }
            changes += [(f"{what}:{name}:{arm}", amount) for what, amount in figures.items()]
    return totals_of(changes)


def joined(histogram: Mapping[str, int]) -> Mapping[str, int]:
    """The counters with the two parts of each square put together."""
    totals: dict[str, int] = {}
    for (what, name, arm), amount in counters.by_experiment(histogram).items():
        high = what == counters.REVENUE_SQUARED_HIGH
        key = f"{counters.REVENUE_SQUARED if high else what}:{name}:{arm}"
        totals[key] = totals.get(key, 0) + amount * (counters.SQUARE_BASE if high else 1)
    return totals_of(totals.items())


ORDERS = ("order_completed", "order_completed", "order_returned", "order_cancelled", "visited")
NAMES = st.lists(st.sampled_from([a["action"] for a in ACTIONS]), unique=True, max_size=3)


@settings(max_examples=150, deadline=None)
@given(histories(ORDERS, most=24), st.data())
def test_the_counters_equal_a_recount_over_all_profiles(events: Sequence[Event], data: st.DataObject) -> None:
    profiles = {customer: Profile(customer) for customer in (HELD, FREE, "a/visitor")}
    changes: list[tuple[str, int]] = []
    for one in events:
        customer = data.draw(st.sampled_from(sorted(profiles)))
        for _ in range(data.draw(st.integers(1, 2))):
            before = profiles[customer]
            transition = experiments.count(before, apply(before, one, {}, DAYS), one, BOTH)
            chosen, kept = data.draw(NAMES), data.draw(NAMES)
            transition = transition.then(entered(transition.profile, decided(*chosen, withheld=kept, at=one.time)))
            profiles[customer] = transition.profile
            changes += transition.counts
    assert joined(totals_of(changes)) == recounted(profiles.values())
    assert all(t.purchases >= 0 and t.revenue >= 0 for p in profiles.values() for t in p.experiments.values())
    for profile in profiles.values():
        changes += experiments.removed(profile)
    assert totals_of(changes) == {}


@settings(max_examples=150, deadline=None)
@given(histories(ORDERS, most=24), st.booleans())
def test_what_a_trial_holds_follows_from_the_orders_in_whatever_order_they_came(
    events: Sequence[Event], held: bool
) -> None:
    profile = after(in_trial(START + DAY, held), *events)
    window = range(START + DAY + 1, START + DAY + BOTH.measurement.observed + 1)
    inside = [o for o in profile.purchases.orders.values() if o.stands and o.time in window]
    revenue = sum(max(0, o.net) for o in inside)
    assert profile.experiments["own"] == Experiment(START + DAY, held, len(inside), revenue)
