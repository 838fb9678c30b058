"""What is wrong with a rulebook: findings with a place, the line itself, a caret and a hint, all of them at once."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from engine.domain.errors import PatronError

# ---- Where something stands in the files of a rulebook ----


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: file (relative to the rulebook folder), line and column, both from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


DOCS: Final = "docs/errors.md"
"""Where each code has a heading of its own."""

WIDEST_LINE: Final = 160
"""Longer source lines are shown as a window around the column."""

CODES: Final[dict[str, str]] = {
    # files
    "missing-folder": "The folder of the rulebook is not there or is not a folder.",
    "missing-file": "A file that every rulebook needs is not in the folder.",
    "unknown-file": "A YAML file has a name or a folder in which no rules are looked for, so it would be ignored.",
    "unreadable-file": "The operating system would not let the file be read.",
    "file-too-large": "A rule file is larger than 1 MB.",
    "not-utf-8": "A file is not written in UTF-8.",
    "empty-file": "A file holds nothing, or nothing but comments.",
    # YAML
    "yaml-syntax": "The file is not well-formed YAML; nothing after this place was read.",
    "yaml-duplicate-key": "The same key stands twice in one mapping; only one of them could count.",
    "yaml-key": "A key is not a text.",
    "yaml-tag": "Explicit tags such as !!str are not allowed.",
    "yaml-anchor": "Anchors (&) and aliases (*) are not allowed: every rule is readable where it stands.",
    "yaml-tab": "A tab; YAML is indented with spaces.",
    "yaml-bom": "The file begins with a byte order mark.",
    "yaml-documents": "A file holds more than one YAML document.",
    "yaml-directive": "Directives (% at the start of a line) are not allowed.",
    "yaml-character": "A character that cannot be printed, ends a line for some programs, or turns the direction.",
    "yaml-too-deep": "Lists and mappings are nested more than 30 deep.",
    # shape
    "wrong-type": "Something else was expected here: a text, a number, a list or a mapping.",
    "missing-key": "A key that must be there is not.",
    "unknown-key": "A key that means nothing here.",
    "one-of-keys": "Exactly one of several keys must be there.",
    "key-order": "The keys of a rule do not stand in the usual order (a warning).",
    "bad-id": "An id is made of lower-case letters, digits and hyphens.",
    "bad-name": "The name of a fact or a placement is made of lower-case words joined by dots.",
    "duplicate-id": "Two things have the same id.",
    "empty-list": "A list that needs at least one item is empty.",
    "unknown-word": "A word that is not one of those possible here.",
    "out-of-range": "A number is too small or too large.",
    # values
    "bad-value": "A value does not fit the type or the declared values of its fact.",
    "bad-unit": "A value lacks its unit or has one that does not fit.",
    "bad-clock": 'A time of the day is not written as "21:00", or quiet hours end when they begin.',
    "bad-date": "A date is not written as 2026-12-31, or the dates are the wrong way round.",
    "unknown-currency": "Not the code of a currency.",
    "unknown-zone": "Not a time zone of the IANA list.",
    "unknown-language": "A language that the shop does not list, or not a language code.",
    # names
    "unknown-fact": "A fact that the vocabulary does not declare.",
    "unknown-operator": "Not one of the operators.",
    "unknown-segment": "A segment that segments.yaml does not declare.",
    "unknown-action": "An action that no file in actions/ declares.",
    "unknown-group": "A group that no action belongs to.",
    "unknown-tag": "A tag that no action carries.",
    "unknown-channel": "A channel that channels.yaml does not declare.",
    "unknown-placement": "A placement that its channel does not have.",
    "unknown-field": "A text field that its channel does not have.",
    "unknown-event": "Not one of the event types.",
    "unknown-property": "A property that events of this type do not have, or that cannot be summed.",
    "unknown-category": "A category that no product of the catalogue has.",
    "wrong-trigger": "`any` stands beside other triggers, or in a rule that recommends.",
    "forbid-misses-trigger": "A forbid or boost does not look where what it names is recommended (a warning).",
    "unknown-statement": "A number that is not one of the strategy's statements.",
    # conditions, facts, tables
    "wrong-operator": "An operator that does not fit the type of the fact.",
    "reserved-name": "A name that the product itself gives to facts.",
    "bad-missing": "`missing` does not fit the type of the fact.",
    "wrong-fact-type": "A fact that is built in is declared with another type than the one it is computed in.",
    "counters-large": "The counters may take far more bytes of every profile than all the rest (a warning).",
    "fact-not-computed": "A declared fact that nothing computes: not built in, no counter and no table decides it.",
    "fact-computed-twice": "A fact that is computed in two ways.",
    "bad-cell": "A cell of a decision table that cannot be read.",
    "row-length": "A row does not have one cell per column and an output.",
    "table-gap": "A table without `otherwise` has no row for some customers.",
    "table-overlap": "Rows of a table fit the same customers, and its `pick` does not say which of them decides.",
    "unlikely-value": "A value that nothing in the rulebook is called, but nearly (a warning).",
    "logic-too-large": "A table or a rule has too many cases to look through them all (a warning).",
    "table-cycle": "Decision tables that need each other's outputs.",
    "segment-cycle": "Segments that name each other in a circle.",
    "tier-order": "Tier levels do not go from the best down, or a level is left earlier than it is entered.",
    "tier-values": "customer.tier does not list a level of tiers.yaml among its values.",
    # texts and actions
    "bad-placeholder": "A placeholder in a text names nothing that can be filled in.",
    "text-too-long": "A text is longer than its channel's field allows.",
    "missing-language": "A text is not there in a language of the shop.",
    "missing-field": "A text lacks a field that its channel needs.",
    "wrong-channel": "A treatment or quiet hours stand on a channel that cannot carry them.",
    "mandatory-period": "A mandatory action does not say with its cooldown how often it comes.",
    "budget-without-cost": "A budget on an action that costs nothing would never run out.",
    # contact policy, arbitration, measurement
    "cap-of-zero": "A frequency cap of at most 0 means never (a warning).",
    "quiet-overlap": "Quiet hours of one channel overlap, so that it is not clear what happens then.",
    "factor-off": "Levers or learning are declared for a factor that is switched off (a warning).",
    "missing-salt": "A holdout, but no salt in measurement.yaml by which people are drawn.",
    "holdout-of-kind": "A holdout on an action that is no offer: transactional, mandatory or internal (a warning).",
    # logic (warnings, found by `check` and by publishing; each with a customer for whom it shows)
    "rule-never": "A rule that can never fire: its conditions cannot all hold for one customer (a warning).",
    "rule-always": "A rule that always fires: its conditions hold for everybody when it looks (a warning).",
    "rule-shadowed": "A rule that changes nothing: others say the same whenever it holds (a warning).",
    "rule-forbidden": "A rule that recommends what other rules forbid whenever it holds (a warning).",
    "rule-expired": "A rule whose dates are past (a warning).",
    "table-row-never": "A row of a decision table that no customer gets to (a warning).",
    "table-row-twice": "A row of a decision table whose cells stand in another row, too (a warning).",
    "action-unreachable": "Caps of 0, or quiet hours without an end, never let out what is recommended (a warning).",
    "cooldown-outlasts": "A cooldown that is longer than the rule is valid (a warning).",
    "action-unused": "An action that no rule recommends (a warning).",
    "segment-unused": "A segment that nothing uses (a warning).",
    "table-unused": "A decision table that decides what nothing uses (a warning).",
    # rule tests
    "bad-time": "The time of a test is not written with its offset, as 2026-03-02T10:00:00+01:00.",
    "bad-event": "An event of a test is one that the API would refuse, or lies after the time of the test.",
    "bad-request": "The context or the language of a test is one that the API would refuse.",
    "bad-traits": "The traits of a persona are such as the API would refuse.",
    "bad-expect": "A test expects something of a recommendation and no recommendation.",
    "empty-expect": "A test expects nothing.",
    "bad-step": "A step of a story goes back in time, is two things at once, or does nothing.",
    "unknown-persona": "A persona that no file of tests declares.",
    "unknown-rule": "A rule that is not in the rulebook.",
    "unknown-link": "A link that no channel needs.",
    "unknown-product": "A product that is not in catalogue.yaml.",
    "unknown-tier": "A tier that tiers.yaml does not declare.",
    "unknown-reason": "Not one of the reasons why an action is rejected.",
    "unknown-trigger": "A test asks in a way at which no rule can look.",
    "bad-contact": "What a test says was told or waits could not: no text on that channel, or not at that time.",
    "without-holdout": "A test says that its customer is held out, and there is no holdout.",
    "without-once": "A test says that a rule is done that has no `once`.",
    "without-limit": "A test says what is used up of a limit, stock or budget that the action does not have.",
    "unknown-test": "A test uses another one that no file of tests has.",
    "use-cycle": "Tests or personas use one another in a circle, or more than ten stand behind one another.",
    "tests-too-large": "A test has more cases or steps than are run, or those that use others come to far too much.",
    "story-facts": "A story computes its facts from what happens, so none can be given or changed.",
}
"""Every code that a finding can have, with the sentence that explains it in the docs."""


_HIDDEN: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""What a terminal would obey, or not print, in place of showing it."""


