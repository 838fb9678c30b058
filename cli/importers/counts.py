"""What an import read, dropped and wrote, counted while it runs; and the one error that stops it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

LOSSES: Final = 0.05
"""Share of unusable lines above which nothing is written without --accept-losses."""


class Dropped(Exception):
    """One line cannot be used; `reason` is the word it is counted under, `cell` the cell at fault."""

    def __init__(self, reason: str, cell: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.cell = cell


class ImportFailure(Exception):
    """The file cannot be imported; the text is fit to be shown. Nothing was written."""


class TooManyLosses(Exception):
    """More lines are unusable than the caller accepts. Nothing was written."""


@dataclass(slots=True)
class ImportCounts:
    """Counts of one import. `first` keeps the line at which each reason was first met, `cells` the cell at fault.

    `of_file`: lines of the file that are no data, by kind; with `read` they add up to `file_lines` (None: the file has
    no lines). `by_design`: reasons for which lines of this source are left out on purpose. `guesses`: what was decided
    about the form of the file.
    """

    read: int = 0
    events: int = 0
    customers: int = 0
    products: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    file_lines: int | None = None
    of_file: Counter[str] = field(default_factory=Counter)
    by_design: frozenset[str] = frozenset()
    guesses: list[str] = field(default_factory=list)

    def drop(self, dropped: Dropped, line: int) -> None:
        """One line is left out, for this reason."""
        self.dropped[dropped.reason] += 1
        self.first.setdefault(dropped.reason, line)
        if dropped.cell:
            self.cells.setdefault(dropped.reason, dropped.cell)

    @property
    def lost(self) -> int:
        """Lines left out that the source should not have."""
        return sum(count for reason, count in self.dropped.items() if reason not in self.by_design)

    def refuse_losses(self, share: float = LOSSES) -> None:
        """TooManyLosses if more than this share of the lines is lost."""
        if self.lost > share * self.read:
            raise TooManyLosses(
                f"{self.lost:,} of {self.read:,} lines cannot be used, more than {100 * share:.0f} %, so nothing is "
                "written; correct the file or the options, or write --accept-losses to import the rest"
            )

    def summary(self, seconds: float) -> dict[str, Any]:
        """JSON-ready: lines read, events written, lines dropped per reason (count, first line), notes, seconds."""
        return {
            "lines": self.read,
            "file_lines": self.file_lines,
            "not_data": dict(sorted(self.of_file.items())),
            "events": self.events,
            "customers": self.customers,
            "products": self.products,
            "dropped": {
                reason: {"lines": n, "first": self.first[reason]} for reason, n in sorted(self.dropped.items())
            },
            "cells": dict(sorted(self.cells.items())),
            "guesses": self.guesses,
            "notes": dict(sorted(self.notes.items())),
            "seconds": round(seconds, 2),
        }
