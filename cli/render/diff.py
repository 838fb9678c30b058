"""A comparison of two rulebooks in words and columns for marketers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import click

from authoring.replay_diff.sums import MOST
from cli.output import counted
from runtime.replay import ASSUMED

Json = Mapping[str, Any]

WHATS: Final = {
    "gained": "gain a recommendation",
    "lost": "lose a recommendation",
    "moved": "get a recommendation at another time",
    "reworded": "get a recommendation with another text, effect or date, or other products",
    "tier": "end in another tier",
}
"""Changes from A to B, after a number of customers."""
SHOWN_RULES: Final = 30
SHOWN_CELLS: Final = 30
SHOWN_CHANGES: Final = 6


def render_rules(words: Sequence[str]) -> Iterator[str]:
    """Differences of the rule files, a line each."""
    if not words:
        yield "no difference"
        return
    yield f"{counted(len(words), 'difference')}:"
    for line in words:
        yield f"  {line}"


def render_diff(diff: Json) -> Iterator[str]:
    """The whole report."""
    yield from _head(diff)
    yield from _rules(diff["rules"])
    if diff["different"]:
        yield from _actions(diff["actions"])
        yield from _cells(diff["cells"])
        yield from _tiers(diff["tiers"])
        yield from _money(diff)
        yield from _pressure(diff["pressure"])
        yield from _refused(diff["refused"])
        yield from _examples(diff["examples"])
        yield from _without_example(diff["customers_without_example"])


def _head(diff: Json) -> Iterator[str]:
    log, decisions, strays = diff["log"], diff["decisions"], diff["strays"]
    for side in ("a", "b"):
        yield f"{side.upper()}: {diff[side]['name']} ({diff[side]['revision'][:15]})"
    when = f", {log['from'][:10]} to {log['until'][:10]}" if log["from"] else ""
    yield (
        f"{counted(log['items'], 'line')}{when}; {decisions['a']:,} decisions under A, {decisions['b']:,} under B"
        f"{_strays(strays)}."
    )
    if not log["decided"]:
        yield (
            "No event of this log requests a decision, so only timers lead to decisions. "
            "Write --decide outbound to decide on every event."
        )
    if diff["run"]["sent"]:
        yield ASSUMED
    for reason in diff["run"]["because"]:
        yield f"Replayed in the order of the log, not customer by customer: {reason}."
    yield ""
    yield click.style(headline(diff), bold=True)
    for what, words in WHATS.items():
        if diff["treated"][what]:
            yield f"  {diff['treated'][what]:>8,}  {words}"


def headline(diff: Json) -> str:
    """The result in one line."""
    number = f"{diff['different']:,}" if diff["different"] else "none"
    return f"Treated differently: {number} of {counted(diff['customers'], 'customer')}"


def _strays(strays: Json) -> str:
    if not (strays["a"] or strays["b"]):
        return ""
    return (
        f"; outcomes of recommendations that the replay did not make: {strays['a']:,} under A, {strays['b']:,} under B"
    )


def _rules(rules: Sequence[Json]) -> Iterator[str]:
    yield ""
    if not rules:
        yield "The rule files do not differ."
        return
    yield "Differences of the rule files:"
    for rule in rules[:SHOWN_RULES]:
        yield f"  {rule['words']}"
    if len(rules) > SHOWN_RULES:
        yield f"  ... and {len(rules) - SHOWN_RULES:,} more (--rules-only lists all)"


def _actions(actions: Sequence[Json]) -> Iterator[str]:
    changed = [one for one in actions if any(one["customers"].values()) or one["a"] != one["b"]]
    if not changed:
        return
    yield ""
    yield f"{'recommended':<44} {'A':>9} {'B':>9} {'gained':>8} {'lost':>8} {'moved':>8} {'reworded':>9}"
    for one in changed:
        yield _row(f"{one['action']} by {one['channel']}", one)


def _cells(cells: Sequence[Json]) -> Iterator[str]:
    """By the tier of the customers at the time of the decision."""
    if not cells:
        return
    yield ""
    yield f"{'by tier':<44} {'A':>9} {'B':>9} {'gained':>8} {'lost':>8} {'moved':>8} {'reworded':>9}"
    for one in cells[:SHOWN_CELLS]:
        yield _row(f"{tier_name(one['tier'])}: {one['action']} by {one['channel']}", one)
    if len(cells) > SHOWN_CELLS:
        yield f"  ... and {len(cells) - SHOWN_CELLS:,} more (--json and --html list all)"


def _row(name: str, one: Json) -> str:
    cut = name if len(name) <= 42 else name[:39] + "..."
    return (
        f"  {cut:<42} {one['a']:>9,} {one['b']:>9,} {one['gained']:>8,} {one['lost']:>8,} {one['moved']:>8,}"
        f" {one['reworded']:>9,}"
    )


def _tiers(tiers: Json) -> Iterator[str]:
    if not tiers["moves"]:
        return
    yield ""
    yield f"{'tiers at the end':<20} {'A':>9} {'B':>9}"
    for one in tiers["customers"]:
        yield f"  {tier_name(one['tier']):<18} {one['a']:>9,} {one['b']:>9,}"
    for move in tiers["moves"]:
        yield f"  {move['customers']:,} are {tier_name(move['b'])} instead of {tier_name(move['a'])}"


def tier_name(name: str) -> str:
    """A tier, as people read it."""
    return "no tier" if name == "none" else name


def _money(diff: Json) -> Iterator[str]:
    money, code = diff["money"], diff["currency"]
    yield ""
    yield (
        f"Expected cost: {money['cost']['a']:,.2f} {code} under A, {money['cost']['b']:,.2f} {code} under B. "
        f"Expected gain: {money['gain']['a']:,.2f} {code} under A, {money['gain']['b']:,.2f} {code} under B."
    )


def _pressure(pressure: Json) -> Iterator[str]:
    a, b = pressure["a"], pressure["b"]
    yield (
        f"Contact pressure: {a['per_customer_and_30_days']:.3f} recommendations per customer in 30 days under A, "
        f"{b['per_customer_and_30_days']:.3f} under B."
    )
    yield f"  {'most in any 7 days':<20} {'A':>9} {'B':>9}"
    for one, other in zip(a["busiest_week"], b["busiest_week"], strict=True):
        if one["customers"] or other["customers"]:
            name = f"{one['most']} or more" if one["most"] == MOST else str(one["most"])
            yield f"  {name:<20} {one['customers']:>9,} {other['customers']:>9,}"


def _refused(refused: Sequence[Json]) -> Iterator[str]:
    changed = [one for one in refused if one["a"] != one["b"]]
    if changed:
        yield ""
        yield f"{'refused because of':<30} {'A':>9} {'B':>9}"
    for one in changed:
        yield f"  {one['reason']:<28} {one['a']:>9,} {one['b']:>9,}"


def _examples(examples: Sequence[Json]) -> Iterator[str]:
    yield ""
    yield f"{counted(len(examples), 'customer')} as examples:"
    for one in examples:
        yield ""
        yield from _customer(one)


def _customer(one: Json) -> Iterator[str]:
    tier = one["tier"]
    same = tier["a"] == tier["b"]
    standing = tier_name(tier["a"]) if same else f"{tier_name(tier['a'])} under A, {tier_name(tier['b'])} under B"
    name = customer_name(one["customer"])
    yield click.style(name, bold=True) + f" ({standing})"
    for change in one["changes"][:SHOWN_CHANGES]:
        yield f"  {change_words(change)}"
    if len(one["changes"]) > SHOWN_CHANGES:
        yield f"  ... and {len(one['changes']) - SHOWN_CHANGES:,} more"
    if one["others"]:
        yield f"  {others_words(one['others'])}"
    moment = one.get("moment")
    if moment:
        yield f"  {moment['at']}, {moment['trigger']}:"
        for side in ("a", "b"):
            for line in moment[side]["why"]:
                yield f"    {side.upper()}: {line}"


def _without_example(number: int) -> Iterator[str]:
    if number:
        yield ""
        yield without_example_words(number)


def others_words(number: int) -> str:
    """The number of customers that an example customer stands for."""
    return f"and {counted(number, 'more customer')} with the same changes"


def without_example_words(number: int) -> str:
    """The number of customers whom no example customer stands for."""
    return f"{counted(number, 'more customer')} with other changes, included in the tables."


def customer_name(customer: Json) -> str:
    """The id, marked if it is an anonymous one."""
    ((kind, name),) = customer.items()
    return f"{name} (anonymous)" if kind == "anonymous_id" else str(name)


def change_words(change: Json) -> str:
    """ "gained quiet-check-in by email on 1998-03-04"."""
    what, action = change["what"], f"{change['action']} by {change['channel']}"
    days = [change[side]["at"][:10] for side in ("b", "a") if side in change]
    if what == "moved":
        return f"moved {action} to {' instead of '.join(days)}"
    if what == "reworded":
        return f"reworded {action} on {days[0]}"
    return f"{what} {action} on {days[0]}"
