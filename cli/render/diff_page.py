"""A comparison of two rulebooks as one HTML page: no scripts, no external resources, dark and light."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from authoring.replay_diff.sums import MOST
from cli.output import counted
from cli.render.diff import WHATS, change_words, customer_name, headline, others_words, tier_name, without_example_words
from runtime.replay import ASSUMED

# ---- The charts of a comparison, as inline SVG in the colours of the page ----


WIDTH: Final = 860
MIDDLE: Final = 560
"""Where the bars of gained and lost recommendations begin, to both sides."""
REACH: Final = 220
STEP: Final = 26
LABEL: Final = 300
BARS: Final = 310
LONGEST: Final = 420


def changes_svg(actions: Sequence[Mapping[str, Any]]) -> str:
    """Recommendations gained to the right, lost to the left; "" where there are none."""
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
    return _svg(height, "Recommendations gained and lost under B", lines)


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


Json = Mapping[str, Any]

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""The browser must not fetch or run anything, either."""
STYLE: Final = """
:root { color-scheme: light dark; --ink: #1f2933; --muted: #616e7c; --page: #ffffff; --card: #f5f7fa; --line: #d9dee5;
  --a: #7b8794; --b: #2563eb; --more: #15803d; --less: #b45309; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --muted: #9aa5b1; --page: #14181d; --card: #1f262d;
  --line: #38424d; --a: #9aa5b1; --b: #6ea8fe; --more: #4ade80; --less: #fbbf24; } }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { margin-top: 2.5rem; font-size: 1.15rem; }
p, li { max-width: 46rem; } .muted { color: var(--muted); } code { font-size: .9em; overflow-wrap: anywhere; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; } th, td { padding: .3rem .7rem;
  border-bottom: 1px solid var(--line); text-align: left; } td.n, th.n { text-align: right;
  font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; min-width: 34rem; font: 13px system-ui, sans-serif; } svg .said { fill: var(--ink); }
svg .muted { fill: var(--muted); } svg .axis { stroke: var(--line); } svg .gained { fill: var(--more); }
svg .lost { fill: var(--less); } svg .a { fill: var(--a); } svg .b { fill: var(--b); }
details { margin: .6rem 0; padding: .6rem 1rem; background: var(--card); border-radius: .5rem; }
summary { cursor: pointer; font-weight: 600; } pre { white-space: pre-wrap;
  font-size: .85rem; } dt { font-weight: 600; } dd { margin: 0 0 .5rem 1rem; }
"""


def diff_html(told: Json) -> str:
    """The whole page, from the output of `patron diff --json`."""
    title = headline(told)
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            *_head(told),
            *_rules(told["rules"]),
            *(_different(told) if told["different"] else ()),
            "</body></html>\n",
        ]
    )


def _head(told: Json) -> Iterator[str]:
    log = told["log"]
    for side in ("a", "b"):
        name, revision = escape(told[side]["name"]), escape(told[side]["revision"])
        yield f'<p class="muted"><b>{side.upper()}</b> {name} <code>{revision}</code></p>'
    when = f" from {log['from'][:10]} to {log['until'][:10]}" if log["from"] else ""
    decisions = told["decisions"]
    yield _p(
        f"Replayed {counted(log['items'], 'line')} of the log{when}: {decisions['a']:,} decisions under A, "
        f"{decisions['b']:,} under B."
    )
    if told["run"]["sent"]:
        yield _p(ASSUMED, "muted")
    for reason in told["run"]["because"]:
        yield _p(f"Replayed in the order of the log: {reason}.", "muted")
    said = [f"{told['treated'][what]:,} {words}" for what, words in WHATS.items() if told["treated"][what]]
    yield from _list(said)


def _rules(rules: Sequence[Json]) -> Iterator[str]:
    yield "<h2>Differences of the rule files</h2>"
    yield from (_list([rule["words"] for rule in rules]) if rules else [_p("None.")])


def _different(told: Json) -> Iterator[str]:
    yield from _actions(told)
    yield from _tiers(told["tiers"])
    yield from _money(told)
    yield from _pressure(told["pressure"])
    yield from _refused(told["refused"])
    yield "<h2>Example customers</h2>"
    for one in told["examples"]:
        yield from _customer(one)
    if told["customers_without_example"]:
        yield _p(without_example_words(told["customers_without_example"]))


