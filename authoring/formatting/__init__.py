"""The layout of rule files: `formatted` puts a file in order without changing its meaning.

Lines are moved, not rewritten, so comments stay and an ordered file is unchanged byte for byte. Changes of
meaning are ruled out: after each step the file is read again and compared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from authoring.formatting.passes import indented, ordered, parted, spelled, without_blanks
from authoring.formatting.tree import Part, decoded, tree_of
from engine.rulebook.findings import Finding, Report
from engine.rulebook.source import MAX_BYTES, plain, read_yaml

_MOVES: Final[tuple[Callable[[str, Part], str], ...]] = (without_blanks, ordered, without_blanks, indented, parted)
"""Steps that preserve the content. Each takes the text and its content."""


@dataclass(frozen=True, slots=True)
class Formatted:
    """`text` None: the file cannot be read and stays as it is; `findings` say why."""

    text: str | None
    findings: tuple[Finding, ...] = ()


def formatted(name: str, data: bytes) -> Formatted:
    """A file of a rulebook in its usual layout. Never raises; idempotent."""
    report = Report()
    text = decoded(data) if len(data) <= MAX_BYTES else None
    said = _said(name, data if text is None else text.encode(), report)
    if report.findings or text is None:
        return Formatted(None, tuple(report.findings))
    corrected = spelled(text, tree_of(text))
    if corrected != text and _said(name, corrected.encode(), report := Report()) is not None and not report.findings:
        text, said = corrected, _said(name, corrected.encode(), Report())
    for move in _MOVES:
        moved = move(text, tree_of(text))
        if moved != text and _said(name, moved.encode(), report := Report()) == said and not report.findings:
            text = moved
    return Formatted(text)


def _said(name: str, data: bytes, report: Report) -> Any:
    node = read_yaml(name, data, report)
    return None if node is None else plain(node)


__all__ = ["Formatted", "formatted"]
