"""The action report in words and columns, from the answer of `GET /v1/reports/actions`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import click

from cli.output import amount, counted, percent

Json = Mapping[str, Any]

VERDICTS: Final = {"more": "increase", "less": "decrease", "no difference shown": "no significant difference"}
"""Words of the API -> words of the report."""


def render_actions(report: Json) -> Iterator[str]:
    """Contacts and revenue by action, remaining limits and budgets, shadow rules, uplift."""
    rows = report["actions"]
    yield click.style(f"Actions (money in {report['currency']})", bold=True)
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
        yield click.style("Remaining limits and budgets", bold=True)
        for row in limited:
            yield f"  {row['action']:<{wide}} {_limits(row['limits'], report['currency'])}"
    yield from _render_shadow(report["shadow"])
    yield ""
    yield from _render_uplift(report, wide)


def _render_shadow(rules: Sequence[Json]) -> Iterator[str]:
    """How often rules with `status: shadow` matched, and how many decisions they would have changed."""
    if rules:
        yield ""
        yield click.style("Shadow rules (evaluated, never shown)", bold=True)
    wide = max((len(row["rule"]) for row in rules), default=0)
    for row in rules:
        tiers = ", ".join(f"{tier} {count:,}" for tier, count in row["tiers"].items())
        told = f"matched in {counted(row['matched'], 'decision')}, would have changed {row['would']:,}"
        yield f"  {row['rule']:<{wide}} {told}{f' ({tiers})' if tiers else ''}"


def _row(row: Json, wide: int) -> str:
    return (
        f"  {row['action']:<{wide}} {row['recommended']:>11,} {row['contacts']:>9,} {row['accepted']:>9,} "
        f"{_percent(row['acceptance_rate']):>7} {_percent(row['propensity']):>8} {row['converted']:>7,} "
        f"{amount(row['revenue']):>13} {amount(row['cost']):>11}"
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else percent(share, 1)


def _limits(limits: Json, currency: str) -> str:
    told = []
    for name, unit, word in (
        ("total", "", "contacts"),
        ("stock", "", "in stock"),
        ("budget", f" {currency}", "budget"),
    ):
        if name in limits:
            one = limits[name]
            when = f" in {one['period']}" if one.get("period") else ""
            told.append(f"{_amount(one['remaining'])} of {_amount(one['most'])}{unit} {word}{when}")
    if limits["reserved"]:
        told.append(f"{limits['reserved']:,} reserved for pending recommendations")
    if limits["late"]:
        told.append(f"{limits['late']:,} beyond the limit (late outcomes)")
    return ", ".join(told)


def _amount(value: int | str) -> str:
    return f"{value:,}" if isinstance(value, int) else amount(value)


def _render_uplift(report: Json, wide: int) -> Iterator[str]:
    """Actions without a holdout need no line each."""
    everything = report["everything"]["uplift"]
    told = [(row["action"], row["uplift"]) for row in report["actions"]]
    measured = [(name, added) for name, added in told if added["status"] != "no holdout"]
    if everything["status"] == "no holdout" and not measured:
        yield "Uplift is not measured: there is no holdout. Declare one in measurement.yaml."
        return
    days = report["observed_days"]
    yield click.style(f"Uplift per customer in {days:g} days (with 95 % confidence intervals)", bold=True)
    for name, added in (("all actions", everything), *measured):
        yield f"  {name:<{wide}} {_uplift(added, report['currency'])}"


def _uplift(added: Json, currency: str) -> str:
    treated, control = added["customers"]["treated"], added["customers"]["control"]
    who = f"{treated:,} treated, {control:,} in the control group"
    if added["status"] == "no holdout":
        return "no holdout"
    if added["status"] != "measured":
        return f"not enough data yet ({who})"
    purchases, revenue = added["purchases"], added["revenue"]
    return (
        f"{purchases['by']:+.2f} purchases ({purchases['low']:+.2f} to {purchases['high']:+.2f}), "
        f"{_signed(revenue['by'])} {currency} ({_signed(revenue['low'])} to {_signed(revenue['high'])}): "
        f"{_verdict(purchases['result'], revenue['result'])} ({who})"
    )


def _signed(by: str) -> str:
    return amount(by) if by.startswith("-") else f"+{amount(by)}"


def _verdict(purchases: str, revenue: str) -> str:
    """One verdict for purchases and revenue; two where they differ."""
    if purchases == revenue:
        return VERDICTS[purchases]
    return f"purchases: {VERDICTS[purchases]}, revenue: {VERDICTS[revenue]}"
