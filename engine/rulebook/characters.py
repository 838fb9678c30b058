"""Characters that have no place in a rule file, because nobody sees what they do."""

import re
from typing import Final

from engine.rulebook.findings import Report
from engine.rulebook.place import Place

# Not printable in YAML, or a line break to some readers only (next line, line and paragraph separator).
FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
# Turns the direction of all that follows, so that a line says something else than it shows.
_TURNS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAB: Final = re.compile(r"^[^\t\n]*\t", re.MULTILINE)


def characters_are_fine(file: str, text: str, report: Report) -> bool:
    """Whether a text has none of these; the first of each kind is reported."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    bad = FORBIDDEN.search(lines)
    if bad:
        name = f"U+{ord(bad[0]):04X}"
        report.error(
            "yaml-character", _place_at(file, lines, bad.start()), f"a character that cannot be shown ({name})"
        )
    turn = _TURNS.search(lines)
    if turn:
        name = f"U+{ord(turn[0]):04X}"
        message = f"a character that turns the direction of what follows ({name})"
        hint = f"delete it; a text that needs it says \\u{ord(turn[0]):04x} in double quotes"
        report.error("yaml-character", _place_at(file, lines, turn.start()), message, hint)
    tab = _TAB.search(lines)
    if tab:
        report.error("yaml-tab", _place_at(file, lines, tab.end() - 1), "a tab", "use spaces")
    return not (bad or turn or tab)


def _place_at(file: str, text: str, index: int) -> Place:
    return Place(file, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))
