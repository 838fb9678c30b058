"""What the clients of the stress script were told, and what must be so according to that alone.

Nothing here asks the service: from the answers that clients got it follows which units were given for good, and how
many contacts lie in each window. The service's own figures are compared with that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.decisioning.contacts import ACCEPTS, CLOSES, MAKES_CONTACT
from engine.domain.times import parse_rfc3339
from engine.rulebook.model import Rulebook
from engine.rulebook.offers import Action
from service.ports import GRACE

RELEASES = frozenset(("reject", "undo"))


@dataclass(frozen=True, slots=True)
class Told:
    """An outcome as it was sent: when it happened, when the answer came (ms), and whether that said `late`.

    `again`: it was sent more than once until it was answered, so that a first answer that said `late` may be lost.
    `by_order`: an order named the recommendation, and each order is a new conversion.
    """

    outcome: str
    at: int
    answered: int
    late: bool
    again: bool = False
    by_order: bool = False


@dataclass(slots=True)
class Line:
    """One recommendation of the log, with the outcomes that were told of it, in their order. Times in ms."""

    recommendation_id: str
    action: str
    channel: str
    customer: str
    decided: int
    expires: int
    told: list[Told] = field(default_factory=list)
    withdrawn: bool = False


class Contact(NamedTuple):
    """One contact of a customer; `at` in ms. `undone`: so was its acceptance; limits per customer spare it."""

    action: str
    channel: str
    at: int
    undone: bool = False


@dataclass(slots=True)
class Unit:
    """What one recommendation holds in the end. `unsure`: nobody was told whether it was late."""

    total: bool = False
    stock: bool = False
    contact_cost: bool = False
    acceptance_cost: bool = False
    back: bool = False
    unsure: bool = False


class Log:
    """All recommendations, and the first answer to each id."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.lines: dict[str, Line] = {}
        self.faults: list[str] = []
        self._answers: dict[str, bytes] = {}

    def answered(self, key: str, body: bytes) -> None:
        """An answer to an id: the same bytes each time."""
        if self._answers.setdefault(key, body) != body:
            self.faults.append(f"two answers to {key}")

    def promised(self, customer: str, answer: Mapping[str, Any]) -> list[Line]:
        """The recommendations of an answer that nobody had got before."""
        new = []
        for result in answer.get("results", ()):
            for given in result.get("recommendations", ()):
                name = given["recommendation_id"]
                if name not in self.lines:
                    times = parse_rfc3339(answer["decided_at"]), parse_rfc3339(given["expires_at"])
                    self.lines[name] = Line(name, given["action"], given["channel"], customer, *times)
                    new.append(self.lines[name])
        return new

    def was_seen(self, line: Line) -> bool:
        """Whether there was a contact, however late it was told."""
        how = self.book.channels[line.channel].contact
        return how == "decided" or any(told.outcome in MAKES_CONTACT[how] for told in line.told)

    def waiting(self, now: int) -> Iterator[Line]:
        """The recommendations that may still be seen at `now`."""
        for line in self.lines.values():
            how = self.book.channels[line.channel].contact
            said = {told.outcome for told in line.told}
            gone = line.withdrawn or not said.isdisjoint((*CLOSES, *MAKES_CONTACT[how]))
            if how != "decided" and line.expires > now and not gone:
                yield line

    def withdrawn(self, recommendation_id: str) -> None:
        if recommendation_id in self.lines:
            self.lines[recommendation_id].withdrawn = True

    # ---- units ----

    def unit(self, line: Line, now: int) -> Unit:
        """What it holds at `now`: each outcome counts once, the newest answer holds, what ran out is given back."""
        how = self.book.channels[line.channel].contact
        unit, seen, answer, answered = Unit(), how == "decided", "", 0
        unit.total = unit.contact_cost = seen
        closed, said = line.withdrawn, set[str]()
        for told in line.told:
            if told.outcome in said and not told.by_order:
                continue
            said.add(told.outcome)
            ran_out = told.answered >= line.expires
            unit.unsure |= ran_out and (told.again or now < told.answered + GRACE)  # then it is held a little longer
            taken = not told.late
            if told.outcome in ACCEPTS and not (unit.stock and not closed):
                unit.total = unit.stock = taken
                unit.contact_cost |= taken
                seen, closed = True, not taken
            elif told.outcome in MAKES_CONTACT[how] and not seen:
                unit.total = unit.contact_cost = taken
                seen, closed = True, not taken
            if told.outcome == "undo" or (told.outcome in (*ACCEPTS, "reject") and told.at >= answered):
                answer, answered = told.outcome, max(told.at, answered)
            if answer in RELEASES:
                closed, unit.stock, unit.total, unit.back = True, False, False, True
        runs = not closed and line.expires + GRACE > now
        waits = runs and not seen
        unit.total, unit.contact_cost = unit.total or waits, unit.contact_cost or waits
        unit.stock = unit.acceptance_cost = unit.stock or runs
        unit.back = unit.back or line.withdrawn or not (unit.total or unit.stock)
        return unit

    # ---- contacts ----

    def contacts(self) -> Iterator[tuple[str, Contact]]:
        """The customer and each contact that was told while its recommendation waited."""
        for line in self.lines.values():
            how = self.book.channels[line.channel].contact
            if how == "decided":
                yield line.customer, Contact(line.action, line.channel, line.decided)
                continue
            for told in line.told:
                if told.outcome in MAKES_CONTACT[how] and told.answered < line.expires and not line.withdrawn:
                    undone = any(later.outcome == "undo" for later in line.told)
                    yield line.customer, Contact(line.action, line.channel, told.at, undone)
                if told.outcome in MAKES_CONTACT[how] or told.outcome in CLOSES:
                    break


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of an action: `used` as the service says, `held` as the log says (units, or minor units of money).

    `unsure`: how much more it may be, or less, because some answers were lost with a worker.
    """

    action: str
    name: str
    most: int
    used: int
    held: int
    unsure: int = 0

    @property
    def lost(self) -> int:
        """Neither given nor available."""
        return max(0, self.used - self.held - self.unsure)

    @property
    def doubled(self) -> int:
        """Given, and available again."""
        return max(0, self.held - self.used - self.unsure)

    @property
    def is_kept(self) -> bool:
        return self.used <= self.most and self.held <= self.most + self.unsure and not self.lost and not self.doubled


def limits(log: Log, used: Mapping[str, Mapping[str, int]], now: int) -> list[Limit]:
    """Every limit of every action. `used`: action -> total, stock, budget as the service says, less the beginning."""
    found = []
    for action in log.book.actions.values():
        units = [log.unit(line, now) for line in log.lines.values() if line.action == action.id]
        held = {
            "total": sum(unit.total for unit in units),
            "stock": sum(unit.stock for unit in units),
            "budget": sum(cost_of(unit, action) for unit in units),
        }
        each = {"total": 1, "stock": 1, "budget": action.cost_per_contact + action.cost_per_acceptance}
        unsure = sum(unit.unsure for unit in units)
        for name, most in mosts(action).items():
            found.append(Limit(action.id, name, most, used[action.id][name], held[name], unsure * each[name]))
    return found


def cost_of(unit: Unit, action: Action) -> int:
    return unit.contact_cost * action.cost_per_contact + unit.acceptance_cost * action.cost_per_acceptance


def mosts(action: Action) -> dict[str, int]:
    """The limits of an action by name."""
    most = {"stock": action.stock}
    most |= {
        name: quota.most if quota else None for name, quota in (("total", action.total), ("budget", action.budget))
    }
    return {name: number for name, number in most.items() if number is not None}
