"""A customer of whom is told: the first moment at which the rulebooks differ, with what each said and why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from authoring.replay_diff.compare import Compared
from authoring.replay_diff.identity_graph import People
from authoring.replay_diff.partitions import Tick
from authoring.replay_diff.reasons import not_looked, reasons, story
from authoring.replay_diff.replayer import Given, Player
from authoring.replay_diff.sampling import Told
from engine.domain.decision import Decision
from engine.domain.events import Outcome
from engine.domain.trigger import of_due
from service import change, deciding
from service.deciding import Attempt
from service.reservations import Peek


@dataclass(frozen=True, slots=True)
class Moment:
    """What one rulebook said at the first differing moment, in short and as a whole story.

    `decided`: it had an occasion to say something.
    """

    decided: bool
    why: tuple[str, ...]
    story: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A customer, how many others it happens to, and the first moment (ms) at which A and B differ, None where only
    the tier does."""

    of: Compared
    others: int
    at: int | None = None
    trigger: str = ""
    before: Moment | None = None
    after: Moment | None = None


def first_of(one: Compared) -> Given | None:
    """The recommendation with which a customer's story begins; None where only the tier differs."""
    if not one.changes:
        return None
    first = one.changes[0]
    return min((given for given in (first.before, first.after) if given is not None), key=lambda given: given.at)


def at_stake(one: Compared, at: int) -> list[str]:
    """The actions that change at that moment."""
    return sorted({change.kind.action for change in one.changes if change.at == at})


def moment_of(one: Compared, decision: Decision | None, player: Player) -> Moment:
    """What the decision of that moment says; None: there was none."""
    first = first_of(one)
    if first is None:
        return Moment(False, ())
    if decision is None:
        return Moment(False, tuple(not_looked(at_stake(one, first.at), player.compiled)))
    why = reasons(decision, at_stake(one, first.at), player.compiled)
    return Moment(True, tuple(why), tuple(story(decision, player.compiled)))


def story_of(told: Told, before: Moment | None, after: Moment | None) -> Story:
    """The story, where both sides are known."""
    first = first_of(told.one)
    return Story(*told) if first is None else Story(*told, first.at, first.trigger, before, after)


def decision_then(one: Compared, player: Player, ticks: Iterable[Tick], began: int) -> Decision | None:
    """What a rulebook said at the customer's first differing moment, or would have said if it had looked.

    The customer is replayed anew, alone, up to that moment.
    """
    first = first_of(one)
    if first is None:
        return None
    for decision in player.decisions(_until(first.at, ticks), began):
        if decision.decision_id == first.decision_id:
            return decision
    return _as_if_looked(first, player)


def alone(people: People, many: Sequence[Compared], ticks: Iterable[Tick]) -> dict[str, list[Tick]]:
    """Out of all items of a log those of each of these customers, and of who is replayed together with them."""
    wanted = {people.together(one.customer) for one in many}
    found: dict[str, list[Tick]] = {key: [] for key in wanted}
    for tick in ticks:
        if tick.item is not None:
            of = None if isinstance(tick.item, Outcome) else people.together(tick.item.customer)
            for key in wanted if of is None else wanted & {of}:
                found[key].append(tick._replace(until=tick.clock))
    return {one.customer: found[people.together(one.customer)] for one in many}


def _until(at: int, ticks: Iterable[Tick]) -> Iterator[Tick]:
    """What happens until then, and who is due until then."""
    for tick in ticks:
        if tick.clock > at:
            break
        yield tick
    yield Tick(at, at, None)


def _as_if_looked(first: Given, player: Player) -> Decision | None:
    """The decision that a rulebook would have made at a due time that only the other had."""
    book, live = player.compiled.rulebook, player.replay.live
    profile = change.read_profile(first.customer, player.store)
    if first.trigger not in player.compiled.rules or profile.merged_into is not None:
        return None
    held = Peek(player.store.ledger, book, first.at)
    on = of_due(first.customer, first.trigger, first.at)
    return deciding.decided(profile, on, Attempt(live, first.at, held)).decision
