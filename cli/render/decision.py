"""A decision and its reasons in words, from the answer of the API."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from textwrap import indent
from typing import Any
from zoneinfo import ZoneInfo

import click


def render_decision(record: Mapping[str, Any], zone: str = "UTC") -> Iterator[str]:
    """A decision record with its explanation: recommendations, texts, reasons, refusals.

    `zone`: the time zone of times, the customer's where it is known.
    """
    for warning in record["warnings"]:
        yield f"  note: {warning}"
    for result in record["results"]:
        where = result.get("placement") or "to be sent"
        given = result.get("recommendations") or ()
        if not given:
            yield f"  {where}: nothing ({result.get('reason')})"
            yield from _texts("fallback ", result.get("fallback", {}).get("content", {}))
        for one in given:
            yield from _render_one("recommended", where, one, record)
            if "deliver_after" in one:
                yield f"  held:  quiet hours; do not send before {clock(one['deliver_after'], zone)}"
    for one in record.get("withheld", ()):
        yield from _render_one("withheld (control group)", one["channel"], one, record)
    for gone in record.get("withdrawn", ()):
        where = gone["placement"] or f"by {gone['channel']}"
        yield f"  withdrawn:  {click.style(gone['action'], bold=True)}  ({where})"
        yield f"    {gone['detail']}"
    yield from _refused(record.get("rejected", ()), zone)


def _refused(rejected: Sequence[Mapping[str, Any]], zone: str) -> Iterator[str]:
    """The first few refusals, and for temporary ones the details and the earliest time."""
    shown = rejected[:4]
    if shown:
        yield "  refused:  " + ", ".join(f"{one['action']} ({one['reason']})" for one in shown)
    for one in shown:
        if one["retry_after"]:
            yield f"    {one['action']}: {one['detail']} Not before {clock(one['retry_after'], zone)}."


def clock(text: str, zone: str) -> str:
    """A time of the API in a time zone: `07:00 on 22 November (Asia/Tokyo)`."""
    there = datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
    return f"{there:%H:%M} on {there.day} {there:%B} ({zone})"


def _render_one(what: str, where: str, one: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[str]:
    place = where if where != "to be sent" else f"by {one.get('channel')}"
    yield f"  {what}: {click.style(one['action'], bold=True)}  ({place})"
    yield from _texts("", one["content"])
    if one["products"]:
        yield "    products: " + ", ".join(product["sku"] for product in one["products"])
    yield f"  why:  {one['why']}"
    yield f"    rule {one['rule']}, serves {', '.join(one['serves'])}"
    facts = list(reasons(record, one["rule"]))
    if facts:
        yield "    because " + "; ".join(facts)


def _texts(lead: str, content: Mapping[str, str | None]) -> Iterator[str]:
    for name, text in content.items():
        if name not in ("language", "link") and text:
            yield indent(f"{lead}{name}: {text}", "    ")


def reasons(record: Mapping[str, Any], rule: str) -> Iterator[str]:
    """The conditions that made a rule match, with the facts' values."""
    for told in record.get("explanation", {}).get("rules", ()):
        if told["rule"] == rule:
            yield from dict.fromkeys(_held(told["when"], True))


def _held(node: Mapping[str, Any], wanted: bool) -> Iterator[str]:
    """Comparisons that carry the result: those that held, and under `none` those that rightly did not."""
    if node["kind"] == "compare":
        if node["holds"] is wanted:
            yield f"{node['fact']} is {_shown(node['actual'])}"
        return
    inside = wanted if node["kind"] != "none" else False
    for child in node["children"]:
        if node["kind"] != "any" or child["holds"] is inside:
            yield from _held(child, inside)


def _shown(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
