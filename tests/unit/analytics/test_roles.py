"""Roles of products: what each score sees, what it does not, and when a log cannot show one."""

from collections.abc import Iterable

import numpy as np
import pytest

from analytics.roles.kept import kept
from analytics.roles.measure import Measured, measure
from analytics.roles.scores import Period, listed, refusals, score
from analytics.unsupported import Unsupported
from engine.domain.events import Event
from engine.rulebook.offers import RoleThreshold
from tests.support.baskets import bought, counts_of, customers_of, event, line, shop

OWN = {
    "activation": "opener",
    "stabilising": "coffee",
    "anti_churn": "rescue",
    "volume": "nail",
    "profit": "diamond",
}
"""Role -> the product of the shop of `tests.support.baskets` that was made for it."""


def measured_of(events: Iterable[Event]) -> Measured:
    customers, seen = customers_of(events)
    return measure(customers, seen)


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measured_of(shop())


@pytest.mark.parametrize("role", OWN)
def test_the_product_that_was_made_for_a_role_stands_out_in_it(measured: Measured, role: str) -> None:
    assert measured.products[OWN[role]][role].confidence > 1.2


@pytest.mark.parametrize("role", OWN)
def test_products_that_are_like_any_other_have_no_role(measured: Measured, role: str) -> None:
    plain = [measured.products[f"plain{n}"][role].confidence for n in range(10)]
    assert sum(confidence > 1 for confidence in plain) <= 1


def test_the_confidence_is_below_the_score_and_the_evidence_is_counted(measured: Measured) -> None:
    scores = [of for row in measured.products.values() for of in row.values()]
    assert all(of.confidence <= of.score and of.evidence >= 0 for of in scores)


def test_a_category_is_scored_like_a_product(measured: Measured) -> None:
    assert measured.categories["jewels"]["profit"].score > measured.categories["goods"]["profit"].score


def test_a_log_without_costs_refuses_profit_and_shows_the_rest() -> None:
    events = [bought(*_who(one), lines=tuple(_without_cost(one))) for one in shop()]
    measured = measured_of(events)
    assert measured.refused == {"profit": "no line of the log has a cost"}
    assert set(measured.products["coffee"]) == {"activation", "stabilising", "anti_churn", "volume"}


def _who(one: Event) -> tuple[str, int]:
    return one.customer[2:], one.time // 86_400_000 - 20_000


def _without_cost(one: Event) -> Iterable[object]:
    return ({key: value for key, value in of.items() if key != "cost"} for of in one.properties["lines"])


def test_costs_of_a_few_lines_are_not_enough_for_profit() -> None:
    few = [bought(f"c{n}", n % 90, lines=(line("a", cost=1 if n % 10 == 0 else None), line("b"))) for n in range(200)]
    assert measured_of(few).refused["profit"] == "the cost is known of 5% of the lines, not of half of them"


def test_without_repeat_purchases_nothing_is_said_of_what_comes_again() -> None:
    once = [bought(f"c{n}", n % 200, f"sku{n % 7}") for n in range(700)]
    assert "bought again" in measured_of(once).refused["stabilising"]


def test_a_short_log_cannot_show_who_came_back_from_silence() -> None:
    short = [one for one in shop() if one.time < 20_100 * 86_400_000]
    assert measured_of(short).refused["anti_churn"].startswith("the log has no purchases after more than 120 days")


def test_a_role_in_which_no_more_products_stand_out_than_by_chance_is_refused() -> None:
    counts, seen = counts_of(_noise())
    refused = refusals(counts, score(counts), Period(seen.first, seen.last, seen.lines, seen.costed))
    assert refused["activation"].endswith("hardly more than would by chance")


def _noise() -> Iterable[Event]:
    random = np.random.default_rng(3)
    for customer in range(200):
        for day in np.cumsum(random.integers(5, 60, 12)):
            yield bought(f"c{customer}", int(day), *{f"sku{n}" for n in random.integers(0, 40, 3)})


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([], "the log has no purchases of known customers"),
        ([event("visited", "anna", 1)], "the log has no purchases of known customers"),
        ([bought("visitor-1", 1, "a")], "the log has no purchases of known customers"),
        ([bought("anna", day, "a", "b") for day in range(50)], "the log has one customer"),
        ([bought(f"c{n}", 3, "a", "b") for n in range(50)], "all purchases are on one day"),
        ([bought(f"c{n}", n, lines=(line(None),)) for n in range(50)], "no line of an order names its product"),
        ([bought(f"c{n}", n, lines=()) for n in range(50)], "no line of an order names its product"),
        ([bought(f"c{n}", n, "cd") for n in range(50)], "the log has one product"),
        ([bought(f"c{n}", n, f"sku{n}") for n in range(50)], "no product is in 20 orders or more"),
    ],
    ids=["nothing", "visits", "unnamed", "one customer", "one day", "no skus", "no lines", "one product", "rare"],
)
def test_a_log_that_can_show_nothing_is_refused_with_the_reason(events: list[Event], why: str) -> None:
    with pytest.raises(Unsupported, match=why):
        measured_of(events)