class Severity(StrEnum):
    ERROR = "error"  # the rulebook is refused
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Witness:
    """A customer for whom a finding shows: the facts that are not as for a customer of whom nothing is known.

    `trigger`: the key at which it shows, None for any; `facts`: names and values in the words of rule files, in the
    order of `text`, which people read.
    """

    trigger: str | None
    facts: tuple[tuple[str, str], ...]
    text: str

    def to_json(self) -> dict[str, Any]:
        """JSON-ready: the facts in the words of rule files."""
        return {"trigger": self.trigger, "facts": dict(self.facts), "text": self.text}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong. `code`: a key of `CODES`; `line_text`: the source line; `hint`: a sentence that helps."""

    code: str
    message: str
    place: Place
    severity: Severity = Severity.ERROR
    line_text: str = ""
    hint: str | None = None
    witness: Witness | None = None

    def render(self) -> str:
        """`file:line:column: severity code: message`, the line, a caret, the witness, the hint, where to read on."""
        parts = [f"{self.place}: {self.severity.value} {self.code}: {self.message}"]
        if self.line_text.strip():
            shown, before = _window(self.line_text, self.place.column)
            parts += [f"    {shown}", f"    {' ' * _width(before)}^"]
        if self.witness:
            parts.append(f"  for example: {self.witness.text}")
        if self.hint:
            parts.append(f"  {self.hint}")
        parts.append(f"  {DOCS}#{self.code}")
        return "\n".join(_HIDDEN.sub("\ufffd", part) for part in parts)

    def to_json(self) -> dict[str, Any]:
        """JSON-ready, without the text that people read."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "severity": self.severity.value,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "witness": self.witness.to_json() if self.witness else None,
            "docs": f"{DOCS}#{self.code}",
        }


