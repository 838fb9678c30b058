"""Telling a person what came of the actions, from what `GET /v1/reports/actions` answers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

Json = Mapping[str, Any]


def tell_actions(report: Json) -> Iterator[str]:
    """The action report: what happened, what is left, what the actions add."""
    rows = report["actions"]
    yield click.style(f"What came of the actions (money in {report['currency']})", bold=True)
    yield ""
    wide = max((len(row["action"]) for row in rows), default=6)
    yield (
        f"  {'action':<{wide}} {'recommended':>11} {'contacts':>9} {'accepted':>9} {'rate':>7} {'expected':>8} "
        f"{'bought':>7} {'revenue':>13} {'cost':>11}"
    )
    for row in rows:
        yield _row(row, wide)
    limited = [row for row in rows if row["limits"]]
    if limited:
        yield ""
        yield click.style("What is left of them", bold=True)
        for row in limited:
            yield f"  {row['action']:<{wide}} {_limits(row['limits'], report['currency'])}"
    yield from _tell_on_trial(report["on_trial"])
    yield ""
    yield from _tell_added(report, wide)


def _tell_on_trial(rules: Sequence[Json]) -> Iterator[str]:
    """What rules with `status: test` would have done."""
    if rules:
        yield ""
        yield click.style("Rules on trial (status: test; nothing of it was shown)", bold=True)
    wide = max((len(row["rule"]) for row in rules), default=0)
    for row in rules:
        tiers = ", ".join(f"{tier} {count:,}" for tier, count in row["tiers"].items())
        told = f"held in {row['held']:,} decisions, would have changed {row['would']:,}"
        yield f"  {row['rule']:<{wide}} {told}{f' ({tiers})' if tiers else ''}"


def _row(row: Json, wide: int) -> str:
    return (
        f"  {row['action']:<{wide}} {row['recommended']:>11,} {row['contacts']:>9,} {row['accepted']:>9,} "
        f"{_percent(row['acceptance_rate']):>7} {_percent(row['propensity']):>8} {row['converted']:>7,} "
        f"{row['revenue']:>13} {row['cost']:>11}"
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _limits(limits: Json, currency: str) -> str:
    told = []
    for name, unit, word in (("total", "", "contacts"), ("stock", "", "in stock"), ("budget", f" {currency}", "money")):
        if name in limits:
            one = limits[name]
            when = f" in {one['period']}" if one.get("period") else ""
            told.append(f"{_amount(one['left'])}{unit} of {_amount(one['most'])}{unit} {word}{when}")
    if limits["waiting"]:
        told.append(f"{limits['waiting']:,} reserved for customers who have not answered yet")
    if limits["late"]:
        told.append(f"{limits['late']:,} given too late")
    return ", ".join(told)


def _amount(amount: int | str) -> str:
    return f"{amount:,}" if isinstance(amount, int) else amount


def _tell_added(report: Json, wide: int) -> Iterator[str]:
    """Actions without a holdout need no line each."""
    everything = report["everything"]["added"]
    told = [(row["action"], row["added"]) for row in report["actions"]]
    measured = [(name, added) for name, added in told if added["status"] != "no holdout"]
    if everything["status"] == "no holdout" and not measured:
        yield "What the actions add cannot be told: there is no holdout (see measurement.yaml)."
        return
    days = report["observed_days"]
    yield click.style(f"What the actions add, per customer in {days:g} days (95 % sure to lie between)", bold=True)
    for name, added in (("all of them", everything), *measured):
        yield f"  {name:<{wide}} {_added(added, report['currency'])}"


def _added(added: Json, currency: str) -> str:
    given, held = added["customers"]["given"], added["customers"]["held"]
    who = f"{given:,} customers had it, {held:,} were held out"
    if added["status"] == "no holdout":
        return "no holdout"
    if added["status"] != "measured":
        return f"too few to say: {who}"
    purchases, revenue = added["purchases"], added["revenue"]
    return (
        f"{purchases['by']:+.2f} purchases ({purchases['low']:+.2f} to {purchases['high']:+.2f}), "
        f"{_signed(revenue['by'])} {currency} ({_signed(revenue['low'])} to {_signed(revenue['high'])}): "
        f"{_verdict(purchases['says'], revenue['says'])}; {who}"
    )


def _signed(amount: str) -> str:
    return amount if amount.startswith("-") else f"+{amount}"


def _verdict(purchases: str, revenue: str) -> str:
    """One word for both; where they differ, each for itself."""
    return purchases if purchases == revenue else f"purchases {purchases}, revenue {revenue}"
