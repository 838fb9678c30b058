"""The ledger on Redis: everything of one action lies in one slot, and one script call does one thing as a whole.

The time is an argument, so that a replay reproduces the day. A repeated call after a lost
answer changes nothing more.
"""

from collections.abc import Sequence
from typing import Any, Final

from service.ports import GRACE, Claim, Used
from storage import claims, keys
from storage.claims import budget_field, parts_of, total_field
from storage.connection import Connection, script

_LEDGER: Final = script("ledger.lua")


class RedisLedger:
    """The port `service.ports.Ledger`. Safe to share between threads and over forks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def reserve(self, claim: Claim, now: int) -> str | None:
        """None when it is held; else the exhausted limit. One round trip, as all of these."""
        limit: bytes | None = self._claimed("reserve", claim, now)
        return None if limit is None else limit.decode()

    def give_up(self, action: str, recommendation_id: str, holder: str) -> None:
        """This holder gives up."""
        self._run(action, ("give_up", recommendation_id, holder))

    def contact(self, claim: Claim, now: int) -> bool:
        """It was seen or sent; False when it came too late."""
        return bool(self._claimed("contact", claim, now))

    def spend(self, claim: Claim, now: int) -> bool:
        """It was accepted; False when it came too late."""
        return bool(self._claimed("spent", claim, now))

    def release(self, action: str, recommendation_id: str) -> None:
        """It was refused or undone."""
        self._run(action, ("release", recommendation_id, ""))

    def withdraw(self, action: str, recommendation_id: str) -> None:
        """It is not to be shown any more; what was seen or accepted meanwhile stays as it is."""
        self._run(action, ("withdraw", recommendation_id, ""))

    def used(self, action: str, total: str, budget: str, now: int) -> Used:
        """How much is taken of the periods `total` and `budget`."""
        counters = (total_field(total), "stock", budget_field(budget), "reserved", "late")
        return Used(*self._run(action, ("used", "", ""), (now, 0), counters))

    def _claimed(self, what: str, claim: Claim, now: int) -> Any:
        parts = [value for part in parts_of(claim) for value in part]
        return self._run(claim.action, (what, claim.recommendation_id, claim.holder), (now, claim.expires), parts)

    def _run(
        self, action: str, head: tuple[str, str, str], times: tuple[int, int] = (0, 0), more: Sequence[Any] = ()
    ) -> Any:
        """The reply of the script; called again while more expired entries remain than one call may settle."""
        args = (*head, *times, GRACE, claims.KEPT, claims.FEW, claims.MANY, *more)
        reply = self._connection.run(_LEDGER, keys.ledger_keys(action), args)
        while reply == b"again":
            reply = self._connection.run(_LEDGER, keys.ledger_keys(action), args)
        return reply
