"""An example customer: the first moment at which the rulebooks differ, and each rulebook's explanation."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from authoring.replay_diff.compare import Compared
from authoring.replay_diff.identity_graph import IdentityGraph
from authoring.replay_diff.partitions import LogEntry
from authoring.replay_diff.reasons import not_looked, reasons, whole_explanation
from authoring.replay_diff.replayer import Given, Replayer
from authoring.replay_diff.sampling import Told
from engine.domain.decision import Decision
from engine.domain.events import Outcome
from engine.domain.trigger import of_due
from service import change, deciding
from service.deciding import Attempt
from service.reservations import Peek


@dataclass(frozen=True, slots=True)
class SideDecision:
    """One rulebook's result at the first difference, as a summary and a full explanation.

    `decided`: the rulebook made a decision.
    """

    decided: bool
    why: tuple[str, ...]
    explanation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A customer, the number of similar ones, and the first moment (ms) at which A and B differ, None where
    only the tier differs."""

    of: Compared
    others: int
    at: int | None = None
    trigger: str = ""
    before: SideDecision | None = None
    after: SideDecision | None = None


def first_of(one: Compared) -> Given | None:
    """The recommendation at which the example begins; None where only the tier differs."""
    if not one.changes:
        return None
    first = one.changes[0]
    return min((given for given in (first.before, first.after) if given is not None), key=lambda given: given.at)


def at_stake(one: Compared, at: int) -> list[str]:
    """The actions that change at that moment."""
    return sorted({change.kind.action for change in one.changes if change.at == at})


def side_decision(one: Compared, decision: Decision | None, replayer: Replayer) -> SideDecision:
    """The decision at that moment; None: there was none."""
    first = first_of(one)
    if first is None:
        return SideDecision(False, ())
    if decision is None:
        return SideDecision(False, tuple(not_looked(at_stake(one, first.at), replayer.compiled)))
    why = reasons(decision, at_stake(one, first.at), replayer.compiled)
    return SideDecision(True, tuple(why), tuple(whole_explanation(decision, replayer.compiled)))


def example_of(told: Told, before: SideDecision | None, after: SideDecision | None) -> Example:
    """The example, given both sides."""
    first = first_of(told.one)
    return Example(*told) if first is None else Example(*told, first.at, first.trigger, before, after)


def decision_then(one: Compared, replayer: Replayer, entries: Iterable[LogEntry], began: int) -> Decision | None:
    """A rulebook's decision at the first difference, or its hypothetical decision if it was not evaluated.

    Replays the customer alone, up to that moment.
    """
    first = first_of(one)
    if first is None:
        return None
    for decision in replayer.decisions(_until(first.at, entries), began):
        if decision.decision_id == first.decision_id:
            return decision
    return _as_if_looked(first, replayer)


def alone(
    identities: IdentityGraph, many: Sequence[Compared], entries: Iterable[LogEntry]
) -> dict[str, list[LogEntry]]:
    """The log items of each of these customers, and of customers replayed together with them."""
    wanted = {identities.together(one.customer) for one in many}
    found: dict[str, list[LogEntry]] = {key: [] for key in wanted}
    for entry in entries:
        if entry.item is not None:
            of = None if isinstance(entry.item, Outcome) else identities.together(entry.item.customer)
            for key in wanted if of is None else wanted & {of}:
                found[key].append(entry._replace(until=entry.clock))
    return {one.customer: found[identities.together(one.customer)] for one in many}


def _until(at: int, entries: Iterable[LogEntry]) -> Iterator[LogEntry]:
    """Replay items and timers up to that moment."""
    for entry in entries:
        if entry.clock > at:
            break
        yield entry
    yield LogEntry(at, at, None)


def _as_if_looked(first: Given, replayer: Replayer) -> Decision | None:
    """The decision this rulebook would have made at a timer that only the other had."""
    book, live = replayer.compiled.rulebook, replayer.replay.live
    profile = change.read_profile(first.customer, replayer.store)
    if first.trigger not in replayer.compiled.rules or profile.merged_into is not None:
        return None
    held = Peek(replayer.store.ledger, book, first.at)
    on = of_due(first.customer, first.trigger, first.at)
    return deciding.decided(profile, on, Attempt(live, first.at, held)).decision
