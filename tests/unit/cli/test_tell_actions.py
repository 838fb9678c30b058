"""The action report as a table: words for a marketer, and no figure that is not sure."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from cli.render.actions import tell_actions

NOTHING = {
    "status": "no holdout",
    "against": None,
    "customers": {"given": 0, "held": 0},
    "purchases": None,
    "revenue": None,
}
MEASURED = {
    "status": "measured",
    "against": "action",
    "customers": {"given": 9_500, "held": 500},
    "purchases": {"by": 0.1234, "low": 0.05, "high": 0.2, "says": "more"},
    "revenue": {"by": "5.10", "low": "-1.20", "high": "9.00", "says": "no difference shown"},
}
FEW = {**NOTHING, "status": "too few to say", "against": "everybody", "customers": {"given": 12, "held": 3}}


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
        "added": NOTHING,
        **more,
    }


def told(
    *rows: Mapping[str, Any], everything: Mapping[str, Any] = NOTHING, on_trial: Sequence[Mapping[str, Any]] = ()
) -> str:
    report = {
        "currency": "EUR",
        "observed_days": 90.0,
        "everything": {"added": everything},
        "actions": list(rows),
        "on_trial": on_trial,
    }
    return click.unstyle("\n".join(tell_actions(report)))


def test_every_action_has_a_line_with_its_figures() -> None:
    lines = told(row("mail"), row("seldom", acceptance_rate=None, propensity=None)).splitlines()
    assert lines[0] == "What came of the actions (money in EUR)"
    header = "action recommended contacts accepted rate expected bought revenue cost"
    assert lines[2].split() == header.split()
    assert lines[3].split() == ["mail", "1,200", "900", "54", "6.0%", "5.8%", "40", "2400.00", "18.00"]
    assert lines[4].split()[4:6] == ["-", "-"]


def test_what_is_left_is_said_with_its_period() -> None:
    limits = {
        "total": {"most": 500, "used": 3, "left": 497, "period": "2026-03"},
        "stock": {"most": 1_200, "used": 3, "left": 1_197},
        "budget": {"most": "2000.00", "used": "15.00", "left": "1985.00", "period": None},
        "waiting": 2,
        "late": 1,
    }
    assert (
        "  mail 497 of 500 contacts in 2026-03, 1,197 of 1,200 in stock, 1985.00 EUR of 2000.00 EUR money, "
        "2 reserved for customers who have not answered yet, 1 given too late\n"
    ) in told(row("mail", limits=limits))


def test_without_limits_there_is_no_word_of_them() -> None:
    assert "left" not in told(row("mail"))


def test_without_a_holdout_it_says_what_to_do() -> None:
    line = "What the actions add cannot be told: there is no holdout (see measurement.yaml)."
    assert told(row("mail")).splitlines()[-1] == line
    assert line in told()


def test_what_is_added_is_said_with_its_interval_and_how_many_there_were() -> None:
    lines = told(row("mail", added=MEASURED), row("note"), everything=FEW).splitlines()
    assert lines[-3] == "What the actions add, per customer in 90 days (95 % sure to lie between)"
    assert lines[-2].strip() == "all of them too few to say: 12 customers had it, 3 were held out"
    assert lines[-1].split(maxsplit=1) == [
        "mail",
        "+0.12 purchases (+0.05 to +0.20), +5.10 EUR (-1.20 to +9.00): "
        "purchases more, revenue no difference shown; 9,500 customers had it, 500 were held out",
    ]


def test_where_both_agree_one_word_does() -> None:
    agreed = {**MEASURED, "revenue": {"by": "5.10", "low": "1.20", "high": "9.00", "says": "more"}}
    assert "(+1.20 to +9.00): more; " in told(row("mail", added=agreed))


def test_a_rule_on_trial_is_told_beside_the_live_ones() -> None:
    earlier = {"rule": "earlier", "title": "Earlier", "held": 1200, "would": 31, "tiers": {"gold": 30, "silver": 1}}
    line = "  earlier held in 1,200 decisions, would have changed 31 (gold 30, silver 1)"
    assert line in told(on_trial=[earlier]).splitlines()
