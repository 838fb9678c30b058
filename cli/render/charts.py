"""The bar charts of a comparison: positions and lengths. templates/chart.svg draws them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

WIDTH: Final = 860
MIDDLE: Final = 560
"""Where the bars of gained and lost recommendations begin, to both sides."""
REACH: Final = 220
STEP: Final = 26
LABEL: Final = 300
BARS: Final = 310
LONGEST: Final = 420

Anchor = Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class Bar:
    """`kind`: its class in the style sheet."""

    kind: str
    x: float
    y: float
    length: float
    height: int


@dataclass(frozen=True, slots=True)
class Label:
    """A text that starts or ends at `x`."""

    x: float
    y: float
    text: str
    anchor: Anchor
    kind: str = "label"


@dataclass(frozen=True, slots=True)
class Chart:
    """`axis`: x of a vertical line, if there is one."""

    title: str
    height: int
    bars: Sequence[Bar]
    labels: Sequence[Label]
    axis: int | None = None
    width: int = WIDTH


def changes_chart(actions: Sequence[Mapping[str, Any]]) -> Chart | None:
    """Recommendations gained to the right, lost to the left; None where there are none."""
    shown = [one for one in actions if one["gained"] or one["lost"]]
    if not shown:
        return None
    most = max(one[what] for one in shown for what in ("gained", "lost"))
    bars: list[Bar] = []
    labels = [Label(MIDDLE - 8, 14, "lost", "end", "muted"), Label(MIDDLE + 8, 14, "gained", "start", "muted")]
    for number, one in enumerate(shown):
        y = 24 + STEP * number
        lost, gained = (_scaled(one[what], most, REACH) for what in ("lost", "gained"))
        bars += [Bar("lost", MIDDLE - lost, y + 2, lost, 14), Bar("gained", MIDDLE, y + 2, gained, 14)]
        labels += [
            Label(0, y + 13, f"{one['action']} by {one['channel']}", "start"),
            Label(round(MIDDLE - lost - 5, 1), y + 13, f"{one['lost']:,}", "end"),
            Label(round(MIDDLE + gained + 5, 1), y + 13, f"{one['gained']:,}", "start"),
        ]
    return Chart("Recommendations gained and lost under B", 30 + STEP * len(shown), bars, labels, MIDDLE)


def pairs_chart(title: str, rows: Sequence[tuple[str, float, float]], form: str = ",.0f") -> Chart:
    """A bar for A and one for B in each row."""
    most = max((max(a, b) for _, a, b in rows), default=0.0) or 1.0
    bars: list[Bar] = []
    labels: list[Label] = []
    for number, (name, *both) in enumerate(rows):
        y = 4 + 2 * STEP * number
        labels.append(Label(LABEL, y + 22, name, "end"))
        for offset, side, value in zip((0, 20), ("a", "b"), both, strict=True):
            length = _scaled(max(0.0, value), most, LONGEST)
            bars.append(Bar(side, BARS, y + offset, length, 15))
            end = round(BARS + length + 6, 1)
            labels.append(Label(end, y + offset + 12, f"{side.upper()} {value:{form}}", "start"))
    return Chart(title, 10 + 2 * STEP * len(rows), bars, labels)


def _scaled(value: float, most: float, length: int) -> float:
    return round(length * value / most, 1)
