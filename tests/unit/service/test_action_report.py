"""The action report: what came of each action, what is left of its limits, what it adds against its holdout."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from engine.domain.events import Outcome
from engine.domain.times import DAY
from engine.rulebook.model import Rulebook
from engine.value import counters
from engine.value.tiers import Snapshot
from service.action_report import FEWEST, action_report
from service.live import Live
from service.ports import Claim, Share
from storage.memory_ledger import MemoryLedger
from tests.support.books import NOW, action, book, event, order, ready, rule
from tests.support.description import describe
from tests.support.services import Shop, recommendations, request

ACTIONS = [
    action(
        "voucher",
        stock=200,
        budget="2000 EUR in 1 month",
        limits={"total": "500 in 1 month"},
        cost={"per_contact": "0.10 EUR", "per_acceptance": "4.90 EUR"},
    ),
    action("mail", holdout="10 %"),
    action("note", kind="service"),
    action("another"),
]
HOLDOUT = "{salt: s, observed: 60 days, holdout: {share: 5 %}}"


def rules(measurement: str = "salt: s", **files: str) -> Rulebook:
    return book(ACTIONS, [rule("r", "mail")], measurement=measurement, **files)


def counted(*changes: tuple[str, str, str, int]) -> dict[str, int]:
    """Counters of actions: (what, action, tier, amount)."""
    return dict(counters.of_action(*change) for change in changes)


def arm(name: str, of: str, customers: int, purchases: tuple[int, int], revenue: tuple[int, int]) -> dict[str, int]:
    """Counters of one arm of a trial; of purchases and revenue the sum and the sum of squares."""
    high, low = divmod(revenue[1], counters.SQUARE_BASE)
    figures = {
        counters.CUSTOMERS: customers,
        counters.PURCHASES: purchases[0],
        counters.PURCHASES_SQUARED: purchases[1],
        counters.REVENUE: revenue[0],
        counters.REVENUE_SQUARED: low,
        counters.REVENUE_SQUARED_HIGH: high,
    }
    return dict(counters.of_experiment(what, name, of, amount) for what, amount in figures.items())


def buyers(name: str, of: str, customers: int, buying: int, each: int) -> dict[str, int]:
    """An arm in which `buying` customers bought once for `each` minor units."""
    return arm(name, of, customers, (buying, buying), (buying * each, buying * each**2))


def report(
    histogram: Mapping[str, int] | None = None,
    ruled: Rulebook | None = None,
    ledger: MemoryLedger | None = None,
    snapshot: Snapshot | None = None,
) -> Mapping[str, Any]:
    live = Live(ready(ruled or rules()), snapshot or Snapshot(3))
    told = action_report(histogram or {}, live, ledger or MemoryLedger(), NOW)
    parts = {"schemas": describe()["components"]["schemas"]}
    jsonschema.validate(told, {"$ref": "#/components/schemas/ActionReport", "components": parts})
    return told


def row(name: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(one for one in told["actions"] if one["action"] == name)


# ---- what came of it ----


def test_every_action_is_summed_over_all_tiers() -> None:
    histogram = counted(
        ("recommended", "mail", "gold", 10),
        ("recommended", "mail", "none", 30),
        ("contacts", "mail", "gold", 8),
        ("contacts", "mail", "none", 12),
        ("accepted", "mail", "gold", 5),
        ("converted", "mail", "gold", 2),
        ("revenue", "mail", "gold", 12_345),
        ("cost", "mail", "gold", 80),
    )
    told = row("mail", report(histogram))
    assert {name: told[name] for name in ("recommended", "contacts", "accepted", "converted", "revenue", "cost")} == {
        "recommended": 40,
        "contacts": 20,
        "accepted": 5,
        "converted": 2,
        "revenue": "123.45",
        "cost": "0.80",
    }
    assert (told["acceptance_rate"], told["title"], told["kind"]) == (0.25, "The action mail", "marketing")


def test_the_head_says_of_when_and_in_what_money() -> None:
    told = report(ruled=rules(HOLDOUT))
    assert {name: told[name] for name in ("at", "currency", "snapshot", "observed_days")} == {
        "at": "2026-03-02T09:00:00Z",
        "currency": "EUR",
        "snapshot": 3,
        "observed_days": 60,
    }


def test_actions_that_nobody_was_recommended_come_last_with_noughts() -> None:
    histogram = counted(("recommended", "note", "none", 1), ("recommended", "voucher", "none", 9))
    told = report(histogram)
    assert [one["action"] for one in told["actions"]] == ["voucher", "note", "another", "mail"]
    assert (row("mail", told)["recommended"], row("mail", told)["acceptance_rate"]) == (0, None)


def test_what_brought_most_comes_first() -> None:
    histogram = counted(
        ("recommended", "note", "none", 90), ("recommended", "mail", "none", 1), ("revenue", "mail", "none", 500)
    )
    assert [one["action"] for one in report(histogram)["actions"]][:2] == ["mail", "note"]


def test_an_action_that_is_no_longer_in_the_rules_has_what_came_of_it() -> None:
    told = row("gone", report(counted(("recommended", "gone", "none", 2), ("revenue", "gone", "none", 900))))
    assert (told["recommended"], told["revenue"], told["title"], told["limits"]) == (2, "9.00", None, None)
    assert told["uplift"]["status"] == "no holdout"


def test_the_propensity_in_use_is_the_measured_one_over_all_tiers() -> None:
    ruled = rules(arbitration="learning: {prior: 50 contacts}")
    known = Snapshot(3, acceptance={"mail": (150.0, 95.0), "mail/gold": (150.0, 95.0)})
    told = report(ruled=ruled, snapshot=known)
    assert (row("mail", told)["propensity"], row("mail", told)["evidence"]) == (0.5, 150.0)
    assert (row("note", told)["propensity"], row("note", told)["evidence"]) == (0.1, 0.0)


# ---- what is left ----


def spent(ruled: Rulebook, number: int = 3) -> MemoryLedger:
    """A ledger in which the first was accepted, the second seen, and the others wait."""
    ledger = MemoryLedger()
    for n in range(number):
        voucher = ruled.actions["voucher"]
        assert voucher.stock is not None
        claim = Claim(
            f"r-{n}",
            "voucher",
            "h",
            NOW + DAY,
            Share(500, "2026-03"),
            voucher.stock,
            Share(200_000, "2026-03"),
            10,
            490,
        )
        assert ledger.reserve(claim, NOW) is None
        if n < 2:
            ledger.contact(claim, NOW)
        if n < 1:
            ledger.spend(claim, NOW)
    return ledger


def test_what_is_used_and_left_is_said_of_each_limit_in_its_period() -> None:
    ruled = rules()
    told = row("voucher", report(ruled=ruled, ledger=spent(ruled)))["limits"]
    assert told["total"] == {"most": 500, "used": 3, "remaining": 497, "period": "2026-03"}
    assert told["stock"] == {"most": 200, "used": 3, "remaining": 197}
    assert told["budget"] == {"most": "2000.00", "used": "15.00", "remaining": "1985.00", "period": "2026-03"}
    assert told["late"] == 0


def test_of_a_limit_that_was_lowered_below_what_is_used_nothing_is_left() -> None:
    few = [action("voucher", stock=2), *ACTIONS[1:]]
    ruled = book(few, [rule("r", "mail")], measurement="salt: s")
    told = row("voucher", report(ruled=ruled, ledger=spent(rules())))["limits"]
    assert told["stock"] == {"most": 2, "used": 3, "remaining": 0}
    assert "budget" not in told


def test_what_has_no_limit_has_none_left() -> None:
    assert row("mail", report())["limits"] is None


# ---- what it adds ----


def test_without_a_holdout_nothing_can_be_said() -> None:
    told = report()
    assert told["everything"]["uplift"]["status"] == "no holdout"
    assert row("another", told)["uplift"] == {
        "status": "no holdout",
        "against": None,
        "customers": {"treated": 0, "control": 0},
        "purchases": None,
        "revenue": None,
    }


def test_it_says_against_whom_an_action_is_compared() -> None:
    told = report(ruled=rules(HOLDOUT))
    assert {one["action"]: one["uplift"]["against"] for one in told["actions"]} == {
        "mail": "action",
        "note": None,
        "another": "everybody",
        "voucher": "everybody",
    }
    assert told["everything"]["uplift"]["against"] == "everybody"


@pytest.mark.parametrize(
    ("given", "held", "enough"), [(1_000, FEWEST - 1, False), (FEWEST - 1, 90, False), (30, 30, True)]
)
def test_few_customers_are_too_few_to_say(given: int, held: int, enough: bool) -> None:
    histogram = buyers("mail", "given", given, 20, 500) | buyers("mail", "held", held, 10, 500)
    told = row("mail", report(histogram))["uplift"]
    assert told["status"] == ("measured" if enough else "not enough data")
    assert told["customers"] == {"treated": given, "control": held}
    assert (told["purchases"] is None) is not enough


def test_where_nobody_bought_there_is_nothing_to_say() -> None:
    histogram = buyers("mail", "given", 100, 0, 0) | buyers("mail", "held", 100, 0, 0)
    assert row("mail", report(histogram))["uplift"]["status"] == "not enough data"


def test_what_is_added_is_the_difference_of_the_means_with_its_interval() -> None:
    """900 of 1,000 against 40 of 100 bought once, for 10.00: 0.5 and 5.00 more; standard error 0.0501, t 1.983."""
    histogram = buyers("mail", "given", 1_000, 900, 1_000) | buyers("mail", "held", 100, 40, 1_000)
    told = row("mail", report(histogram))["uplift"]
    assert told["purchases"] == {
        "by": 0.5,
        "low": pytest.approx(0.4006, abs=1e-3),
        "high": pytest.approx(0.5994, abs=1e-3),
        "result": "more",
    }
    assert told["revenue"] == {"by": "5.00", "low": "4.01", "high": "5.99", "result": "more"}


@pytest.mark.parametrize(
    ("with_it", "without", "says"), [(90, 40, "more"), (40, 90, "less"), (52, 50, "no difference shown")]
)
def test_the_interval_says_whether_it_helps(with_it: int, without: int, says: str) -> None:
    histogram = buyers("*", "given", 100, with_it, 1_000) | buyers("*", "held", 100, without, 1_000)
    told = report(histogram, rules(HOLDOUT))["everything"]["uplift"]
    assert (told["purchases"]["result"], told["revenue"]["result"]) == (says, says)


def test_revenues_whose_squares_fit_into_no_counter_are_compared_exactly() -> None:
    large = 10**12
    histogram = buyers("mail", "given", 100, 50, large) | buyers("mail", "held", 100, 50, large)
    told = row("mail", report(histogram))["uplift"]
    assert (told["revenue"]["by"], told["revenue"]["low"][:4]) == ("0.00", "-140")


def test_an_experiment_whose_holdout_has_ended_is_still_told() -> None:
    histogram = buyers("gone", "given", 100, 90, 1_000) | buyers("gone", "held", 100, 40, 1_000)
    told = row("gone", report(histogram | counted(("recommended", "gone", "none", 2))))["uplift"]
    assert (told["status"], told["against"]) == ("measured", None)


# ---- from events to the report ----


def test_an_example_customer_is_shown_to_the_cent() -> None:
    compiled = ready(
        book(
            [action("mail", cost={"per_contact": "0.10 EUR", "per_acceptance": "2 EUR"})],
            [rule("r", "mail")],
            measurement="{salt: s, holdout: {share: 1 %}}",
        )
    )
    shop = Shop(compiled)
    given = recommendations(shop.service.handle_request(request("home.banner")))
    shop.service.record_outcomes([Outcome(given[0].recommendation_id, "impression", NOW)])
    shop.now = NOW + DAY
    shop.service.handle_event(order("o1", NOW + DAY, 5_000))
    shop.service.handle_event(event("b", "order_returned", NOW + DAY, {"order_id": "o1", "amount": 1_000}))
    told = row("mail", shop.service.action_report())
    assert {name: told[name] for name in ("recommended", "contacts", "accepted", "converted", "revenue", "cost")} == {
        "recommended": 1,
        "contacts": 1,
        "accepted": 1,
        "converted": 1,
        "revenue": "40.00",
        "cost": "2.10",
    }
    assert told["uplift"]["customers"] == {"treated": 1, "control": 0}


def test_what_a_mail_makes_a_crowd_buy_is_found_by_its_holdout() -> None:
    """Of those who get the mail two thirds buy for 30.00 the day after, of those who are held out nobody does."""
    compiled = ready(book([action("mail")], [rule("r", "mail")], measurement="{salt: s, holdout: {share: 30 %}}"))
    shop, reached = Shop(compiled), 0
    for n in range(300):
        shop.now = NOW
        asked = request("home.banner", id=str(n), customer=f"c/{n}")
        if recommendations(shop.service.handle_request(asked)):
            reached += 1
            if reached % 3:
                shop.now = NOW + DAY
                shop.service.handle_event(replace(order(f"o{n}", NOW + DAY, 3_000), customer=f"c/{n}"))
    told = shop.service.action_report()["everything"]["uplift"]
    assert told["customers"] == {"treated": reached, "control": 300 - reached}
    assert 180 <= reached <= 240
    assert told["purchases"]["by"] == pytest.approx(2 / 3, abs=0.01)
    assert told["revenue"]["result"] == "more"
    assert float(told["revenue"]["by"]) == pytest.approx(20, abs=0.3)


# ---- rules on trial ----


def test_a_shadow_rule_is_reported_by_tier_beside_the_live_ones() -> None:
    ruled = book(ACTIONS, [rule("r", "mail"), rule("trial", "note", status="shadow")], measurement="salt: s")
    changes = [
        counters.of_rule(what, "trial", tier) for what, tier in (("held", "gold"), ("held", "none"), ("would", "gold"))
    ]
    told = report(dict(changes), ruled)
    assert told["shadow"] == [
        {"rule": "trial", "title": "The rule trial", "matched": 2, "would": 1, "tiers": {"gold": 1}}
    ]


def test_what_a_shadow_rule_would_have_done_is_kept_in_the_record_and_counted() -> None:
    shop = Shop(
        ready(book(ACTIONS, [rule("r", "mail"), rule("trial", "another", status="shadow")], measurement="salt: s"))
    )
    answer = shop.service.handle_request(request("home.banner"))
    assert [one.action for one in recommendations(answer)] == ["mail"]
    assert [one.rule for one in shop.service.decision(answer.decision.decision_id).decision.shadow] == ["trial"]
    assert shop.service.action_report()["shadow"][0]["would"] == 1
