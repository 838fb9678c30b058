"""Measured roles as roles.yaml: one line per product, up to the size limit of a rule file."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from cli.analyze.files import day_text, printable
from engine.rulebook.source import MAX_BYTES

if TYPE_CHECKING:
    from analytics.roles.measure import Measured, Score, Table

_ROOM: Final = MAX_BYTES - 1_000
LARGEST: Final = 999_999.0


def roles_yaml(measured: "Measured", name: str, digest: str) -> tuple[str, int]:
    """The file, and how many products did not fit: those with the fewest orders. `digest`: of the log's bytes."""
    head = f"""\
# Written by `patron analyze roles` from {printable(name)}. product_roles.yaml sets the minimum score of each role.
# score: a ratio (1: an average product). evidence: the number of purchases behind it. confidence: the lower bound of
# the score at 99 % confidence.
measured:
  version: 1
  from: "{day_text(measured.first)}"
  until: "{day_text(measured.last)}"
  customers: {measured.customers}
  purchases: {measured.purchases}
  source: "{digest}"
"""
    tail = "".join((*_section("refused", _refusals(measured)), *_section("categories", _rows(measured.categories))))
    tail += "".join(_section("neighbours", _neighbours(measured)))
    room = _ROOM - len(head.encode()) - len(tail.encode())
    lines, left_out = [], 0
    for line in _rows(measured.products):
        room -= len(line.encode()) + 3
        if room > 0:
            lines.append(line)
        else:
            left_out += 1
    return head + "".join(_section("products", iter(lines))) + tail, left_out


def figure(value: float) -> float:
    """Two decimals, or as many as the first digits of a small number need; never an exponent."""
    return round(min(value, LARGEST), 2 if value >= 0.1 else 4)


def _section(name: str, lines: Iterator[str]) -> Iterator[str]:
    """Nothing when there are no lines."""
    for number, line in enumerate(lines):
        yield f"{name}:\n  {line}\n" if not number else f"  {line}\n"


def _refusals(measured: "Measured") -> Iterator[str]:
    for role, why in measured.refused.items():
        yield f"{role}: {_quoted(why)}"


def _rows(table: "Table") -> Iterator[str]:
    for name, scores in table.items():
        yield f"{_quoted(name)}: {{{', '.join(f'{role}: {_score(of)}' for role, of in scores.items())}}}"


def _score(of: "Score") -> str:
    return f"{{score: {_plain(of.score)}, evidence: {of.evidence}, confidence: {_plain(of.confidence)}}}"


def _neighbours(measured: "Measured") -> Iterator[str]:
    for category, others in measured.neighbours.items():
        yield f"{_quoted(category)}: {{{', '.join(f'{_quoted(o)}: {_plain(lift)}' for o, lift in others.items())}}}"


def _plain(value: float) -> str:
    return f"{figure(value):.4f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    """JSON's quotes are YAML's too."""
    return json.dumps(text, ensure_ascii=False)


def as_json(measured: "Measured", digest: str) -> dict[str, object]:
    return {
        "from": day_text(measured.first),
        "until": day_text(measured.last),
        "source": digest,
        "customers": measured.customers,
        "purchases": measured.purchases,
        "refused": dict(measured.refused),
        "refused_categories": dict(measured.refused_categories),
        "products": _table_json(measured.products),
        "categories": _table_json(measured.categories),
        "neighbours": {one: {o: figure(lift) for o, lift in of.items()} for one, of in measured.neighbours.items()},
    }


def _table_json(table: "Table") -> Mapping[str, object]:
    return {
        name: {
            role: {"score": figure(of.score), "evidence": of.evidence, "confidence": figure(of.confidence)}
            for role, of in scores.items()
        }
        for name, scores in table.items()
    }
