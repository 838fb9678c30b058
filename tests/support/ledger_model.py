"""What a ledger promises, written down as plainly as can be: everything is added up anew whenever it is asked."""

from dataclasses import dataclass, field

from engine.domain.times import DAY
from service.ports import GRACE, Claim, Used


@dataclass
class Line:
    """What one recommendation has taken: the period and amount of each part, and where it stands."""

    state: str  # reserved | contact | lapsed | spent | closed
    expires: int
    seen: bool = False
    late: bool = False
    holders: set[str] = field(default_factory=set)
    total: str | None = None
    stock: bool = False
    contact: tuple[str, int] | None = None
    acceptance: tuple[str, int] | None = None


class Model:
    """One action. Whatever ran out is put in order before anything else is done."""

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self.forgotten: list[Line] = []

    def used(self, total: str, budget: str) -> Used:
        lines = [*self.lines.values(), *self.forgotten]
        costs = [cost for line in lines for cost in (line.contact, line.acceptance) if cost and cost[0] == budget]
        return Used(
            total=sum(line.total == total for line in lines),
            stock=sum(line.stock for line in lines),
            budget=sum(amount for _, amount in costs),
            reserved=sum(line.state == "reserved" for line in self.lines.values()),
            late=sum(line.late for line in lines),
        )

    def sweep(self, now: int) -> None:
        for recommendation, line in list(self.lines.items()):
            if line.state in ("reserved", "contact") and line.expires + GRACE <= now:
                self._run_out(recommendation, line)
            if line.state in ("lapsed", "spent", "closed") and line.expires + 400 * DAY <= now:
                self.forgotten.append(self.lines.pop(recommendation))

    def reserve(self, claim: Claim, now: int) -> str | None:
        self.sweep(now)
        line = self.lines.get(claim.recommendation_id) or Line("new", 0)
        if line.state in ("new", "lapsed", "closed"):
            short = self._take(line, claim)
            if short:
                return short
            line.state = "contact" if line.state == "lapsed" else "reserved"
            line.late = False
            line.expires = max(line.expires, claim.expires, now)
            self.lines[claim.recommendation_id] = line
        if line.state == "reserved":
            line.holders.add(claim.holder)
            line.expires = max(line.expires, claim.expires)
        return None

    def give_up(self, recommendation: str, holder: str) -> None:
        line = self.lines.get(recommendation)
        if line and line.state == "reserved" and holder in line.holders:
            line.holders.remove(holder)
            if not line.holders:
                self._run_out(recommendation, line)

    def contact(self, claim: Claim, now: int) -> bool:
        return self._happened(claim, "contact", ("new", "reserved"), now)

    def spend(self, claim: Claim, now: int) -> bool:
        return self._happened(claim, "spent", ("new", "reserved", "contact", "lapsed", "closed"), now)

    def release(self, recommendation: str) -> None:
        line = self.lines.get(recommendation)
        if line and line.state != "closed":
            self._close(line)

    def withdraw(self, recommendation: str) -> None:
        line = self.lines.get(recommendation)
        if line and line.state == "reserved":
            self._run_out(recommendation, line)

    def _happened(self, claim: Claim, state: str, from_states: tuple[str, ...], now: int) -> bool:
        self.sweep(now)
        line = self.lines.get(claim.recommendation_id) or Line("new", 0)
        if line.state in from_states:
            line.late = self._take(line, claim) is not None
            if line.state not in ("reserved", "contact"):
                line.expires = max(line.expires, claim.expires, now)
            line.state, line.seen, line.holders = state, True, set()
            self.lines[claim.recommendation_id] = line
        return not line.late

    def _take(self, line: Line, claim: Claim) -> str | None:
        """Take what the line lacks of the claim, all of it or nothing; what there is no room for."""
        used = self.used(claim.total.period if claim.total else "", claim.budget.period if claim.budget else "")
        if claim.total and line.total is None and used.total + 1 > claim.total.most:
            return "total"
        if claim.stock is not None and not line.stock and used.stock + 1 > claim.stock:
            return "stock"
        costs = [
            cost
            for cost, held in ((claim.per_contact, line.contact), (claim.per_acceptance, line.acceptance))
            if held is None
        ]
        if claim.budget and costs and used.budget + sum(costs) > claim.budget.most:
            return "budget"
        if claim.total and line.total is None:
            line.total = claim.total.period
        line.stock = line.stock or claim.stock is not None
        if claim.budget:
            line.contact = line.contact or (claim.budget.period, claim.per_contact)
            line.acceptance = line.acceptance or (claim.budget.period, claim.per_acceptance)
        return None

    def _run_out(self, recommendation: str, line: Line) -> None:
        if line.state == "contact":
            line.state, line.stock, line.acceptance = "lapsed", False, None
        elif line.seen:
            self._close(line)
        else:
            del self.lines[recommendation]

    @staticmethod
    def _close(line: Line) -> None:
        line.state, line.total, line.stock, line.acceptance, line.late = "closed", None, False, None, False
        line.holders = set()
        if not line.seen:
            line.contact = None