def _actions(told: Json) -> Iterator[str]:
    yield "<h2>Recommendations gained and lost</h2>"
    chart = changes_svg(told["actions"])
    yield f'<div class="wide">{chart}</div>' if chart else _p("None.")
    names = ("gained", "lost", "moved", "reworded")
    rows = [
        (tier_name(one["tier"]), one["action"], one["channel"], one["a"], one["b"], *(one[name] for name in names))
        for one in told["cells"]
    ]
    yield "<h2>By tier and channel</h2>"
    yield from _table(("tier", "action", "channel", "A", "B", *names), rows, words=3)


def _tiers(tiers: Json) -> Iterator[str]:
    yield "<h2>Tiers at the end of the log</h2>"
    rows = [(tier_name(one["tier"]), one["a"], one["b"]) for one in tiers["customers"]]
    yield f'<div class="wide">{pairs_svg("Customers by tier", rows)}</div>'
    yield from _list(
        f"{move['customers']:,} are {tier_name(move['b'])} instead of {tier_name(move['a'])}" for move in tiers["moves"]
    )


def _money(told: Json) -> Iterator[str]:
    money, code = told["money"], told["currency"]
    yield f"<h2>Expected cost and gain, {escape(code)}</h2>"
    rows = [(what, money[what]["a"], money[what]["b"]) for what in ("cost", "gain")]
    yield f'<div class="wide">{pairs_svg("Expected cost and gain", rows, ",.2f")}</div>'
    changed = [
        (one["action"], *(f"{one[what][side]:,.2f}" for what in ("cost", "gain") for side in ("a", "b")))
        for one in money["actions"]
        if one["cost"]["a"] != one["cost"]["b"] or one["gain"]["a"] != one["gain"]["b"]
    ]
    if changed:
        yield from _table(("action", "cost A", "cost B", "gain A", "gain B"), changed, words=1)


def _pressure(pressure: Json) -> Iterator[str]:
    a, b = pressure["a"], pressure["b"]
    yield "<h2>Contact pressure</h2>"
    yield _p(
        f"{a['per_customer_and_30_days']:.3f} recommendations per customer in 30 days under A, "
        f"{b['per_customer_and_30_days']:.3f} under B. Customers by their maximum in any seven days:"
    )
    rows = [
        (f"{one['most']} or more" if one["most"] == MOST else str(one["most"]), one["customers"], other["customers"])
        for one, other in zip(a["busiest_week"], b["busiest_week"], strict=True)
    ]
    yield f'<div class="wide">{pairs_svg("Customers by their busiest seven days", rows)}</div>'


def _refused(refused: Sequence[Json]) -> Iterator[str]:
    changed = [(one["reason"], one["a"], one["b"]) for one in refused if one["a"] != one["b"]]
    if changed:
        yield "<h2>Refusals by reason</h2>"
        yield from _table(("reason", "A", "B"), changed, words=1)


def _customer(one: Json) -> Iterator[str]:
    tier = one["tier"]
    standing = tier_name(tier["a"]) + (f", {tier_name(tier['b'])} under B" if tier["a"] != tier["b"] else "")
    yield f"<details><summary>{escape(customer_name(one['customer']))} ({escape(standing)})</summary>"
    yield from _list(change_words(change) for change in one["changes"])
    if one["others"]:
        yield _p(others_words(one["others"]))
    moment = one.get("moment")
    if moment:
        yield _p(f"{moment['at']}, {moment['trigger']}:", "muted")
        yield "<dl>"
        for side in ("a", "b"):
            lines = "".join(f"<dd>{escape(line)}</dd>" for line in moment[side]["why"])
            yield f"<dt>{side.upper()}</dt>{lines}"
            if moment[side]["explanation"]:
                told = escape("\n".join(moment[side]["explanation"]))
                yield f"<dd><details><summary>Full explanation</summary><pre>{told}</pre></details></dd>"
        yield "</dl>"
    yield "</details>"


def _p(said: str, look: str = "") -> str:
    return f'<p class="{look}">{escape(said)}</p>' if look else f"<p>{escape(said)}</p>"


def _list(lines: Iterable[str]) -> Iterator[str]:
    items = [f"<li>{escape(line)}</li>" for line in lines]
    if items:
        yield "<ul>"
        yield from items
        yield "</ul>"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]], words: int) -> Iterator[str]:
    """The first `words` columns are text, the others numbers."""
    looks = [""] * words + [' class="n"'] * (len(head) - words)
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f"<th{look}>{escape(name)}</th>" for name, look in zip(head, looks, strict=True))
    yield "</tr></thead><tbody>"
    for row in rows:
        cells = (f"{value:,}" if isinstance(value, int) else str(value) for value in row)
        yield f"<tr>{''.join(f'<td{look}>{escape(cell)}</td>' for cell, look in zip(cells, looks, strict=True))}</tr>"
    yield "</tbody></table></div>"
