"""Findings: problems of a rulebook with a place, the line itself, a caret and a hint, all reported at once."""

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
    "missing-folder": "The rulebook's folder does not exist, or is not a folder.",
    "missing-file": "A required file is missing from the folder.",
    "unknown-file": "A YAML file has a name or a folder that is never read, so it would be ignored.",
    "unread-file": "A file only seems to be a rule file: its name goes on after `.yaml`.",
    "unreadable-file": "The operating system denied access to the file.",
    "file-too-large": "A rule file is larger than 1 MB.",
    "not-utf-8": "A file is not written in UTF-8.",
    "empty-file": "A file is empty, or contains only comments.",
    # YAML
    "yaml-syntax": "The file is not well-formed YAML; nothing after this place was read.",
    "yaml-duplicate-key": "A mapping contains the same key twice; only one of them could take effect.",
    "yaml-key": "A key is not text.",
    "yaml-tag": "Explicit tags such as !!str are not allowed.",
    "yaml-anchor": "Anchors (&) and aliases (*) are not allowed: every rule is complete where it is written.",
    "yaml-tab": "The file contains a tab.",
    "yaml-bom": "The file begins with a byte order mark.",
    "yaml-documents": "A file contains more than one YAML document.",
    "yaml-directive": "Directives (% at the start of a line) are not allowed.",
    "yaml-character": "A character is unprintable, ends a line in some programs, or reverses the writing direction.",
    "yaml-too-deep": "Lists and mappings are nested more than 30 deep.",
    # shape
    "wrong-type": "The value has the wrong type: expected text, a number, a list or a mapping.",
    "missing-key": "A required key is missing.",
    "unknown-key": "The key is not known here.",
    "one-of-keys": "Exactly one of several keys is required.",
    "key-order": "The keys of a rule are not in the usual order (a warning).",
    "bad-id": "The id is malformed.",
    "bad-name": "The name of the fact or placement is malformed.",
    "duplicate-id": "Two things have the same id.",
    "empty-list": "A list that needs at least one item is empty.",
    "unknown-word": "The word is not one of the allowed values.",
    "out-of-range": "A number is too small or too large.",
    # values
    "bad-value": "A value does not fit the type or the declared values of its fact.",
    "bad-unit": "A value has no unit, or the wrong one.",
    "bad-clock": 'A time of day is not written as "21:00", or quiet hours end when they begin.',
    "bad-date": "A date is not written as 2026-12-31, or the end is before the start.",
    "unknown-currency": "The currency is not an ISO 4217 code.",
    "unknown-zone": "The time zone is not an IANA name.",
    "unknown-language": "A language that the shop does not list, or not a language code.",
    # names
    "unknown-fact": "A fact that the vocabulary does not declare.",
    "unknown-operator": "The operator does not exist.",
    "unknown-segment": "A segment that segments.yaml does not declare.",
    "unknown-action": "An action that no file in actions/ declares.",
    "unknown-group": "A group that no action belongs to.",
    "unknown-tag": "A tag that no action has.",
    "unknown-channel": "A channel that channels.yaml does not declare.",
    "unknown-placement": "A placement that its channel does not have.",
    "unknown-field": "A text field that its channel does not have.",
    "unknown-event": "The event type does not exist.",
    "unknown-property": "A property that events of this type do not have, or that cannot be summed.",
    "unknown-category": "A category that no product of the catalogue has.",
    "wrong-trigger": "`any` is combined with other triggers, or used in a rule that recommends.",
    "forbid-misses-trigger": "A forbid or boost lacks a trigger on which its target is recommended (a warning).",
    "unknown-statement": "A number that is not one of the strategy's statements.",
    # conditions, facts, tables
    "wrong-operator": "An operator that does not fit the type of the fact.",
    "reserved-name": "A name that is reserved for built-in facts.",
    "bad-missing": "`missing` does not fit the type of the fact.",
    "wrong-fact-type": "A built-in fact is declared with a type other than its own.",
    "waits-dropped": "Customers with frequent events would have more open waits than are kept (a warning).",
    "counters-large": "The counters may take up most of every stored profile (a warning).",
    "fact-not-computed": "A declared fact is neither built in nor a counter nor the output of a table.",
    "fact-computed-twice": "A fact is computed in two ways.",
    "bad-cell": "A cell of a decision table cannot be parsed.",
    "row-length": "A row does not have one cell per column and an output.",
    "table-gap": "A table without `otherwise` has no matching row for some customers.",
    "table-overlap": "Rows of a table match the same customers, and its `pick` does not choose between them.",
    "unlikely-value": "A value is nearly, but not quite, a name in the rulebook (a warning).",
    "logic-too-large": "A table or a rule has too many cases to check its logic (a warning).",
    "table-cycle": "Decision tables depend on each other's outputs.",
    "segment-cycle": "Segments refer to each other in a cycle.",
    "tier-order": "Tier levels are not listed from the best down, or a level is left before it is entered.",
    "tier-values": "customer.tier does not list a level of tiers.yaml among its values.",
    # texts and actions
    "bad-placeholder": "A placeholder in a text does not name a fact.",
    "text-too-long": "A text exceeds the length of its channel's field.",
    "missing-language": "A text is missing in a language of the shop.",
    "missing-field": "A text lacks a field that its channel requires.",
    "wrong-channel": "A treatment or quiet hours are declared for a channel that does not support them.",
    "mandatory-period": "A mandatory action has no cooldown that limits how often it is sent.",
    "budget-without-cost": "The action has a budget but no cost, so the budget would never run out.",
    "effect-without-cost": "A benefit has no cost per acceptance, so its score treats it as free (a warning).",
    # contact policy, arbitration, measurement
    "cap-of-zero": "A frequency cap of at most 0 means never (a warning).",
    "quiet-overlap": "Quiet hours of one channel overlap.",
    "factor-off": "Multipliers or learning are declared for a factor that is switched off (a warning).",
    "missing-salt": "A holdout is declared, but measurement.yaml has no salt to assign customers by.",
    "holdout-of-kind": "A holdout on a transactional, mandatory or internal action (a warning).",
    # logic (warnings, found by `check` and by publishing; each with a customer for whom it shows)
    "rule-never": "A rule can never fire: its conditions cannot all hold for one customer (a warning).",
    "rule-always": "A rule always fires: its conditions hold for every customer on its triggers (a warning).",
    "rule-shadowed": "A rule is redundant: other rules have the same consequence whenever it holds (a warning).",
    "rule-forbidden": "A rule recommends an action that other rules forbid whenever it holds (a warning).",
    "rule-expired": "A rule's dates are in the past (a warning).",
    "table-row-never": "A row of a decision table is never reached (a warning).",
    "table-row-twice": "Two rows of a decision table have the same cells (a warning).",
    "action-unreachable": "Caps of 0, or quiet hours without an end, block every treatment of an action (a warning).",
    "cooldown-outlasts": "A cooldown is longer than the rule's validity (a warning).",
    "action-unused": "No rule recommends the action (a warning).",
    "segment-unused": "A segment is never used (a warning).",
    "table-unused": "The output of a decision table is never used (a warning).",
    # rule tests
    "bad-time": "The time of the test has no UTC offset, or is malformed.",
    "bad-event": "The API would refuse an event of a test, or the event is after the time of the test.",
    "bad-request": "The API would refuse the context or the language of a test.",
    "bad-traits": "The API would refuse the traits of a persona.",
    "bad-expect": "A test expects both a recommendation and none.",
    "empty-expect": "A test has no expectation.",
    "bad-step": "A step of a scenario goes back in time, does two things at once, or does nothing.",
    "unknown-persona": "No test file declares the persona.",
    "unknown-rule": "A rule that is not in the rulebook.",
    "unknown-channel-address": "A channel address that no channel uses.",
    "unknown-product": "A product that is not in catalogue.yaml.",
    "unknown-tier": "A tier that tiers.yaml does not declare.",
    "unknown-reason": "The reason does not exist.",
    "unknown-trigger": "A test uses a trigger that no rule can have.",
    "bad-contact": "A contact or pending recommendation of a test is impossible on that channel, or at that time.",
    "without-holdout": "A test puts its customer in the control group, but there is no holdout.",
    "without-once": "A test lists a rule under `done` that has no `once`.",
    "without-limit": "A test sets the use of a limit, stock or budget that the action does not have.",
    "unknown-test": "A test uses another test that does not exist.",
    "use-cycle": "Tests or personas use each other in a cycle, or in a chain of more than ten.",
    "tests-too-large": "A test has too many cases or steps, or tests that use others add up to too many values.",
    "contradictory-facts": "The given facts of a test contradict each other, or the events of the test.",
    "scenario-facts": "A scenario computes its facts from its events, so none can be given or changed.",
}
"""Every code that a finding can have, with the sentence that explains it in the docs."""


_HIDDEN: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""What a terminal would obey, or not print, in place of showing it."""


class Severity(StrEnum):
    ERROR = "error"  # the rulebook is refused
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Witness:
    """A customer who demonstrates a finding: the facts that differ from those of an unknown customer.

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
    """Collects findings while files are read, and holds the lines to show with them."""

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
