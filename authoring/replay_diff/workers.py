"""The work of one process in a comparison: it holds both rulebooks and replays what it is assigned."""

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from authoring.replay_diff.compare import Compared
from authoring.replay_diff.daily import Daily, daily_of
from authoring.replay_diff.examples import SideDecision, alone, decision_then, first_of, side_decision
from authoring.replay_diff.partitions import LogEntry, read_part
from authoring.replay_diff.plan import Plan
from authoring.replay_diff.replayer import Replayed, Replayer
from authoring.replay_diff.sums import Sums, sums_of
from engine.compiled.rulebook import Compiled, prepare
from engine.domain.decision import Decision
from engine.rulebook.model import Rulebook
from runtime import matchers
from service import records

EVERY: Final = 200
"""Items between two progress reports."""
Told = Callable[[int], None]
"""Receives the number of further items replayed."""


@dataclass(frozen=True, slots=True)
class Task:
    """The task of a comparison. `matcher`: auto or reference. Without `due` no timers fire.

    With `sent` every message counts as sent; neither rulebook may learn then.
    """

    before: Rulebook
    after: Rulebook
    plan: Plan
    matcher: str = "auto"
    due: bool = True
    sent: bool = False


class Worker:
    """Matchers are created on first use, in the process that uses them."""

    def __init__(self, task: Task, told: Told = lambda _more: None) -> None:
        self._task = task
        self._told = told
        self._compiled: dict[int, Compiled] = {}
        self._daily: dict[int, Daily] = {}
        self._whole: dict[int, Replayer] = {}

    # ---- customers separately ----

    def work_out_days(self, side: int) -> None:
        """Compute the snapshots of a rulebook, for this process and the others."""
        daily = daily_of(self._book(side), read_part(self._task.plan.whole))
        with self._days_file(side).open("wb") as file:
            pickle.dump(daily, file)

    def replay_part(self, part: Path) -> Sums:
        """Compare a part of the log under both rulebooks."""
        began = self._task.plan.began
        before, after = (self._replayer(side).replay_entries(self._counting(read_part(part)), began) for side in (0, 1))
        return sums_of(before, after)

    # ---- all in order ----

    def replay_whole(self, side: int) -> Replayed:
        """The whole log under one rulebook (0: A, 1: B); kept here for `side_decisions`."""
        plan = self._task.plan
        replayer = Replayer(self._compiled_of(side), plan.identities, None, self._task.due, self._task.sent)
        self._whole[side] = replayer
        return replayer.replay_entries(self._counting(read_part(plan.whole)), plan.began)

    # ---- example customers ----

    def side_decisions(self, side: int, many: Sequence[Compared]) -> list[SideDecision]:
        """A rulebook's decision for each of these customers at their first difference.

        Replays each once more, alone, up to it, unless `replay_whole` has a record.
        """
        entries = alone(self._task.plan.identities, many, read_part(self._task.plan.whole))
        return [self._side_decision(side, one, entries[one.customer]) for one in many]

    def _side_decision(self, side: int, one: Compared, entries: Sequence[LogEntry]) -> SideDecision:
        decision = self._recorded(side, one)
        replayer = self._replayer(side)
        if decision is None:
            decision = decision_then(one, replayer, entries, self._task.plan.began)
        return side_decision(one, decision, replayer)

    def _recorded(self, side: int, one: Compared) -> Decision | None:
        first = first_of(one)
        if first is None or side not in self._whole:
            return None
        data = self._whole[side].store.record(first.decision_id)
        return None if data is None else records.decode(data).decision

    # ---- inputs ----

    def _replayer(self, side: int) -> Replayer:
        """Replays some customers, with the snapshots of all."""
        plan = self._task.plan
        whole = self._whole.get(side)
        daily = self._days_of(0 if plan.same_tiers else side) if whole is None else whole.daily
        return Replayer(self._compiled_of(side), plan.identities, daily, self._task.due, self._task.sent)

    def _days_of(self, side: int) -> Daily:
        if side not in self._daily:
            with self._days_file(side).open("rb") as file:
                self._daily[side] = pickle.load(file)  # noqa: S301 - our own, in our own folder
        return self._daily[side]

    def _days_file(self, side: int) -> Path:
        return self._task.plan.whole.with_name(f"days-{side}")

    def _compiled_of(self, side: int) -> Compiled:
        if side not in self._compiled:
            book = self._book(side)
            self._compiled[side] = prepare(book, matchers.choose(book, self._task.matcher))
        return self._compiled[side]

    def _book(self, side: int) -> Rulebook:
        return (self._task.before, self._task.after)[side]

    def _counting(self, entries: Iterable[LogEntry]) -> Iterator[LogEntry]:
        for number, entry in enumerate(entries, 1):
            yield entry
            if number % EVERY == 0:
                self._told(EVERY)
