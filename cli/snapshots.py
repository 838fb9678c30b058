"""Taking a snapshot, and waiting until every worker uses it."""

import time
from http import HTTPStatus
from typing import Any, Final

from cli.client import Client

ALIKE_FOR: Final = 0.8
"""Seconds: longer than the interval at which workers poll for a new snapshot (PATRON_POLL_MS, default 500)."""
AT_MOST: Final = 10.0
BETWEEN: Final = 0.05


def take_snapshot(client: Client) -> dict[str, Any] | None:
    """The new snapshot (number, customers, ...) once all workers use it; None when the key lacks the scope admin."""
    status, answer = client.post("/v1/snapshots", b"{}")
    if status != HTTPStatus.OK or not isinstance(answer, dict):
        return None
    _wait_until_used(client, answer["number"])
    return answer


def _wait_until_used(client: Client, number: int) -> None:
    """Until new connections, which reach any worker, have returned only this snapshot for a while."""
    deadline = time.monotonic() + AT_MOST
    since = time.monotonic()
    while time.monotonic() < min(deadline, since + ALIKE_FOR):
        client.close()
        _, status = client.get("/readyz?verbose")
        if not isinstance(status, dict) or "snapshot" not in status:
            return  # a proxy in between hides the answer
        if status["snapshot"] < number:
            since = time.monotonic()
        time.sleep(BETWEEN)
