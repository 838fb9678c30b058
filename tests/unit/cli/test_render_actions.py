"""The action report as a table for marketers, with no figure that the data does not support."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from cli.render.actions import render_actions

NOTHING = {
    "status": "no holdout",
    "against": None,
    "customers": {"treated": 0, "control": 0},
    "purchases": None,
    "revenue": None,
}
MEASURED = {
    "status": "measured",
    "against": "action",
    "customers": {"treated": 9_500, "control": 500},
    "purchases": {"by": 0.1234, "low": 0.05, "high": 0.2, "result": "more"},
    "revenue": {"by": "5.10", "low": "-1.20", "high": "9.00", "result": "no difference shown"},
}
FEW = {**NOTHING, "status": "not enough data", "against": "everybody", "customers": {"treated": 12, "control": 3}}


def row(name: str, **more: Any) -> dict[str, Any]:
    return {
        "action": name,
        "title": name,
        "kind": "marketing",
        "recommended": 1_200,
        "contacts": 900,
        "accepted": 54,
        "converted": 40,
        "revenue": "2400.00",
        "cost": "18.00",
        "acceptance_rate": 0.06,
        "propensity": 0.058,
        "evidence": 900.0,
        "limits": None,
        "uplift": NOTHING,
        **more,
    }


def told(
    *rows: Mapping[str, Any], everything: Mapping[str, Any] = NOTHING, shadow: Sequence[Mapping[str, Any]] = ()
) -> str:
    report = {
        "currency": "EUR",
        "observed_days": 90.0,
        "everything": {"uplift": everything},
        "actions": list(rows),
        "shadow": shadow,
    }
    return click.unstyle("\n".join(render_actions(report)))


def test_every_action_has_a_line_with_its_figures() -> None:
    lines = told(row("mail"), row("seldom", acceptance_rate=None, propensity=None)).splitlines()
    assert lines[0] == "Actions (money in EUR)"
    header = "action recommended contacts accepted rate expected bought revenue cost"
    assert lines[2].split() == header.split()
    assert lines[3].split() == ["mail", "1,200", "900", "54", "6.0", "%", "5.8", "%", "40", "2,400.00", "18.00"]
    assert lines[4].split()[4:6] == ["-", "-"]


def test_remaining_limits_have_their_period() -> None:
    limits = {
        "total": {"most": 500, "used": 3, "remaining": 497, "period": "2026-03"},
        "stock": {"most": 1_200, "used": 3, "remaining": 1_197},
        "budget": {"most": "2000.00", "used": "15.00", "remaining": "1985.00", "period": None},
        "reserved": 2,
        "late": 1,
    }
    assert (
        "  mail 497 of 500 contacts in 2026-03, 1,197 of 1,200 in stock, 1,985.00 of 2,000.00 EUR budget, "
        "2 reserved for pending recommendations, 1 beyond the limit (late outcomes)\n"
    ) in told(row("mail", limits=limits))


def test_without_limits_there_is_no_section_for_them() -> None:
    assert "Remaining" not in told(row("mail"))


def test_without_a_holdout_it_says_what_to_do() -> None:
    line = "Uplift is not measured: there is no holdout. Declare one in measurement.yaml."
    assert told(row("mail")).splitlines()[-1] == line
    assert line in told()


def test_uplift_has_its_interval_and_the_number_of_customers() -> None:
    lines = told(row("mail", uplift=MEASURED), row("note"), everything=FEW).splitlines()
    assert lines[-3] == "Uplift per customer in 90 days (with 95 % confidence intervals)"
    assert lines[-2].strip() == "all actions not enough data yet (12 treated, 3 in the control group)"
    assert lines[-1].split(maxsplit=1) == [
        "mail",
        "+0.12 purchases (+0.05 to +0.20), +5.10 EUR (-1.20 to +9.00): "
        "purchases: increase, revenue: no significant difference (9,500 treated, 500 in the control group)",
    ]


def test_one_verdict_where_purchases_and_revenue_agree() -> None:
    agreed = {**MEASURED, "revenue": {"by": "5.10", "low": "1.20", "high": "9.00", "result": "more"}}
    assert "(+1.20 to +9.00): increase (" in told(row("mail", uplift=agreed))


def test_a_shadow_rule_is_listed_beside_the_live_ones() -> None:
    earlier = {"rule": "earlier", "title": "Earlier", "matched": 1200, "would": 31, "tiers": {"gold": 30, "silver": 1}}
    line = "  earlier matched in 1,200 decisions, would have changed 31 (gold 30, silver 1)"
    assert line in told(shadow=[earlier]).splitlines()
