"""Distributes a comparison over processes. Their number and the distribution do not affect the result."""

import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Final, TypeVar

from authoring.replay_diff.compare import Compared
from authoring.replay_diff.examples import Example, SideDecision, example_of
from authoring.replay_diff.plan import Plan
from authoring.replay_diff.replayer import Replayed
from authoring.replay_diff.sampling import Told
from authoring.replay_diff.sums import Sums, sums_of
from authoring.replay_diff.workers import Task, Worker
from engine.domain.errors import PatronError
from runtime.embedded_guard import die_with_parent

T = TypeVar("T")
Advance = Callable[[int], None]
"""Receives the number of items replayed so far, of twice the size of the log."""

LOOK_SECONDS: Final = 0.2
IN_MEMORY: Final = 100
"""Parts of a log (a quarter of a megabyte each) replayed in one go where that is faster."""


class Ended(PatronError):
    """A process ended before it finished."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a comparison. Examples are ordered by expected gain, largest first."""

    sums: Sums
    examples: tuple[Example, ...]


def compare_rulebooks(task: Task, processes: int, advance: Advance = lambda _done: None) -> Result:
    """Replay the log under both rulebooks and compare. `processes`: maximum at once.

    Customers are distributed over all processes. Where they must be replayed in order, each rulebook gets one; so
    too with at most two processes and a log small enough for memory: this saves the snapshot pass.
    """
    whole = is_whole(task.plan, processes)
    most = min(processes, 2 if whole else len(task.plan.parts))
    if most <= 1:
        return _alone(task, whole, advance)
    try:
        return _whole(task, advance) if whole else _apart(task, most, advance)
    except BrokenProcessPool:
        raise Ended("a replay process crashed; retry with --matcher reference") from None


def is_whole(plan: Plan, processes: int) -> bool:
    """Whether each rulebook replays the whole log in one go."""
    return bool(plan.in_sequence) or (processes <= 2 and len(plan.parts) <= IN_MEMORY)


# ---- in this process ----


def _alone(task: Task, whole: bool, advance: Advance) -> Result:
    done = 0

    def told(more: int) -> None:
        nonlocal done
        done += more
        advance(done)

    worker = Worker(task, told)
    if whole:
        sums = sums_of(worker.replay_whole(0), worker.replay_whole(1))
    else:
        for side in _sides_with_days(task):
            worker.work_out_days(side)
        sums = _added((worker.replay_part(part) for part in task.plan.parts), task)
    chosen = sums.candidates.chosen()
    before, after = (worker.side_decisions(side, _customers(chosen)) for side in (0, 1))
    return Result(sums, _examples(chosen, before, after))


def _sides_with_days(task: Task) -> tuple[int, ...]:
    """Rulebooks whose snapshots must be computed; both may share them."""
    return (0,) if task.plan.same_tiers else (0, 1)


def _added(many: Iterable[Sums], task: Task) -> Sums:
    """An outcome sought in two parts is missed in one of them without being a stray."""
    sums = Sums()
    for one in many:
        sums.add(one)
    sums.before.strays -= task.plan.counted.repeats
    sums.after.strays -= task.plan.counted.repeats
    return sums


def _customers(chosen: Sequence[Told]) -> list[Compared]:
    return [told.one for told in chosen]


def _examples(
    chosen: Sequence[Told], before: Sequence[SideDecision], after: Sequence[SideDecision]
) -> tuple[Example, ...]:
    return tuple(example_of(one, a, b) for one, a, b in zip(chosen, before, after, strict=True))


# ---- in other processes ----


def _apart(task: Task, processes: int, advance: Advance) -> Result:
    with _Pool(task, processes) as pool:
        for _ in pool.ordered(_work_out_days, _sides_with_days(task), advance):
            pass
        sums = _added(pool.ordered(_replay_part, task.plan.parts, advance), task)
        return _told(sums, [pool, pool])


def _whole(task: Task, advance: Advance) -> Result:
    with _Pool(task, 1) as one, _Pool(task, 1) as other:
        pools = [one, other]
        whole = [pool.submit(_replay_whole, side) for side, pool in enumerate(pools)]
        while wait(whole, LOOK_SECONDS).not_done:
            advance(sum(pool.done for pool in pools))
        return _told(sums_of(whole[0].result(), whole[1].result()), pools)


def _told(sums: Sums, pools: "Sequence[_Pool]") -> Result:
    chosen = sums.candidates.chosen()
    side_decisions = [pool.submit(_side_decisions, side, _customers(chosen)) for side, pool in enumerate(pools)]
    return Result(sums, _examples(chosen, *(one.result() for one in side_decisions)))


class _Pool:
    """Processes with a worker each. They are spawned, not forked: a matcher may hold native state."""

    def __init__(self, task: Task, processes: int) -> None:
        context = get_context("spawn")
        self._done = context.Value("q", 0)
        self._executor = ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(task, self._done))

    def __enter__(self) -> "_Pool":
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(cancel_futures=True)

    @property
    def done(self) -> int:
        """The number of items replayed."""
        return int(self._done.value)

    def submit(self, do: Callable[..., T], *arguments: object) -> "Future[T]":
        return self._executor.submit(do, *arguments)

    def ordered(self, do: Callable[..., T], many: Iterable[object], advance: Advance) -> Iterator[T]:
        """The results in the order of `many`, whatever finishes first; keeps none longer than necessary."""
        waiting = [self.submit(do, one) for one in many]
        waiting.reverse()
        while waiting:
            first = waiting.pop()
            while wait([first], LOOK_SECONDS).not_done:
                advance(self.done)
            yield first.result()


_worker: list[Worker] = []
"""The worker of this process, when it belongs to a pool."""


def _begin(task: Task, done: Any) -> None:
    """An interrupt, or the end of its parent, ends a pool process at once, without a message."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    die_with_parent()

    def told(more: int) -> None:
        with done.get_lock():
            done.value += more

    _worker[:] = [Worker(task, told)]


def _work_out_days(side: int) -> None:
    _worker[0].work_out_days(side)


def _replay_part(part: Any) -> Sums:
    return _worker[0].replay_part(part)


def _replay_whole(side: int) -> Replayed:
    return _worker[0].replay_whole(side)


def _side_decisions(side: int, many: Sequence[Compared]) -> list[SideDecision]:
    return _worker[0].side_decisions(side, many)