def test_a_cancelled_order_and_a_repeated_one_are_not_counted() -> None:
    honest = [bought(f"c{n}", n % 100, "a", "b") for n in range(60)]
    false = [
        bought("c1", 1, "a", "b"),
        bought("c2", 50, "a", order="x"),
        event("order_cancelled", "c2", 51, order_id="x"),
    ]
    assert customers_of([*honest, *false])[0] == customers_of(honest)[0]


def test_what_a_visitor_bought_before_giving_a_name_is_the_customers() -> None:
    (anna,), _ = customers_of(
        [bought("visitor-1", 1, "a"), bought("anna", 9, "b"), event("aliased", "anna", 5, anonymous_id="visitor-1")]
    )
    assert [basket.day for basket in anna.baskets] == [20_001, 20_009]


def test_orders_of_one_day_are_one_basket() -> None:
    (anna,), _ = customers_of([bought("anna", 1, "a", order="1"), bought("anna", 1, "b", order="2")])
    assert [len(basket.lines) for basket in anna.baskets] == [2]


def test_what_came_back_lowers_the_units() -> None:
    orders = [bought(f"c{n}", n % 100, "a", "b") for n in range(60)]
    back = event("order_returned", "c5", 20, order_id="c5-5", lines=(line("a", units=1),), amount=100)
    counts, _ = counts_of([*orders, back])
    assert counts.units.sum(axis=1).tolist() == [59, 60]


def test_a_gap_of_ten_years_adds_no_strata() -> None:
    old = [bought(f"c{n}", n % 60, "a", "b") for n in range(60)]
    new = [bought(f"c{n}", 3_650 + n % 60, "a", "b") for n in range(60)]
    assert len(counts_of([*old, *new])[0].shape.months) <= 6


def test_neighbours_are_the_categories_that_share_baskets_more_often_than_by_chance() -> None:
    def basket(n: int) -> Event:
        pair = ("tea", "cups") if n % 2 else ("nails", "hammers")
        return bought(f"c{n % 90}", n % 200, lines=tuple(line(f"sku-{of}", of) for of in pair))

    assert measured_of([basket(n) for n in range(400)]).neighbours == {
        "tea": {"cups": pytest.approx(2.0, abs=0.1)},
        "cups": {"tea": pytest.approx(2.0, abs=0.1)},
        "nails": {"hammers": pytest.approx(2.0, abs=0.1)},
        "hammers": {"nails": pytest.approx(2.0, abs=0.1)},
    }


def test_roles_of_the_first_half_hold_in_the_second() -> None:
    customers, seen = customers_of(shop(600, 700))
    found = kept(customers, seen, (seen.first + seen.last) // 2, {"anti_churn": RoleThreshold(score=2)})
    assert {one.role: one.share for one in found.products if not one.refused} == dict.fromkeys(OWN, 1.0)


def test_the_lists_of_the_first_half_know_nothing_of_the_second() -> None:
    events = list(shop(600, 700))
    split = 20_350
    other = [one for one in events if one.time < split * 86_400_000] + [
        bought("new", 360 + n, "plain1") for n in range(300)
    ]
    lists = []
    for log in (events, other):
        customers, seen = customers_of(log)
        found = kept(customers, seen, split, {})
        lists.append([(one.role, one.listed, one.refused) for one in found.products])
    assert lists[0] == lists[1]


def test_a_threshold_is_reached_by_score_evidence_and_confidence_together() -> None:
    counts, _ = counts_of(shop())
    volume = score(counts)["volume"]
    for strict in (RoleThreshold(score=1e6), RoleThreshold(evidence=10**9), RoleThreshold(confidence=1e6)):
        assert not listed(volume, strict).any()
    assert listed(volume, RoleThreshold()).any()


@pytest.mark.parametrize("split", [20_000, 30_000], ids=["before the log", "after it"])
def test_a_split_outside_the_log_is_refused(split: int) -> None:
    customers, seen = customers_of(shop(60, 200))
    with pytest.raises(Unsupported, match="nothing happened before the split"):
        kept(customers, seen, split, {})
