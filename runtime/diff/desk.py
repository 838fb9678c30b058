"""What one process does of a comparison: it has both rulebooks, and replays what it is told to."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from engine.compiled import Compiled, prepare
from engine.rulebook.model import Rulebook
from runtime import matchers
from runtime.diff.compare import Compared
from runtime.diff.plan import Plan
from runtime.diff.play import Played, Player
from runtime.diff.stories import Moment, Story, first_of, moment_of, only, record_then, story_of
from runtime.diff.sums import Sums, sums_of
from runtime.diff.ticks import Tick, read_part
from service.records import Record

EVERY: Final = 200
"""Items between two words of progress."""
Told = Callable[[int], None]
"""Is told how many items more were replayed."""


@dataclass(frozen=True, slots=True)
class Task:
    """All that is to be compared. `matcher`: auto or reference. Without `due` nobody is looked at who does nothing."""

    before: Rulebook
    after: Rulebook
    plan: Plan
    matcher: str = "auto"
    due: bool = True


class Desk:
    """Matchers are made when they are first needed, in the process that uses them."""

    def __init__(self, task: Task, told: Told = lambda _more: None) -> None:
        self._task = task
        self._told = told
        self._compiled: dict[int, Compiled] = {}
        self._whole: dict[int, tuple[Player, Played]] = {}

    # ---- customers apart ----

    def replay_part(self, part: Path) -> Sums:
        """A part of the log under both rulebooks, compared."""
        began = self._task.plan.began
        before, after = (self._player(side).play(self._counting(read_part(part)), began) for side in (0, 1))
        return sums_of(before, after)

    def story(self, one: Compared) -> Story:
        """What is to be told of a customer: they are replayed once more, alone, up to the first difference."""
        plan = self._task.plan
        part = plan.parts[plan.people.part(one.customer, len(plan.parts))]
        moments: list[Moment] = []
        for side in (0, 1):
            player = self._player(side)
            record = record_then(one, player, only(plan.people, [one.customer], read_part(part)), plan.began)
            moments.append(moment_of(one, record, player))
        return story_of(one, *moments)

    # ---- all in order ----

    def replay_whole(self, side: int) -> Played:
        """The whole log under one rulebook (0: A, 1: B); it stays here for `moments`."""
        player = self._player(side)
        (part,) = self._task.plan.parts
        self._whole[side] = player, player.play(self._counting(read_part(part)), self._task.plan.began)
        return self._whole[side][1]

    def moments(self, side: int, many: Sequence[Compared]) -> list[Moment]:
        """What the rulebook said to each of these customers at their first difference, after `replay_whole`."""
        player, _ = self._whole[side]
        return [moment_of(one, _recorded(one, player), player) for one in many]

    def _player(self, side: int) -> Player:
        daily = self._task.plan.daily
        return Player(
            self._compiled_of(side), self._task.plan.people, None if daily is None else daily[side], self._task.due
        )

    def _compiled_of(self, side: int) -> Compiled:
        if side not in self._compiled:
            book = (self._task.before, self._task.after)[side]
            self._compiled[side] = prepare(book, matchers.choose(book, self._task.matcher))
        return self._compiled[side]

    def _counting(self, ticks: Iterable[Tick]) -> Iterator[Tick]:
        for number, tick in enumerate(ticks, 1):
            yield tick
            if number % EVERY == 0:
                self._told(EVERY)


def _recorded(one: Compared, player: Player) -> Record | None:
    """The record of the customer's first difference in what was replayed; None where there was no decision."""
    first = first_of(one)
    data = None if first is None else player.store.record(first.decision_id)
    record: Record | None = None if data is None else orjson.loads(data)
    return record
