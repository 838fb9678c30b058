"""What an import read, dropped and wrote, counted while it runs; and the one error that stops it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final


class Dropped(Exception):
    """One line cannot be used; `reason` is the word it is counted under."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ImportFailure(Exception):
    """The file cannot be imported; the text is fit to be shown. Nothing was written."""


@dataclass(slots=True)
class ImportCounts:
    """Counts of one import. `first` keeps the line number at which each reason was first met."""

    read: int = 0
    events: int = 0
    customers: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)

    def drop(self, reason: str, line: int) -> None:
        """One line is left out, for this reason."""
        self.dropped[reason] += 1
        self.first.setdefault(reason, line)

    def summary(self, seconds: float) -> dict[str, object]:
        """JSON-ready: lines read, events written, lines dropped per reason (count, first line), notes, seconds."""
        return {
            "lines": self.read,
            "events": self.events,
            "customers": self.customers,
            "dropped": {
                reason: {"lines": n, "first": self.first[reason]} for reason, n in sorted(self.dropped.items())
            },
            "notes": dict(sorted(self.notes.items())),
            "seconds": round(seconds, 2),
        }


_EVENT_RUN: Final = 50_000
