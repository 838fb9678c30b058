"""The five scores of every product and category, or why the log cannot show a role.

Each score is a ratio; an average item scores 1. docs/value.md has the formulas, benchmarks/VALUE.md the definitions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.roles.counts import AGAIN, INACTIVITY, Counts, Population
from analytics.roles.log import Line
from analytics.roles.odds import (
    CHANCE,
    Ratios,
    mantel_haenszel,
    mean_ratio,
    observed_over_expected,
    over_the_mean,
    ratios,
)
from engine.rulebook.offers import RoleThreshold

FEWEST: Final = 50
"""Minimum purchases of the kind that a role concerns."""
FEWEST_WEEKS: Final = 4
COSTED: Final = 0.5
"""The share of lines whose cost must be known for the role profit."""
BY_CHANCE: Final = 0.25
"""The share of a list that may be due to chance."""

Roles = Mapping[str, Ratios]
"""Role -> its ratios, one per item of the counts' shape."""


@dataclass(frozen=True, slots=True)
class Period:
    """A log's first and last day, how many of its lines name a product, and how many of those have a cost."""

    first: int
    last: int
    lines: int
    costed: int


def by_product(line: Line) -> int:
    return line.product


def by_category(line: Line) -> int:
    return line.category


def score(counts: Counts) -> dict[str, Ratios]:
    return {
        "activation": _activation(counts),
        "stabilising": _stabilising(counts.again),
        "anti_churn": _anti_churn(counts.back),
        "volume": ratios(over_the_mean(counts.units), counts.baskets),
        "profit": _profit(counts),
    }


def _activation(counts: Counts) -> Ratios:
    """First purchases among all, and, among the later ones, those that end a pause. Each purchase answers both
    questions in turn, so their strata stand side by side in one estimate."""
    new, revived = counts.new, counts.revived
    items, events, all_n, all_events = (
        np.concatenate(pair, axis=-1)
        for pair in (
            (new.items, revived.items),
            (new.events, revived.events),
            (new.all_n, revived.all_n),
            (new.all_events, revived.all_events),
        )
    )
    return ratios(mantel_haenszel(items, events, all_n, all_events), events.sum(axis=1))


def _anti_churn(of: Population) -> Ratios:
    return ratios(mantel_haenszel(of.items, of.events, of.all_n, of.all_events), of.events.sum(axis=1))


def _stabilising(of: Population) -> Ratios:
    return ratios(observed_over_expected(of.items, of.events, of.all_n, of.all_events), of.events.sum(axis=1))


def _profit(counts: Counts) -> Ratios:
    """Margin of its lines against as many lines of the same months and sizes of basket."""
    of = counts.margin
    return ratios(mean_ratio(of.counts, of.sums, of.squares, of.means), of.counts.sum(axis=1))


def listed(of: Ratios, threshold: RoleThreshold) -> NDArray[np.bool_]:
    """Which items have the role: score, evidence and confidence at or above the thresholds."""
    enough = np.nan_to_num(of.score) >= threshold.score
    sure = np.nan_to_num(of.confidence) >= threshold.confidence
    return enough & sure & (of.evidence >= threshold.evidence)


def refusals(counts: Counts, roles: Roles, period: Period) -> dict[str, str]:
    """Role -> why the log cannot show it, in words for users."""
    found = {
        "activation": _too_few(
            counts.new.flagged + counts.revived.flagged, "first purchases and purchases after a pause"
        ),
        "stabilising": _too_few(counts.again.flagged, f"products that a customer bought again within {AGAIN} days"),
        "anti_churn": _too_few(counts.back.flagged, f"purchases after more than {INACTIVITY} days of silence"),
        "volume": _too_short(counts),
        "profit": _costs_unknown(period),
    }
    return {role: why for role, of in roles.items() if (why := found[role] or _by_chance(of))}


def _too_few(number: int, what: str) -> str | None:
    return None if number >= FEWEST else f"the log has {number or 'no'} {what}; at least {FEWEST} are needed"


def _too_short(counts: Counts) -> str | None:
    weeks = len(counts.shape.weeks)
    return (
        None if weeks >= FEWEST_WEEKS else f"there are purchases in {weeks} weeks; at least {FEWEST_WEEKS} are needed"
    )


def _costs_unknown(period: Period) -> str | None:
    if not period.costed:
        return "no line of the log has a cost"
    if period.costed < COSTED * period.lines:
        return f"the cost is known of {period.costed / period.lines:.0%} of the lines, not of half of them"
    return None


def _by_chance(of: Ratios) -> str | None:
    """A hundredth of average items would stand out too: are there many more?"""
    told, stand_out = int(np.isfinite(of.confidence).sum()), int((np.nan_to_num(of.confidence) > 1).sum())
    if not told:
        return "no two products can be told apart"
    if stand_out and told * CHANCE <= BY_CHANCE * stand_out:
        return None
    return f"{stand_out} of {told:,} products stand out, hardly more than would by chance"
