"""The value report as one SVG picture: the Pareto curve, and each tier's share of customers and revenue as bars.

Positions and texts; templates/value.svg draws them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.output import counted, money, percent
from cli.render.templates import rendered

WIDTH: Final = 880
PLOT: Final = 320
"""Side of the square of the curve."""
LEFT: Final = 60
TOP: Final = 90
BARS: Final = 500
"""Where the bars begin."""
BAR: Final = 300
"""The length of a bar for 100 %."""
STEP: Final = 46
INK: Final = "#1f2933"
GREY: Final = "#7b8794"
BLUE: Final = "#2563eb"
AMBER: Final = "#d97706"
TICKS: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a point."""

    x: float
    y: float
    text: str
    size: int = 13
    weight: str = "normal"
    colour: str = INK
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Bar:
    """A share of a tier."""

    y: float
    length: float
    colour: str
    x: float = BARS


def value_svg(report: Mapping[str, Any]) -> str:
    """A complete SVG document of the answer of `GET /v1/reports/value`."""
    tiers, top = report["tiers"], report["top_20_percent_share"]
    bars = list(_bars(tiers))
    return rendered(
        "value.svg",
        width=WIDTH,
        height=max(TOP + PLOT + 60, TOP + STEP * len(tiers) + 80),
        left=LEFT,
        right=LEFT + PLOT,
        top=TOP,
        bottom=TOP + PLOT,
        grid=[_at(tick, tick) for tick in TICKS],
        curve=[_at(customers, value) for customers, value in report["pareto"]],
        mark=None if top is None else _at(0.2, top),
        bars=[bar for bar, _ in bars],
        labels=[*_titles(report), *_curve_labels(top), *_tier_labels(tiers), *(label for _, label in bars)],
    )


def _titles(report: Mapping[str, Any]) -> Iterator[Label]:
    share, before = report["top_20_percent_share"], report["before"]
    title = (
        "No purchases yet"
        if share is None
        else f"The top 20 % of the customers contribute {percent(share)} of the revenue"
    )
    then = before["top_20_percent_share"] if before else None
    total = f"{counted(report['customers'], 'customer')}, {money(report['value'], report['currency'])}"
    total += f", as of {report['at'][:10]}"
    if then is not None:
        total += f"; on {before['at']} it was {percent(then)}"
    yield Label(LEFT, 36, title, size=20, weight="bold")
    yield Label(LEFT, 60, total, colour=GREY)


def _curve_labels(top: float | None) -> Iterator[Label]:
    """Share of revenue over share of customers, best customers first."""
    for tick in TICKS:
        x, y = _at(tick, tick)
        yield Label(x, TOP + PLOT + 18, percent(tick), colour=GREY, anchor="middle")
        yield Label(LEFT - 8, y + 4, percent(tick), colour=GREY, anchor="end")
    yield Label(LEFT + PLOT / 2, TOP + PLOT + 40, "customers, best first", colour=GREY, anchor="middle")
    yield Label(LEFT, TOP - 10, "revenue", colour=GREY)
    if top is not None:
        x, y = _at(0.2, top)
        yield Label(x + 10, y + 18, f"20 % contribute {percent(top)}", weight="bold")


def _at(customers: float, value: float) -> tuple[float, float]:
    return round(LEFT + PLOT * customers, 1), round(TOP + PLOT * (1 - value), 1)


def _tier_labels(tiers: Sequence[Mapping[str, Any]]) -> Iterator[Label]:
    yield Label(BARS, TOP - 10, "share of customers", colour=AMBER)
    yield Label(BARS + 140, TOP - 10, "share of revenue", colour=BLUE)
    for number, tier in enumerate(tiers):
        yield Label(BARS, TOP + 14 + STEP * number, f"{tier['tier']} ({tier['customers']:,})")


def _bars(tiers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Bar, Label]]:
    """Two bars per tier, each up to 100 %, with their labels."""
    for number, tier in enumerate(tiers):
        y = TOP + 14 + STEP * number
        for below, share, colour in ((5, tier["share_of_customers"], AMBER), (17, tier["share_of_value"], BLUE)):
            length = round(BAR * max(0.0, min(share, 1.0)), 1)
            end = round(BARS + length + 6, 1)
            yield Bar(y + below, length, colour), Label(end, y + below + 9, percent(share), size=11, colour=GREY)
