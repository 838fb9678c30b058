"""The value report as one SVG picture: the Pareto curve, and each tier's share of customers and revenue as bars."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from cli.output import counted, money, percent

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
PALE: Final = "#e4e7eb"
BLUE: Final = "#2563eb"
AMBER: Final = "#d97706"


def value_svg(report: Mapping[str, Any]) -> str:
    """A complete SVG document of the answer of `GET /v1/reports/value`."""
    height = max(TOP + PLOT + 60, TOP + STEP * len(report["tiers"]) + 80)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{INK}">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        *_head(report),
        *_curve(report["pareto"], report["top_20_percent_share"]),
        *_bars(report["tiers"]),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _head(report: Mapping[str, Any]) -> Iterator[str]:
    share, before = report["top_20_percent_share"], report["before"]
    title = (
        "No purchases yet"
        if share is None
        else f"The top 20 % of the customers contribute {percent(share)} of the revenue"
    )
    then = before["top_20_percent_share"] if before else None
    said = f"{counted(report['customers'], 'customer')}, {money(report['value'], report['currency'])}"
    said += f", as of {report['at'][:10]}"
    if then is not None:
        said += f"; on {before['at']} it was {percent(then)}"
    yield _text(LEFT, 36, title, size=20, weight="bold")
    yield _text(LEFT, 60, said, colour=GREY)


def _curve(points: Sequence[Sequence[float]], top: float | None) -> Iterator[str]:
    """Share of revenue over share of customers, best customers first; the straight line: all contribute equally."""
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        x, y = _at(tick, tick)
        yield f'<path d="M{LEFT} {y}H{LEFT + PLOT}M{x} {TOP}V{TOP + PLOT}" stroke="{PALE}"/>'
        yield _text(x, TOP + PLOT + 18, percent(tick), colour=GREY, anchor="middle")
        yield _text(LEFT - 8, y + 4, percent(tick), colour=GREY, anchor="end")
    yield _text(LEFT + PLOT / 2, TOP + PLOT + 40, "customers, best first", colour=GREY, anchor="middle")
    yield _text(LEFT, TOP - 10, "revenue", colour=GREY)
    (x0, y0), (x1, y1) = _at(0, 0), _at(1, 1)
    yield f'<path d="M{x0} {y0}L{x1} {y1}" stroke="{GREY}" stroke-dasharray="4 4"/>'
    if points:
        line = " ".join("{} {}".format(*_at(customers, value)) for customers, value in points)
        yield f'<polyline points="{line}" fill="none" stroke="{BLUE}" stroke-width="2.5"/>'
    if top is not None:
        x, y = _at(0.2, top)
        yield f'<circle cx="{x}" cy="{y}" r="5" fill="{BLUE}"/>'
        yield _text(x + 10, y + 18, f"20 % contribute {percent(top)}", weight="bold")


def _at(customers: float, value: float) -> tuple[float, float]:
    return round(LEFT + PLOT * customers, 1), round(TOP + PLOT * (1 - value), 1)


def _bars(tiers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Two bars per tier, each up to 100 %."""
    yield _text(BARS, TOP - 10, "share of customers", colour=AMBER)
    yield _text(BARS + 140, TOP - 10, "share of revenue", colour=BLUE)
    for number, tier in enumerate(tiers):
        y = TOP + 14 + STEP * number
        yield _text(BARS, y, f"{tier['tier']} ({tier['customers']:,})")
        for below, share, colour in ((5, tier["share_of_customers"], AMBER), (17, tier["share_of_value"], BLUE)):
            length = round(BAR * max(0.0, min(share, 1.0)), 1)
            yield f'<rect x="{BARS}" y="{y + below}" width="{length}" height="10" fill="{colour}"/>'
            yield _text(BARS + length + 6, y + below + 9, percent(share), size=11, colour=GREY)


def _text(
    x: float, y: float, said: str, *, size: int = 13, weight: str = "normal", colour: str = INK, anchor: str = "start"
) -> str:
    look = f'font-size="{size}" font-weight="{weight}" fill="{colour}" text-anchor="{anchor}"'
    return f'<text x="{round(x, 1)}" y="{round(y, 1)}" {look}>{escape(said)}</text>'