def render(findings: Iterable[Finding]) -> str:
    """All findings as text for people, one after the other, an empty line between them."""
    return "\n\n".join(finding.render() for finding in findings)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted by file, line and column, each once."""
    return sorted(
        dict.fromkeys(findings), key=lambda f: (f.place.file, f.place.line, f.place.column, f.code, f.message)
    )


class RulebookError(PatronError):
    """A rulebook that is refused; `findings` has everything that is wrong with it, warnings included."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(render(findings))
        self.findings = tuple(findings)


class Report:
    """Collects findings while files are read, and knows the lines to show with them."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._lines: dict[str, Sequence[str]] = {}

    def add_lines(self, file: str, lines: Sequence[str]) -> None:
        """Make the lines of a file known, so that findings in it show theirs."""
        self._lines[file] = lines

    def error(
        self, code: str, place: Place, message: str, hint: str | None = None, witness: Witness | None = None
    ) -> None:
        self._add(Finding(code, message, place, Severity.ERROR, hint=hint, witness=witness))

    def warning(
        self, code: str, place: Place, message: str, hint: str | None = None, witness: Witness | None = None
    ) -> None:
        self._add(Finding(code, message, place, Severity.WARNING, hint=hint, witness=witness))

    @property
    def failed(self) -> bool:
        """Whether there is an error: then there is no rulebook."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def _add(self, finding: Finding) -> None:
        lines = self._lines.get(finding.place.file, ())
        line = finding.place.line
        self.findings.append(replace(finding, line_text=lines[line - 1] if line <= len(lines) else ""))


def _window(line: str, column: int) -> tuple[str, str]:
    """What to show of a line, and the part of that which stands before the column."""
    if len(line) <= WIDEST_LINE:
        return line.rstrip(), line[: column - 1]
    start = max(0, column - 1 - WIDEST_LINE // 2)
    end = start + WIDEST_LINE
    prefix, suffix = "..." if start else "", "..." if end < len(line) else ""
    return f"{prefix}{line[start:end].rstrip()}{suffix}", prefix + line[start : column - 1]


def _width(text: str) -> int:
    """Columns of a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
