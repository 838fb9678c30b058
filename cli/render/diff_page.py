"""A comparison of two rulebooks as one HTML page: no scripts, no external resources, dark and light."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from authoring.replay_diff.sums import MOST
from cli.output import counted
from cli.render.charts import Chart, changes_chart, pairs_chart
from cli.render.diff import WHATS, change_words, customer_name, headline, others_words, tier_name, without_example_words
from cli.render.templates import rendered
from runtime.replay import ASSUMED

Json = Mapping[str, Any]


def diff_html(diff: Json) -> str:
    """The whole page, from the output of `patron diff --json`."""
    sections = _replayed(diff) if diff["different"] else {}
    return rendered(
        "diff.html",
        diff=diff,
        title=headline(diff),
        log=_log_words(diff),
        assumptions=list(_assumptions(diff["run"])),
        treated=[f"{diff['treated'][what]:,} {words}" for what, words in WHATS.items() if diff["treated"][what]],
        **sections,
    )


def _log_words(diff: Json) -> str:
    log, decisions = diff["log"], diff["decisions"]
    when = f" from {log['from'][:10]} to {log['until'][:10]}" if log["from"] else ""
    return (
        f"Replayed {counted(log['items'], 'line')} of the log{when}: {decisions['a']:,} decisions under A, "
        f"{decisions['b']:,} under B."
    )


def _assumptions(run: Json) -> Iterator[str]:
    if run["sent"]:
        yield ASSUMED
    for reason in run["because"]:
        yield f"Replayed in the order of the log: {reason}."


def _replayed(diff: Json) -> dict[str, Any]:
    """The charts, tables and example customers; only where customers are treated differently."""
    return {
        "changes": changes_chart(diff["actions"]),
        "cells": [_cell(one) for one in diff["cells"]],
        "tiers": pairs_chart(
            "Customers by tier", [(tier_name(one["tier"]), one["a"], one["b"]) for one in diff["tiers"]["customers"]]
        ),
        "moves": [
            f"{move['customers']:,} are {tier_name(move['b'])} instead of {tier_name(move['a'])}"
            for move in diff["tiers"]["moves"]
        ],
        "money": pairs_chart(
            "Expected cost and gain",
            [(what, diff["money"][what]["a"], diff["money"][what]["b"]) for what in ("cost", "gain")],
            ",.2f",
        ),
        "amounts": list(_amounts(diff["money"]["actions"])),
        "busiest": _busiest(diff["pressure"]["a"], diff["pressure"]["b"]),
        "refusals": [
            (one["reason"], f"{one['a']:,}", f"{one['b']:,}") for one in diff["refused"] if one["a"] != one["b"]
        ],
        "examples": [_example(one) for one in diff["examples"]],
        "others": without_example_words(diff["customers_without_example"]) if diff["customers_without_example"] else "",
    }


def _cell(one: Json) -> tuple[str, ...]:
    numbers = ("a", "b", "gained", "lost", "moved", "reworded")
    return (tier_name(one["tier"]), one["action"], one["channel"], *(f"{one[name]:,}" for name in numbers))


def _amounts(actions: Sequence[Json]) -> Iterator[tuple[str, ...]]:
    """Actions whose expected cost or gain differs."""
    for one in actions:
        cost, gain = one["cost"], one["gain"]
        if cost["a"] != cost["b"] or gain["a"] != gain["b"]:
            yield (one["action"], *(f"{amount:,.2f}" for amount in (cost["a"], cost["b"], gain["a"], gain["b"])))


def _busiest(a: Json, b: Json) -> Chart:
    rows = [
        (f"{one['most']} or more" if one["most"] == MOST else str(one["most"]), one["customers"], other["customers"])
        for one, other in zip(a["busiest_week"], b["busiest_week"], strict=True)
    ]
    return pairs_chart("Customers by their busiest seven days", rows)


def _example(one: Json) -> dict[str, Any]:
    tier = one["tier"]
    standing = tier_name(tier["a"]) + (f", {tier_name(tier['b'])} under B" if tier["a"] != tier["b"] else "")
    return {
        "name": f"{customer_name(one['customer'])} ({standing})",
        "changes": [change_words(change) for change in one["changes"]],
        "others": others_words(one["others"]) if one["others"] else "",
        "moment": one.get("moment"),
    }
