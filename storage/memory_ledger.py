"""The ledger of replays and tests: plain dicts in this process. `ledger.lua` does the same, step by step."""

import heapq
import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from service.ports import GRACE, Claim, Used
from storage import claims
from storage.claims import Part, budget_field, parts_of, total_field


class MemoryLedger:
    """The port `service.ports.Ledger`; safe to share between threads, not between processes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._books: dict[str, _Book] = defaultdict(_Book)

    def reserve(self, claim: Claim, now: int) -> str | None:
        """None when it is held; else the exhausted limit."""
        with self._lock:
            return self._books[claim.action].reserve(claim, now)

    def give_up(self, action: str, recommendation_id: str, holder: str) -> None:
        """This holder gives up."""
        with self._lock:
            self._books[action].give_up(recommendation_id, holder)

    def contact(self, claim: Claim, now: int) -> bool:
        """It was seen or sent; False when it came too late."""
        with self._lock:
            return self._books[claim.action].advance(claim, "contact", now)

    def spend(self, claim: Claim, now: int) -> bool:
        """It was accepted; False when it came too late."""
        with self._lock:
            return self._books[claim.action].advance(claim, "spent", now)

    def release(self, action: str, recommendation_id: str) -> None:
        """It was refused or undone."""
        with self._lock:
            self._books[action].release(recommendation_id)

    def withdraw(self, action: str, recommendation_id: str) -> None:
        """It is not to be shown any more; what was seen or accepted meanwhile stays as it is."""
        with self._lock:
            self._books[action].withdraw(recommendation_id)

    def used(self, action: str, total: str, budget: str, now: int) -> Used:
        """How much is taken of the periods `total` and `budget`."""
        with self._lock:
            count = self._books[action].counts(now)
            return Used(
                total=count[total_field(total)],
                stock=count["stock"],
                budget=count[budget_field(budget)],
                reserved=count["reserved"],
                late=count["late"],
            )


@dataclass(slots=True)
class _Entry:
    """One recommendation. `phase`: new | reserved | contact | lapsed (an expired contact) | spent | closed.

    `held`: part -> (counter, amount) taken. `seen`: there was a contact. `holders`: who reserved it.
    """

    phase: str = "new"
    expires: int = 0
    seen: bool = False
    held: dict[str, tuple[str, int]] = field(default_factory=dict)
    holders: set[str] = field(default_factory=set)


class _Book:
    """All recommendations of one action."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._count: Counter[str] = Counter()
        self._ends: dict[str, int] = {}  # when an entry expires, or is forgotten
        self._queue: list[tuple[int, str]] = []  # the same as a heap, with some outdated entries

    def reserve(self, claim: Claim, now: int) -> str | None:
        self._sweep(now, claims.FEW)
        entry = self._find(claim.recommendation_id, now)
        if entry.phase in ("new", "closed", "lapsed"):
            short = self._take(entry, claim, now)
            if short:
                return short
            self._give(entry, "late")
            entry.expires = max(entry.expires, claim.expires, now)
            if entry.phase == "lapsed":
                entry.phase = "contact"
            else:
                entry.phase = "reserved"
                self._hold(entry, "reserved", "reserved", 1)
        if entry.phase == "reserved":
            entry.holders.add(claim.holder)
            entry.expires = max(entry.expires, claim.expires)
        self._keep(claim.recommendation_id, entry)
        return None

    def give_up(self, recommendation: str, holder: str) -> None:
        entry = self._entries.get(recommendation)
        if entry is not None and entry.phase == "reserved":
            entry.holders.discard(holder)
            if not entry.holders:
                self._take_back(recommendation, entry)

    def advance(self, claim: Claim, phase: str, now: int) -> bool:
        self._sweep(now, claims.FEW)
        entry = self._find(claim.recommendation_id, now)
        if entry.phase in ("new", "reserved") or (phase == "spent" and entry.phase != "spent"):
            short = self._take(entry, claim, now)
            self._give(entry, "reserved")
            self._give(entry, "late")
            if entry.phase not in ("reserved", "contact"):  # an acceptance after a late contact is in time
                entry.expires = max(entry.expires, claim.expires, now)
            if short:
                self._hold(entry, "late", "late", 1)
            entry.phase, entry.seen = phase, True
            entry.holders.clear()
            self._keep(claim.recommendation_id, entry)
        return "late" not in entry.held

    def release(self, recommendation: str) -> None:
        entry = self._entries.get(recommendation)
        if entry is not None and entry.phase != "closed":
            self._give_all(entry)
            self._close(recommendation, entry)

    def withdraw(self, recommendation: str) -> None:
        entry = self._entries.get(recommendation)
        if entry is not None and entry.phase == "reserved":
            self._take_back(recommendation, entry)

    def counts(self, now: int) -> Counter[str]:
        while self._sweep(now, claims.MANY):
            pass
        return self._count

    def _find(self, recommendation: str, now: int) -> _Entry:
        """The entry as it is now, settled if expired."""
        while recommendation in self._entries and self._ends[recommendation] <= now:
            self._run_out(recommendation)
        return self._entries.get(recommendation) or _Entry()

    def _take(self, entry: _Entry, claim: Claim, now: int) -> str | None:
        """Take what the entry does not hold yet, all or nothing. Returns the exhausted limit, if any."""
        missing = [part for part in parts_of(claim) if part.name not in entry.held]
        short = self._short(missing)
        while short and self._sweep(now, claims.MANY):
            short = self._short(missing)
        if not short:
            for part in missing:
                self._hold(entry, part.name, part.field, part.amount)
        return short

    def _short(self, parts: Sequence[Part]) -> str | None:
        needed: Counter[str] = Counter()
        for part in parts:
            needed[part.field] += part.amount
            if self._count[part.field] + needed[part.field] > part.most:
                return part.limit
        return None

    def _sweep(self, now: int, most: int) -> int:
        """Settle at most this many expired entries, oldest first; return their number."""
        swept = 0
        while swept < most and self._queue and self._queue[0][0] <= now:
            end, recommendation = heapq.heappop(self._queue)
            if self._ends.get(recommendation) == end:
                self._run_out(recommendation)
                swept += 1
        return swept

    def _run_out(self, recommendation: str) -> None:
        entry = self._entries[recommendation]
        if entry.phase == "reserved":
            self._take_back(recommendation, entry)
        elif entry.phase == "contact":
            self._give(entry, "stock")
            self._give(entry, "acceptance")
            entry.phase = "lapsed"
            self._keep(recommendation, entry)
        else:
            self._drop(recommendation)

    def _take_back(self, recommendation: str, entry: _Entry) -> None:
        """A reservation without contact ends."""
        self._give_all(entry)
        if entry.seen:
            self._close(recommendation, entry)
        else:
            self._drop(recommendation)

    def _close(self, recommendation: str, entry: _Entry) -> None:
        entry.phase = "closed"
        entry.holders.clear()
        self._keep(recommendation, entry)

    def _give_all(self, entry: _Entry) -> None:
        for name in list(entry.held):
            if name != "contact" or not entry.seen:
                self._give(entry, name)

    def _give(self, entry: _Entry, name: str) -> None:
        if name in entry.held:
            counter, amount = entry.held.pop(name)
            self._count[counter] -= amount

    def _hold(self, entry: _Entry, name: str, counter: str, amount: int) -> None:
        entry.held[name] = (counter, amount)
        self._count[counter] += amount

    def _keep(self, recommendation: str, entry: _Entry) -> None:
        end = entry.expires + (GRACE if entry.phase in ("reserved", "contact") else claims.KEPT)
        self._entries[recommendation] = entry
        if self._ends.get(recommendation) != end:
            self._ends[recommendation] = end
            heapq.heappush(self._queue, (end, recommendation))

    def _drop(self, recommendation: str) -> None:
        del self._entries[recommendation], self._ends[recommendation]
