"""The charts of a comparison, as inline SVG that takes its colours from the page around it."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

WIDTH: Final = 860
MIDDLE: Final = 560
"""Where the bars of what was gained and lost begin, to both sides."""
REACH: Final = 220
STEP: Final = 26
LABEL: Final = 300
BARS: Final = 310
LONGEST: Final = 420


def changes_svg(actions: Sequence[Mapping[str, Any]]) -> str:
    """What is recommended more to the right, what is recommended less to the left; "" where nothing is."""
    shown = [one for one in actions if one["gained"] or one["lost"]]
    if not shown:
        return ""
    most = max(one[what] for one in shown for what in ("gained", "lost"))
    lines = [_text(MIDDLE - 8, 14, "lost", "end", "muted"), _text(MIDDLE + 8, 14, "gained", "start", "muted")]
    for number, one in enumerate(shown):
        y = 24 + STEP * number
        lines.append(_text(0, y + 13, f"{one['action']} by {one['channel']}", "start"))
        for what, side in (("lost", -1), ("gained", 1)):
            length = _scaled(one[what], most, REACH)
            x = MIDDLE - length if side < 0 else MIDDLE
            lines.append(f'<rect class="{what}" x="{x}" y="{y + 2}" width="{length}" height="14"/>')
            lines.append(_text(MIDDLE + side * (length + 5), y + 13, f"{one[what]:,}", "end" if side < 0 else "start"))
    height = 30 + STEP * len(shown)
    lines.append(f'<path class="axis" d="M{MIDDLE} 20V{height}"/>')
    return _svg(height, "What is recommended more and less under B", lines)


def pairs_svg(title: str, rows: Sequence[tuple[str, float, float]], form: str = ",.0f") -> str:
    """A bar for A and one for B in each row."""
    most = max((max(a, b) for _, a, b in rows), default=0.0) or 1.0
    lines: list[str] = []
    for number, (name, *both) in enumerate(rows):
        y = 4 + 2 * STEP * number
        lines.append(_text(LABEL, y + 22, name, "end"))
        for offset, side, value in zip((0, 20), ("a", "b"), both, strict=True):
            length = _scaled(max(0.0, value), most, LONGEST)
            lines.append(f'<rect class="{side}" x="{BARS}" y="{y + offset}" width="{length}" height="15"/>')
            lines.append(_text(BARS + length + 6, y + offset + 12, f"{side.upper()} {value:{form}}", "start"))
    return _svg(10 + 2 * STEP * len(rows), title, lines)


def _scaled(value: float, most: float, length: int) -> float:
    return round(length * value / most, 1)


def _svg(height: int, title: str, lines: Sequence[str]) -> str:
    return "\n".join(_document(height, title, lines))


def _document(height: int, title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
    yield f"<title>{escape(title)}</title>"
    yield from lines
    yield "</svg>"


def _text(x: float, y: float, said: str, anchor: str, look: str = "said") -> str:
    return f'<text class="{look}" x="{round(x, 1)}" y="{y}" text-anchor="{anchor}">{escape(said)}</text>'
