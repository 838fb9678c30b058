"""The value report in words and columns that a marketer reads."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from cli.output import counted, money, percent


def render_value(report: Mapping[str, Any]) -> Iterator[str]:
    """Revenue by tier, how it changed, and where customers come from."""
    code, share = report["currency"], report["top_20_percent_share"]
    yield f"{counted(report['customers'], 'customer')}, net revenue {money(report['value'], code)}."
    if share is not None:
        yield click.style(f"The top 20 % of the customers contribute {percent(share)} of it.", bold=True)
        yield _then(report["before"])
        yield f"At the present pace, the revenue of a year is {money(report['yearly'], code)}."
    yield ""
    yield from _tiers(report)
    yield from _cut_offs(report)
    yield from _moved(report)
    yield from _reachable(report)
    yield from _sources(report)


def _then(before: Mapping[str, Any] | None) -> str:
    if before is None or before["top_20_percent_share"] is None:
        return "The share of 90 days ago is not known yet."
    return f"On {before['at']} it was {percent(before['top_20_percent_share'])}."


def _tiers(report: Mapping[str, Any]) -> Iterator[str]:
    code, before = report["currency"], report["before"]
    then = {tier["tier"]: tier["customers"] for tier in before["tiers"]} if before else {}
    ago = f"{before['at']:>12}" if before else ""
    yield f"  {'tier':<10} {'customers':>10} {'of all':>8} {'revenue':>17} {'of all':>8} {'a year':>17}{ago}"
    for tier in report["tiers"]:
        was = f"{then.get(tier['tier'], 0):>12,}" if before else ""
        yield (
            f"  {tier['tier']:<10} {tier['customers']:>10,} {percent(tier['share_of_customers'], 1):>8} "
            f"{money(tier['value'], code):>17} {percent(tier['share_of_value'], 1):>8} "
            f"{money(tier['yearly'], code):>17}{was}"
        )


def _cut_offs(report: Mapping[str, Any]) -> Iterator[str]:
    cuts = [f"{cut['tier']} from {money(cut['score'], report['currency'])}" for cut in report["cut_offs"]]
    if cuts:
        yield ""
        yield f"Customer value score of each tier: {', '.join(cuts)}."


def _moved(report: Mapping[str, Any]) -> Iterator[str]:
    if report["moved"]:
        yield ""
        yield "Changes of tier in the last 90 days:"
    for move in report["moved"]:
        yield f"  {_tier(move['from']):<14} -> {_tier(move['to']):<14} {move['customers']:>10,}"


def _tier(name: str) -> str:
    return "no tier" if name == "none" else name


def _reachable(report: Mapping[str, Any]) -> Iterator[str]:
    reachable = report["reachable"]
    if reachable["customers"]:
        yield ""
        yield f"{counted(reachable['customers'], 'reachable customer')}, by channel:"
    for one in reachable["channels"]:
        yield f"  {one['channel']:<14} {one['customers']:>10,}"


def _sources(report: Mapping[str, Any]) -> Iterator[str]:
    if report["sources"]:
        yield ""
        yield "Customers and revenue by the channel on which they were first seen:"
    for source in report["sources"]:
        yield f"  {source['channel']:<14} {source['customers']:>10,} {money(source['value'], report['currency']):>19}"
