"""The value report in words and columns that a marketer reads."""

from collections.abc import Iterator, Mapping
from typing import Any

import click


def tell_value(report: Mapping[str, Any]) -> Iterator[str]:
    """Who brings how much, how that changed, and where customers come from."""
    money, share = report["currency"], report["top_20_percent_share"]
    yield f"{report['customers']:,} customers have brought {report['value']} {money}."
    if share is not None:
        yield click.style(f"The top 20 % bring {share:.0%} of it.", bold=True)
        yield _then(report["before"])
        yield f"At their present pace all of them bring {report['yearly']} {money} a year."
    yield ""
    yield from _tiers(report)
    yield from _cut_offs(report)
    yield from _moved(report)
    yield from _linked(report)
    yield from _sources(report)


def _then(before: Mapping[str, Any] | None) -> str:
    if before is None or before["top_20_percent_share"] is None:
        return "What it was 90 days ago is not known yet."
    return f"On {before['at']} it was {before['top_20_percent_share']:.0%}."


def _tiers(report: Mapping[str, Any]) -> Iterator[str]:
    money, before = report["currency"], report["before"]
    then = {tier["tier"]: tier["customers"] for tier in before["tiers"]} if before else {}
    ago = f"{before['at']:>12}" if before else ""
    yield (f"  {'tier':<10} {'customers':>10} {'of all':>8} {'value':>15} {'of value':>9} {'a year, as now':>19}{ago}")
    for tier in report["tiers"]:
        was = f"{then.get(tier['tier'], 0):>12,}" if before else ""
        yield (
            f"  {tier['tier']:<10} {tier['customers']:>10,} {tier['share_of_customers']:>8.1%} "
            f"{tier['value']:>11} {money} {tier['share_of_value']:>9.1%} {tier['yearly']:>15} {money}{was}"
        )


def _cut_offs(report: Mapping[str, Any]) -> Iterator[str]:
    cuts = [f"{cut['tier']} from {cut['score']} {report['currency']}" for cut in report["cut_offs"]]
    if cuts:
        yield ""
        yield f"Score that it takes: {', '.join(cuts)}."


def _moved(report: Mapping[str, Any]) -> Iterator[str]:
    if report["moved"]:
        yield ""
        yield "Moved in the last 90 days:"
    for move in report["moved"]:
        yield f"  {_tier(move['from']):<14} -> {_tier(move['to']):<14} {move['customers']:>10,}"


def _tier(name: str) -> str:
    return "no tier" if name == "none" else name


def _linked(report: Mapping[str, Any]) -> Iterator[str]:
    linked = report["linked"]
    if linked["customers"]:
        yield ""
        yield f"{linked['customers']:,} customers are linked, over these channels:"
    for one in linked["channels"]:
        yield f"  {one['channel']:<14} {one['customers']:>10,}"


def _sources(report: Mapping[str, Any]) -> Iterator[str]:
    if report["sources"]:
        yield ""
        yield "Customers by the channel on which they were first seen, and what they have brought:"
    for source in report["sources"]:
        yield f"  {source['channel']:<14} {source['customers']:>10,} {source['value']:>15} {report['currency']}"
